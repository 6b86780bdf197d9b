"""Which day it is, which exit code, and whether there is colour."""

from __future__ import annotations

import io
from datetime import date

import pytest

from edgewright.assembly.day import today
from edgewright.commands.reporting import exit_code, report, wants_colour
from edgewright.errors import Finding, Level


def finding(level: Level) -> Finding:
    return Finding("some-rule", level, "something", "do something", ("field",))


@pytest.mark.parametrize(
    ("levels", "code", "strict"),
    [([], 0, 0), (["info"], 0, 0), (["warning", "info"], 0, 1), (["error", "warning"], 1, 1)],
)
def test_exit_codes(levels: list[Level], code: int, strict: int) -> None:
    findings = [finding(level) for level in levels]
    assert exit_code(findings, strict=False) == code
    assert exit_code(findings, strict=True) == strict


@pytest.mark.parametrize(
    ("epoch", "day"),
    [("0", date(1970, 1, 1)), ("1793491199", date(2026, 10, 31)), ("99999999999", date(5138, 11, 16))],
)
def test_the_day_can_be_set(epoch: str, day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert today() == day


@pytest.mark.parametrize("epoch", ["", "now", "-1", "1e9", "9" * 30, "٣"])
def test_what_is_no_day_is_left_alone(epoch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert today().year >= 2026


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "terminal", "colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colour(
    variables: dict[str, str], terminal: bool, colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert wants_colour(Terminal() if terminal else io.StringIO()) is colour


@pytest.mark.parametrize(
    ("number", "says"), [(0, ""), (1, "there is more to know"), (2, "there is more to know")]
)
def test_that_there_are_infos_is_said(number: int, says: str) -> None:
    stream = io.StringIO()
    infos = [Finding("some-rule", "info", f"{each}", "", (str(each),)) for each in range(number)]
    report([finding("warning"), *infos], {}, stream=stream)
    text = stream.getvalue()
    assert "some-rule" in text
    assert (says in text) if says else ("more to know" not in text)


def test_other_forms_have_everything() -> None:
    stream = io.StringIO()
    report([finding("info")], {}, form="json", stream=stream)
    assert '"some-rule"' in stream.getvalue()
    assert "more to know" not in stream.getvalue()
