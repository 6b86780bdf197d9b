"""What can go wrong between a client and a registry: each fault is what one who stands between does once."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable
from typing import BinaryIO, Protocol

from tests.wire import Closed, Message, as_bytes, forward, send, with_body

HANG = 0.5
"""Seconds that a fault keeps a client waiting: longer than the clients of these tests do."""
_OTHERS = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'


class Between(Protocol):
    """Who stands between: before which registry, with whom elsewhere, and whether it is over."""

    upstream: str
    elsewhere: str
    ended: threading.Event


# Faults that come before anything reaches the registry.


def _drop(proxy: Between, request: Message, out: socket.socket, chance: random.Random) -> None:
    raise Closed


def _hang(proxy: Between, request: Message, out: socket.socket, chance: random.Random) -> None:
    proxy.ended.wait(HANG)
    raise Closed


def _drip(proxy: Between, request: Message, out: socket.socket, chance: random.Random) -> None:
    for letter in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100:
        out.sendall(bytes([letter]))
        if proxy.ended.wait(HANG / 30):
            break
    raise Closed


def _drip_body(proxy: Between, request: Message, out: socket.socket, chance: random.Random) -> None:
    out.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while not proxy.ended.wait(HANG / 30):
        out.sendall(b"y")
    raise Closed


def _garbage(proxy: Between, request: Message, out: socket.socket, chance: random.Random) -> None:
    out.sendall(chance.randbytes(200))
    raise Closed


def _error(proxy: Between, request: Message, out: socket.socket, chance: random.Random) -> None:
    status = chance.choice([429, 500, 502, 503, 504])
    body = b'{"errors":[{"code":"UNKNOWN","message":"\\u001b[31mbad luck"}]}'
    headers = [("Content-Length", str(len(body))), *([("Retry-After", "0")] if status == 429 else [])]
    send(out, Message(request.method, request.target, headers, body, status))


def _redirect(proxy: Between, request: Message, out: socket.socket, chance: random.Random) -> None:
    place = chance.choice([f"http://{proxy.elsewhere}{request.target}", "http://registry.invalid/", "file:///etc/passwd",
                           "//[", request.target, ""])  # fmt: skip
    status = chance.choice([301, 302, 303, 307, 308])
    send(
        out,
        Message(request.method, request.target, [("Location", place), ("Content-Length", "0")], b"", status),
    )


def _challenge(proxy: Between, request: Message, out: socket.socket, chance: random.Random) -> None:
    realm = chance.choice(
        ["http://registry.invalid/token", f"http://{proxy.elsewhere}/token", "ftp://x", "//[", ""]
    )
    header = chance.choice([f'Bearer realm="{realm}",service="s",scope="a b"', "Negotiate", "Bearer", ""])
    headers = [("WWW-Authenticate", header), ("Content-Length", "0")]
    send(out, Message(request.method, request.target, headers, b"", chance.choice([401, 403])))


def _swallow(proxy: Between, request: Message, out: socket.socket, chance: random.Random) -> None:
    """Say that all went well, and do nothing."""
    status = {"POST": 202, "PATCH": 202, "PUT": 201}.get(request.method, 200)
    headers = [("Content-Length", "0"), ("Location", request.target)]
    if request.method == "PATCH":
        headers.append(("Range", request.header("Content-Range")))
    send(out, Message(request.method, request.target, headers, b"", status))


def _not_there(proxy: Between, request: Message, out: socket.socket, chance: random.Random) -> None:
    status = chance.choice([400, 404, 404, 405, 410, 416])
    send(out, Message(request.method, request.target, [("Content-Length", "0")], b"", status))


def scripted(proxy: Between, request: Message, name: str) -> Message:
    """`status N`, `realm URL`, `redirect URL` and `bytes TEXT`, where no chance is wanted.

    `elsewhere` as URL is the thief's.
    """
    word, _, what = name.partition(" ")
    if word == "bytes":  # a manifest that is none
        content = what.encode("latin-1")
        kind = ("Content-Type", "application/vnd.oci.image.manifest.v1+json")
        length = ("Content-Length", str(len(content)))
        return Message(request.method, request.target, [kind, length], content)
    headers = [("Content-Length", "0")]
    if word == "realm":
        headers.append(("WWW-Authenticate", f'Bearer realm="{what}",service="s"'))
    if word == "redirect":
        headers.append(("Location", what.replace("elsewhere", f"http://{proxy.elsewhere}{request.target}")))
    status = {"realm": 401, "redirect": 307}.get(word) or int(what)
    return Message(request.method, request.target, headers, b"", status)


# Faults on the way to the registry.


def _cut_request(
    proxy: Between, request: Message, stream: BinaryIO, out: socket.socket, chance: random.Random
) -> None:
    """Part of the body arrives there, and then both connections are gone."""
    length = int(request.header("Content-Length"))
    part = stream.read(chance.randrange(length))
    host, _, port = proxy.upstream.rpartition(":")
    lines = [
        f"{request.method} {request.target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in request.headers),
    ]
    with socket.create_connection((host, int(port)), 20) as registry:
        registry.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + part)
    raise Closed


def _flip_request(
    proxy: Between, request: Message, stream: BinaryIO, out: socket.socket, chance: random.Random
) -> None:
    whole = with_body(request, stream)
    send(
        out,
        forward(
            proxy.upstream, Message(whole.method, whole.target, whole.headers, _flipped(whole.body, chance))
        ),
    )


# Faults on the way back.


def _lost(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    raise Closed


def _late_error(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    _error(proxy, answer, out, chance)


def _flip(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    answer.body = _flipped(answer.body, chance)
    send(out, answer)


def _truncate(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    whole = as_bytes(answer) + (b"" if answer.method == "HEAD" else answer.body)
    out.sendall(whole[: chance.randrange(len(whole))])
    raise Closed


def _cut_body(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    out.sendall(as_bytes(answer) + answer.body[: chance.randrange(len(answer.body) + 1)])
    raise Closed


def _shorter(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    answer.body = answer.body[: chance.randrange(len(answer.body) + 1)]
    answer.headers = answer.replaced("Content-Length", str(len(answer.body)))
    send(out, answer)


def _longer(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    answer.body += chance.randbytes(chance.randrange(1, 10_000))
    if chance.random() < 0.5:
        answer.headers = answer.replaced("Content-Length", str(len(answer.body)))
    send(out, answer)


def _lengths(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    """More than one length, or one that is none, or more than will ever come."""
    if chance.random() < 0.5:
        answer.headers = [("Content-Length", str(len(answer.body) // 2)), *answer.headers]
    else:
        length = chance.choice(["-5", "many", "", "99999999999999999999", str(len(answer.body) + 7)])
        answer.headers = answer.replaced("Content-Length", length)
    send(out, answer)
    proxy.ended.wait(HANG)
    raise Closed


def _digest(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    said = chance.choice([f"sha256:{chance.randbytes(32).hex()}", "sha256:short", "md5:0", ""])
    answer.headers = answer.replaced("Docker-Content-Digest", said)
    send(out, answer)


def _swap(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    """Another manifest, whole and well."""
    headers = [
        ("Content-Type", "application/vnd.oci.image.index.v1+json"),
        ("Content-Length", str(len(_OTHERS))),
    ]
    send(out, Message(answer.method, answer.target, headers, _OTHERS, answer.status))


def _ranges(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    end = chance.choice([0, 1, 77, 10**6, 10**17])
    answer.headers = answer.replaced(
        "Range", chance.choice([f"0-{end}", f"bytes=0-{end}", "all", f"{end}-0", ""])
    )
    answer.headers = answer.replaced("Content-Range", f"bytes {end}-{end + 5}/{end + 6}")
    answer.status = 206 if answer.status == 200 and chance.random() < 0.5 else answer.status
    send(out, answer)


def _location(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    place = chance.choice(
        [f"http://{proxy.elsewhere}/v2/x", "http://registry.invalid/x", "/v2/", "", "ftp://x", "//["]
    )
    answer.headers = answer.replaced("Location", place)
    send(out, answer)


def _type(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    kinds = ["text/html", "application/vnd.oci.image.index.v1+json", ""]
    answer.headers = answer.replaced("Content-Type", chance.choice(kinds))
    send(out, answer)


def _encoded(proxy: Between, answer: Message, out: socket.socket, chance: random.Random) -> None:
    answer.headers = answer.replaced(
        *chance.choice([("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")])
    )
    send(out, answer)
    raise Closed


def _flipped(body: bytes, chance: random.Random) -> bytes:
    if not body:
        return body
    place = chance.randrange(len(body))
    return body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :]


_Fault = Callable[[Between, Message, socket.socket, random.Random], None]
BEFORE: dict[str, _Fault] = {
    fault.__name__: fault
    for fault in (_drop, _hang, _drip, _garbage, _error, _redirect, _challenge, _swallow, _not_there)
}
WITH_BODY: dict[str, Callable[[Between, Message, BinaryIO, socket.socket, random.Random], None]] = {
    fault.__name__: fault for fault in (_cut_request, _flip_request)
}
AFTER: dict[str, _Fault] = {
    fault.__name__: fault
    for fault in (
        _lost, _late_error, _flip, _truncate, _cut_body, _shorter, _longer, _lengths, _digest, _swap, _ranges,
        _location, _type, _encoded,
    )
}  # fmt: skip
SCRIPTED: dict[str, _Fault] = {"_drip_body": _drip_body}
"""What no seed chooses."""
KINDS = frozenset([*BEFORE, *WITH_BODY, *AFTER])
