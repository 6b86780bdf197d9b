"""The tags of a repository."""

from __future__ import annotations

import json
from typing import Any

from edgewright.errors import FleetError
from edgewright.ship.registry.faults import failed, lies, said
from edgewright.ship.registry.messages import Reply, Request
from edgewright.ship.registry.names import RepositoryName
from edgewright.ship.registry.pages import pages
from edgewright.ship.registry.transport import Transport


def tags(transport: Transport, name: RepositoryName) -> list[str]:
    """Every tag, sorted; none where the registry does not know the repository. Raises FleetError."""
    url = f"{transport.root(name)}/tags/list"
    request = Request("GET", url, name, (f"repository:{name.path}:pull",))
    return sorted({tag for reply in pages(transport, request) for tag in _tags(reply, name)})


def _tags(reply: Reply, name: RepositoryName) -> list[str]:
    if reply.status == 404:
        return []
    if reply.status != 200:
        raise FleetError([failed(str(name), f"it answers {reply.status} for its tags{said(reply.content)}")])
    try:
        listed: Any = json.loads(reply.content)["tags"] or []  # distribution says null where there are none
    except (ValueError, LookupError, TypeError, RecursionError):
        listed = None
    if not isinstance(listed, list) or not all(isinstance(tag, str) for tag in listed):
        raise FleetError([lies(str(name), "its list of tags is none")])
    return listed
