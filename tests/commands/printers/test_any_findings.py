"""Whatever the findings are, every printer prints them, and what it prints can be read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.commands.printers import FORMATS, Format, print_findings
from edgewright.errors import LEVELS, Finding, Note, Place, path_text

NASTY = (
    "\x00\x07\t\n\r\x1b\x7f\x85\x9b\xa0\xad\u0301\u200d\u2028\u202e\u3000\ufeff\ufffe\ud800\udcff\U0010ffff"
)
SYNTAX = ["](", "]]>", "&", "<", "%0A", "::error ::", ",", '"', "\\", "{0}", "漢字", "[31m", "$(x)"]
texts = st.lists(
    st.one_of(st.characters(), st.sampled_from(NASTY), st.sampled_from(SYNTAX)), max_size=12
).map("".join)
names = st.sampled_from(["fleet.yaml", "./a b.csv", "/abs"]) | texts
numbers = st.integers(-1, 5) | st.integers()
paths = st.lists(texts | st.integers(0, 9), max_size=3).map(tuple)
places = st.none() | st.builds(Place, names, numbers, numbers, numbers, numbers)
findings = st.builds(
    Finding,
    rule=st.sampled_from(["a-rule", "b-rule"]) | texts,
    level=st.sampled_from(LEVELS),
    message=texts,
    remedy=texts,
    path=paths,
    on_key=st.booleans(),
    place=places,
    notes=st.lists(st.builds(Note, texts, paths, places), max_size=2).map(tuple),
    replacement=st.none() | texts,
)
runs = st.tuples(st.lists(findings, max_size=4), st.dictionaries(names, texts, max_size=3))
COLOURS = re.compile("\x1b\\[[0-9;]+m")


@given(runs)
def test_text_can_be_written_and_never_steers_a_terminal(run: tuple[list[Finding], dict[str, str]]) -> None:
    text = print_findings("text", *run)
    assert "\x1b" not in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]", text)
    assert text.encode()
    assert COLOURS.sub("", print_findings("text", *run, colour=True)) == text


@given(runs, st.integers(-1, 6), st.integers(-1, 50))
def test_text_of_any_limit_and_width(
    run: tuple[list[Finding], dict[str, str]], limit: int, width: int
) -> None:
    text = print_findings("text", *run, limit=limit, width=width)
    assert ("more (see --format json)" in text) == (len(set(run[0])) > max(limit, 0))


@given(runs)
def test_json_reads_back(run: tuple[list[Finding], dict[str, str]]) -> None:
    text = print_findings("json", *run)
    report = json.loads(text.encode())
    assert sum(report["summary"].values()) == len(report["findings"]) == len(set(run[0]))
    messages = {_encodable(finding.message) for finding in run[0]}
    assert {finding["message"] for finding in report["findings"]} == messages
    assert {finding["path"] for finding in report["findings"]} == {
        _encodable(path_text(f.path)) for f in run[0]
    }


@given(runs)
def test_sarif_reads_back(run: tuple[list[Finding], dict[str, str]]) -> None:
    log = json.loads(print_findings("sarif", *run).encode())
    results = log["runs"][0]["results"]
    assert len(results) == len(set(run[0]))
    uris = [artifact["location"]["uri"] for artifact in log["runs"][0]["artifacts"]]
    assert len(uris) == len(set(uris))
    assert all(re.fullmatch("[!-~]*", uri) for uri in uris)
    for result in results:
        for location in result.get("locations", []) + result.get("relatedLocations", []):
            region = location.get("physicalLocation", {}).get("region")
            assert not region or min(region.values()) >= 1


@given(runs, st.booleans())
def test_junit_reads_back(run: tuple[list[Finding], dict[str, str]], strict: bool) -> None:
    root = ET.fromstring(print_findings("junit", *run, strict=strict).encode())
    failing = {"error", "warning"} if strict else {"error"}
    assert (root.get("failures") != "0") == bool(failing & {finding.level for finding in run[0]})
    assert root.get("tests") == str(len(list(root.iter("testcase"))))


@given(runs)
def test_github_is_one_command_a_finding(run: tuple[list[Finding], dict[str, str]]) -> None:
    text = print_findings("github", *run)
    assert text.encode().decode() == text
    assert len(text.splitlines()) == text.count("\n") == len(set(run[0]))
    assert all(re.match("::(error|warning|notice) [^:]+::", line) for line in text.splitlines())


@given(runs)
def test_the_order_of_findings_with_different_places_does_not_matter(
    run: tuple[list[Finding], dict[str, str]],
) -> None:
    unique = {finding.place: finding for finding in run[0]}.values()
    for form in FORMATS:
        assert print_findings(form, list(unique), run[1]) == print_findings(form, list(unique)[::-1], run[1])


@pytest.mark.parametrize("form", FORMATS)
def test_a_printer_imports_only_what_it_needs(form: Format) -> None:
    code = (
        "import sys; from edgewright.commands.printers import print_findings\n"
        "assert 'json' not in sys.modules and 'unicodedata' not in sys.modules\n"
        f"print_findings({form!r}, [], {{}}); print(*sys.modules)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    ).stdout.split()
    assert ("xml.etree.ElementTree" in shown) == (form == "junit")
    assert ("json" in shown) == (form in ("json", "sarif"))
    assert not {"pydantic", "yaml", "click", "rich"} & set(shown)


def _encodable(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
