"""Dates and counts as people read them; the QR code and the bench."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import segno

from onewindow.bench import paper as bench
from onewindow.papers import fonts
from onewindow.papers.qr import qr_svg
from onewindow.papers.words import breakable, chinese_date, chinese_time, numbered, sentence


def test_dates_have_no_leading_zero() -> None:
    assert chinese_date(date(2026, 1, 5)) == "2026年1月5日"
    assert chinese_time(datetime(2026, 11, 22, 9, 5)) == "2026年11月22日 9:05"  # noqa: DTZ001


def test_one_line_needs_no_number() -> None:
    assert numbered(("甲",)) == ("甲",)
    assert numbered(("甲", "乙")) == ("1. 甲", "2. 乙")


def test_a_sentence_ends_once() -> None:
    assert sentence("可以") == "可以。"
    assert sentence("可以。") == "可以。"


def test_only_long_latin_runs_may_break() -> None:
    assert breakable("a" * 20) == "a" * 20
    assert breakable("a" * 21) == "\u200b".join("a" * 21)


def test_the_qr_path_draws_every_dark_module() -> None:
    url = "https://zw.taojiang.example/verify/K7QF"
    drawn = sum(
        int(run.split("h")[1].split("v")[0]) for run in qr_svg(url).split('d="')[1].split('"')[0].split("M")[1:]
    )
    matrix = segno.make_qr(url, error="m", mask=2, boost_error=False).matrix
    assert drawn == sum(map(sum, matrix))


def test_no_chinese_font_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "SERIF", ("No Such Font",))
    monkeypatch.setattr(fonts, "SANS", ())
    with pytest.raises(fonts.FontsMissing, match="npm ci"):
        fonts.load.__wrapped__()


def test_the_bench_measures_every_kind() -> None:
    figures = bench.run(2)
    assert len(figures) == 30
    assert all(value > 0 for value in figures.values())
