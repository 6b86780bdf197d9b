"""Requests sent and answers received: with what the registry asks of who sends it, along redirects, again and
again where it does no harm, and never beyond the limits of an Access.

No chance is in the pauses: the same faults give the same requests.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from urllib.parse import urljoin, urlsplit

import urllib3

from edgewright.errors import FleetError
from edgewright.ship.registry import body, stopping
from edgewright.ship.registry.access import Access, Pools
from edgewright.ship.registry.authentication import Authentication
from edgewright.ship.registry.faults import Interrupted, failed, lies, refused, retry_after, said, unreachable
from edgewright.ship.registry.messages import Reply, Request, Streamed, origin
from edgewright.ship.registry.names import RepositoryName

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_AGAIN: Final = (408, 425, 429, 500, 502, 503, 504)
_MOST_REDIRECTS: Final = 5
_MOST_OF_A_FAULT: Final = 2**16
_MOST_LIES: Final = 2
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body is still to be read, once."""

    status: int
    headers: urllib3.HTTPHeaderDict
    url: str
    pieces: Iterator[bytes]


class Patience:
    """How often and after which pauses something that was interrupted is tried again."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._times = 0
        self._lies = 0

    def wait(self, cause: Interrupted) -> None:
        """Pause before another attempt. Raises FleetError with the cause where there were enough."""
        self._times += 1
        self._lies += cause.lie
        asked = cause.after or 0.0
        spent = self._times > self._access.retries or self._lies >= _MOST_LIES
        if spent or asked > self._access.patience:
            raise FleetError([cause.finding]) from cause
        usual = min(self._access.pause * 2 ** (self._times - 1), self._access.longest_pause)
        stopping.pause(max(usual, asked))

    def renew(self) -> None:
        """Begin to count anew, but for lies: something went forward."""
        self._times = 0


class Transport:
    """All requests of one run."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._pools = Pools(access)
        self._authentication = Authentication(access, self.ask)

    def close(self) -> None:
        """Close every connection."""
        self._pools.close()

    def patience(self) -> Patience:
        """For something that is to be tried again by whoever does it."""
        return Patience(self.access)

    def repeated(self, attempt: Callable[[], _Done]) -> _Done:
        """What the attempt gives, made again where it is interrupted. Raises FleetError."""
        patience = self.patience()
        while True:
            try:
                return attempt()
            except Interrupted as cause:
                patience.wait(cause)

    def ask(self, request: Request, *, limit: int = _MOST_OF_A_FAULT) -> Reply:
        """The answer, whole, after as many attempts as it takes. Raises FleetError."""
        return self.repeated(lambda: self.once(request, limit=limit))

    def once(self, request: Request, *, limit: int = _MOST_OF_A_FAULT) -> Reply:
        """The answer, whole, of a single attempt. Raises Interrupted, FleetError."""
        with self.open(request) as answer:
            content = b""
            if request.method != "HEAD":
                content = body.whole(answer.pieces, urlsplit(answer.url).netloc, limit)
            return Reply(answer.status, answer.headers, content, answer.url)

    @contextmanager
    def open(self, request: Request) -> Iterator[Answer]:
        """An answer that is neither a redirect nor a fault that passes.

        Raises Interrupted (which may be tried again) and FleetError (`registry-unreachable`,
        `registry-refused`, `registry-lies`, `registry-failed`, `registry-credentials`).
        """
        answer, at = self._along_redirects(request)
        try:
            host = urlsplit(at).netloc
            seconds = request.seconds or self.access.answer_timeout
            parts = body.pieces(answer, host, slowest=self.access.slowest, over=seconds, going=stopping.check)
            self._check(request, answer, at, parts)
            yield Answer(answer.status, answer.headers, at, parts)
        except BaseException:
            answer.close()
            raise
        finally:
            # What was not read to its end is in the way of the next answer: such a connection is closed.
            answer.close() if answer.length_remaining else answer.release_conn()

    def _along_redirects(self, request: Request) -> tuple[urllib3.BaseHTTPResponse, str]:
        at = request
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._authenticated(at, request)
            if answer.status not in _REDIRECTS or not request.follow:
                return answer, at.url
            answer.close()
            if request.method not in ("GET", "HEAD"):
                where = str(request.name)
                raise Interrupted(failed(where, "answers what was sent to it with a redirect"), lie=True)
            at = replace(at, url=self.onward(at.url, answer.headers.get("Location"), request.name))
        raise Interrupted(failed(str(request.name), "sends us from one address to the next"), lie=True)

    def onward(self, base: str, location: str | None, name: RepositoryName) -> str:
        """Where a Location header points, which must be as safe as where it came from. Raises Interrupted."""
        try:
            url = urlsplit(urljoin(base, location or ""))
            before = urlsplit(base)
            if url.hostname == before.hostname and url.scheme == "http" and before.scheme == "https":
                # A registry behind somebody who speaks TLS for it often does not know that it is.
                port = url.port if url.port not in (80, None) else before.port
                host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
                url = url._replace(scheme="https", netloc=f"{host}:{port}" if port else f"{host}")
            safe = self.access.allows(url) and (url.scheme == "https" or before.scheme == "http")
            origin(url.geturl())
        except ValueError:
            safe = False
        if not location or not safe:
            raise Interrupted(
                lies(str(name), "it sends us to an address that is not https, or to none"), lie=True
            )
        return url._replace(fragment="").geturl()

    def _authenticated(self, request: Request, first: Request) -> urllib3.BaseHTTPResponse:
        """The answer, with what the registry asks of who sends it: for its own address, never for another."""
        if first.anonymous or origin(request.url) != origin(self.root(request.name)):
            return self._exchange(request, None)
        shown = self._authentication.header(request)
        answer = self._exchange(request, shown)
        for _ in range(2):
            if answer.status != 401:
                break
            asked = answer.headers.get("WWW-Authenticate", "")
            try:
                fresh = self._authentication.answered(request, shown, asked)
            except BaseException:
                answer.close()
                raise
            if fresh is None:
                break
            answer.close()
            shown = fresh
            answer = self._exchange(request, shown)
        return answer

    def root(self, name: RepositoryName) -> str:
        """The address below which all of a repository lies."""
        return f"{self.access.scheme(name.server)}://{name.server}/v2/{name.path}"

    def _exchange(self, request: Request, shown: str | None) -> urllib3.BaseHTTPResponse:
        url = urlsplit(request.url)
        headers = {"Accept-Encoding": "identity", "User-Agent": "edgewright", **request.headers}
        content: object = request.body
        if isinstance(request.body, Streamed):
            headers["Content-Length"] = str(request.body.size)
            content = request.body.pieces()
        elif request.body is not None:
            headers["Content-Length"] = str(len(request.body))
        if shown is not None:
            headers["Authorization"] = shown
        seconds = request.seconds or self.access.answer_timeout
        timeout = urllib3.Timeout(connect=self.access.connect_timeout, read=seconds)
        try:
            return self._pools.of(url).urlopen(
                request.method,
                request.url,
                body=content,
                headers=headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except urllib3.exceptions.SSLError as error:
            raise _not_trusted(error, url.netloc) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise body.interrupted(error, url.netloc) from error
        except ValueError as error:  # an answer that http.client cannot make sense of
            raise Interrupted(failed(url.netloc, "its answer is no HTTP")) from error

    def _check(
        self, request: Request, answer: urllib3.BaseHTTPResponse, at: str, parts: Iterator[bytes]
    ) -> None:
        """Raise for what no caller has a use of: not allowed, or not now."""
        if request.anonymous and answer.status in (400, 401, 403):
            return
        if answer.status not in (401, 403, *_AGAIN) and answer.status < 500:
            return
        told = (
            said(body.whole(parts, urlsplit(at).netloc, _MOST_OF_A_FAULT)) if request.method != "HEAD" else ""
        )
        where = str(request.name)
        if origin(at) != origin(self.root(request.name)):  # a storage whose leave to read ran out, say
            cause = failed(urlsplit(at).netloc, f"it answers {answer.status}, and {where} sent us there")
            raise Interrupted(cause, after=retry_after(answer.headers))
        if answer.status in (401, 403):
            known = self._authentication.knows(request.name)
            raise FleetError([refused(where, answer.status, told, known=known)])
        cause = failed(where, f"it answers {answer.status}{told}")
        raise Interrupted(cause, after=retry_after(answer.headers))


def _not_trusted(error: urllib3.exceptions.SSLError, host: str) -> Exception:
    """A certificate that nobody vouches for stays so; another trouble of TLS may pass."""
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        remedy = "Name the file of the authority that signed it (a CA file, or SSL_CERT_FILE)."
        why = f"its certificate is not trusted ({cause.verify_message})"
        return FleetError([unreachable(host, why, remedy)])
    plain = isinstance(cause, ssl.SSLError) and cause.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST")
    if plain:
        remedy = "Give it TLS, or ask for plain http if nobody can listen in."
        return FleetError([unreachable(host, "it does not speak TLS", remedy)])
    return Interrupted(unreachable(host, "TLS broke off"))
