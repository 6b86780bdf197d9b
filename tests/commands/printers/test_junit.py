from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

from edgewright.commands.printers.junit import print_junit
from edgewright.errors import Finding, Place

ERROR = Finding("a-rule", "error", "wrong", "do this", ("a",), place=Place("f.yaml", 2, 3, 2, 4))
WARNING = replace(ERROR, level="warning", rule="b-rule")


def _totals(element: ET.Element) -> tuple[str | None, str | None]:
    return element.get("tests"), element.get("failures")


def test_golden(findings: list[Finding], sources: dict[str, str], golden: Callable[[str, str], None]) -> None:
    golden("printers/findings.junit.xml", print_junit(findings, sources))


def test_a_file_without_findings_is_one_passed_case() -> None:
    root = ET.fromstring(print_junit([ERROR], {"f.yaml": "", "g.csv": ""}))
    suites = {suite.get("name"): _totals(suite) for suite in root}
    assert suites == {"f.yaml": ("1", "1"), "g.csv": ("1", "0")}
    assert _totals(root) == ("2", "1")


def test_nothing_at_all_is_one_passed_case() -> None:
    assert _totals(ET.fromstring(print_junit([], {}))) == ("1", "0")


def test_a_warning_fails_only_where_warnings_do() -> None:
    relaxed = ET.fromstring(print_junit([ERROR, WARNING], {}))
    strict = ET.fromstring(print_junit([ERROR, WARNING], {}, strict=True))
    assert (_totals(relaxed), _totals(strict)) == (("2", "1"), ("2", "2"))
    passed = relaxed.find("testsuite/testcase[@name='b-rule a 2:3']/system-out")
    assert passed is not None
    assert passed.text == "f.yaml:2:3: warning: wrong\nhelp: do this"


def test_an_info_never_fails() -> None:
    assert _totals(ET.fromstring(print_junit([replace(ERROR, level="info")], {}, strict=True))) == ("1", "0")


def test_two_messages_of_a_rule_at_a_place_are_one_case() -> None:
    root = ET.fromstring(print_junit([ERROR, replace(ERROR, message="and wrong")], {}))
    (failure,) = root.iter("failure")
    assert "wrong\n" in str(failure.text)
    assert "and wrong\n" in str(failure.text)


def test_characters_that_xml_forbids_are_shown_by_their_number() -> None:
    text = print_junit([replace(ERROR, message="\x00\x1b]]>&<\ufffe\ud800\r")], {})
    (failure,) = ET.fromstring(text).iter("failure")
    assert failure.get("message") == "<U+0000><U+001B>]]>&<<U+FFFE><U+D800><U+000D>"


def test_no_clock_and_no_machine_is_in_it() -> None:
    attributes = {
        name for element in ET.fromstring(print_junit([ERROR], {})).iter() for name in element.attrib
    }
    assert not attributes & {"time", "timestamp", "hostname"}
