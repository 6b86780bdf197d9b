"""The four forms of a sheet: as the goldens have them, deterministic, and never obeyed by a reader."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.commands.planning.conftest import EVIL
from tests.small import plan_of, smallest

from edgewright.commands.planning.escape import code, in_html, in_markdown
from edgewright.commands.planning.html_page import print_sheet_html
from edgewright.commands.planning.json_sheet import print_sheet_json
from edgewright.commands.planning.markdown import print_sheet_markdown
from edgewright.commands.planning.shape import ASCII
from edgewright.commands.planning.sheet import Sheet, sheet_of
from edgewright.commands.planning.text import print_sheet
from edgewright.commands.printers.visible import cells

Golden = Callable[[str, str], None]
PRINTERS: dict[str, Callable[[Sheet], str]] = {
    "txt": print_sheet,
    "json": print_sheet_json,
    "md": print_sheet_markdown,
    "html": print_sheet_html,
}


@pytest.mark.parametrize("form", PRINTERS)
def test_a_sheet(form: str, sheet: Sheet, golden: Golden) -> None:
    golden(f"planning/sheet.{form}", PRINTERS[form](sheet))


@pytest.mark.parametrize("form", PRINTERS)
def test_a_sheet_with_overrides(form: str, compared: Sheet, golden: Golden) -> None:
    golden(f"planning/what-if.{form}", PRINTERS[form](compared))


def test_in_ascii(sheet: Sheet, golden: Golden) -> None:
    text = print_sheet(sheet, shapes=ASCII, width=80)
    assert text.isascii()
    golden("planning/ascii.txt", text)


@pytest.mark.parametrize("width", [0, 40, 60, 79, 80, 100, 300])
@pytest.mark.parametrize("kind", ["sheet", "compared"])
def test_no_budget_is_wider_than_the_terminal(width: int, kind: str, request: pytest.FixtureRequest) -> None:
    sheet: Sheet = request.getfixturevalue(kind)
    lines = print_sheet(sheet, width=width).splitlines()
    budgets = [line for line in lines if " / " in line]
    assert len(budgets) == sum(len(each.bars) for each in sheet.classes)
    most = max(width, 40 if kind == "sheet" else 76)  # two pairs of amounts side by side need their room
    assert max(map(cells, budgets)) <= most
    assert any("█" in line for line in budgets) or width < 79


def test_colours_are_asked_for(sheet: Sheet) -> None:
    painted = print_sheet(sheet, colour=True)
    assert "\x1b[1;31m" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == print_sheet(sheet)


def test_json_has_raw_numbers_and_units(sheet: Sheet) -> None:
    told = json.loads(print_sheet_json(sheet))
    kiosk = told["classes"][0]
    assert [bar["what"] for bar in kiosk["budget"]][:2] == ["memory", "CPU"]
    assert kiosk["budget"][1]["free"] == -1500
    assert {(bar["unit"], bar["holds"]) for bar in kiosk["budget"][:2]} == {
        ("bytes", True),
        ("millicores", False),
    }
    assert kiosk["workloads"][0]["resources"]["memory"] == {"amount": 2**29, "unit": "bytes"}
    assert "before" not in kiosk["budget"][0]
    assert {"findings", "summary"} <= told.keys()


PARTS = {
    "batching": {"maxBatch": 8, "concurrency": 2},
    "threads": 1,
    "grpc": True,
    "responseCache": "64Mi",
    "whenUnsure": {"below": "85%", "escalateTo": "https://hub.example/v2/models/digits", "keep": "512Mi"},
}
OFFLINE = {"board": "intel-n100-8gb", "offline": True, "signatureGate": "bundle"}
BESIDE = "2 batches at the same time, 1 thread for each, gRPC, answers from before in 64Mi, "


def with_parts(**changes: Any) -> Sheet:
    parts = {f"workloads__read__{name}": value for name, value in PARTS.items()}
    return sheet_of(plan_of(smallest(**parts, **changes)), (), {}, date(2026, 11, 1))


@pytest.mark.parametrize("form", ["txt", "md", "html"])
def test_what_is_on_beside_the_tiers_is_said(form: str) -> None:
    asked = "asks https://hub.example/v2/models/digits, keeps 512Mi of inputs below 85%"
    told = PRINTERS[form](with_parts())
    assert BESIDE + asked in re.sub(r"\s+", " ", told)


def test_what_does_not_happen_on_an_offline_class_is_not_said() -> None:
    told = re.sub(r"\s+", " ", print_sheet(with_parts(deviceClasses__kiosk=OFFLINE)))
    assert f"{BESIDE}keeps 512Mi of inputs below 85%" in told


def test_json_has_every_part() -> None:
    (on,) = json.loads(print_sheet_json(with_parts()))["classes"][0]["workloads"]
    assert (on["concurrency"], on["threads"], on["grpc"]) == (2, 1, True)
    assert on["responseCache"] == {"amount": 64 << 20, "unit": "bytes"}
    assert on["whenUnsure"] == {
        "below": {"amount": 850_000, "unit": "millionths"},
        "escalateTo": "https://hub.example/v2/models/digits",
        "keep": {"amount": 512 << 20, "unit": "bytes"},
    }
    plain = sheet_of(plan_of(smallest()), (), {}, date(2026, 11, 1))
    (off,) = json.loads(print_sheet_json(plain))["classes"][0]["workloads"]
    assert [off[name] for name in ("concurrency", "threads", "grpc", "responseCache", "whenUnsure")] == [
        1, None, False, None, None,
    ]  # fmt: skip


def test_json_says_what_was_before(compared: Sheet) -> None:
    memory, cpu = json.loads(print_sheet_json(compared))["classes"][0]["budget"][:2]
    assert (memory["before"]["needed"], memory["needed"]) == (3 * 2**30, 4 * 2**30)
    assert cpu["before"] is None


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]
        if tag != "meta" and tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_needs_nothing_and_obeys_nothing(sheet: Sheet) -> None:
    page = _Tags()
    page.feed(print_sheet_html(sheet))
    assert page.open == []
    assert not page.tags & {"script", "img", "link", "a", "iframe", "object", "svg"}
    assert "<script>alert(1)</script>" in page.text


@given(st.text())
def test_html_is_closed_over_any_text(text: str) -> None:
    page = _Tags()
    page.feed(f"<p>{in_html(text)}</p>")
    assert page.tags == {"p"}


@given(st.text(alphabet="`|\\*_[]()<>#!~&$@:/. \nwab-"))
def test_markdown_is_one_line_and_calls_nobody(text: str) -> None:
    shown = in_markdown(text)
    assert "\n" not in shown
    bare = re.sub(r"\\.|`[^`]*`", "", shown)
    assert not set(bare.replace("@<!-- -->", "")) & set("`|*_[]<>#~@")
    assert "\n" not in code(text)
    assert "|" not in re.sub(r"\\\|", "", code(text))


def test_markdown_shows_what_messages_quote() -> None:
    assert in_markdown("`a_b` is <b> of @c") == "`a_b` is \\<b\\> of @<!-- -->c"
    assert in_markdown("one ` alone") == "one \\` alone"
    assert EVIL not in in_markdown(EVIL)
