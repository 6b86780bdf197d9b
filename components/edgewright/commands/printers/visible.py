"""Text that a terminal, a log or an XML parser shows and never obeys.

A message can carry whatever somebody wrote into a file: escape sequences, characters that turn the
reading direction, spaces that are none. They are shown by their number, `<U+001B>`, so that a reader
sees what is there and a caret below stands right.
"""

from __future__ import annotations

import re
import unicodedata

# Controls, invisible and direction-changing format characters, line and paragraph separators, fillers,
# every space but the common one, lone surrogates and noncharacters. Written down rather than asked of
# unicodedata: the same text then looks the same whatever Unicode version Python has.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)


def visible(text: str) -> str:
    """The text on one line, with what cannot be seen as `<U+…>`."""
    return HIDDEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)


def visible_lines(text: str) -> list[str]:
    """The text's lines, made visible; only a newline ends one."""
    return [visible(line) for line in text.split("\n")]


def cells(text: str) -> int:
    """How many columns of a terminal visible text takes: 2 for wide East Asian, 0 for combining marks."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


def _cells_of(char: str) -> int:
    # Variation selectors and enclosing marks combine without a combining class; the vowels and finals
    # of Hangul join the consonant before them.
    joins = unicodedata.category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff"
    if joins or unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
