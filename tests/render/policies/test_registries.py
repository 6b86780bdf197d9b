"""Registries as CEL has them: what the plan allows, the policy allows."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small import plan_of, smallest

from edgewright.plan.signing import matches
from edgewright.render.policies.registries import allowed_images, with_registries

Object = dict[str, Any]
DIGEST = "@sha256:" + "0" * 64
globs = st.from_regex(r"[a-z0-9*]([-a-z0-9.:*]{0,4}[a-z0-9*])?(/[-a-z0-9._*]{1,4}){0,2}", fullmatch=True)
references = st.from_regex(r"[a-z0-9.:-]{1,6}(/[-a-z0-9._]{1,4}){0,3}", fullmatch=True)


def fits(pattern: str, text: str) -> bool:
    """By an engine without backtracking, as RE2 is: it refuses what RE2 refuses."""
    validator = jsonschema_rs.validator_for(
        {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
    )
    return bool(validator.is_valid(text))


@given(st.lists(globs, min_size=1, max_size=3), references, st.sampled_from(["", ":1.0", DIGEST]))
def test_what_the_plan_allows_cel_allows(some: list[str], image: str, ending: str) -> None:
    allowed = any(matches(glob, image) or matches(glob, image + ending) for glob in some)
    assert fits(allowed_images(some), image + ending) is allowed
    assert (re.search(allowed_images(some), image + ending) is not None) is allowed


@given(globs, references, references)
def test_a_pattern_is_anchored(glob: str, before: str, image: str) -> None:
    if not matches(glob, f"{before} {image}"):
        assert not fits(allowed_images([glob]), f"{before} {image}")


@pytest.mark.parametrize(
    ("glob", "image", "allowed"),
    [
        ("r.example/edge/**", f"r.example/edge/a/b{DIGEST}", True),
        ("r.example/edge/a", f"r.example/edge/a{DIGEST}", True),
        ("r.example/edge/a", "r.example/edge/a:1.0", True),
        ("r.example/edge/a", f"r.example/edge/ab{DIGEST}", False),
        ("r.example/edge/a", f"r.example/edge/a/b{DIGEST}", False),
        ("r.example/*", f"rXexample/a{DIGEST}", False),
        ("r.example/*", "evil.example/r.example/a", False),
        ("r.example:5000/*", "r.example:5000/a", True),
    ],
)
def test_known_images(glob: str, image: str, allowed: bool) -> None:
    assert fits(allowed_images([glob]), image) is allowed


@pytest.mark.parametrize(
    ("registries", "pattern"),
    [
        (None, r"^(registry\.example/tiny/.*)$"),
        (
            ["registry.example/**", "docker.io/a-b"],
            r"^(registry\.example/.*|docker\.io/a-b|docker\.io/a-b:.*|docker\.io/a-b@.*)$",
        ),
    ],
)
def test_registries_as_cel_has_them(registries: list[str] | None, pattern: str) -> None:
    security = {} if registries is None else {"registries": registries}
    spec = with_registries(plan_of(smallest(security=security)))["spec"]
    (validation,) = spec["validations"]
    assert spec["variables"][0] == {"name": "allowed", "expression": json.dumps(pattern)}
    assert (
        validation["message"]
        == f"Images come from {', '.join(registries or ['registry.example/tiny/**'])} only."
    )
