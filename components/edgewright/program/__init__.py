"""A fleet as Pulumi resources: the same files and objects as `edgewright render`, with their state kept.

    from edgewright.program import EdgeFleet

    fleet = EdgeFleet("factory", fleet="fleet.yaml", folder="rendered")
    pulumi.export("folders", fleet.folders)

A folder for each device class, or one class's objects on a cluster:

    EdgeFleet("bench", folder=None, cluster="line-camera", opts=pulumi.ResourceOptions(providers=[bench]))

`fleet` may be an `edgewright.fleet.Fleet` written in Python as well.
"""

from __future__ import annotations

from edgewright.program.edge_fleet import EdgeFleet
from edgewright.program.kept_folder import KeptFolder
from edgewright.program.settings import Settings, settings_of_stack

__all__ = ["EdgeFleet", "KeptFolder", "Settings", "settings_of_stack"]
