"""The built-in catalogue, and a user's own entries added to it.

A catalogue file is a JSON object (or the same in YAML, read elsewhere) with one mapping from names to
entries under each of the keys in SECTIONS. The built-in files lie in data/ and are read the same way.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from edgewright.catalogue import records
from edgewright.catalogue.catalogue import Catalogue
from edgewright.catalogue.fields import WRONG, Reader, wrong_value
from edgewright.catalogue.nearest import did_you_mean
from edgewright.catalogue.references import broken_references
from edgewright.errors import FieldPath, Finding, FleetError, Note

SECTIONS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "boards": records.BOARD,
        "gpus": records.GPU,
        "jetpacks": records.JETPACK,
        "cudas": records.CUDA,
        "tensorrts": records.TENSORRT,
        "onnxruntimes": records.ONNXRUNTIME,
        "k3s": records.K3S_LINE,
        "distributions": records.DISTRIBUTION,
        "backends": records.BACKEND,
        "footprints": records.FOOTPRINT,
        "runtimes": records.RUNTIME,
        "images": records.IMAGE,
        "platforms": records.PLATFORM,
        "parts": records.PART,
    }
)
EMPTY_CATALOGUE: Final = Catalogue(**{name: MappingProxyType({}) for name in SECTIONS})
_DATA: Final = Path(__file__).parent / "data"


@functools.cache
def load() -> Catalogue:
    """The built-in catalogue; the same object for the whole process."""
    together: dict[str, Any] = {}
    for name in sorted(SECTIONS):
        together |= json.loads((_DATA / f"{name}.json").read_bytes())
    read = parse(together, "the built-in catalogue", onto=EMPTY_CATALOGUE)
    if not isinstance(read, Catalogue):
        raise FleetError(read)
    return read


@dataclasses.dataclass(frozen=True, slots=True)
class Merged:
    """A catalogue with whatever could be read of the entries that were added, and what is to be said of them."""

    catalogue: Catalogue
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> bool:
        """Whether something is wrong, so that entries may be missing."""
        return any(finding.level == "error" for finding in self.findings)


def parse(data: object, origin: str, onto: Catalogue | None = None) -> Catalogue | tuple[Finding, ...]:
    """A catalogue with the entries of `data` added to `onto` (the built-in one), or all that is wrong.

    `data` is what a catalogue file holds; paths of findings start at its top. `origin` names the
    file in messages.
    """
    merged = merge(data, onto)
    return tuple(_from(origin, each) for each in merged.findings) if merged.broken else merged.catalogue


def merge(data: object, onto: Catalogue | None = None) -> Merged:
    """The entries of `data` added to `onto` (the built-in one), and what is to be said of them.

    An entry may refer to those of `onto`, and may replace one, which is said.
    """
    base = load() if onto is None else onto
    findings: list[Finding] = []
    sections = _sections(data, findings)
    added = {name: _entries(name, sections[name], base, findings) for name in sections}
    merged = Catalogue(**{name: _joined(getattr(base, name), added.get(name)) for name in SECTIONS})
    # An entry that is wrong itself is there all the same for those that refer to it.
    names = {name: {*getattr(base, name), *sections.get(name, ())} for name in SECTIONS}
    findings += broken_references(added, names)
    return Merged(merged, tuple(findings))


def _sections(data: object, findings: list[Finding]) -> dict[str, dict[str, object]]:
    if not isinstance(data, dict):
        wrong_value(data, "a mapping with sections such as boards and gpus", (), findings)
        return {}
    sections: dict[str, dict[str, object]] = {}
    for name, entries in data.items():
        if name not in SECTIONS:
            findings.append(_unknown_section(name))
        elif not isinstance(entries, dict) or not all(isinstance(key, str) and key for key in entries):
            wrong_value(entries, "a mapping from names to entries", (name,), findings)
        else:
            sections[name] = entries
    return sections


def _unknown_section(name: object) -> Finding:
    meant = did_you_mean(name, SECTIONS)
    return Finding(
        rule="catalogue-unknown-field",
        level="error",
        message=f"a catalogue has no section `{name}`" + (f"; did you mean `{meant}`?" if meant else ""),
        remedy=f"write `{meant}`" if meant else f"remove it; a catalogue has {', '.join(SECTIONS)}",
        path=(str(name),),
        on_key=True,
        replacement=meant,
    )


def _entries(
    section: str, data: dict[str, object], base: Catalogue, findings: list[Finding]
) -> dict[str, Any]:
    read = SECTIONS[section]
    known: Mapping[str, object] = getattr(base, section)
    found = {}
    for name, entry in data.items():
        path: FieldPath = (section, name)
        if name in known:
            findings.append(_replaced(section, name, path))
        value = read(entry, path, findings)
        if value is not WRONG:
            found[name] = value
    return found


def _replaced(section: str, name: str, path: FieldPath) -> Finding:
    return Finding(
        rule="catalogue-entry-replaced",
        level="info",
        message=f"`{name}` under {section} replaces the one of the built-in catalogue",
        remedy="keep it where that is meant; else give your entry a name of its own and refer to that",
        path=path,
        on_key=True,
    )


def _joined(base: Mapping[str, Any], added: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return MappingProxyType({**base, **added}) if added else base


def _from(origin: str, finding: Finding) -> Finding:
    return dataclasses.replace(finding, notes=(*finding.notes, Note(f"in {origin}", finding.path)))
