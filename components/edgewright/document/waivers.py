"""Comments that waive a finding: `# edgewright: ignore[rule] until=2027-01-31 why it may stay`.

At the end of a line it speaks for that line; alone on a line, for the next one that is not a comment.
It has an end and a reason, because what is waived for ever by nobody is how fleets break.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from edgewright.document.source import Source
from edgewright.errors import Finding, Place

# With or without its colon and in any case: who writes this means a waiver, and should not believe in one.
_COMMENT: Final = re.compile(r"#[ \t]*(?:edgewright[ \t]*:|(?i:edgewright)[ \t]*:?[ \t]*ignore\b)[^\r\n]*")
_WAIVER: Final = re.compile(
    r"#[ \t]*edgewright[ \t]*:[ \t]*ignore\[(?P<rules>[^\]]*)\]"
    r"(?:[ \t]+until=(?P<until>\S+))?(?:[ \t]+(?P<reason>\S.*))?"
)
_RULE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOST_WAIVERS: Final = 10_000
_COMMENT_START: Final = re.compile(r"(?:(?<=\s)|^)#", re.MULTILINE)
_FORM: Final = "write `# edgewright: ignore[rule-id] until=YYYY-MM-DD reason`"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Rules that may be broken on a line until a day (the last one included), and why."""

    rules: tuple[str, ...]
    until: date
    reason: str
    line: int
    place: Place


def find_waivers(
    source: Source, quoted: Sequence[tuple[int, int]], end: int
) -> tuple[tuple[Waiver, ...], tuple[Finding, ...]]:
    """The waivers in a text up to an offset, and what is wrong with those that cannot be read.

    `quoted` are the spans of texts in which a `#` begins no comment, in their order.
    """
    waivers: list[Waiver] = []
    findings: list[Finding] = []
    line, last = 0, _last_line_with_content(source) if "edgewright" in source.text else 0
    for match in _comments(source, quoted, end):
        if len(waivers) + len(findings) >= MOST_WAIVERS:
            findings.append(_too_many(source.place(match.start(), match.end())))
            break
        line = _line_it_speaks_for(source, match.start(), line, last)
        read = _read(source, match, line)
        if isinstance(read, Waiver):
            waivers.append(read)
        else:
            findings.append(read)
    return tuple(waivers), tuple(findings)


def _comments(source: Source, quoted: Sequence[tuple[int, int]], end: int) -> Iterator[re.Match[str]]:
    text = source.text
    offset, texts = 0, iter(quoted)
    opens, closes = next(texts, (end, end))
    while match := _COMMENT.search(text, offset, end):
        start = match.start()
        while closes <= start < end:
            opens, closes = next(texts, (end, end))
        if opens <= start:
            offset = closes
            continue
        if start and not text[start - 1].isspace():  # the # is a part of a value
            offset = start + 1
            continue
        offset = match.end()
        if not _in_a_comment(source, start, quoted):
            yield match


def _in_a_comment(source: Source, offset: int, quoted: Sequence[tuple[int, int]]) -> bool:
    """Whether the line has a comment already before the offset: one that speaks of waivers is none."""
    _, column = source.position(offset)
    for sign in _COMMENT_START.finditer(source.text, offset - column + 1, offset):
        before = bisect_right(quoted, (sign.start(), len(source.text))) - 1
        if before < 0 or quoted[before][1] <= sign.start():
            return True
    return False


def _read(source: Source, comment: re.Match[str], line: int) -> Waiver | Finding:
    text = comment.group().rstrip()
    place = source.place(comment.start(), comment.start() + len(text))
    match = _WAIVER.fullmatch(text)
    if match is None:
        return _malformed(place, "this comment is no waiver that can be read")
    rules = tuple(dict.fromkeys(rule.strip() for rule in match["rules"].split(",")))
    wrong = [rule for rule in rules if not _RULE.fullmatch(rule)]
    if wrong:
        return _malformed(
            place, f"`{wrong[0][:60]}` is no rule's id" if wrong[0] else "the waiver names no rule"
        )
    if match["until"] is None:
        return _malformed(place, "the waiver has no end")
    until = _day(match["until"])
    if until is None:
        return _malformed(place, f"`{match['until'][:60]}` is no day")
    if match["reason"] is None:
        return _malformed(place, "the waiver has no reason")
    return Waiver(rules, until, match["reason"], line, place)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _last_line_with_content(source: Source) -> int:
    """The number of the last line that is more than a comment; 0 where there is none."""
    end = len(source.text)
    for number in range(len(source.line_starts), 0, -1):
        start = source.line_starts[number - 1]
        text = source.text[start:end].strip()
        if text and not text.startswith("#"):
            return number
        end = start
    return 0


def _line_it_speaks_for(source: Source, offset: int, before: int, last: int) -> int:
    """The comment's own line, or the next one with content if there is any.

    `before` is what the comment above speaks for, `last` the last line with content.
    """
    line, column = source.position(offset)
    if source.text[offset - column + 1 : offset].strip():
        return line
    if line < before:  # nothing but comments lies between
        return before
    starts = source.line_starts
    for number in range(line + 1, last):
        text = source.text[starts[number - 1] : starts[number]].strip()
        if text and not text.startswith("#"):
            return number
    return max(line, last)


def apply_waivers(
    findings: Iterable[Finding], waivers: Sequence[Waiver], today: date, *, complete: bool = True
) -> tuple[Finding, ...]:
    """The findings that remain, with `waiver-expired` and `waiver-unused` for waivers that waive nothing.

    `complete` says that every rule was tried; else nobody knows yet which waivers are of use.
    """
    by_line: dict[tuple[str, int], list[Waiver]] = {}
    for waiver in waivers:
        by_line.setdefault((waiver.place.file, waiver.line), []).append(waiver)
    used: set[tuple[Place, str]] = set()
    refused: set[tuple[Place, str]] = set()
    remaining: list[Finding] = []
    broken: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        matching = [waiver for waiver in _speaking(finding, by_line) if finding.rule in waiver.rules]
        if finding.place is not None:
            broken.setdefault((finding.place.file, finding.rule), finding)
        kept = used if finding.waivable else refused
        kept.update((waiver.place, finding.rule) for waiver in matching)
        if not (finding.waivable and any(waiver.until >= today for waiver in matching)):
            remaining.append(finding)
    for waiver in waivers:
        remaining += _expired(waiver, used, today)
        idle = [rule for rule in waiver.rules if (waiver.place, rule) not in used]
        known = idle if complete else [rule for rule in idle if (waiver.place, rule) in refused]
        remaining += [_unused(waiver, rule, broken.get((waiver.place.file, rule))) for rule in known]
    return tuple(remaining)


def _speaking(finding: Finding, by_line: dict[tuple[str, int], list[Waiver]]) -> Sequence[Waiver]:
    place = finding.place
    return by_line.get((place.file, place.line), ()) if place else ()


def _unused(waiver: Waiver, rule: str, elsewhere: Finding | None) -> Finding:
    message, remedy = (
        f"nothing on line {waiver.line} breaks `{rule}`",
        "remove the waiver: it would hide the next one",
    )
    if elsewhere is not None and not elsewhere.waivable:
        message, remedy = f"`{rule}` cannot be waived", "mend what is wrong, and remove the waiver"
    elif elsewhere is not None and elsewhere.place is not None:
        message += f", but line {elsewhere.place.line} does"
        remedy = "put the waiver on the line that it is meant for, or remove it"
    return Finding(
        rule="waiver-unused",
        level="warning",
        message=message,
        remedy=remedy,
        place=waiver.place,
        waivable=False,
    )


def _expired(waiver: Waiver, used: set[tuple[Place, str]], today: date) -> Iterator[Finding]:
    if waiver.until < today and any((waiver.place, rule) in used for rule in waiver.rules):
        yield Finding(
            rule="waiver-expired",
            level="error",
            message=f"this waiver ended on {waiver.until.isoformat()}",
            remedy="mend what it waived, or decide anew and write a later day",
            place=waiver.place,
            waivable=False,
        )


def _too_many(place: Place) -> Finding:
    return Finding(
        rule="too-large",
        level="error",
        message=f"more than {MOST_WAIVERS:,} waivers in one file",
        remedy="mend what they waive, or split the fleet",
        place=place,
        waivable=False,
    )


def _malformed(place: Place, message: str) -> Finding:
    return Finding(
        rule="waiver-malformed", level="error", message=message, remedy=_FORM, place=place, waivable=False
    )
