"""Content too large for the API server's storage."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.scan.subject import Problem, Subject, pairs

_MOST = 1024 * 1024


def content_size(subject: Subject) -> Iterator[Problem]:
    """A ConfigMap or Secret of more than 1 MiB; base64 is counted as what it stands for."""
    size = 0
    for field in ("data", "binaryData", "stringData"):
        encoded = field == "binaryData" or (field == "data" and subject.kind == "Secret")
        for _, value in pairs(subject.body.get(field)):
            if isinstance(value, str):
                size += len(value) * 3 // 4 if encoded else _bytes(value)
    if size > _MOST:
        yield Problem(
            "too-large",
            (),
            f"holds {size} bytes, {_MOST} are allowed",
            "Ship what is larger as an artifact, and mount it as an image volume.",
        )


def _bytes(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
