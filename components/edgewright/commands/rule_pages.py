"""The page of each rule, which is written once, in docs/rules/, and shipped in the wheel as rules/."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from edgewright.errors import LEVELS, Level

_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_CONTENTS: Final = "README"
_FENCE: Final = "```"
_INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class RulePage:
    """What a page says: `sentence` is what the rule finds, `level` the gravest that it has; Markdown."""

    name: str
    sentence: str
    level: Level
    text: str

    @property
    def why(self) -> str:
        """What would happen on the devices, as plain text."""
        section = self.text.partition("\n## Why\n")[2].partition("\n## ")[0]
        return " ".join(_LINK.sub(r"`\1`", section).split())

    def without_links(self) -> str:
        """The page with names in place of links: what they lead to is not beside whoever reads it."""
        return _LINK.sub(r"`\1`", self.text)


def rules() -> tuple[str, ...]:
    """The ids of all rules, sorted."""
    names = (each.name for each in files("edgewright").joinpath("rules").iterdir())
    return tuple(sorted(name[:-3] for name in names if name.endswith(".md") and name[:-3] != _CONTENTS))


def rule_page(name: str) -> RulePage | None:
    """The page of a rule; None where there is none of this name."""
    if not re.fullmatch(r"[a-z0-9-]{1,100}", name):
        return None
    file = files("edgewright").joinpath("rules", f"{name}.md")
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    sentence, _, level = text.split("\n\n")[1].replace("\n", " ").rpartition(" (")
    return RulePage(name, sentence, next(each for each in LEVELS if each in level), text)


def for_terminal(page: RulePage, width: int) -> Iterator[str]:
    """The lines of a page as a terminal shows it: paragraphs filled, examples indented."""
    import textwrap

    example = False
    for line in page.without_links().splitlines():
        if line.startswith(_FENCE):
            example = not example
        elif example:
            yield (_INDENT + line).rstrip()
        elif line.startswith("#"):
            yield line.lstrip("# ")
        elif line:
            yield from textwrap.wrap(line, width, break_on_hyphens=False, break_long_words=False)
        else:
            yield ""
