"""Findings as JUnit XML, which CI servers show as test results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from edgewright.commands.printers.order import files, settled, where
from edgewright.commands.printers.visible import visible, visible_lines
from edgewright.errors import LEVELS, Finding, Level, path_text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NO_FILE = "fleet"


def print_junit(findings: Sequence[Finding], sources: Mapping[str, str], *, strict: bool = False) -> str:
    """One test suite a file, one test case for each rule and place; a file without findings passes one.

    What lets the command fail is a failure: errors, and with `strict` warnings too. The others are
    passed cases whose system-out says what was found. Findings without place are the suite `fleet`.
    """
    from xml.etree import ElementTree as ET

    shown = settled(findings)
    suites: dict[str, list[Finding]] = {name: [] for name in files(shown, sources) or [_NO_FILE]}
    for finding in shown:
        suites.setdefault(finding.place.file if finding.place else _NO_FILE, []).append(finding)
    failing: tuple[Level, ...] = ("error", "warning") if strict else ("error",)
    root = ET.Element("testsuites", name="edgewright")
    for name, members in suites.items():
        _suite(root, visible(name), members, failing)
    _count(root)
    ET.indent(root)
    # ElementTree would declare the machine's encoding for a str.
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, name: str, findings: list[Finding], failing: tuple[Level, ...]) -> None:
    from xml.etree.ElementTree import SubElement

    suite = SubElement(root, "testsuite", name=name)
    cases: dict[str, list[Finding]] = {}
    for finding in findings:
        cases.setdefault(_case_name(finding), []).append(finding)
    for case, members in cases.items():
        _case(SubElement(suite, "testcase", classname=name, name=case), members, failing)
    if not cases:
        SubElement(suite, "testcase", classname=name, name="nothing to report")
    _count(suite)


def _case_name(finding: Finding) -> str:
    place = finding.place
    parts = [finding.rule, path_text(finding.path), f"{place.line}:{place.column}" if place else ""]
    return " ".join(visible(part) for part in parts if part)


def _case(case: Element, findings: list[Finding], failing: tuple[Level, ...]) -> None:
    from xml.etree.ElementTree import SubElement

    worst = min((finding.level for finding in findings), key=LEVELS.index)
    said = "\n\n".join(_said(finding) for finding in findings)
    if worst in failing:
        first = " ".join(visible_lines(findings[0].message))
        SubElement(case, "failure", type=visible(findings[0].rule), message=first).text = said
    else:
        SubElement(case, "system-out").text = said


def _said(finding: Finding) -> str:
    lines = [_line(where(finding.place, finding.path), finding.level, finding.message)]
    lines += [_line("note", where(note.place, note.path), note.message) for note in finding.notes]
    lines.append(_line("help", finding.remedy))
    return "\n".join(visible_lines("\n".join(lines)))


def _line(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


def _count(element: Element) -> None:
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    element.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    element.set("errors", "0")
    element.set("skipped", "0")
