"""A sheet in Markdown, for a comment below a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from edgewright.commands.planning.bar import Bar, amounts, free, per_cent_text
from edgewright.commands.planning.escape import code, in_markdown
from edgewright.commands.planning.shape import drawn
from edgewright.commands.planning.sheet import ClassSheet, Sheet
from edgewright.commands.planning.words import (
    NOT_PLANNED,
    hardware_words,
    image_words,
    parts_words,
    resources_words,
    ring_words,
    rings_title,
    tier_words,
)
from edgewright.commands.printers.order import settled, tally, where
from edgewright.errors import Finding

_BAR = 12
_MARKS = {"good": "✅", "error": "❌", "warning": "⚠️", "info": "ℹ️"}  # noqa: RUF001 - the sign for information


def print_sheet_markdown(sheet: Sheet) -> str:
    """A heading, a section for each class, and the findings."""
    lines = [f"## Plan of {code(sheet.fleet)}", "", f"**{in_markdown(sheet.verdict())}**", ""]
    for change in sheet.what_if:
        lines += [f"What if {code(change)}", ""]
    for each in sheet.classes:
        lines += [*_class(sheet, each), ""]
    return "\n".join([*lines, *_findings(sheet.findings)]).rstrip("\n") + "\n"


def _class(sheet: Sheet, each: ClassSheet) -> Iterator[str]:
    yield f"### {in_markdown(each.name)}"
    yield ""
    yield in_markdown(hardware_words(each))
    yield ""
    compared = any(bar.compared for bar in each.bars)
    head = ("", "", "needed / available", *(["before"] if compared else []), "", "free")
    yield from _table(head, (_row(bar, compared) for bar in each.bars))
    for deployed in each.planned.workloads:
        yield ""
        yield f"**{in_markdown(deployed.name)}**: {in_markdown(image_words(deployed))}"
        yield ""
        yield from (f"{index}. {in_markdown(words)}" for index, words in enumerate(tier_words(deployed), 1))
        yield ""
        for tier in each.left_out[deployed.name]:
            yield f"- left out: {code(tier.tier)}: {in_markdown(tier.why)}"
        yield f"- {code(f'resources: {resources_words(deployed.resources)}')}"
        if parts := parts_words(each.planned, deployed):
            yield f"- {code(parts)}"
    for name in each.missing:
        yield ""
        yield f"**{in_markdown(name)}** {NOT_PLANNED}"
    yield ""
    yield f"Rings {in_markdown(rings_title(each, sheet.today))}"
    yield ""
    yield from _table(
        ("ring", "share", "devices", "when"), (map(in_markdown, ring_words(dated)) for dated in each.rings)
    )


def _row(bar: Bar, compared: bool) -> Sequence[str]:
    if not compared:
        before = []
    elif bar.before is None:
        before = ["new"]
    else:
        before = [in_markdown(amounts(bar.before)) if bar.changed else ""]
    share = in_markdown(per_cent_text(bar.proof))
    return [
        f"{_MARKS[bar.style]} {in_markdown(bar.label)}",
        code(drawn(bar.proof, _BAR)),
        in_markdown(amounts(bar.proof)),
        *before,
        share,
        in_markdown(free(bar.proof)),
    ]


def _table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    shown = settled(findings)
    yield f"### {in_markdown(tally(shown) or 'nothing to report')}"
    if shown:
        yield ""
    for each in shown:
        place = where(each.place, each.path)
        at = f" at {code(place)}" if place else ""
        help_ = f" *help:* {in_markdown(each.remedy)}" if each.remedy else ""
        yield f"- {_MARKS[each.level]} **{each.level}** {code(each.rule)}{at}: {in_markdown(each.message)}.{help_}"
