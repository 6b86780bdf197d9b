"""Whether the policies of a fleet refuse what they should: tried with the real Kyverno and a registry of our own.

    from edgewright.policy_test import run

    tested = run(assembled, kyverno, registry)
    tested.findings          # pods that are refused, changes that get through, policies that refuse nothing
    tested.classes           # for each class the matrix: policy x change ⇒ what Kyverno said

Policies that look at objects alone judge the fleet's pods as they are rendered. Policies that ask a registry
judge the pods of a trial: the same fleet, rendered by the same floors, whose registry is one on this machine,
with keys that were made a moment ago, and stand-ins for its images.
"""

from __future__ import annotations
