"""What a request shows of who sends it: nothing at first, then what the registry asks for.

A registry that wants to know answers 401 and says how: by password, or by a token from somebody whom it names.
Passwords go to the registry and to whom it names, over TLS or where plain http was allowed; tokens to the registry
alone. Source: distribution-spec's token and oauth2 pages (distribution/distribution docs/spec/auth).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from edgewright.errors import FleetError
from edgewright.ship.registry.access import Access
from edgewright.ship.registry.credentials import Credentials, credentials_for
from edgewright.ship.registry.faults import failed, lies, refused
from edgewright.ship.registry.messages import Reply, Request, origin
from edgewright.ship.registry.names import RepositoryName

_CLIENT: Final = "edgewright"
_CHALLENGE: Final = re.compile(
    r"(?:^|,)\s*(Basic|Bearer)\s+((?:[A-Za-z_]+\s*=\s*(?:\"[^\"]*\"|[^\s,\"]+)\s*(?:,\s*(?=[A-Za-z_]+\s*=)|))*)",
    re.IGNORECASE,
)
_PART: Final = re.compile(r"([A-Za-z_]+)\s*=\s*(?:\"([^\"]*)\"|([^\s,\"]+))")


@dataclass(frozen=True, slots=True)
class Challenge:
    """How a registry wants to be answered: `basic` or `bearer`, and what it says of that."""

    kind: str
    parts: Mapping[str, str]


def challenges(header: str) -> list[Challenge]:
    """The challenges of a WWW-Authenticate header that we can answer, tokens before passwords."""
    found = [
        Challenge(kind.lower(), {key.lower(): a or b for key, a, b in _PART.findall(parts)})
        for kind, parts in _CHALLENGE.findall(header)
    ]
    return sorted(found, key=lambda each: each.kind != "bearer")


class Authentication:
    """The Authorization headers of one run: a password for a host, a token for each repository and right."""

    def __init__(self, access: Access, ask: Callable[[Request], Reply]) -> None:
        self._access = access
        self._ask = ask
        self._lock = threading.Lock()
        self._headers: dict[tuple[str, str], str] = {}
        self._credentials: dict[RepositoryName, Credentials | None] = {}

    def header(self, request: Request) -> str | None:
        """What to show, where the registry asked for it before."""
        return self._headers.get(_key(request))

    def knows(self, name: RepositoryName) -> bool:
        """Whether there are credentials for the repository."""
        return self._credentials.get(name) is not None

    def answered(self, request: Request, shown: str | None, header: str) -> str | None:
        """What to show after a 401 to what was `shown`; none where there is nothing else to show.

        Raises FleetError (`registry-credentials`, `registry-refused`, `registry-failed`, `registry-unreachable`).
        """
        with self._lock:
            known = self._headers.get(_key(request))
            if known is not None and known != shown:
                return known  # another worker was faster
            for challenge in challenges(header):
                found = self._answer(request, challenge)
                if found is not None and found != shown:
                    self._headers[_key(request)] = found
                    return found
            self._headers.pop(_key(request), None)
            return None

    def _answer(self, request: Request, challenge: Challenge) -> str | None:
        known = self._known(request.name)
        if challenge.kind == "basic":
            return known.basic if known is not None and known.user else None
        return f"Bearer {self._token(request, challenge.parts, known)}"

    def _known(self, name: RepositoryName) -> Credentials | None:
        if name not in self._credentials:
            self._credentials[name] = credentials_for(name)
        return self._credentials[name]

    def _token(self, request: Request, parts: Mapping[str, str], known: Credentials | None) -> str:
        realm = self._realm(request, parts)
        scopes = list(dict.fromkeys([*request.scopes, *parts.get("scope", "").split()]))
        service = {"service": parts["service"]} if parts.get("service") else {}
        if known is not None and known.token:
            form = {"grant_type": "refresh_token", "refresh_token": known.token, "client_id": _CLIENT}
            asked = _token_form(request.name, realm, form | service | {"scope": " ".join(scopes)})
        else:
            query = urlencode([*service.items(), *(("scope", scope) for scope in scopes)])
            url = f"{realm}{'&' if '?' in realm else '?'}{query}"
            shows = {"Authorization": known.basic} if known is not None else {}
            asked = Request("GET", url, request.name, headers=shows, follow=False, anonymous=True)
        return self._read(request.name, realm, self._ask(asked), known=known is not None)

    def _realm(self, request: Request, parts: Mapping[str, str]) -> str:
        realm = parts.get("realm", "")
        try:
            url = urlsplit(realm)
            plain = url.scheme == "http" and urlsplit(request.url).scheme == "http"
            safe = self._access.allows(url) and (url.scheme == "https" or plain)
            origin(realm)
        except ValueError:
            safe = False
        if not safe:
            how = "sends us for a token to an address that is not https; no password goes there"
            raise FleetError([lies(str(request.name), how)])
        return realm

    def _read(self, name: RepositoryName, realm: str, reply: Reply, *, known: bool) -> str:
        host = urlsplit(realm).netloc.rpartition("@")[2]
        if reply.status in (400, 401, 403):
            raise FleetError([refused(str(name), reply.status, f", says {host}", known=known)])
        if reply.status != 200:
            raise FleetError([failed(host, f"gives no token: it answers {reply.status}")])
        try:
            answer: Any = json.loads(reply.content)
            token = answer.get("token") or answer.get("access_token")
        except (ValueError, AttributeError, RecursionError):
            token = None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise FleetError([failed(host, "gives no token: its answer has none")])
        return token


def _token_form(name: RepositoryName, realm: str, form: Mapping[str, str]) -> Request:
    """A request whose secret stands in its body and not in its address."""
    body = urlencode(form).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", realm, name, headers=headers, body=body, follow=False, anonymous=True)


def _key(request: Request) -> tuple[str, str]:
    return origin(request.url), " ".join(request.scopes)
