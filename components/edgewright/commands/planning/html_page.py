"""A sheet as one page of HTML that needs nothing beside itself: no script, no font, no picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from edgewright.commands.planning.bar import Bar, amounts, filled, free, per_cent_text
from edgewright.commands.planning.escape import in_html
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

_STYLE: Final = """\
:root { color-scheme: light dark; --good: #2e7d32; --error: #c62828; --warning: #b26a00; --info: #1565c0;
  --line: #8886; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
  font-weight: normal; overflow-wrap: anywhere; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { display: flex; height: .9rem; width: 14rem; max-width: 30vw; background: var(--line); }
.bar i { display: block; height: 100%; background: var(--good); }
.bar i.warning { background: var(--warning); } .bar i.error { background: var(--error); }
.bar i.info { background: var(--info); } .bar i.beyond { opacity: .55; }
strong.good { color: var(--good); } strong.error { color: var(--error); }
strong.warning { color: var(--warning); } strong.info { color: var(--info); }
code { font-family: ui-monospace, monospace; } p.faint { opacity: .75; }
"""
_FINE: Final = 1000
"""Parts that a bar is divided into."""


def print_sheet_html(sheet: Sheet) -> str:
    """The whole page."""
    title = f"Plan of {sheet.fleet}"
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">""",
        f"<title>{in_html(title)}</title>",
        f"<style>\n{_STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{in_html(title)}</h1>",
        f"<p>{in_html(sheet.verdict())}, on {sheet.today.isoformat()}.</p>",
        *(f"<p>What if <code>{in_html(each)}</code></p>" for each in sheet.what_if),
        *(line for each in sheet.classes for line in _class(sheet, each)),
        *_findings(sheet.findings),
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _class(sheet: Sheet, each: ClassSheet) -> Iterator[str]:
    yield f"<section>\n<h2>{in_html(each.name)}</h2>"
    yield f'<p class="faint">{in_html(hardware_words(each))}</p>'
    compared = any(bar.compared for bar in each.bars)
    head = ["budget", "", "needed / available", *(["before"] if compared else []), "share", "free"]
    yield from _table(head, (_row(bar, compared) for bar in each.bars))
    for deployed in each.planned.workloads:
        yield f"<h3>{in_html(deployed.name)}</h3>"
        yield f"<p>{in_html(image_words(deployed))}</p>\n<ol>"
        yield from (f"<li>{in_html(words)}</li>" for words in tier_words(deployed))
        yield "</ol>\n<ul>"
        for tier in each.left_out[deployed.name]:
            yield f"<li>left out: <code>{in_html(tier.tier)}</code>: {in_html(tier.why)}</li>"
        yield f"<li><code>resources: {in_html(resources_words(deployed.resources))}</code></li>"
        if parts := parts_words(each.planned, deployed):
            yield f"<li><code>{in_html(parts)}</code></li>"
        yield "</ul>"
    yield from (f"<h3>{in_html(name)}</h3>\n<p>{NOT_PLANNED}</p>" for name in each.missing)
    yield f"<h3>Rings</h3>\n<p>{in_html(rings_title(each, sheet.today))}</p>"
    rows = ([f"<td>{in_html(text)}</td>" for text in ring_words(dated)] for dated in each.rings)
    yield from _table(["ring", "share", "devices", "when"], rows)
    yield "</section>"


def _row(bar: Bar, compared: bool) -> list[str]:
    before = amounts(bar.before) if bar.changed and bar.before else "" if bar.before else "new"
    return [
        f"<th>{in_html(bar.label)}</th>",
        f"<td>{_drawn(bar)}</td>",
        _number(amounts(bar.proof)),
        *([_number(before)] if compared else []),
        _number(per_cent_text(bar.proof)),
        f'<td><strong class="{bar.style}">{in_html(free(bar.proof))}</strong></td>',
    ]


def _number(text: str) -> str:
    return f'<td class="number">{in_html(text)}</td>'


def _drawn(bar: Bar) -> str:
    full, beyond = filled(bar.proof, _FINE)
    parts = ((full - beyond, bar.style), (beyond, f"{bar.style} beyond"))
    drawn = "".join(
        f'<i class="{style}" style="width: {size // 10}.{size % 10}%"></i>' for size, style in parts if size
    )
    return f'<div class="bar" role="img" aria-label="{in_html(per_cent_text(bar.proof))}">{drawn}</div>'


def _table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"<table>\n<tr>{''.join(f'<th>{in_html(each)}</th>' for each in head)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(row)}</tr>"
    yield "</table>"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    shown = settled(findings)
    yield f"<section>\n<h2>{in_html(tally(shown) or 'nothing to report')}</h2>\n<ul>"
    for each in shown:
        place = where(each.place, each.path)
        at = f" at <code>{in_html(place)}</code>" if place else ""
        help_ = f"<br>help: {in_html(each.remedy)}" if each.remedy else ""
        level = f'<strong class="{each.level}">{each.level}</strong>'
        yield f"<li>{level} <code>{in_html(each.rule)}</code>{at}: {in_html(each.message)}{help_}</li>"
    yield "</ul>\n</section>"
