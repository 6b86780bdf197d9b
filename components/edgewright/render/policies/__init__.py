"""Kyverno policies: who must have signed images, from where they come, and what pods must look like.

A class with an admission gate has them in `<class>/policies/`, a file a policy. Those of policies/ and of a
fleet's own folder are rendered as they are written, under the fleet's name and for its namespace alone.
"""

from edgewright.render.policies.policies import pod_policies, policy_manifests

__all__ = ["pod_policies", "policy_manifests"]
