"""Comments that waive findings: where they speak, what they need, what is said of those that waive nothing."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.document.document import Document, parse_document
from edgewright.document.source import Source
from edgewright.document.waivers import MOST_WAIVERS, Waiver, apply_waivers
from edgewright.errors import Finding, Place

TODAY = date(2026, 11, 23)
W = "# edgewright: ignore[memory] until=2027-01-31 bench units only"


def document_of(text: str) -> Document:
    return parse_document(Source("f", text))


def spoken_for(text: str) -> list[tuple[tuple[str, ...], int]]:
    document = document_of(text)
    assert not document.findings
    return [(waiver.rules, waiver.line) for waiver in document.waivers]


def malformed(text: str) -> list[tuple[int, int, str]]:
    document = document_of(text)
    assert not document.waivers
    return [
        (finding.place.line, finding.place.column, finding.message)
        for finding in document.findings
        if finding.place and finding.rule == "waiver-malformed" and not finding.waivable
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"a: 1  {W}\nb: 2\n", 1),
        (f"{W}\na: 1\n", 2),
        (f"a: 1\n  {W}\nb: 2\n", 3),
        (f"{W}\n\n# more\n   # yet more\n\na: 1\n", 6),
        (f"a:  {W}\n  b: 1\n", 1),
        (f"a: [1,  {W}\n  2]\n", 1),
        (f"a: [1, 2\n  ]  {W}\n", 2),
        (f"a: |  {W}\n  edgewright\n", 1),
        (f"a: 'it''s # edgewright: not'  {W}\n", 1),
        (f"a: x#y  {W}\n", 1),
        (f"a: ['x # y', \"z #\"]  {W}\n", 1),
        (f"a: x#edgewright:z  {W}\n", 1),
        (f"a: 1  {W}", 1),
        (f"a: 1\n{W}", 2),
        (f"a: 1\t{W}   \r\nb: 1\r\n", 1),
        (f"é: 😀  {W}\n", 1),
        (f"---  {W}\na: 1\n", 1),
    ],
)
def test_the_line_that_a_waiver_speaks_for(text: str, line: int) -> None:
    assert spoken_for(text) == [(("memory",), line)]


def test_a_waiver() -> None:
    (waiver,) = document_of(
        "a: 1 #edgewright:ignore[ memory ,cpu-limit,memory] until=2027-01-31   why\tnot \n"
    ).waivers
    place = Place("f", 1, 6, 1, 78)
    assert waiver == Waiver(("memory", "cpu-limit"), date(2027, 1, 31), "why\tnot", 1, place)


def test_several_waivers_stand_above_one_line() -> None:
    text = f"{W}\n# why not\n{W.replace('memory', 'cpu')}\n\na: 1  {W.replace('memory', 'disk')}\nb: 2\n{W}\n"
    assert spoken_for(text) == [(("memory",), 5), (("cpu",), 5), (("disk",), 5), (("memory",), 7)]


@pytest.mark.parametrize(
    "text",
    [
        f"a: '{W}'\n",
        f'a: "{W}"\n',
        f"a: |\n  x\n  {W}\nb: 1\n",
        f"a: >-\n  {W}\n\n  {W}\n",
        f"'{W}': 1\n",
        f"[\"{W}\", '\n {W}']\n",
        "a: b#edgewright:ignore[x]\n",
        "a: 1 # the edgewright of the house\n",
        "a: 1 # edgewright ignores this\n",
        "a: 1 # see edgewright.dev\n",
        f"a: 1 # such as {W}\n",
        f"# {W}\n",
    ],
)
def test_what_is_no_waiver(text: str) -> None:
    assert spoken_for(text) == []


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("# edgewright: ignore[] until=2027-01-31 x", "the waiver names no rule"),
        ("# edgewright: ignore[a,] until=2027-01-31 x", "the waiver names no rule"),
        ("# edgewright: ignore[A_b] until=2027-01-31 x", "`A_b` is no rule's id"),
        ("# edgewright: ignore[*] until=2027-01-31 x", "`*` is no rule's id"),
        ("# edgewright: ignore[a] because", "the waiver has no end"),
        ("# edgewright: ignore[a]", "the waiver has no end"),
        ("# edgewright: ignore[a] until=", "the waiver has no end"),
        ("# edgewright: ignore[a] until=2027-02-30 x", "`2027-02-30` is no day"),
        ("# edgewright: ignore[a] until=2027-2-3 x", "`2027-2-3` is no day"),
        ("# edgewright: ignore[a] until=20270203 x", "`20270203` is no day"),
        ("# edgewright: ignore[a] until=never x", "`never` is no day"),
        ("# edgewright: ignore[a] until=2027-01-31", "the waiver has no reason"),
        ("# edgewright: ignore[a] until=2027-01-31  ", "the waiver has no reason"),
        ("# edgewright: ignore a until=2027-01-31 x", "this comment is no waiver that can be read"),
        ("# edgewright: ignore[a", "this comment is no waiver that can be read"),
        ("# edgewright: what is this", "this comment is no waiver that can be read"),
        ("# Edgewright: ignore[a] until=2027-01-31 x", "this comment is no waiver that can be read"),
        ("# edgewright ignore[a] until=2027-01-31 x", "this comment is no waiver that can be read"),
    ],
)
def test_what_a_waiver_needs(comment: str, says: str) -> None:
    assert malformed(f"a: 1\nb: 'x'  {comment}\n") == [(2, 9, says)]


def test_a_waiver_behind_the_end_of_reading_is_not_asked_for() -> None:
    document = document_of(f"a: 1  {W}\n  b: 2\nc: 3 {W}\n")
    assert [waiver.line for waiver in document.waivers] == [1]


@given(st.text(st.sampled_from("a:# edgwrihtno[]=-2071\"'|>\n\t{}[],"), max_size=60), st.integers(0, 60))
def test_any_text_beside_a_waiver(text: str, at: int) -> None:
    document = document_of(text[:at] + W + text[at:])
    for waiver in document.waivers:
        assert 1 <= waiver.line <= document.source.text.count("\n") + 1


def test_ten_thousand_are_the_most() -> None:
    start = time.process_time()
    document = document_of(f"{W}\n" * (2 * MOST_WAIVERS) + "a: 1\n")
    assert len(document.waivers) == MOST_WAIVERS
    assert [finding.rule for finding in document.findings] == ["too-large"]
    assert {waiver.line for waiver in document.waivers} == {2 * MOST_WAIVERS + 1}
    assert time.process_time() - start < 10  # half a second, where each looks for its line alone an hour


# --- What remains


def at(line: int, rule: str = "memory", *, waivable: bool = True, file: str = "f") -> Finding:
    return Finding(rule, "error", "m", "r", place=Place(file, line, 1, line, 2), waivable=waivable)


def waiver(*rules: str, until: date = TODAY, line: int = 1) -> Waiver:
    return Waiver(rules or ("memory",), until, "why", line, Place("f", line, 30, line, 60))


def remaining(findings: list[Finding], *waivers: Waiver, complete: bool = True) -> list[tuple[str, str, str]]:
    found = apply_waivers(findings, waivers, TODAY, complete=complete)
    return [(finding.rule, finding.level, finding.message) for finding in found]


KEPT = ("memory", "error", "m")


def test_findings_on_the_line_are_waived_to_the_last_day_included() -> None:
    assert remaining([at(1), at(1)], waiver(until=TODAY)) == []
    assert remaining([at(1)], waiver(until=date(2026, 11, 22))) == [
        KEPT,
        ("waiver-expired", "error", "this waiver ended on 2026-11-22"),
    ]


def test_others_are_not() -> None:
    assert remaining([at(2)], waiver(line=1)) == [
        KEPT,
        ("waiver-unused", "warning", "nothing on line 1 breaks `memory`, but line 2 does"),
    ]
    assert remaining([at(1, "cpu")], waiver())[0] == ("cpu", "error", "m")
    assert remaining([at(1, file="inventory.csv")], waiver()) == [
        KEPT,
        ("waiver-unused", "warning", "nothing on line 1 breaks `memory`"),
    ]
    assert remaining([Finding("memory", "error", "m", "r")], waiver())[0] == KEPT


def test_a_finding_that_cannot_be_waived_stays() -> None:
    assert remaining([at(1, waivable=False)], waiver()) == [
        KEPT,
        ("waiver-unused", "warning", "`memory` cannot be waived"),
    ]


def test_each_rule_of_a_waiver_is_to_be_of_use() -> None:
    assert remaining([at(1)], waiver("memory", "cpu")) == [
        ("waiver-unused", "warning", "nothing on line 1 breaks `cpu`")
    ]
    assert remaining([at(1)], waiver("cpu", "memory", until=date(2020, 1, 1))) == [
        KEPT,
        ("waiver-expired", "error", "this waiver ended on 2020-01-01"),
        ("waiver-unused", "warning", "nothing on line 1 breaks `cpu`"),
    ]


def test_an_ended_waiver_that_waives_nothing_is_only_unused() -> None:
    assert [rule for rule, *_ in remaining([], waiver(until=date(2020, 1, 1)))] == ["waiver-unused"]


def test_of_two_waivers_one_in_force_is_enough() -> None:
    found = remaining(
        [at(1)], waiver(until=date(2020, 1, 1)), Waiver(("memory",), TODAY, "", 1, Place("f", 9, 1, 9, 9))
    )
    assert [rule for rule, *_ in found] == ["waiver-expired"]


def test_nobody_knows_what_is_unused_before_every_rule_was_tried() -> None:
    assert remaining([at(2)], waiver(), complete=False) == [KEPT]
    assert remaining([at(1)], waiver(until=date(2020, 1, 1)), complete=False)[1][0] == "waiver-expired"


def test_findings_about_waivers_cannot_be_waived() -> None:
    for finding in apply_waivers([at(1)], [waiver("cpu", "memory", until=date(2020, 1, 1))], TODAY):
        assert finding.waivable == (finding.rule == "memory")


def test_a_comment_that_speaks_of_waivers_is_none() -> None:
    text = "a: 1\n# write it so:   # edgewright: ignore[some-rule] until=2027-01-31 a reason\n"
    document = parse_document(Source("fleet.yaml", text))
    assert (document.waivers, document.findings) == ((), ())


def test_a_sign_in_quotes_begins_no_comment() -> None:
    text = 'a: "x # y"  # edgewright: ignore[some-rule] until=2027-01-31 a reason\n'
    assert [waiver.line for waiver in parse_document(Source("fleet.yaml", text)).waivers] == [1]
