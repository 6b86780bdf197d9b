"""How values are shown in messages, and what in them a reader may not see."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from edgewright.document.scalars import resolve
from edgewright.errors import FieldPath

_LONGEST: Final = 60
# Cyrillic and Greek letters that look like a letter of ours in most fonts, and what they look like.
_LOOK_ALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u04cf\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u03b1\u03b9\u03bd\u03bf\u03c1",
    "aeopcyxijsdhlqw" + "ABEKMHOPCTXIJS" + "ABEZHIKMNOPTYX" + "aivop",
)


def name_of(path: FieldPath) -> str:
    """The last name in a path, without brackets: what a message calls the field."""
    return next((step for step in reversed(path) if isinstance(step, str)), "fleet")[:60]


def subject(path: FieldPath) -> str:
    """The part that a field belongs to, as the subject of a sentence."""
    if not path:
        return "a fleet"
    return f"`{name_of(path)}`" if isinstance(path[-1], str) else f"item {path[-1] + 1} of `{name_of(path)}`"


def shown(value: object) -> str:
    """A value as a message shows it: as YAML would write it, cut where it is long."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = value if isinstance(value, str) else _number(value)
    cut = f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text
    whole = text.strip() and "\n" not in cut
    return (f"`{cut}`" if whole else json.dumps(cut)) + strange(text)


def strange(text: str) -> str:
    """Which characters of a text are none of ASCII, in brackets behind a blank; else empty.

    A letter of another alphabet looks like one of ours, and a joiner of no width like nothing.
    """
    found = dict.fromkeys(character for character in text[:_LONGEST] if not character.isascii())
    if not found:
        return ""
    import unicodedata  # late: only a mistake needs it

    names = [f"U+{ord(each):04X} {unicodedata.name(each, '')}".rstrip() for each in list(found)[:2]]
    return f" (it has {' and '.join(names)} in it)"


def plain(text: str) -> str:
    """The text as it looks: letters that look like ours are ours, and what has no width is not there."""
    if text.isascii():
        return text
    import unicodedata

    seen = unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKES)
    return "".join(character for character in seen if unicodedata.category(character) != "Cf")


def scalar(text: str) -> str:
    """The text as a YAML scalar that is text: in quotes where it would be a number or a truth value."""
    return text if resolve(text) == text else json.dumps(text)


def _number(value: object) -> str:
    if isinstance(value, float) and value != value:
        return ".nan"
    if value in (float("inf"), float("-inf")):
        return ".inf" if value == float("inf") else "-.inf"
    return json.dumps(value, default=str)


def listed(names: Sequence[str]) -> str:
    """Three names and how many more there are, for a sentence."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(f"`{name}`" for name in names[:3]) + more
