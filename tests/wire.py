"""HTTP as bytes: requests read and answers written by hand, so that every one of them can be wrong."""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from typing import BinaryIO

Headers = list[tuple[str, str]]


@dataclass
class Message:
    """A request, or an answer (then `method` is that of its request)."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""
    status: int = 200

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def replaced(self, name: str, value: str) -> Headers:
        return [*((key, old) for key, old in self.headers if key.lower() != name.lower()), (name, value)]


class Closed(Exception):
    """The connection ends here."""


def read_request(stream: BinaryIO) -> Message:
    line = stream.readline(65536).decode("latin-1").split()
    if len(line) != 3:
        raise Closed
    headers: Headers = []
    while (text := stream.readline(65536).decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = text.partition(":")
        headers.append((name.strip(), value.strip()))
    request = Message(line[0], line[1], headers)
    return Message(line[0], line[1], headers, b"?" if int(request.header("Content-Length") or 0) else b"")


def with_body(request: Message, stream: BinaryIO) -> Message:
    length = int(request.header("Content-Length") or 0)
    body = stream.read(length)
    if len(body) < length:
        raise Closed
    return Message(request.method, request.target, request.headers, body)


def forward(upstream: str, request: Message) -> Message:
    """The registry's own answer."""
    connection = http.client.HTTPConnection(upstream, timeout=20)
    try:
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value)
        connection.endheaders(request.body or None)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    kept = [
        (name, value) for name, value in answer.getheaders() if name.lower() not in ("connection", "date")
    ]
    message = Message(request.method, request.target, kept, body, answer.status)
    if not message.header("Content-Length"):
        message.headers = message.replaced("Content-Length", str(len(body)))
        message.headers = [each for each in message.headers if each[0].lower() != "transfer-encoding"]
    return message


def as_bytes(message: Message) -> bytes:
    lines = [f"HTTP/1.1 {message.status} Said", *(f"{name}: {value}" for name, value in message.headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def send(out: socket.socket, message: Message) -> None:
    out.sendall(as_bytes(message) + (b"" if message.method == "HEAD" else message.body))
