"""What is said to a registry and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from edgewright.ship.registry.names import RepositoryName

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Streamed:
    """A body that is made while it travels: `size` bytes, from the beginning at each call."""

    size: int
    pieces: Callable[[], Iterable[bytes | memoryview]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `scopes` are the rights that it needs, in the words of token servers.

    `follow`: redirects are followed (only ever for reading). `anonymous`: a 401 is an answer like others.
    `seconds`: until the answer must have begun, where that is more than usual.
    """

    method: str
    url: str
    name: RepositoryName
    scopes: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | Streamed | None = field(default=None, repr=False)
    follow: bool = True
    anonymous: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was read whole. `url` is where it came from, after redirects."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    url: str = ""


def origin(url: str) -> str:
    """Scheme, host and port of a URL: who is asked. Secrets of one origin are not shown to another."""
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"
