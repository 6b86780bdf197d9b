"""The findings of the YAML reader: what a fleet file may not hold, in words that say what to do."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Final

from edgewright.document.source import Source
from edgewright.errors import FieldPath, Finding, Note, Place

_DIRECTIVE: Final = re.compile(r"^%|(?<=\r)%", re.MULTILINE)


class Stop(Exception):
    """Raised inside the reader where going on has no sense; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.message)


def refusal(rule: str, message: str, remedy: str, place: Place, **more: Any) -> Finding:
    """An error that no waiver can waive, since what could not be read cannot be used."""
    return Finding(
        rule=rule, level="error", message=message, remedy=remedy, place=place, waivable=False, **more
    )


def duplicate_key(
    source: Source, key: str, first: tuple[int, int], again: tuple[int, int], path: FieldPath
) -> Finding:
    """The same key twice in one mapping: YAML readers disagree on which of them counts."""
    return refusal(
        "duplicate-key",
        f"`{key[:80]}` is given twice; which of them counts differs between readers",
        "keep one of the two",
        source.place(*again),
        path=path,
        on_key=True,
        notes=(Note("first given here", place=source.place(*first)),),
    )


def merge_key(source: Source, start: int, end: int, path: FieldPath) -> Finding:
    """`<<`, which YAML 1.2 does not know and readers treat differently."""
    return refusal(
        "yaml-merge-key",
        "`<<` merges mappings only in YAML 1.1, and hides what applies here",
        "write the fields out where they apply",
        source.place(start, end),
        path=(*path, "<<"),
        on_key=True,
    )


def anchor(source: Source, name: str, start: int, path: FieldPath, on_key: bool) -> Finding:
    """`&name`, with or without a tag before it."""
    at = source.text.index("&" + name, start)
    return refusal(
        "yaml-anchor",
        f"`&{name[:80]}` is an anchor; what it stands for would apply in places that do not show it",
        "remove the anchor, and write the value out wherever it applies",
        source.place(at, at + 1 + len(name)),
        path=path,
        on_key=on_key,
        replacement="",
    )


def tag(source: Source, start: int, path: FieldPath, on_key: bool) -> Finding | None:
    """The tag that begins here, or behind the anchor that begins here; None where there is none."""
    words = source.text[start : start + 2000].split(maxsplit=2)[:2]
    word = next(
        (word for word in words[: 2 if words[:1] and words[0].startswith("&") else 1] if word[0] == "!"), None
    )
    if word is None:
        return None
    at = source.text.index(word, start)
    text = word.endswith("!!str") or word == "!"
    return refusal(
        "yaml-tag",
        f"`{word[:80]}` is a tag; a value's type follows from the field",
        "remove the tag, and write the value in quotes if it is text" if text else "remove the tag",
        source.place(at, at + len(word)),
        path=path,
        on_key=on_key,
    )


def alias(source: Source, event: Any, path: FieldPath, anchored: tuple[int, int] | None) -> Finding:
    """`*name`, which stands for a value written elsewhere."""
    notes = (Note("it is written here", place=source.place(*anchored)),) if anchored else ()
    return refusal(
        "yaml-alias",
        f"`*{event.anchor[:80]}` stands for a value that is written elsewhere",
        "write the value out",
        source.place(event.start_mark.index, event.end_mark.index),
        path=path,
        notes=notes,
    )


def directive(source: Source, offset: int) -> Finding:
    """`%YAML 1.1`, by which other rules would apply, or `%TAG`."""
    return refusal(
        "yaml-directive",
        "this directive asks for other rules than those of YAML 1.2, or declares tags",
        "remove the directive",
        source.place(offset, source.end_of_line(offset)),
    )


def stop_at_directives(source: Source, most: int) -> None:
    """Raise Stop where there are many directives: libyaml takes quadratic time for them."""
    if not source.text.startswith("%") and "\n%" not in source.text and "\r%" not in source.text:
        return
    found = list(islice(_DIRECTIVE.finditer(source.text), most + 1))
    if len(found) > most:
        raise Stop(directive(source, found[0].start()))


def second_document(source: Source, offset: int) -> Finding:
    """`---` a second time, or text behind the end: a fleet is one document."""
    return refusal(
        "yaml-documents",
        "a second document begins here; a file holds one",
        "put it into a file of its own, or remove the line that ends the first",
        source.place(offset, source.end_of_line(offset)),
    )


def key_not_text(source: Source, offset: int, path: FieldPath) -> Finding:
    """A mapping or a list as a key."""
    return refusal(
        "yaml-key-not-text",
        "a key is a mapping or a list here; a key is text",
        "write a name; a key that begins with `{` or `[` needs quotes",
        source.place(offset, offset + 1),
        path=path,
    )


def too_deep(source: Source, offset: int, most: int) -> Finding:
    """More levels than a fleet can have."""
    return refusal(
        "yaml-too-deep",
        f"more than {most} levels of nesting",
        "no field lies that deep; check the brackets and the indentation",
        source.place(offset, offset + 1),
    )


def too_many_nodes(source: Source, offset: int, most: int) -> Finding:
    """More values than can be read in bounded memory."""
    return refusal(
        "too-large",
        f"more than {most:,} values in one file",
        "split the fleet",
        source.place(offset, offset + 1),
    )
