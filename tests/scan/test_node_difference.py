"""Node files of two renderings: YAML by what it says, the rest by its lines."""

from __future__ import annotations

import pytest

from edgewright.scan.node_difference import NodeChange, node_difference


def test_files_that_came_and_went() -> None:
    changes = list(node_difference({"a": "1", "b": "2"}, {"b": "2", "c": "3"}))
    assert changes == [NodeChange("removed", "a"), NodeChange("added", "c")]


def test_lines_that_changed() -> None:
    (change,) = node_difference({"x.sh": "one\ntwo\n"}, {"x.sh": "one\nthree\n"})
    assert change == NodeChange("changed", "x.sh", ("-two", "+three"))


@pytest.mark.parametrize(
    ("path", "new", "same"),
    [
        ("x.yaml", "a:  1 # here\n", True),
        ("x.yaml", "a: 2\n", False),
        ("x.yaml", "a: [\n", False),
        ("x.service", "a:  1\n", False),
    ],
)
def test_comments_count_where_they_are_no_yaml(path: str, new: str, same: bool) -> None:
    assert (list(node_difference({path: "a: 1\n"}, {path: new})) == []) == same
