"""A file of evidence: JSON, as docs/evidence.schema.json describes it, and what is wrong in it."""

from __future__ import annotations

from typing import Any, Final

from edgewright.artifact.evidence import ClassEvidence, Compared, Evidence, Figures
from edgewright.artifact.strict import Strict
from edgewright.document.document import Document
from edgewright.errors import FieldPath, Finding

EVIDENCE_VERSION: Final = 1

_REMEDY: Final = "see docs/evidence.schema.json, and docs/evidence.example.json for one that is right"
_NAMES: Final = ("fleet", "rollout", "ring")
_FIGURES: Final = ("digest", "requests", "errors", "labelled", "correct", "p99Microseconds")
_LONGEST_NAME: Final = 253


def read_evidence(document: Document) -> tuple[Evidence | None, tuple[Finding, ...]]:
    """The evidence in a file; None where something in it cannot be read, each of which is a finding."""
    if document.findings:
        return None, document.findings
    reading = Strict("evidence-unreadable", _REMEDY, document)
    value = reading.mapping((), document.value, ("evidenceVersion", *_NAMES, "classes"))
    version = value.get("evidenceVersion")
    if version is True or version != EVIDENCE_VERSION:
        reading.wrong(("evidenceVersion",), f"this is no evidence of version {EVIDENCE_VERSION}")
        return None, tuple(reading.findings)
    names = [str(reading.text((name,), value.get(name), most=_LONGEST_NAME)) for name in _NAMES]
    classes = {
        name: _of_class(reading, ("classes", name), each)
        for name, each in reading.mapping(("classes",), value.get("classes")).items()
    }
    if reading.findings:
        return None, tuple(reading.findings)
    read = {name: each for name, each in classes.items() if each is not None}
    return Evidence(names[0], names[1], names[2], read), ()


def _of_class(reading: Strict, path: FieldPath, value: Any) -> ClassEvidence | None:
    entry = reading.mapping(path, value, ("from", "until", "devices", "workloads"))
    start = reading.time((*path, "from"), entry.get("from"))
    end = reading.time((*path, "until"), entry.get("until"))
    devices = reading.count((*path, "devices"), entry.get("devices"), least=1)
    if start and end and end < start:
        reading.wrong((*path, "until"), "`until` is before `from`")
    workloads: dict[str, Compared] = {}
    for name, each in reading.mapping((*path, "workloads"), entry.get("workloads")).items():
        compared = _compared(reading, (*path, "workloads", name), each)
        if compared is not None:
            workloads[name] = compared
    if start is None or end is None or devices is None:
        return None
    return ClassEvidence(start, end, devices, workloads)


def _compared(reading: Strict, path: FieldPath, value: Any) -> Compared | None:
    entry = reading.mapping(path, value, ("ring", "against"))
    ring = _figures(reading, (*path, "ring"), entry.get("ring"))
    against = _figures(reading, (*path, "against"), entry["against"]) if "against" in entry else None
    return Compared(ring, against) if ring is not None else None


def _figures(reading: Strict, path: FieldPath, value: Any) -> Figures | None:
    entry = reading.mapping(path, value, _FIGURES)
    digest = reading.digest((*path, "digest"), entry.get("digest"))
    counts = {name: reading.count((*path, name), entry.get(name)) for name in ("requests", "errors")}
    counts |= {name: reading.count((*path, name), entry.get(name, 0)) for name in ("labelled", "correct")}
    p99 = None
    if "p99Microseconds" in entry:
        p99 = reading.count((*path, "p99Microseconds"), entry["p99Microseconds"], least=1)
    numbers = {name: count for name, count in counts.items() if count is not None}
    if digest is None or len(numbers) < len(counts):
        return None
    for part, whole in (("errors", "requests"), ("labelled", "requests"), ("correct", "labelled")):
        if numbers[part] > numbers[whole]:
            reading.wrong((*path, part), f"`{part}` are more than `{whole}`, of which they are a part")
    return Figures(digest, p99=p99, **numbers)
