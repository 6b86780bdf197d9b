"""What can be wrong with a registry, said so that its user knows what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from edgewright.errors import Finding, FleetError

_LONGEST: Final = 200


class Interrupted(Exception):
    """One attempt that came to nothing, where another may do better.

    `finding` is what to say when there is no other attempt; `after` the seconds that the registry asks to
    wait. `lie` says that an answer came and was wrong: that is tried once more and not again and again.
    """

    def __init__(self, finding: Finding, *, after: float | None = None, lie: bool = False) -> None:
        self.finding = finding
        self.after = after
        self.lie = lie
        super().__init__(finding.message)


def misnamed(text: str, what: str, remedy: str) -> FleetError:
    """A name that no registry can have."""
    return FleetError([Finding("registry-name", "error", f"{shown(text)} {what}", remedy)])


def unreachable(host: str, why: str, remedy: str = "") -> Finding:
    """No answer at all."""
    usual = "Check the name, the network and the proxy; what was sent so far is kept, so run it again."
    return Finding("registry-unreachable", "error", f"{host} cannot be reached: {why}", remedy or usual)


def refused(what: str, status: int, said: str, *, known: bool) -> Finding:
    """The registry says that this user may not; `known` where credentials were sent."""
    who = "these credentials" if known else "without credentials"
    host = what.partition("/")[0]
    remedy = (
        f"Ask whoever runs {host} for the right, or log in as somebody who has it: docker login {host}."
        if known
        else f"Log in: docker login {host} (or podman login), or put a credential helper into Docker's config."
    )
    message = f"{what} is refused ({status}) {'to ' if known else ''}{who}{said}"
    return Finding("registry-refused", "error", message, remedy)


def lies(what: str, how: str) -> Finding:
    """The registry, or somebody on the way, sent something else than it should have."""
    remedy = (
        "Nothing of it was used. Look for a proxy or a cache on the way; if it stays, the registry's storage "
        "is damaged or somebody changes what it sends."
    )
    return Finding("registry-lies", "error", f"{what}: {how}", remedy)


def failed(what: str, how: str, remedy: str = "") -> Finding:
    """The registry answered, and not with what was asked for."""
    usual = "Look into the registry's log; what was sent so far is kept, so run it again when it is mended."
    return Finding("registry-failed", "error", f"{what}: {how}", remedy or usual)


def said(content: bytes) -> str:
    """`: CODE, message` of the errors that a registry tells, or nothing; what cannot be printed is left out."""
    try:
        told: Any = json.loads(content)
        first = told["errors"][0]
        texts = [first["code"], *([first["message"]] if first.get("message") else [])]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
    return f": {shown(', '.join(str(text) for text in texts))}"


def shown(text: str) -> str:
    """The text as one line that a terminal can take, and not too long."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After header; a date is taken for none, and the usual pause is made."""
    text = headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
