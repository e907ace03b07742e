"""Runs measurements in the process that `ow bench` starts, on the bench database. Prints figures as JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from onewindow.bench.figures import Figure


def _clock() -> list[Figure]:
    from onewindow.bench import clock

    found = clock.run()
    rate = found["per_second"]
    return [
        Figure("clock", "一百万个到期日（含暂停）", round(found["seconds"], 2), "s", 3, at_most=True),
        Figure("clock", "批量", round(rate), "/s"),
        Figure("clock", "逐个", round(found["single_per_second"]), "/s"),
    ]


def _paper() -> list[Figure]:
    from onewindow.bench import paper

    found = paper.run(60)
    medians = {name: value for name, value in found.items() if name.endswith("median")}
    figures = [Figure("paper", name.removesuffix(" median"), v, "ms", 10, at_most=True) for name, v in medians.items()]
    return [*figures, Figure("paper", "平均", round(sum(medians.values()) / len(medians), 2), "ms", 10, at_most=True)]


def _search() -> list[Figure]:
    from onewindow.bench import search

    return [
        Figure("search", name, round(value, 2), "ms", 20 if "p95" in name or "median" in name else None, at_most=True)
        for name, value in search.run().items()
    ]


def _receive() -> list[Figure]:
    from onewindow.bench import intake

    return intake.receive()


def _act() -> list[Figure]:
    from onewindow.bench import intake

    return intake.act()


def _detail() -> list[Figure]:
    from onewindow.bench import intake

    return intake.detail()


def _sql() -> list[Figure]:
    from onewindow.bench import intake

    return intake.sql()


def _worklist() -> list[Figure]:
    from onewindow.bench import worklist

    return worklist.worklist()


def _hall() -> list[Figure]:
    from onewindow.bench import hall

    return hall.hall()


def _oversight() -> list[Figure]:
    from onewindow.bench import oversight

    return oversight.oversight()


def _files() -> list[Figure]:
    from onewindow.bench import files

    return files.files()


BENCHES: dict[str, Callable[[], list[Figure]]] = {
    "clock": _clock,
    "paper": _paper,
    "search": _search,
    "sql": _sql,
    "receive": _receive,
    "act": _act,
    "detail": _detail,
    "files": _files,
    "hall": _hall,
    "oversight": _oversight,
    "worklist": _worklist,
}


def main(names: list[str]) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    from onewindow.demo.base import load_base

    call_command("migrate", verbosity=0)
    load_base()
    for name in names:
        sys.stderr.write(f"· {name} …\n")
        for figure in BENCHES[name]():
            print(json.dumps(figure.to_json(), ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
