"""`ow serve` as its operator meets it: opens, answers, recovers, closes."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import psutil

from onewindow.server.web import workers
from tests.server.house import House, all_gone, free_port, lives, ow, until


def test_it_opens_answers_and_leaves_no_child_after_ctrl_c(house: House) -> None:
    until(lambda: house.health()["status"] == "ok")
    status, headers, body = house.get("/healthz", X_Request_ID="probe-0001")
    report = json.loads(body)
    assert (status, headers["x-request-id"]) == (200, "probe-0001")
    assert report["database"]["ok"]
    assert report["worker"]["ok"]
    assert report["sweep"]["ok"]
    family = house.family()
    assert len(family) >= 4  # database, web, its worker, job worker
    assert house.stop(signal.SIGINT) == 0
    until(lambda: all_gone(family))
    assert "一窗已停止" in house.words.read_text()
    assert not (house.folder / "postgres" / "postmaster.pid").exists()


def test_after_everything_was_killed_it_opens_again_with_its_data(house: House) -> None:
    mark = ow(house.folder, "manage", "shell", "-v", "0", "-c", _WRITE)
    assert mark.returncode == 0, mark.stderr
    family = house.family()
    house.process.kill()
    for process in family:
        if process.is_running():
            process.kill()
    again = House(house.folder).open()
    try:
        read = ow(house.folder, "manage", "shell", "-v", "0", "-c", _READ)
        assert "still here" in read.stdout
    finally:
        again.stop()


_WRITE = """
from django.utils import timezone
from onewindow.server.models import Heartbeat
Heartbeat.objects.update_or_create(name="still here", defaults={"at": timezone.now()})
"""
_READ = """
from onewindow.server.models import Heartbeat
print(*Heartbeat.objects.values_list("name", flat=True))
"""


def test_when_only_the_parent_is_killed_the_children_go_too(house: House) -> None:
    family = house.family()
    house.process.kill()
    until(lambda: all_gone(family))


def test_the_database_may_fall_without_a_restart_of_the_web(house: House) -> None:
    web = {process.pid for process in house.family() if "onewindow.server.web" in " ".join(process.cmdline())}
    assert len(web) == 1 + workers()  # granian and its workers
    fallen = house.postmaster()
    os.kill(fallen, signal.SIGKILL)
    until(lambda: house.get("/healthz/web")[0] == 200 and house.postmaster() != fallen)
    assert web <= {process.pid for process in house.family()}


def test_a_fallen_web_is_started_again(house: House) -> None:
    def granian() -> list[psutil.Process]:
        children = psutil.Process(house.process.pid).children()
        return [child for child in children if lives(child) and "onewindow.server.web" in child.cmdline()]

    (fallen,) = granian()
    fallen.kill()
    until(lambda: any(child.pid != fallen.pid for child in granian()) and _answers(house))


def _answers(house: House) -> bool:
    try:
        return house.get("/healthz/web")[0] == 200
    except OSError:
        return False


def test_a_second_one_on_the_same_data_is_told_so(house: House) -> None:
    second = ow(house.folder, "serve", "--port", str(free_port()))
    assert second.returncode == 1
    assert "已有一个 ow serve 在运行" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = ow(tmp_path / "data", "serve", "--port", str(port))
    assert answer.returncode == 1
    assert f"端口 {port} 已被其他程序占用" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_port_that_is_no_port_is_one_sentence(tmp_path: Path) -> None:
    answer = ow(tmp_path / "data", "serve", PORT="eight")
    assert (answer.returncode, len(answer.stderr.strip().splitlines())) == (1, 1)
    assert "65535" in answer.stderr
