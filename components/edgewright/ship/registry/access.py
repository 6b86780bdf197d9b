"""How a registry is reached: with which patience, over which certificates and proxies, plain or not."""

from __future__ import annotations

import os
import ssl
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import urllib3

from edgewright.errors import Finding, FleetError
from edgewright.ship.registry.faults import unreachable
from edgewright.ship.registry.names import is_loopback
from edgewright.ship.registry.watch import Watched, WatchedTLS

_Loaded = TypeVar("_Loaded")
_REPOSITORIES: Final = 8
_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""What users set so that `requests` and curl trust their company's certificates; OpenSSL reads SSL_CERT_FILE."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach registries. Times are seconds, sizes bytes.

    plain_http: without TLS is allowed to hosts other than this machine. ca_file: certificates trusted besides
    the usual. retries: how often something is tried again. workers: blobs that travel at once. chunk: the most
    that is sent in one request, where a blob has more than `whole`; what a registry that forgets an unfinished
    request gets again. connect_timeout: until there is
    a connection. answer_timeout: until an answer has begun, and the time over which `slowest` bytes a second
    must come in. finish_timeout: until the registry has put together what it was sent. pause: before the
    first repetition; it doubles up to longest_pause. patience: the longest wait that a registry may ask for.
    """

    plain_http: bool = False
    ca_file: Path | None = None
    retries: int = 5
    workers: int = 4
    chunk: int = 64 * 2**20
    whole: int = 4 * 2**20
    connect_timeout: float = 10.0
    answer_timeout: float = 60.0
    finish_timeout: float = 600.0
    slowest: int = 1024
    pause: float = 0.5
    longest_pause: float = 15.0
    patience: float = 120.0

    def scheme(self, server: str) -> str:
        """`http` where it was asked for, and for this machine unless a CA file says that it has TLS."""
        here = is_loopback(host_of(urlsplit(f"//{server}"))) and self.ca_file is None
        return "http" if self.plain_http or here else "https"

    def allows(self, url: SplitResult) -> bool:
        """Whether a request may go there: over TLS, or plain to this machine or where that was asked for."""
        if url.scheme == "https":
            return bool(url.hostname)
        return url.scheme == "http" and (self.plain_http or is_loopback(host_of(url)))


def host_of(url: SplitResult) -> str:
    """The host of a URL in lower case, without port and brackets; nothing where there is none."""
    return (url.hostname or "").lower()


class Pools:
    """Connections, kept open and used again; one pool for each host, straight or through a proxy."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._managers: dict[str, urllib3.PoolManager] = {}

    def of(self, url: SplitResult) -> urllib3.PoolManager:
        """Whoever connects to the URL's host."""
        proxy = _proxy(url)
        key = f"{url.scheme} {proxy}"
        if key not in self._managers:
            self._managers[key] = self._manager(url.scheme, proxy)
        return self._managers[key]

    def close(self) -> None:
        """Close every connection."""
        for manager in self._managers.values():
            manager.clear()

    def _manager(self, scheme: str, proxy: str) -> urllib3.PoolManager:
        context = _context(self._access.ca_file) if scheme == "https" else None
        # Several repositories may be filled at once, each by that many workers: what is open is kept.
        size = _REPOSITORIES * max(1, self._access.workers)
        manager = (
            _through(proxy, size, context)
            if proxy
            else urllib3.PoolManager(maxsize=size, ssl_context=context)
        )
        manager.pool_classes_by_scheme = {"http": _Plain, "https": _TLS}
        return manager


def _through(proxy: str, size: int, context: ssl.SSLContext | None) -> urllib3.ProxyManager:
    """Whoever connects through the proxy. Raises FleetError where it is none that can be used."""
    try:
        user = urlsplit(proxy)
        login = f"{unquote(user.username)}:{unquote(user.password or '')}" if user.username else None
        shown = urllib3.make_headers(proxy_basic_auth=login) if login else None
        return urllib3.ProxyManager(proxy, maxsize=size, ssl_context=context, proxy_headers=shown)
    except ValueError:  # not chained: it has the address in it, and that may have a password
        remedy = "Name an http or https proxy: HTTPS_PROXY=http://proxy.acme.example:3128."
        finding = unreachable("a registry", "the environment names a proxy that cannot be used", remedy)
        raise FleetError([finding]) from None


class _Plain(urllib3.HTTPConnectionPool):
    ConnectionCls = Watched


class _TLS(urllib3.HTTPSConnectionPool):
    ConnectionCls = WatchedTLS


def _proxy(url: SplitResult) -> str:
    """The proxy that the environment names for the URL; none for this machine."""
    host = host_of(url)
    if is_loopback(host) or urllib.request.proxy_bypass(url.netloc):
        return ""
    found = urllib.request.getproxies()
    proxy = found.get(url.scheme) or found.get("all") or ""
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _context(ca_file: Path | None) -> ssl.SSLContext:
    bundle = next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), None)
    context = _loaded(lambda: ssl.create_default_context(cafile=bundle), bundle)
    if ca_file is not None:
        _loaded(lambda: context.load_verify_locations(cafile=ca_file), ca_file)
    return context


def _loaded(load: Callable[[], _Loaded], file: str | Path | None) -> _Loaded:
    try:
        return load()
    except (OSError, ssl.SSLError) as error:
        message = f"{file} has no certificates to trust: {error.strerror or 'it cannot be read'}"
        finding = Finding("cannot-read", "error", message, "Name a file of certificates in PEM.")
        raise FleetError([finding]) from error
