"""Certificate authorities of one's own, beside Debian's: those that a company's servers are vouched for by."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgewright.document.source import cannot_read
from edgewright.errors import FleetError
from edgewright.workshop.building.programs import not_built

CERTIFICATES: Final = "etc/ssl/certs/ca-certificates.crt"
"""Where an image has whom it trusts; `SSL_CERT_FILE` names it in every image."""


def certificates(file: Path) -> str:
    """The text of a file that has certificates in PEM, and what is written between them.

    Raises FleetError (`cannot-read`, `image-not-built`).
    """
    try:
        text = file.read_text(encoding="utf-8-sig")  # a mark of byte order would hide the first certificate
    except OSError as error:
        raise FleetError([cannot_read(str(file), error)]) from error
    except UnicodeDecodeError as error:
        raise _no_list(file, "it is no text") from error
    if "PRIVATE KEY-----" in text:
        raise not_built(
            f"{file} holds a private key, and whoever pulls the image could read it",
            "name a file with the authority's certificate alone",
        )
    try:
        plain = text.encode(
            "ascii", "replace"
        ).decode()  # names of authorities stand between certificates too
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=plain)
    except (ssl.SSLError, ValueError) as error:
        raise _no_list(file, getattr(error, "reason", None) or str(error)) from error
    return text


def trust(authorities: Sequence[str], debian: Path, server: Path) -> None:
    """Write Debian's list and these texts into the tree of the server, the last layer: the others stay as they are."""
    if not authorities:
        return
    texts = [(debian / CERTIFICATES).read_text(encoding="utf-8"), *authorities]
    target = server / CERTIFICATES
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(f"{text.strip()}\n" for text in texts), encoding="utf-8")


def _no_list(file: Path, why: str) -> FleetError:
    return not_built(
        f"{file} is no list of certificates: {why}",
        "write them in PEM, as between -----BEGIN CERTIFICATE----- and its end",
    )
