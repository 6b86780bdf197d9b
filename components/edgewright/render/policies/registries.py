"""The registries that a fleet allows, as its policy asks for them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from edgewright.catalogue.policies import built_in_policy
from edgewright.plan import Plan
from edgewright.render.manifest import Object


def with_registries(plan: Plan) -> Object:
    """The policy about registries, with those of the fleet: its own where it names none."""
    globs = plan.fleet.security.registries
    if globs is None:
        globs = (f"{plan.fleet.registry}/**",)
    policy = built_in_policy("restrict-registries")
    (allowed,) = (each for each in policy["spec"]["variables"] if each["name"] == "allowed")
    allowed["expression"] = json.dumps(allowed_images(globs))
    (validation,) = policy["spec"]["validations"]
    validation["message"] = f"Images come from {', '.join(globs)} only."
    return policy


def reference_forms(glob: str) -> tuple[str, ...]:
    """The patterns of references with a tag or digest that a pattern of images stands for."""
    return (glob,) if glob.endswith("*") else (glob, f"{glob}:*", f"{glob}@*")


def allowed_images(globs: Sequence[str]) -> str:
    """A regular expression (RE2's, which CEL has) that only references to images of these patterns fit.

    CEL's matches() finds a pattern anywhere, so it is anchored.
    """
    return (
        "^(" + "|".join(_regular_expression(form) for glob in globs for form in reference_forms(glob)) + ")$"
    )


def _regular_expression(glob: str) -> str:
    return ".*".join(re.escape(part).replace("\\-", "-") for part in re.split(r"\*+", glob))
