"""The same thing twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgewright.errors import Finding
from edgewright.scan import check_objects

Object = dict[str, Any]
Row = tuple[str, str, Any, str, str]
Break = Callable[..., list[Finding]]
Says = Callable[[str, str, Any, str, str], None]

POD = "spec template spec"
CONTAINER = f"{POD} containers 0"


ROWS: list[Row] = [
    ("Rollout", f"{POD} volumes 4", {"name": "model", "emptyDir": {}}, "duplicate-entry", "second volume"),
    ("Rollout", f"{CONTAINER} env 2", {"name": "MEMORY"}, "duplicate-entry", "second environment variable"),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)


def test_an_object_twice_names_both(objects: list[Object]) -> None:
    given = [(each, ("objects", index)) for index, each in enumerate([*objects, dict(objects[3])])]
    [found] = check_objects(given, "1.36")
    assert (found.rule, found.path) == ("duplicate-object", ("objects", len(objects)))
    [note] = found.notes
    assert note.path == ("objects", 3)


def test_the_same_container_twice(broken: Break) -> None:
    twin = {"name": "server", "image": "x"}
    assert "duplicate-entry" in {each.rule for each in broken("Deployment", f"{POD} containers 1", twin)}
