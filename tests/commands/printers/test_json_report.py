from __future__ import annotations

import json
from collections.abc import Callable

from edgewright.commands.printers.json_report import print_json
from edgewright.errors import Finding

HOUSE = ["rule", "level", "file", "line", "column", "endLine", "endColumn", "path", "message", "remedy"]


def test_golden(findings: list[Finding], sources: dict[str, str], golden: Callable[[str, str], None]) -> None:
    golden("printers/findings.json", print_json(findings, sources))


def test_nothing_is_an_empty_list() -> None:
    summary = {"errors": 0, "warnings": 0, "infos": 0}
    text = print_json([], {"fleet.yaml": ""})
    assert json.loads(text) == {"findings": [], "summary": summary}
    assert text.endswith("}\n")


def test_the_keys_are_those_of_the_house_and_more_only_behind_them(findings: list[Finding]) -> None:
    for shown in json.loads(print_json(findings, {}))["findings"]:
        assert list(shown)[: len(HOUSE)] == HOUSE
        assert set(shown) - set(HOUSE) <= {"notes", "replacement"}


def test_what_a_terminal_would_obey_is_escaped_and_not_lost() -> None:
    message = "\x1b[2J \x9b \u202e \u2028 \U000e0041 検査 é"
    text = print_json([Finding("r", "error", message, "")], {})
    assert "検査 é" in text
    assert "\\u001b[2J \\u009b \\u202e \\u2028 \\udb40\\udc41" in text
    assert json.loads(text)["findings"][0]["message"] == message


def test_a_lone_surrogate_is_replaced_since_strict_parsers_take_none() -> None:
    text = print_json([Finding("r", "error", "a\ud800b\udc80", "")], {})
    assert json.loads(text)["findings"][0]["message"] == "a\ufffdb\ufffd"
