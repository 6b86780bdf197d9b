"""Text that is no YAML: the parser's complaint ⇒ a finding that points at what somebody has to change."""

from __future__ import annotations

import re
from typing import Final

from yaml.error import MarkedYAMLError

from edgewright.document.refusals import refusal, second_document
from edgewright.document.source import Source, wrong_characters
from edgewright.errors import Finding, Note

_LONGEST_KEY: Final = 1024

_STRAY_ENTRY: Final = (
    "the indentation does not fit the list above",
    "start every `-` of a list in the same column",
)
# What libyaml says ⇒ what is wrong, and what to do.
_WORDS: Final = (
    ("found a tab character", "a tab cannot indent YAML", "indent with spaces"),
    (
        "did not find expected key",
        "the indentation does not fit the lines above",
        "start keys that belong together in the same column",
    ),
    ("did not find expected '-' indicator", *_STRAY_ENTRY),
    (
        "unknown escape character",
        "this escape does not exist inside double quotes",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    (
        "invalid Unicode character escape",
        "this escape stands for no character; half of a surrogate pair, perhaps",
        "write the character itself, or `\\U` with its eight digits",
    ),
    (
        "did not find expected hexdecimal number",
        "an escape with too few digits",
        "give `\\x` two hexadecimal digits, `\\u` four and `\\U` eight",
    ),
    ("found undefined tag handle", "a tag with an unknown handle", "remove the tag"),
    (
        "did not find expected comment or line break",
        "text stands behind the sign that begins a block of text",
        "begin the text on the next line, indented",
    ),
    (
        "did not find expected alphabetic or numeric character",
        "`&` or `*` begins an anchor or an alias",
        "put the value in quotes",
    ),
    ("block sequence entries are not allowed", "a list cannot begin here", "begin it on a line of its own"),
    ("block mapping", "a mapping cannot begin here", "begin it on a line of its own"),
    ("incompatible YAML document", "this version of YAML is not known", "remove the directive"),
    (
        "unknown directive",
        "this directive is not known",
        "remove the line, or quote a value that begins with `%`",
    ),
    ("directive", "this directive cannot be read", "remove the line"),
    ("version number", "this directive cannot be read", "remove the line"),
)
# A key and its value with no blank between them; an address has slashes there.
_GLUED: Final = re.compile(r"([A-Za-z][\w-]*:)(?!//)([^ \t\r\n:#]+)(?=\s|\Z)")
_NAME: Final = re.compile(r"[A-Za-z][\w-]*")
_ESCAPE: Final = re.compile(r"\\(?:x[0-9A-Fa-f]{0,2}|u[0-9A-Fa-f]{0,4}|U[0-9A-Fa-f]{0,8})")
_OPENED: Final = {"[": "the list is opened here", "{": "the mapping is opened here"}
_NO_VALUES: Final = {",": "a comma without a value before it", "-": "a list of `-` lines inside of brackets"}


def syntax(source: Source, error: Exception, last: tuple[int, int]) -> Finding:
    """The finding for what the parser says; `last` is where the last value before it stands."""
    if not isinstance(error, MarkedYAMLError):  # a character that no file can have, but a text in memory
        return next(wrong_characters(source))
    context = error.context_mark.index if error.context_mark else None
    at = error.problem_mark.index if error.problem_mark else context or 0
    problem = str(error.problem or error)
    if last[1] == at and at - last[0] > _LONGEST_KEY and source.text[at : at + 1] == ":":
        return _long_key(source, *last)
    if "unexpected end of stream" in problem and context is not None:
        return _finding(source, "a quote is opened here and never closed", "close the quote", context)
    if "did not find expected ',' or" in problem and context is not None:
        return _bracket(source, context, at)
    if "cannot start any token" in problem:
        return _no_value(source, at)
    if "did not find expected node content" in problem:
        return _no_content(source, at)
    if "mapping values are not allowed" in problem:
        return _colon(source, last, at)
    if "did not find expected <document start>" in problem:
        return second_document(source, at)
    if "could not find expected ':'" in problem and context is not None:
        return _no_colon(source, context)
    return _other(source, problem, context, at)


def _finding(
    source: Source, message: str, remedy: str, start: int, end: int = -1, note: Note | None = None
) -> Finding:
    return refusal("yaml-syntax", message, remedy, source.place(start, end), notes=(note,) if note else ())


def _opening(source: Source, at: int) -> Note:
    return Note(_OPENED.get(source.text[at], "it is opened here"), place=source.place(at, at + 1))


def _bracket(source: Source, opened: int, at: int) -> Finding:
    """Where it is opened and where something does not fit are one line: a comma is missing there."""
    closing = "]" if source.text[opened] == "[" else "}"
    found = source.text[at : at + 1].strip()
    if found and source.position(opened)[0] == source.position(at)[0]:
        message = f"a `,` or `{closing}` is missing before this"
        return _finding(source, message, "put it in", at, note=_opening(source, opened))
    note = Note("this does not belong in it", place=source.place(at, at)) if found else None
    message = f"this `{source.text[opened]}` is not closed"
    return _finding(source, message, f"put in the `{closing}` that closes it", opened, note=note)


def _no_value(source: Source, at: int) -> Finding:
    if source.text[at] == "\t":
        return _finding(source, "a tab cannot indent YAML", "indent with spaces", at)
    return _finding(source, f"a value cannot begin with `{source.text[at]}`", "put the value in quotes", at)


def _no_content(source: Source, at: int) -> Finding:
    character = source.text[at : at + 1]
    if character in ("]", "}"):
        return _closes_nothing(source, at)
    message = _NO_VALUES.get(character, "a value is missing here")
    return _finding(source, message, "write the value, or remove what stands here", at)


def _closes_nothing(source: Source, at: int) -> Finding:
    message = f"this `{source.text[at]}` closes nothing"
    return _finding(source, message, "remove it, or put in what opens it", at)


def _long_key(source: Source, start: int, end: int) -> Finding:
    message = f"a key of more than {_LONGEST_KEY:,} characters"
    return _finding(source, message, "give it a shorter name", start, end)


def _colon(source: Source, last: tuple[int, int], at: int) -> Finding:
    """A colon behind what is no key: a value already, or what is indented below one."""
    line = source.line_starts[source.position(at)[0] - 1]
    if last[0] < line and last[1] == at:
        if glued := _glued(source, last[0]):
            return glued
        word = at - len(source.text[line:at].lstrip())
        return _finding(
            source,
            f"`{source.text[word:at][:80]}:` is indented below a value, as if it were its next line",
            "indent it like the key above, or take the value above away",
            word,
            at,
            Note("the value above", place=source.place(last[0], source.end_of_line(last[0]))),
        )
    remedy = "put the value in quotes if the colon belongs to it, else give each key a line of its own"
    return _finding(source, "a `:` stands where no key can end", remedy, at)


def _glued(source: Source, start: int) -> Finding | None:
    """The finding for `key:value` on a line of its own, which is text as long as no blank parts the two."""
    before = source.text[source.line_starts[source.position(start)[0] - 1] : start]
    match = _GLUED.match(source.text, start)
    if match is None or before.strip(" -"):
        return None
    key, value = match[1][:80], match[2][:80]
    message = f"no blank stands behind `{key}`"
    if value[0].isspace():
        message += f", but U+{ord(value[0]):04X}, which looks like one"
    return _finding(source, message, f"write `{key} {value.strip()}`", start, match.end())


def _no_colon(source: Source, start: int) -> Finding:
    if glued := _glued(source, start):
        return glued
    end = source.end_of_line(start)
    if end - start > _LONGEST_KEY:
        return _long_key(source, start, end)
    remedy = "write `key: value`; text of several lines needs `|` or quotes"
    if _NAME.fullmatch(source.text, start, end):
        remedy = f"write `{source.text[start:end][:80]}:`"
    return _finding(source, "a key without `:` behind it", remedy, start, end)


def _other(source: Source, problem: str, context: int | None, at: int) -> Finding:
    message, remedy = next(
        ((says, do) for words, says, do in _WORDS if words in problem), (problem, "correct the YAML here")
    )
    if "hexdecimal number" in problem or "character escape" in problem:
        escape = _ESCAPE.match(source.text, source.text.rfind("\\", 0, at))  # libyaml points at the digits
        return _finding(source, message, remedy, *(escape.span() if escape else (at, -1)))
    if "did not find expected" not in problem or context is None or context == at:
        return _finding(source, message, remedy, at)
    if source.text[at : at + 1] in ("]", "}"):
        return _closes_nothing(source, at)
    if source.text[max(0, at - 200) : at].rstrip(" \t")[-1:] in ("'", '"'):
        message = "text stands behind a closing quote"
        remedy = "put the whole value into one pair of quotes, or close the quote that was opened above"
        return _finding(source, message, remedy, at)
    if source.text.startswith("- ", at):
        message, remedy = _STRAY_ENTRY
    note = Note("what it belongs to begins here", place=source.place(context, context))
    return _finding(source, message, remedy, at, note=note)
