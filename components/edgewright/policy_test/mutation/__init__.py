"""Changes that make a good pod a bad one, each for one reason."""

from __future__ import annotations

from edgewright.policy_test.mutation.mutation import Mutation
from edgewright.policy_test.mutation.table import FAMILIES, MUTATIONS

__all__ = ["FAMILIES", "MUTATIONS", "Mutation"]
