"""The commands of docs/api.md do what the page says: they are taken from it and run by bash, in order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.house import ROOT, House

PAGE = ROOT / "docs" / "api.md"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands(house: House, folder: Path) -> str:
    """The blocks of the page as one script, pointed at this test's house and folder and at the `ow` of this Python."""
    script = "\n".join(BLOCK.findall(PAGE.read_text("utf-8"))).replace("/tmp/", f"{folder}/")
    script = script.replace("http://127.0.0.1:8000", house.url)
    return script.replace(".venv/bin/ow", str(Path(sys.executable).with_name("ow")))


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="needs bash and curl")
def test_the_main_job_by_the_documented_commands(house: House, tmp_path: Path) -> None:
    script = commands(house, tmp_path)
    ending = '\nprintf "%s\\n" "STATE $(get "$CITIZEN" "/cases/$NUMBER" | pick \'["state"]\')"\n'
    env = {**os.environ, **house.env}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script + ending], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert lines[-1] == "STATE delivered"
    assert "已送达" in lines
    assert "True" in lines, "the paper is valid"
    assert lines[-2] == "closed", "the window, after the visit"
    assert "已办完" in lines
    assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF-")
