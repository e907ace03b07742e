"""``ow clock FILE`` and ``ow clock --explain FILE ID``, with good and with hostile files."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from clock_world import CASES

from onewindow.commands.clock import run

Case = dict[str, Any]
GOOD: Case = {
    "id": "A-1",
    "description": "听证不计入期限",
    "received_at": "2025-06-03T09:00:00+08:00",
    "accepted_at": "2025-06-03T09:00:00+08:00",
    "notice_rule": {"n": 5, "unit": "workday"},
    "limit": {"n": 5, "unit": "workday"},
    "events": [
        {"at": "2025-06-05T09:00:00+08:00", "kind": "suspend", "ground": "听证", "counts": False},
        {"at": "2025-06-06T09:00:00+08:00", "kind": "resume", "ground": "听证", "counts": False},
    ],
    "expected": {"accepted_on": "2025-06-03", "deemed_accepted": False, "due": "2025-06-11", "provisional": False},
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def write_cases(*cases: object) -> str:
        path = tmp_path / "cases.yaml"
        path.write_text(yaml.safe_dump({"cases": list(cases)}, allow_unicode=True), encoding="utf-8")
        return str(path)

    return write_cases


def changed(**fields: object) -> Case:
    return {**copy.deepcopy(GOOD), **fields}


def test_the_shared_cases_all_hold_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(CASES)]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert len(lines) == 26
    assert all("  ok  " in line for line in lines)
    assert lines[0] == "CLK-01  ok  受理 2025-03-03，到期 2025-03-10  平常一周：周一受理，五个工作日，只跨一个周末"
    assert printed.err == "26个案例全部一致。\n"


def test_a_case_that_differs_shows_both_dates_and_gives_status_1(
    write: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = changed(id="A-2", expected={"due": "2025-06-10"})
    assert run([write(GOOD, wrong)]) == 1
    printed = capsys.readouterr()
    first, second = printed.out.splitlines()
    assert first == "A-1  ok  受理 2025-06-03，到期 2025-06-11  听证不计入期限"
    assert second == (
        "A-2  differs  应为 受理 2025-06-03，到期 2025-06-10；算得 受理 2025-06-03，到期 2025-06-11  听证不计入期限"
    )
    assert printed.err == "2个案例，1个不一致。\n"


@pytest.mark.parametrize(
    ("key", "value"),
    [("accepted_on", "2025-06-04"), ("deemed_accepted", True), ("provisional", True), ("due", None)],
)
def test_every_expected_field_is_compared(write: Callable[..., str], key: str, value: object) -> None:
    assert run([write(changed(expected={**GOOD["expected"], key: value}))]) == 1


def test_a_case_that_is_still_paused_expects_no_date(
    write: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(changed(events=GOOD["events"][:1], expected={"due": None}))
    assert run([path]) == 0
    assert run(["--explain", path, "A-1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "现在暂停（听证），恢复后才能定到期日。"


def test_a_case_that_waits_for_a_correction_expects_no_date(
    write: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    notice = {"at": "2025-06-04T09:00:00+08:00", "kind": "correction_notice", "ground": "缺身份证"}
    path = write(changed(accepted_at=None, events=[notice], expected={"accepted_on": None, "due": None}))
    assert run([path]) == 0
    assert run(["--explain", path, "A-1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "尚未受理，期限没有开始。"


def test_explain_prints_the_days_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--explain", str(CASES), "CLK-09"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "CLK-09  2025年跨入2026年，周日01-04调休上班",
        "期限：5个工作日",
        "2025-12-29  周一  受理当日不计",
        "2025-12-30  周二  计入第1天",
        "2025-12-31  周三  计入第2天",
        "2026-01-01  周四  元旦",
        "2026-01-02  周五  元旦",
        "2026-01-03  周六  元旦",
        "2026-01-04  周日  调休上班，计入第3天",
        "2026-01-05  周一  计入第4天",
        "2026-01-06  周二  计入第5天，到期",
        "到期：2026-01-06",
    ]


def test_explain_names_extensions_and_deemed_acceptance(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--explain", str(CASES), "CLK-30"]) == 0
    assert "期限：20个工作日，延期10个工作日" in capsys.readouterr().out
    assert run(["--explain", str(CASES), "CLK-16"]) == 0
    assert "2025-04-02  周三  视为受理当日不计" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["a", "b"], ["--explain"], ["--explain", str(CASES)], ["--all"]])
def test_a_wrong_call_shows_the_usage_and_gives_status_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(argv) == 2
    assert "用法" in capsys.readouterr().err


def test_help_is_not_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert "用法" in capsys.readouterr().out


def refused(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run, and return the one sentence on stderr: Chinese, on one line, and nothing on stdout."""
    assert run(argv) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.endswith("。\n")
    assert "Traceback" not in printed.err
    return printed.err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"cases: [", "不是有效的 YAML 文件，第1行"),
        (b"\xff\xfe\x00", "不是 UTF-8"),
        (b"a: \x00", "不是有效的 YAML"),
        (b"", "没有案例"),
        (b"[]", "没有案例"),
        (b"cases: []", "没有案例"),
        (b"cases: {}", "没有案例"),
        (b"cases: [1]", "第1个案例应是"),
        (b"cases: [{id: }]", "id 应是文字"),
        (b"cases: [{description: x}]", "第1个案例没有编号"),
        (b"cases: !!python/object:os.system {}", "不是有效的 YAML"),
        (b"cases: " + b"[" * 100_000, "不是有效的 YAML"),
        (b"cases:\n- received_at: 2025-13-45\n", "不是有效的 YAML"),
        (b"cases:\n- n: " + b"9" * 5000 + b"\n", "不是有效的 YAML"),
        (b"? [1, 2]\n: 3\n", "不是有效的 YAML"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_a_file_that_is_no_case_file_gives_one_sentence(
    content: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    assert sentence in refused([str(path)], capsys)


def test_a_missing_file_a_folder_and_an_impossible_name_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "找不到文件" in refused([str(tmp_path / "none.yaml")], capsys)
    assert "是文件夹" in refused([str(tmp_path)], capsys)
    assert "读不了文件" in refused(["a\0b"], capsys)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(20_000_001)
    assert "太大" in refused([str(path)], capsys)


def test_an_unknown_case_to_explain_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "没有编号为 CLK-99 的案例" in refused(["--explain", str(CASES), "CLK-99"], capsys)


@pytest.mark.parametrize("key", ["received_at", "accepted_at", "notice_rule", "limit", "expected"])
def test_a_missing_field_is_named(key: str, write: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    case = changed()
    del case[key]
    assert refused([write(case)], capsys) == f"案例 A-1 缺少 {key}。\n"


def event(**fields: object) -> dict[str, object]:
    return {"at": "2025-06-05T09:00:00+08:00", "kind": "suspend", "ground": "听证", "counts": False, **fields}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"received_at": "2025-02-30T09:00:00+08:00"}, "received_at 不是有效的日期"),
        ({"received_at": "昨天"}, "不是有效的日期：“昨天”"),
        ({"received_at": 20250603}, "不是有效的日期"),
        ({"received_at": ["2025-06-03"]}, "不是有效的日期：“一组值”"),
        ({"received_at": None}, "不是有效的日期：“空”"),
        ({"received_at": "9999-12-31T23:59:59-12:00"}, "年份 9999 超出"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "年份 1 超出"),
        ({"accepted_at": "2025-06-02T09:00:00+08:00"}, "早于收件日"),
        ({"limit": 5}, "limit 应是"),
        ({"limit": {"n": 5}}, "缺少 unit"),
        ({"limit": {"unit": "day"}}, "缺少 n"),
        ({"limit": {"n": 5, "unit": "week"}}, "unit 不认识：“week”"),
        ({"limit": {"n": 5, "unit": ["day"]}}, "unit 不认识"),
        ({"limit": {"n": None, "unit": None}}, "n 应是整数"),
        ({"limit": {"n": "5", "unit": "day"}}, "n 应是整数"),
        ({"limit": {"n": 5.5, "unit": "day"}}, "n 应是整数"),
        ({"limit": {"n": True, "unit": "day"}}, "n 应是整数"),
        ({"limit": {"n": -5, "unit": "day"}}, "应在0到36500之间"),
        ({"limit": {"n": 10**30, "unit": "workday"}}, "应在0到36500之间"),
        ({"limit": {"n": 3, "unit": "spot"}}, "应在0到0之间"),
        ({"received_at": "2290-01-02", "accepted_at": "2290-01-02", "limit": {"n": 9000, "unit": "day"}}, "超出"),
        ({"notice_rule": {"n": 5, "unit": "workday", "deemed": "perhaps"}}, "未一次性告知的后果不认识"),
        ({"notice_rule": {"n": 5, "unit": "workday", "deemed": 1}}, "deemed 应是文字"),
        ({"notice_rule": None}, "notice_rule 应是"),
        ({"events": {"at": 1}}, "events 应是列表"),
        ({"events": ["suspend"]}, "第1个事件应是"),
        ({"events": [event(kind="stop")]}, "kind 不认识：stop"),
        ({"events": [event(kind=["suspend"])]}, "kind 不认识"),
        ({"events": [event(counts="no")]}, "counts 应是 true 或 false"),
        ({"events": [event(ground=["听证"])]}, "ground 应是文字"),
        ({"events": [event(at="06-05")]}, "at 不是有效的日期"),
        ({"events": [event(kind="resume")]}, "恢复“听证”，但没有对应的暂停"),
        ({"events": [event(), event(at="2025-06-09")]}, "重复暂停"),
        ({"events": [event(), event(ground="检测"), event(kind="resume", ground="评审", at="2025-06-09")]}, "没有对应"),
        ({"events": [event(kind="extend")]}, "缺少 limit"),
        ({"events": [event(kind="correction_notice", at="2025-06-01")]}, "早于收件日"),
        ({"expected": []}, "expected 应是"),
        ({"expected": {}}, "expected 缺少 due"),
        ({"expected": {"due": "soon"}}, "expected.due 不是有效的日期"),
        ({"expected": {"due": "2025-06-11", "provisional": "no"}}, "provisional 应是 true 或 false"),
        ({"description": {"a": 1}}, "description 应是文字"),
        ({"id": ""}, "没有编号"),
    ],
)
def test_a_bad_field_gives_one_sentence_that_names_it(
    fields: Case, sentence: str, write: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused([write(changed(**fields))], capsys)


def test_a_hexadecimal_number_of_thousands_of_digits_is_refused(
    write: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(write(GOOD))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("n: 5", f"n: 0x{'f' * 9000}", 1), encoding="utf-8")
    assert "应在0到36500之间" in refused([str(path)], capsys)


def test_the_same_number_twice_is_refused(write: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "案例编号 A-1 重复了" in refused([write(GOOD, GOOD)], capsys)


def test_an_alias_bomb_is_refused_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 30))
    path = tmp_path / "bomb.yaml"
    path.write_text(f"l0: &l0 [x]\n{levels}\ncases: [{{id: *l29}}]\n", encoding="utf-8")
    assert "id 应是文字" in refused([str(path)], capsys)


def test_a_line_stays_one_line_whatever_the_description_holds(
    write: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([write(changed(description="第一行\n第二行\x1b[31m\u202e\ud800"))]) == 0
    out = capsys.readouterr().out
    assert out.endswith("第一行 第二行 [31m\n")


def test_events_may_come_in_any_order_and_a_lone_suspension_is_closed_by_any_resume(
    write: Callable[..., str],
) -> None:
    resume = {**GOOD["events"][1], "ground": "听证结束"}
    assert run([write(changed(events=[resume, GOOD["events"][0]]))]) == 0


def test_unquoted_moments_and_moments_without_offset_are_beijing_time(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(
        "cases:\n- id: B-1\n  received_at: 2025-06-03\n  accepted_at: 2025-06-03 23:30:00\n"
        "  notice_rule: {n: 5, unit: workday}\n  limit: {n: 5, unit: workday}\n"
        "  expected: {accepted_on: 2025-06-03, due: 2025-06-10}\n",
        encoding="utf-8",
    )
    assert run([str(path)]) == 0
