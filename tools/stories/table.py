"""docs/stories.md, out of the stories in tests/stories/.

python tools/stories/table.py          writes docs/stories.md
python tools/stories/table.py --check  says whether it is up to date
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
STORIES: Final = ROOT / "tests" / "stories"
DOCUMENT: Final = ROOT / "docs" / "stories.md"

_HEAD: Final = """\
# True stories

Deployments of other people that did not fit, as they told it in public. Each is written here as a fleet,
and `edgewright check` refuses it before anything ships, for the reason that it failed for then; a warning
refuses it with `--strict`. Beside each fleet lies the same one with the remedy followed, which passes. Written by
`python tools/stories/table.py`; `tests/test_stories.py` runs every one of them.

"""
_FORM: Final = re.compile(
    r"# (?P<title>[^\n]+)\n\n(?P<told>.+?)\n\n- Source: <(?P<source>https://[^>\s]+)>\n"
    r"- (?P<answer>Refused|Warned of) by: `(?P<rule>[a-z0-9-]+)`\n",
    re.DOTALL,
)


@dataclass(frozen=True)
class Story:
    """What happened, where it is told, and the rule that refuses it or warns of it, word for word."""

    name: str
    title: str
    told: str
    source: str
    refused: bool
    rule: str
    finding: str


def read(folder: Path) -> Story:
    """The story in a folder. Raises ValueError where story.md has another form."""
    match = _FORM.fullmatch((folder / "story.md").read_text(encoding="utf-8"))
    if match is None:
        raise ValueError(
            f"{folder.name}/story.md is not a title, a paragraph, `- Source:` and `- Refused by:`"
        )
    expected = folder / "expected.txt"
    finding = expected.read_text(encoding="utf-8") if expected.is_file() else ""
    refused = match["answer"] == "Refused"
    return Story(folder.name, match["title"], match["told"], match["source"], refused, match["rule"], finding)


def stories() -> list[Story]:
    """Every story, by the name of its folder."""
    return [read(path) for path in sorted(STORIES.iterdir()) if path.is_dir()]


def document() -> str:
    """The whole of docs/stories.md."""
    told = stories()
    rows = ["| story | rule |", "| --- | --- |"]
    rows += [f"| [{each.title}](#{_anchor(each.title)}) | {_rule(each)} |" for each in told]
    return _HEAD + "\n".join(rows) + "\n" + "".join(_section(each) for each in told)


def _section(story: Story) -> str:
    folder = f"../tests/stories/{story.name}"
    lines = [
        "",
        f"## {story.title}",
        "",
        story.told,
        f"([source]({story.source}); [the fleet]({folder}/fleet.yaml), [mended]({folder}/fixed.yaml))",
        "",
        "```text",
        story.finding.rpartition("\n\n")[0],
        "```",
    ]
    return "\n".join(lines) + "\n"


def _rule(story: Story) -> str:
    return f"[{story.rule}](rules/{story.rule}.md)"


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def main() -> int:
    """Write docs/stories.md, or say whether it is up to date."""
    after = document()
    if "--check" in sys.argv[1:]:
        fresh = DOCUMENT.is_file() and DOCUMENT.read_text(encoding="utf-8") == after
        sys.stdout.write("up to date\n" if fresh else "stale: run this without --check\n")
        return int(not fresh)
    DOCUMENT.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
