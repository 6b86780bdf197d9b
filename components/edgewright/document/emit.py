"""Block YAML that every reader decodes to exactly the values that went in.

YAML 1.1 (kubectl, Flux, PyYAML) and YAML 1.2 (ruamel.yaml, editors) disagree on what `no`, `1e3`,
`0o7` or `12:30` means. So a string is written plain only where no version of YAML could take it for
something else, and quoted everywhere else; keys get the same care as values. Text of several lines
becomes a literal block, so that a change in it reads well in a pull request. Characters that a
reviewer cannot see (controls, marks of direction, zero width) are always written as escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, TypeAlias

from edgewright.errors import path_text

Value: TypeAlias = Any
"""A dict with str keys, list, tuple, str, int, float, bool or None, of exactly these types."""

DEPTH = 200
"""Containers inside each other; what is deeper holds itself, or is meant to hurt."""

_LONGEST_KEY = 1000  # Readers look for the colon in 1,024 characters; kustomize fails on `? key`.
_CACHED = 128  # Longer strings are seldom written twice; without them the cache stays small.

# Words that some reader takes for a bool, a null or a float, whatever their case and sign.
_NO_WORD = r"(?!(?i:-{0,2}(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity))\Z)"
_START = r"(?:--?[A-Za-z]|[A-Za-z_/$])"  # not `-_`: Go drops every `_` and then sees a number in `-_1`
_INSIDE = r"[\w./@+=(),;$%*?!<>&^~|'\"\[\]{}\\`-]"
# A colon before a blank would end a key, a blank before `#` would start a comment.
_WORDS = rf"{_NO_WORD}{_START}(?:{_INSIDE}|#)*+(?:[: ]{_INSIDE}(?:{_INSIDE}|#)*+)*+"
# What starts with a digit and still is no number: quantities and durations, addresses and networks.
_AMOUNT = r"[0-9]+(?:\.[0-9]+)?(?:[KMGTPE]i|m?s|[mh])"
_ADDRESS = r"[0-9]+(?:\.[0-9]+){3}(?:/[0-9]+)?"
_plain = re.compile(rf"{_WORDS}|{_AMOUNT}|{_ADDRESS}", re.ASCII).fullmatch

_HIDDEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    r"\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
# Text that begins with a blank would need a count of its indentation, which kustomize loses.
_literal_text = re.compile(rf"[^ \t\n{_HIDDEN}][^{_HIDDEN}]*+").fullmatch
_single_text = re.compile(rf"(?=[^\"\\]*+.)[^\n\t'{_HIDDEN}]*+").fullmatch
_special = re.compile(rf"[\n\t\"\\{_HIDDEN}]")
_SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r", '"': r"\"", "\\": r"\\"}


def emit(value: Value) -> str:
    """The value as one YAML document in block style, keys in the order they have, ending in a newline.

    A value that is in several places is written out in each: no anchors, no aliases. Raises TypeError
    for a type or a key that YAML and JSON do not share, and ValueError for what Kubernetes could
    not read back unchanged: not-a-number and infinity, integers beyond 64 bits, halves of surrogate
    pairs, keys of more than 1,000 characters as written, more than DEPTH containers inside each
    other. Both name the path of what they refuse.
    """
    return _document(value, ())


def emit_documents(values: Iterable[Value]) -> str:
    """The values as YAML documents with `---` between them; raises as `emit` does."""
    return "---\n".join(_document(value, (index,)) for index, value in enumerate(values))


class _Refused(Exception):
    """What cannot be written, and the way to it, which grows while the call stack unwinds."""

    def __init__(self, error: type[Exception], message: str) -> None:
        self.error, self.message = error, message
        self.path: list[Any] = []

    def public(self, start: Sequence[int]) -> Exception:
        steps = [step if isinstance(step, (str, int)) else repr(step) for step in reversed(self.path)]
        where = path_text([*start, *steps]) or "the value itself"
        return self.error(f"{where}: {self.message}".encode("utf-8", "backslashreplace").decode())


def _document(value: Value, start: Sequence[int]) -> str:
    out: list[str] = []
    try:
        if text := _inline(value, "  "):
            return text + "\n"
        _block(value, "", "", out, DEPTH)
    except _Refused as refused:
        raise refused.public(start) from None
    return "".join(out)


def _block(value: Value, lead: str, pad: str, out: list[str], depth: int) -> None:
    """Adds the lines of a container; the first begins with `lead`, all others with `pad`."""
    if not depth:
        raise _Refused(ValueError, f"more than {DEPTH} containers inside each other")
    if type(value) is dict:
        _mapping(value, lead, pad, out, depth - 1)
    else:
        _sequence(value, lead, pad, out, depth - 1)


def _mapping(value: dict[str, Value], lead: str, pad: str, out: list[str], depth: int) -> None:
    inner = pad + "  "
    for key, item in value.items():
        try:
            head = lead + _key(key)
            lead = pad
            if text := _inline(item, inner):
                out.append(f"{head} {text}\n")
            else:
                out.append(head + "\n")
                below = inner if type(item) is dict else pad
                _block(item, below, below, out, depth)
        except _Refused as refused:
            refused.path.append(key)
            raise


def _sequence(value: Sequence[Value], lead: str, pad: str, out: list[str], depth: int) -> None:
    inner = pad + "  "
    for index, item in enumerate(value):
        try:
            if text := _inline(item, inner):
                out.append(f"{lead}- {text}\n")
            else:
                _block(item, lead + "- ", inner, out, depth)
            lead = pad
        except _Refused as refused:
            refused.path.append(index)
            raise


def _inline(value: Value, pad: str) -> str:
    """What stands behind a key or a dash; empty for a container that needs lines of its own."""
    kind = type(value)
    if kind is str:
        text = _one_line(value) if len(value) <= _CACHED else _one_line.__wrapped__(value)
        return text or _literal(value, pad)
    if kind is dict:
        return "" if value else "{}"
    if kind is list or kind is tuple:
        return "" if value else "[]"
    return _constant(value)


def _constant(value: Value) -> str:
    kind = type(value)
    if value is None or kind is bool:
        return {None: "null", True: "true", False: "false"}[value]
    if kind is int:
        if not -(2**63) <= value < 2**63:
            raise _Refused(ValueError, "an integer beyond 64 bits would be rounded; write it as a string")
        return str(value)
    if kind is float:
        if not isfinite(value):
            raise _Refused(ValueError, f"{value} has no form in JSON, which Kubernetes keeps")
        digits, power, exponent = repr(value).partition("e")
        return digits + (".0" if "." not in digits else "") + power + exponent  # 1e22 is text in YAML 1.1
    raise _Refused(TypeError, f"{kind.__name__} has no form in YAML; give a plain value")


@lru_cache(4096)
def _one_line(text: str) -> str:
    """The string on one line; empty where a literal block is better."""
    if _plain(text):
        return text
    if "\n" in text and _literal_text(text):
        return ""
    return f"'{text}'" if _single_text(text) else _quoted(text)


def _literal(text: str, pad: str) -> str:
    """A literal block: `-` says that no newline ends the text, `+` that several do."""
    chomp = "-" if text[-1] != "\n" else "+" if text[-2] == "\n" else ""
    lines = text.removesuffix("\n").split("\n")
    return "\n".join(["|" + chomp, *(pad + line if line else "" for line in lines)])


def _quoted(text: str) -> str:
    return f'"{_special.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        raise _Refused(ValueError, f"U+{code:04X} is half of a surrogate pair, not a character")
    return _SHORT.get(character) or (f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}")


@lru_cache(4096)
def _key(key: Value) -> str:
    """The key and its colon, always on one line."""
    if type(key) is not str:
        raise _Refused(TypeError, f"a key must be a str, not {type(key).__name__}")
    text = key if _plain(key) else _quoted(key)
    if len(text) > _LONGEST_KEY:
        raise _Refused(ValueError, f"a key of {len(key):,} characters is too long to be read")
    return text + ":"
