"""A client that costs next to nothing: requests are bytes that are made beforehand, answers are looked through."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from process import Failed


def binary_request(shape: list[int], raw: bytes) -> bytes:
    """A whole HTTP request with the tensor as binary data, both ways."""
    entry = {
        "name": "data_0",
        "datatype": "FP32",
        "shape": shape,
        "parameters": {"binary_data_size": len(raw)},
    }
    text = json.dumps({"id": "1", "inputs": [entry], "parameters": {"binary_data_output": True}}).encode()
    return _post(text + raw, f"Inference-Header-Content-Length: {len(text)}\r\n")


def json_request(shape: list[int], values: list[Any]) -> bytes:
    """The same in JSON."""
    entry = {"name": "data_0", "datatype": "FP32", "shape": shape, "data": values}
    return _post(json.dumps({"id": "1", "inputs": [entry]}).encode(), "Content-Type: application/json\r\n")


def _post(body: bytes, header: str) -> bytes:
    head = (
        f"POST /v2/models/squeezenet/infer HTTP/1.1\r\nHost: x\r\n{header}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(slots=True)
class Line:
    """One connection that is kept."""

    port: int
    _line: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self._line = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> bytes:
        """The body of the answer. Raises Failed where it is none."""
        self._line.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        head, _, body = got.partition(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise Failed(f"no answer: {(head + body)[:500]!r}")
        lengths = [each for each in head.lower().split(b"\r\n") if each.startswith(b"content-length:")]
        if not lengths:  # in pieces, each behind its length: KServe's way with binary data
            while not body.endswith(b"\r\n0\r\n\r\n"):
                body += self._more()
            return _joined(body)
        length = int(lengths[0].split(b":")[1])
        while len(body) < length:
            body += self._more()
        return body

    def _more(self) -> bytes:
        got = self._line.recv(1 << 16)
        if not got:
            raise Failed("the server closed the connection")
        return got

    def close(self) -> None:
        self._line.close()


def _joined(body: bytes) -> bytes:
    """What a body in pieces says."""
    pieces = []
    while size := int(body[: body.index(b"\r\n")], 16):
        start = body.index(b"\r\n") + 2
        pieces.append(body[start : start + size])
        body = body[start + size + 2 :]
    return b"".join(pieces)


def floats(body: bytes) -> list[float]:
    """The first five numbers of an answer of 1000, JSON or binary."""
    try:
        values = json.loads(body)
    except ValueError:
        return list(struct.unpack_from("<5f", body, len(body) - 4000))
    return [float(value) for value in _flat(values["outputs"][0]["data"])[:5]]


def _flat(values: list[Any]) -> list[Any]:
    while values and isinstance(values[0], list):
        values = [value for inner in values for value in inner]
    return values


def throughput(port: int, request: bytes, clients: int, seconds: float) -> float:
    """Answers a second that so many clients get together."""
    counts, end = [0] * clients, time.perf_counter() + seconds

    def ask(number: int) -> None:
        line = Line(port)
        while time.perf_counter() < end:
            line.ask(request)
            counts[number] += 1
        line.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)
