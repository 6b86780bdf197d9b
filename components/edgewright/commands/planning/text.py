"""A sheet for people at a terminal: budgets as bars, what runs and why, and the dates of a promotion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from edgewright.commands.planning.bar import Bar, amounts, free, per_cent_text
from edgewright.commands.planning.shape import BLOCKS, Shapes, drawn
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
from edgewright.commands.printers.colours import painted
from edgewright.commands.printers.excerpt import cut
from edgewright.commands.printers.visible import cells, visible

_NARROWEST = 40
_LABEL = 40
_BAR = (6, 40)
"""The least and the most cells of a bar; where there is no room for the least, there is none."""


@dataclass(frozen=True, slots=True)
class _Page:
    colour: bool
    width: int
    shapes: Shapes

    def paint(self, style: str, text: str) -> str:
        return painted(style, text, colour=self.colour)


def print_sheet(sheet: Sheet, *, colour: bool = False, width: int = 100, shapes: Shapes = BLOCKS) -> str:
    """A block for each class, and a last line that says whether it fits. Findings are not in it."""
    page = _Page(colour, max(width, _NARROWEST), shapes)
    blocks = ["\n".join(_class(page, sheet, each)) + "\n" for each in sheet.classes]
    if sheet.what_if:
        changes = [f"what if {visible(each)}" for each in sheet.what_if]
        blocks.insert(0, "\n".join(page.paint("strong", each) for each in changes) + "\n")
    worst = _worst(bar for each in sheet.classes for bar in each.bars)
    return "\n".join([*blocks, page.paint(worst, sheet.verdict()) + "\n"])


def _worst(bars: Iterable[Bar]) -> str:
    styles = {bar.style for bar in bars}
    return next((style for style in ("error", "warning", "info") if style in styles), "good")


def _class(page: _Page, sheet: Sheet, each: ClassSheet) -> Iterator[str]:
    yield f"{page.paint('strong', visible(each.name))}  {page.paint('faint', hardware_words(each))}"
    yield from _budget(page, each.bars)
    for deployed in each.planned.workloads:
        yield ""
        yield from _described(page, visible(deployed.name), image_words(deployed))
        for number, words in enumerate(tier_words(deployed)):
            yield from _described(page, "" if number else "  tiers", f"{number + 1}. {words}")
        for number, tier in enumerate(each.left_out[deployed.name]):
            words = visible(f"{tier.tier}: {tier.why}" + (f"; {tier.remedy}" if tier.remedy else ""))
            yield from _described(page, "" if number else "  left out", words)
        yield from _described(page, "  resources", resources_words(deployed.resources))
        if parts := parts_words(each.planned, deployed):
            yield from _described(page, "  beside", parts)
    for name in each.missing:
        yield ""
        yield from _described(page, visible(name), NOT_PLANNED)
    yield ""
    yield from _described(page, "rings", rings_title(each, sheet.today))
    yield from _table(page, [ring_words(dated) for dated in each.rings])


def _described(page: _Page, label: str, words: str) -> Iterator[str]:
    """A label and some words beside it, wrapped."""
    import textwrap

    room = max(page.width - 16, 24)
    lines = textwrap.wrap(words, room, break_on_hyphens=False, break_long_words=False) or [""]
    yield f"  {_padded(page, label, 13)} {lines[0]}"
    yield from (" " * 16 + line for line in lines[1:])


def _table(page: _Page, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows with columns of one width each; the last runs free."""
    widths = [max(cells(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        padded = [_padded(page, text, width) for text, width in zip(row, widths, strict=False)]
        yield f"    {'  '.join([*padded, row[-1]])}".rstrip()


def _budget(page: _Page, bars: Sequence[Bar]) -> Iterator[str]:
    """A row for each bar: label, bar, needed / available, per cent, free; columns as wide as they must be."""
    if not bars:
        yield "  nothing is proven of this class"
        return
    rows = [(_amounts(bar, page.shapes), _share(bar, page.shapes), free(bar.proof)) for bar in bars]
    widths = [max(cells(row[column]) for row in rows) for column in range(3)]
    label = min(max(cells(visible(bar.label)) for bar in bars), _LABEL, max(10, (page.width - 20) // 2))
    room = page.width - label - sum(widths) - 2 - 2 * 4
    shows_free = room >= _BAR[0]
    room += 0 if shows_free else widths[2] + 2
    length = min(room, _BAR[1]) if room >= _BAR[0] else 0
    for bar, (sides, share, rest) in zip(bars, rows, strict=True):
        parts = [_padded(page, visible(bar.label), label)]
        if length:
            parts.append(page.paint(bar.style, drawn(bar.proof, length, page.shapes)))
        parts += [sides.rjust(widths[0]), share.rjust(widths[1])]
        parts += [page.paint("good" if bar.holds else bar.style, rest)] if shows_free else []
        yield f"  {'  '.join(parts)}"


def _amounts(bar: Bar, shapes: Shapes) -> str:
    """What is needed of what there is; beside what it was, where an override moved it."""
    after = amounts(bar.proof)
    return f"{amounts(bar.before)} {shapes.arrow} {after}" if bar.changed and bar.before else after


def _share(bar: Bar, shapes: Shapes) -> str:
    after = per_cent_text(bar.proof)
    if bar.changed and bar.before:
        return f"{per_cent_text(bar.before)} {shapes.arrow} {after}"
    return f"new {after}" if bar.compared and bar.before is None else after


def _padded(page: _Page, text: str, width: int) -> str:
    """The visible text in exactly that many cells."""
    if cells(text) > width:
        text = cut(text, 0, 0, width).text.replace("…", page.shapes.cut)
    return text + " " * (width - cells(text))
