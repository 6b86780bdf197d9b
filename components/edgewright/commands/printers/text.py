"""Findings for people at a terminal: where, what, the source line with carets, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from edgewright.commands.printers.colours import painted
from edgewright.commands.printers.excerpt import cut, marked, split_lines
from edgewright.commands.printers.order import counts, explained_by, files, last_line, settled, tally, where
from edgewright.commands.printers.visible import visible, visible_lines
from edgewright.document.secrets import masked
from edgewright.errors import LEVELS, Finding, Place, path_text

_NARROWEST = 40
_FIXED_ROWS = 4


@dataclass(frozen=True, slots=True)
class _Page:
    """How text is put on the terminal, and the lines of a file by its name (none: an empty list)."""

    colour: bool
    width: int
    lines: Callable[[str], list[str]]

    def paint(self, style: str, text: str) -> str:
        return painted(style, text, colour=self.colour)


def print_text(
    findings: Sequence[Finding],
    sources: Mapping[str, str],
    *,
    colour: bool = False,
    width: int = 100,
    limit: int | None = None,
) -> str:
    """A block for each finding, by file and place, and a last line that counts them.

    With a `limit`, the gravest that many are shown. Source lines are cut to `width` cells; ANSI colours
    are written only with `colour`, and nothing that comes from a file or a message is ever obeyed.
    """
    everything = settled(findings)
    shown = _gravest(everything, limit)
    page = _Page(colour, max(width, _NARROWEST), _line_reader(sources))
    explained: set[str] = set()
    blocks = []
    for finding in shown:
        blocks.append("\n".join(_block(page, finding, finding.rule not in explained)) + "\n")
        explained.add(finding.rule)
    if len(shown) < len(everything):
        blocks.append(
            page.paint("faint", f"… and {len(everything) - len(shown)} more (see --format json)") + "\n"
        )
    return "\n".join([*blocks, _summary(page, everything, sources) + "\n"])


def _gravest(findings: list[Finding], limit: int | None) -> list[Finding]:
    if limit is None or limit >= len(findings):
        return findings
    ranked = sorted(range(len(findings)), key=lambda index: LEVELS.index(findings[index].level))
    return [findings[index] for index in sorted(ranked[: max(limit, 0)])]


def _line_reader(sources: Mapping[str, str]) -> Callable[[str], list[str]]:
    read: dict[str, list[str]] = {}

    def lines(file: str) -> list[str]:
        if file not in read:
            read[file] = split_lines(masked(sources[file])) if file in sources else []
        return read[file]

    return lines


def _block(page: _Page, finding: Finding, explain: bool) -> Iterator[str]:
    gutter = _gutter(page, finding)
    yield from _header(page, finding)
    if finding.place:
        if finding.path:
            yield page.paint("faint", f"{' ' * gutter}--> {visible(path_text(finding.path))}")
        yield from _excerpt(page, finding.place, gutter, "^", finding.level)
    for note in finding.notes:
        yield from _remark(page, gutter, "note", _joined(where(note.place, note.path), note.message))
        if note.place:
            yield from _excerpt(page, note.place, gutter, "-", "strong")
    if finding.remedy:
        yield from _remark(page, gutter, "help", finding.remedy)
    if finding.place and finding.replacement:
        yield from _fixed(page, finding.place, finding.replacement, gutter)
    if explain:
        yield from _remark(page, gutter, "docs", explained_by(finding.rule))


def _header(page: _Page, finding: Finding) -> Iterator[str]:
    place = where(finding.place, finding.path)
    start = page.paint("strong", f"{place}:") + " " if place else ""
    level = page.paint(finding.level, f"{finding.level}[{visible(finding.rule)}]")
    first, *others = visible_lines(finding.message)
    yield f"{start}{level}: {page.paint('strong', first)}"
    yield from ("    " + line for line in others)


def _gutter(page: _Page, finding: Finding) -> int:
    """The width of the longest line number that the block shows."""
    places = [finding.place, *(note.place for note in finding.notes)]
    shown = [place.line for place in places if place and 1 <= place.line <= len(page.lines(place.file))]
    return len(str(max(shown, default=1)))


def _excerpt(page: _Page, place: Place, gutter: int, mark: str, style: str) -> Iterator[str]:
    row = marked(page.lines(place.file), place, page.width - gutter - 3)
    if row is None:
        return
    bar = page.paint("faint", "|")
    yield f"{page.paint('faint', f'{place.line:>{gutter}}')} {bar} {row.text}".rstrip()
    onwards = f"… to line {last_line(place)}" if last_line(place) > place.line else ""
    yield f"{' ' * gutter} {bar} {' ' * row.indent}{page.paint(style, mark * row.marks + onwards)}"


def _remark(page: _Page, gutter: int, label: str, text: str) -> Iterator[str]:
    first, *others = visible_lines(text)
    yield f"{' ' * gutter} {page.paint('faint', '=')} {page.paint('strong', f'{label}:')} {first}"
    yield from (" " * (gutter + len(label) + 5) + line for line in others)


def _fixed(page: _Page, place: Place, replacement: str, gutter: int) -> Iterator[str]:
    """The lines as they read once the replacement stands at the place; a line taken away is not shown."""
    lines = page.lines(place.file)
    if not replacement.strip() or not 1 <= place.line <= place.end_line <= len(lines):
        return
    start, stop = max(place.column - 1, 0), max(place.end_column - 1, 0)
    new = split_lines(lines[place.line - 1][:start] + replacement)
    if new[-1]:
        new[-1] += lines[place.end_line - 1][stop:]
    else:
        new.pop()
    for index, line in enumerate(new[:_FIXED_ROWS]):
        row = cut(line, 0 if index else min(start, len(line)), 0, page.width - gutter - 3)
        # A line number would be a guess from the second line on.
        number = "" if index else place.line
        yield page.paint("good", f"{number:>{gutter}} + {row.text}".rstrip())
    if len(new) > _FIXED_ROWS:
        yield page.paint("good", f"{'':>{gutter}} + …")


def _joined(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


def _summary(page: _Page, findings: list[Finding], sources: Mapping[str, str]) -> str:
    names = files(findings) if findings else list(sources)
    listed = " and ".join(map(visible, names)) if len(names) < 3 else f"{len(names)} files"
    if not findings:
        return page.paint("good", _joined(listed, "nothing to report"))
    worst = next(level for level, number in counts(findings).items() if number)
    return page.paint(worst, tally(findings)) + (f" in {listed}" if listed else "")
