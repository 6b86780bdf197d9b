"""A Sigstore of the tests' own, as those see it who sign with it, over http, and those who trust it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from tests.authority import Authority, claims_of

from edgewright.ship.signing.roots import Roots


@dataclass(frozen=True)
class Acme:
    """The authority, with the files that those who trust it and those who sign with it have."""

    authority: Authority
    trusted_root: Path
    configuration: Path
    signing_config: Path

    @property
    def roots(self) -> Roots:
        """What signatures are checked by."""
        return Roots(self.trusted_root)


def _asking(asked: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    """Whose key is to be vouched for: sigstore-python sends a request for a certificate, sigstore-go the key."""
    key: object
    if "certificateSigningRequest" in asked:
        key = x509.load_pem_x509_csr(base64.b64decode(asked["certificateSigningRequest"])).public_key()
    else:
        key = load_pem_public_key(asked["publicKeyRequest"]["publicKey"]["content"].encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


@contextmanager
def answering(authority: Authority) -> Iterator[Authority]:
    """The authority at an address of this machine, until the end of the block."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if authority.refuses and authority.refuses in self.path:
                self._say(500, {"message": "not today"})
            elif self.path == "/api/v2/signingCert":
                self._say(200, self._certified(asked))
            else:
                self._say(201, authority.logged(asked))

        def _certified(self, asked: dict[str, Any]) -> dict[str, Any]:
            bearer = self.headers["Authorization"].removeprefix("Bearer ")
            chain = {"certificates": authority.certificate(_asking(asked), claims_of(bearer))}
            return {"signedCertificateEmbeddedSct": {"chain": chain}}

        def _say(self, status: int, value: dict[str, Any]) -> None:
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if status == 201:
                self.send_header("ETag", next(iter(value)))  # by which sigstore-go knows its entry
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        authority.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()
