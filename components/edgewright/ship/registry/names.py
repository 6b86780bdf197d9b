"""What a repository and what is in it are called: host and path, tag or digest.

Source: OCI distribution-spec 1.1, "Pulling manifests"; distribution/reference for what is a host.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from edgewright.artifact.oci import is_digest
from edgewright.ship.registry.faults import misnamed

_PATH: Final = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_HOST: Final = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::[0-9]{1,5})?")
_TAG: Final = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_LONGEST: Final = 255
# Docker Hub answers under another name than it is called by.
_HUB: Final = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """`host` is what people write (`registry.acme.example:5000`), `path` what stands behind it (`edge/models/x`)."""

    host: str
    path: str

    @property
    def server(self) -> str:
        """The host that answers, with its port where one is named."""
        return _HUB.get(self.host, self.host)

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"


def repository_name(text: str) -> RepositoryName:
    """Host and path of `registry.acme.example/edge/models/x`. Raises FleetError (`registry-name`)."""
    if "://" in text:
        raise misnamed(text, "begins with a scheme", "Write it without: registry.acme.example/edge.")
    host, slash, path = text.partition("/")
    if "@" in host:
        hidden = f"…@{host.rpartition('@')[2]}{slash}{path}"  # a password may stand there
        raise misnamed(hidden, "has a user in it", "Name the host alone, and log in: docker login HOST.")
    if not slash or not path:
        raise misnamed(text, "has no path behind its registry", "Write both: registry.acme.example/edge.")
    if not _is_host(host):
        raise misnamed(
            text, f"names no registry: {host!r} is none", "Begin with a host: registry.acme.example/edge."
        )
    if "@" in path or ":" in path:
        raise misnamed(text, "has a tag or a digest", "Name the repository alone: no `:tag`, no `@sha256:…`.")
    if not _PATH.fullmatch(path) or len(path) > _LONGEST:
        allowed = "lower-case letters, digits and, between them, . _ - and /"
        raise misnamed(
            text, "has a path that no registry takes", f"Use {allowed}; at most {_LONGEST} of them."
        )
    hub = host.lower() in _HUB and "/" not in path
    return RepositoryName(host.lower(), f"library/{path}" if hub else path)


def is_loopback(host: str) -> bool:
    """Whether a host (without port or brackets) is this machine: localhost or an address of it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_digest(text: str) -> str:
    """The digest. Raises FleetError (`registry-name`) where it is none."""
    if not is_digest(text):
        raise misnamed(text, "is no digest", "Write sha256: and 64 hexadecimal digits.")
    return text


def checked_reference(text: str) -> str:
    """The tag or digest. Raises FleetError (`registry-name`) where it is neither."""
    if not is_digest(text) and not _TAG.fullmatch(text):
        raise misnamed(text, "is neither a tag nor a digest", "Write a tag like v1.2.0, or sha256:….")
    return text


def _is_host(text: str) -> bool:
    """As Docker decides it: with a dot, a port or the name localhost, so that `edge/models` is no host."""
    if not _HOST.fullmatch(text):
        return False
    return "." in text or ":" in text or text == "localhost"
