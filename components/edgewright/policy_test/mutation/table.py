"""Every change that is tried, in the order in which they are shown. docs/policy-tests.md has a line for each."""

from __future__ import annotations

from typing import Final

from edgewright.policy_test.mutation.images import IMAGES
from edgewright.policy_test.mutation.mutation import Mutation
from edgewright.policy_test.mutation.pods import PODS
from edgewright.policy_test.mutation.resources import RESOURCES

FAMILIES: Final[tuple[tuple[Mutation, ...], ...]] = (IMAGES, PODS, RESOURCES)
"""Those that have to do with each other."""

MUTATIONS: Final[tuple[Mutation, ...]] = tuple(each for family in FAMILIES for each in family)
"""All of them."""
