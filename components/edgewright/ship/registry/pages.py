"""Lists that registries give in pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from edgewright.errors import FleetError
from edgewright.ship.registry.faults import Interrupted, lies
from edgewright.ship.registry.messages import Reply, Request, origin
from edgewright.ship.registry.transport import Transport

_LARGEST: Final = 4 * 2**20
_MOST: Final = 10_000
_NEXT: Final = re.compile(r"<([^>]+)>\s*;\s*rel=\"?next\"?", re.IGNORECASE)


def pages(transport: Transport, request: Request) -> Iterator[Reply]:
    """Each page's answer, whatever its status. Raises FleetError, `registry-lies` where the list has no end."""
    where, seen = str(request.name), set[str]()
    at: Request | None = request
    while at is not None:
        if at.url in seen or len(seen) == _MOST:
            raise FleetError([lies(where, "its list goes round in a circle, or has no end")])
        seen.add(at.url)
        reply = transport.ask(at, limit=_LARGEST)
        yield reply
        at = _following(transport, at, reply)


def _following(transport: Transport, request: Request, reply: Reply) -> Request | None:
    link = _NEXT.search(reply.headers.get("Link", ""))
    if reply.status != 200 or link is None:
        return None
    try:
        url = transport.onward(reply.url, link[1], request.name)
    except Interrupted as cause:
        raise FleetError([cause.finding]) from cause
    if origin(url) != origin(request.url):
        raise FleetError([lies(str(request.name), "its list goes on at another address")])
    return replace(request, url=url)
