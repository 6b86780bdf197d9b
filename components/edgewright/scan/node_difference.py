"""What differs between the node files of two renderings: YAML by what it says, everything else by its lines.

for change in node_difference({"a/node/x.yaml": "…"}, {"a/node/x.yaml": "…"}):
    print(*change.lines, sep="\\n")
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NodeChange:
    """A node file that was `added`, `removed` or `changed`, and the lines that say how."""

    kind: str
    path: str
    lines: tuple[str, ...] = ()


def node_difference(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[NodeChange]:
    """The changes by path; `old` and `new` are texts by path."""
    for path in sorted(old.keys() | new.keys()):
        if path not in new:
            yield NodeChange("removed", path)
        elif path not in old:
            yield NodeChange("added", path)
        elif old[path] != new[path] and not _says_the_same(path, old[path], new[path]):
            yield NodeChange("changed", path, tuple(_lines(old[path], new[path])))


def _says_the_same(path: str, old: str, new: str) -> bool:
    """Whether two YAML files have the same values; comments and formatting are a reader's own."""
    import yaml

    if not path.endswith(".yaml"):
        return False
    try:
        mine, theirs = (list(yaml.load_all(text, yaml.CSafeLoader)) for text in (old, new))
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return bool(mine == theirs)


def _lines(old: str, new: str) -> Iterator[str]:
    changed = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    yield from (line for line in changed if not line.startswith(("---", "+++", "@@")))
