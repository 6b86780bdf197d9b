"""Platform: what is installed on every device besides K3s."""

from __future__ import annotations

from pydantic import Field

from edgewright.fleet.part import Part, Version


class Platform(Part):
    """What is installed on every device besides K3s; counted against `reserve`."""

    kyverno: Version = Field("1.19.0", description="The admission policy engine.")
    argo_rollouts: Version = Field("1.10.1", description="Watches a new version on the device.")
    flux: Version = Field("2.9.5", description="Pulls and applies manifests.")
    prometheus: Version = Field("3.16.0", description="Measures; a rollout is judged by it.")
    nvidia_device_plugin: Version = Field("0.18.0", description="Offers GPUs to Kubernetes.")
