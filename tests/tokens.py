"""A server of tokens for registries, as Docker Hub and GitHub have one: passwords in, short-lived rights out."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

USER, PASSWORD, IDENTITY = "ada", "opensesame-7391", "identity-4417"
SERVICE = "tests"


@dataclass
class Tokens:
    """The server's address, the configuration of a registry that believes it, and what it was asked.

    Tokens are valid `seconds` long.
    """

    address: str
    auth: dict[str, Any]
    seconds: int = 300
    asked: list[dict[str, Any]] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)


@contextmanager
def token_server(folder: Path) -> Iterator[Tokens]:
    """Run one on a free port of this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jwks.json").write_text(json.dumps({"keys": [_jwk(key)]}))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            shown = self.headers.get("Authorization")
            self._answer(query, None if shown is None else shown == f"Basic {basic}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = parse_qs(body)
            form["scope"] = form.get("scope", [""])[0].split()
            self._answer(form, form.get("refresh_token") == [IDENTITY])

        def _answer(self, query: dict[str, list[str]], allowed: bool | None) -> None:
            tokens.asked.append({"method": self.command, "allowed": allowed, **query})
            token = _token(key, query.get("scope", []) if allowed else [], tokens.seconds)
            tokens.issued.append(token)
            content = json.dumps(
                {"token": token} if self.command == "GET" else {"access_token": token}
            ).encode()
            self.send_response(401 if allowed is False else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        address = f"127.0.0.1:{server.server_address[1]}"
        jwks = str(folder / "jwks.json")
        auth = {"realm": f"http://{address}/token", "service": SERVICE, "issuer": "tests", "jwks": jwks}
        tokens = Tokens(address, {"token": auth})
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield tokens
        finally:
            server.shutdown()


def _jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    point = key.public_key().public_numbers()
    x, y = (_base64(number.to_bytes(32, "big")) for number in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "one", "x": x, "y": y}


def _token(key: ec.EllipticCurvePrivateKey, scopes: list[str], seconds: int) -> str:
    """A JWT with every right that was asked for."""
    now = int(time.time())
    rights = [scope.split(":") for scope in scopes]
    access = [{"type": kind, "name": name, "actions": actions.split(",")} for kind, name, actions in rights]
    head = {"typ": "JWT", "alg": "ES256", "kid": "one"}
    claims = {
        "iss": "tests", "sub": USER, "aud": SERVICE, "exp": now + seconds, "nbf": now - 60, "iat": now,
        "jti": str(time.monotonic_ns()), "access": access,
    }  # fmt: skip
    signed = ".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
