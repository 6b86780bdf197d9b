"""The matrix of a policy test, policy x change: for a terminal, and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from edgewright.commands.printers.json_report import findings_value
from edgewright.commands.printers.json_text import json_text
from edgewright.commands.printers.visible import visible
from edgewright.errors import Finding, path_text
from edgewright.policy_test.matrix import ClassMatrix, Policy, Report, Row
from edgewright.ship.kyverno import Outcome, Verdict

_SIGNS: Final[dict[Outcome, str]] = {
    "passed": ".",
    "refused": "x",
    "failed": "!",
    "audited": "a",
    "skipped": "-",
}
_FAILED: Final = {True: ("refused",), False: ("got through",)}
"""Whether pods are good ⇒ what must not become of them."""
_LEGEND: Final = (
    "x refused   . passed   ! could not be evaluated   a only reported   - left out by the policy"
)


def matrix_text(tested: Report) -> str:
    """A table for each class: a row for each way in which its pods were tried, a column for each policy."""
    lines: list[str] = []
    for matrix in tested.classes:
        lines += [*_class(matrix), ""] if matrix.rows else []
    for folder, tried in tested.folders.items():
        held = sum(each.holds for each in tried)
        lines += [f"{folder}: {held} of {len(tried)} expectations of its own tests hold", ""]
    return "".join(f"{visible(line)}\n" for line in lines)


def _class(matrix: ClassMatrix) -> Iterator[str]:
    some = ", ".join(matrix.pods[:5]) + ", …" * (len(matrix.pods) > 5)
    pods = f"{len(matrix.pods)} {matrix.thing}{'s' * (len(matrix.pods) != 1)} ({some})"
    refused = sum(row.result == "refused" for row in matrix.rows if not row.good)
    kind = ("policy", "policies") if matrix.thing == "pod" else ("source of Flux", "sources of Flux")
    policies = f"{len(matrix.policies)} {kind[len(matrix.policies) != 1]}"
    yield f"{matrix.name}: {pods} by {policies}; {refused} changes refused"
    for letter, policy in zip(_letters(matrix.policies), matrix.policies, strict=True):
        yield f"  {letter}  {policy.name[1]}, for {path_text(policy.origin)}"
    yield f"  {_LEGEND}"
    wide = max(len(row.name) for row in matrix.rows)
    yield f"  {'':<{wide}}  {' '.join(_letters(matrix.policies))}"
    for row in matrix.rows:
        if row.verdicts or (not row.good and row.result != "does not apply"):
            signs = " ".join(_sign(row.of(policy.name)) for policy in matrix.policies)
            yield f"  {row.name:<{wide}}  {signs}  {_result(row)}"


def _letters(policies: Sequence[Policy]) -> list[str]:
    return [chr(ord("A") + number) if number < 26 else "?" for number in range(len(policies))]


def _sign(verdicts: Sequence[Verdict]) -> str:
    """What was said of the pods together: the weakest of it."""
    order: tuple[Outcome, ...] = ("skipped", "passed", "audited", "failed", "refused")
    found = {verdict.outcome for verdict in verdicts}
    return next((_SIGNS[each] for each in order if each in found), " ")


def _result(row: Row) -> str:
    if row.good:
        return "passed" if row.result == "passed" else "REFUSED"
    return row.result.upper() if row.result == "got through" else row.result


def matrix_junit(report: Report, text: str) -> str:
    """The findings' JUnit XML with a suite more for each class: a case for each way in which its pods were tried.

    What holds has passed, what was not asked for or not tried is skipped; what does not hold is a finding, and
    among those already.
    """
    from xml.etree import ElementTree as ET

    root = ET.fromstring(text)
    for matrix in report.classes:
        rows = [row for row in matrix.rows if row.result not in _FAILED.get(row.good, ())]
        suite = ET.SubElement(root, "testsuite", name=visible(matrix.name), failures="0", errors="0")
        for row in rows:
            case = ET.SubElement(suite, "testcase", classname=visible(matrix.name), name=row.name)
            if row.result not in ("passed", "refused"):
                ET.SubElement(case, "skipped", message=row.result)
        suite.set("tests", str(len(rows)))
        suite.set("skipped", str(len(list(suite.iter("skipped")))))
    for name in ("tests", "skipped"):
        root.set(name, str(sum(int(each.attrib[name]) for each in root.iter("testsuite"))))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def matrix_json(tested: Report, findings: Sequence[Finding]) -> str:
    """`{"classes": […], "folders": {…}, "findings": […], "summary": {…}}`."""
    folders = {
        name: [
            {"policy": each.policy, "resource": each.resource, "holds": each.holds, "reason": each.reason}
            for each in tried
        ]
        for name, tried in tested.folders.items()
    }
    classes = [_values(matrix) for matrix in tested.classes]
    return json_text({"classes": classes, "folders": folders, **findings_value(findings)})


def _values(matrix: ClassMatrix) -> dict[str, Any]:
    policies = [
        {"kind": each.name[0], "name": each.name[1], "from": path_text(each.origin), "denies": each.denies}
        for each in matrix.policies
    ]
    rows = [
        {
            "name": row.name,
            "what": row.what,
            "expected": "passed" if row.good else "refused",
            "result": row.result,
            "verdicts": [
                {"policy": name[1], "pod": title, "outcome": verdict.outcome, "message": verdict.message}
                for (name, title), verdict in row.verdicts.items()
            ],
        }
        for row in matrix.rows
    ]
    return {
        "name": matrix.name,
        "gate": matrix.gate,
        "policies": policies,
        "pods": list(matrix.pods),
        "tried": rows,
    }
