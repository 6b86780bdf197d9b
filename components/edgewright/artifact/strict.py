"""Takes a document of a fixed shape apart: what is unknown, missing or wrong in it, all at once, each at its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from edgewright.artifact.oci import is_digest
from edgewright.catalogue.nearest import did_you_mean
from edgewright.document.document import Document
from edgewright.errors import FieldPath, Finding

_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"


def time_text(time: datetime) -> str:
    """A time as RFC 3339 in UTC with whole seconds: 2026-11-29T12:00:00Z."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def read_time(text: object) -> datetime | None:
    """The time that such a text names; None where it is none."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Strict:
    """Reads values of a document; what it refuses becomes a finding of its rule, and None or nothing is read."""

    rule: str
    remedy: str
    document: Document
    findings: list[Finding] = field(default_factory=list)

    def wrong(self, path: FieldPath, message: str, *, on_key: bool = False) -> None:
        """Keeps a finding at a field."""
        place = self.document.place(path, on_key=on_key)
        self.findings.append(
            Finding(self.rule, "error", message, self.remedy, path, on_key, place, waivable=False)
        )

    def mapping(self, path: FieldPath, value: Any, known: Sequence[str] | None = None) -> dict[str, Any]:
        """The mapping at a path, empty where there is none; its fields must be known ones."""
        if not isinstance(value, dict):
            self.wrong(path, f"`{path[-1]}` is no mapping" if path else "this is no mapping")
            return {}
        for name in value:
            if known is not None and name not in known:
                meant = did_you_mean(name, known)
                hint = f"; did you mean `{meant}`?" if meant else f"; known are {', '.join(known)}"
                self.wrong((*path, name), f"there is no field `{str(name)[:80]}` here{hint}", on_key=True)
        return value

    def digest(self, path: FieldPath, value: Any) -> str | None:
        """A digest."""
        if is_digest(value):
            return value
        self.wrong(path, f"`{path[-1]}` is no digest: `sha256:` and 64 digits of 0-9 and a-f")
        return None

    def time(self, path: FieldPath, value: Any) -> datetime | None:
        """A time in UTC to the second."""
        time = read_time(value)
        if time is None:
            self.wrong(path, f"`{path[-1]}` is no time in UTC to the second, such as 2026-11-29T12:00:00Z")
        return time

    def count(self, path: FieldPath, value: Any, *, least: int = 0) -> int | None:
        """A whole number."""
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        self.wrong(path, f"`{path[-1]}` is no whole number of {least} or more")
        return None

    def text(self, path: FieldPath, value: Any, *, most: int) -> str | None:
        """A text that is not empty, of at most so many characters."""
        if isinstance(value, str) and 0 < len(value) <= most:
            return value
        self.wrong(path, f"`{path[-1]}` is no text of 1 to {most} characters")
        return None
