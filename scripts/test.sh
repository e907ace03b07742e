#!/bin/sh
# `make test`: style, types, the directions of imports, then every test. The line of pytest is the last one.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
# Checks that read the settings must not make keys in the folder of real data.
OW_DATA_DIR=$(mktemp -d)
export OW_DATA_DIR
trap 'rm -rf "$OW_DATA_DIR"' EXIT
echo "· ruff"
$bin/ruff check .
$bin/ruff format --check .
echo "· mypy --strict"
$bin/mypy
echo "· import-linter"
$bin/lint-imports --no-logo
sh scripts/browser.sh
rm -rf "$OW_DATA_DIR"
trap - EXIT
unset OW_DATA_DIR
echo "· pytest"
exec $bin/python -m pytest -n "${TEST_WORKERS:-2}" --dist loadfile -q "$@"
