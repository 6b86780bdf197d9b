"""A registry: artifacts go there and come back, and every byte of them is checked on both ways.

    with Client(Access()) as client:
        repository = client.repository("registry.acme.example/edge/models/defects")
        pushed = repository.push(artifact, tags=["v1.2.0"])
        repository.manifest(pushed.digest)

The OCI distribution API 1.1 on urllib3. Nothing that a registry says is believed where it can be checked:
what comes out of here has the digest that it was asked for by, or is not there. docs/registry.md says which
libraries were looked at first.
"""

from edgewright.ship.registry.access import Access
from edgewright.ship.registry.client import Client, Repository
from edgewright.ship.registry.manifests import Manifest
from edgewright.ship.registry.push import Pushed
from edgewright.ship.registry.referrers import Referrer, referrers_tag

__all__ = ["Access", "Client", "Manifest", "Pushed", "Referrer", "Repository", "referrers_tag"]
