"""The example fleet as a Pulumi stack: what its configuration asks for, and what became of it."""

import pulumi

from edgewright.program import EdgeFleet, settings_of_stack

settings = settings_of_stack()
fleet = EdgeFleet(
    "fleet",
    fleet=settings.fleet,
    folder=settings.folder or None,
    cluster=settings.cluster or None,
    unlocked=settings.unlocked,
    publish=settings.publish,
    key=settings.key or None,
    ca=settings.ca or None,
)
pulumi.export("folders", fleet.folders)
pulumi.export("digests", fleet.digests)
pulumi.export("findings", fleet.findings)
pulumi.export("published", fleet.published)
