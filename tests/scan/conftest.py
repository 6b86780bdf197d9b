"""What the tests of this floor share: a right rendering, and ways to break it and to ask what is said."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgewright.errors import Finding
from edgewright.scan import check_objects

# The generator is a folder of scripts that import each other by their bare names.
sys.path.insert(0, str(Path(__file__).parents[2] / "tools" / "schemas"))

Object = dict[str, Any]


@pytest.fixture(scope="session")
def samples() -> list[Object]:
    """Every kind once, in the order in which it is applied; for tests that make copies of their own."""
    text = (Path(__file__).parent / "whole.yaml").read_text(encoding="utf-8")
    return list(yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


Check = Callable[..., list[Finding]]


@pytest.fixture
def objects(samples: list[Object]) -> list[Object]:
    """A fresh copy of the whole rendering, to be changed at will."""
    return copy.deepcopy(samples)


@pytest.fixture
def check() -> Check:
    """Findings of a list of objects; each object's origin is its place in the list."""

    def run(given: list[Object], kubernetes: str = "1.36") -> list[Finding]:
        return check_objects([(each, ("objects", index)) for index, each in enumerate(given)], kubernetes)

    return run


Break = Callable[..., list[Finding]]
DELETED = object()


@pytest.fixture
def broken(objects: list[Object], check: Check) -> Break:
    """Findings of the rendering after one field of the first object of a kind was changed.

    `broken("Rollout", "spec replicas", -1)`: the path is words, numbers are indices; without a value the
    field is taken out.
    """

    def run(kind: str, path: str, value: object = DELETED, kubernetes: str = "1.36") -> list[Finding]:
        steps = [int(step) if step.isdecimal() else step for step in path.split()]
        change(next(each for each in objects if each["kind"] == kind), steps, value)
        return check(objects, kubernetes)

    return run


def change(holder: Any, steps: list[str | int], value: object) -> None:
    """Writes the value at the path, or takes the field out."""
    for step in steps[:-1]:
        holder = holder[step]
    if value is DELETED:
        del holder[steps[-1]]
    elif isinstance(holder, list) and steps[-1] == len(holder):
        holder.append(value)
    else:
        holder[steps[-1]] = value


def rules(found: list[Finding]) -> set[str]:
    return {each.rule for each in found}


@pytest.fixture
def says(broken: Break) -> Callable[[str, str, object, str, str], None]:
    """`says(kind, path, value, rule, words)`: the change is told by that rule alone, with those words.

    Without a rule, nothing may be said.
    """

    def run(kind: str, path: str, value: object, rule: str, words: str) -> None:
        found = broken(kind, path, value)
        if rule != "missing-reference":
            # A name changed leaves others behind that still point to the old one: that is said as well.
            found = [each for each in found if "the rendering has no" not in each.message]
        assert rules(found) == ({rule} if rule else set()), found
        assert all(each.level == "error" and each.path[0] == "objects" for each in found)
        assert all(each.remedy.endswith(".") for each in found)
        assert not rule or any(words in each.message for each in found), found

    return run
