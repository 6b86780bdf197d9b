"""Servers that stand for the cloud and behave in every way that one can, by the address that is asked."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Seen:
    """What such a server was asked: the JSON of each question, and how many came in at once."""

    questions: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    under_way: int = 0
    most: int = 0
    released: threading.Event = field(default_factory=threading.Event)


def _answer(rows: int, columns: int = 8, **changes: Any) -> bytes:
    """A right answer: sure of the first class."""
    scores = np.zeros((rows, columns), np.float32)
    scores[:, 0] = 1
    entry = {
        "name": "probabilities",
        "datatype": "FP32",
        "shape": [rows, columns],
        "data": scores.ravel().tolist(),
    }
    head = {
        "model_name": "surface-defects",
        "model_version": "9.0.0",
        "parameters": {"model_digest": "sha256:9"},
    }
    return json.dumps({**head, "outputs": [entry | changes]}).encode()


class _Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: Seen

    def setup(self) -> None:
        super().setup()
        self.seen.connections += 1

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(raw[: int(self.headers["Inference-Header-Content-Length"])])
        seen = self.seen
        seen.questions.append(asked)
        seen.under_way += 1
        seen.most = max(seen.most, seen.under_way)
        try:
            with suppress(OSError):
                getattr(self, "does_" + self.path.split("/")[1])(asked["inputs"][0]["shape"][0])
        finally:
            seen.under_way -= 1

    def say(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in ({"Content-Length": str(len(body))} | named).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def does_right(self, rows: int) -> None:
        self.say(_answer(rows))

    def does_once(self, rows: int) -> None:
        """As a server that closes what was idle for a while: without a word."""
        self.say(_answer(rows))
        self.close_connection = True

    def does_500(self, rows: int) -> None:
        self.say(_answer(rows), 500)

    def does_redirect(self, rows: int) -> None:
        self.say(b"", 307, Location=self.path.replace("/redirect/", "/right/"))

    def does_nonsense(self, _rows: int) -> None:
        self.say(b'{"outputs": [[[')

    def does_nothing(self, _rows: int) -> None:
        self.say(b"{}")

    def does_shape(self, rows: int) -> None:
        self.say(_answer(rows, 7))

    def does_rows(self, rows: int) -> None:
        self.say(_answer(rows + 1))

    def does_type(self, rows: int) -> None:
        self.say(_answer(rows, datatype="FP64"))

    def does_nan(self, rows: int) -> None:
        self.say(_answer(rows, data=[float("nan")] * 8 * rows))

    def does_header(self, rows: int) -> None:
        self.say(_answer(rows), Inference_Header_Content_Length="-1")

    def does_large(self, rows: int) -> None:
        self.say(_answer(rows) + b" " * (1 << 24))

    def does_short(self, rows: int) -> None:
        self.say(_answer(rows), Content_Length="99999")
        self.close_connection = True

    def does_closed(self, _rows: int) -> None:
        self.close_connection = True

    def does_slow(self, rows: int) -> None:
        self.seen.released.wait(30)
        self.say(_answer(rows))

    def does_drip(self, _rows: int) -> None:
        """A byte now and then: no single wait is long."""
        end = time.monotonic() + 30
        while time.monotonic() < end and not self.seen.released.is_set():
            self.wfile.write(b"H")
            self.wfile.flush()
            time.sleep(0.02)

    def does_last(self, _rows: int) -> None:
        """A body without length or end, as the last that comes over this connection."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.does_drip(0)

    def does_continue(self, _rows: int) -> None:
        """As if there were always something to wait for."""
        end = time.monotonic() + 30
        while time.monotonic() < end and not self.seen.released.is_set():
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
            time.sleep(0.02)

    def does_html(self, _rows: int) -> None:
        self.say(b"<html>Please log in to this network</html>", Content_Type="text/html")

    def log_message(self, *_: Any) -> None:
        """Nothing."""


BEHAVIOURS = sorted(
    {name.removeprefix("does_") for name in vars(_Endpoint) if name.startswith("does_")} - {"right", "once"}
)
"""Those of which none leads to an answer."""


@contextmanager
def cloud(port: int = 0, certificate: Path | None = None) -> Iterator[tuple[str, Seen]]:
    """Such a server: its address, and what it sees. Behind it goes how it is to behave."""
    seen = Seen()
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Endpoint", (_Endpoint,), {"seen": seen}))
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}", seen
    finally:
        seen.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path, address: str = "127.0.0.1") -> Path:
    """A certificate for an address, which has signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cloud")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{address}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file
