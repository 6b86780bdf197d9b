"""The folders of policies that a fleet names: what lies in them, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from edgewright.assembly.named import named_paths
from edgewright.catalogue.nearest import did_you_mean
from edgewright.document.document import Document, read_document
from edgewright.errors import FieldPath, Finding, FleetError, path_text

Object: TypeAlias = dict[str, Any]

_POLICIES: Final = ("security", "policies", 0)
_TRIED_WITH: Final = ("bad.yaml", "good.yaml", "kyverno-test.yaml")
"""What lies beside a policy, and is none."""
_KINDS: Final = {
    "policies.kyverno.io/v1": ("ImageValidatingPolicy", "ValidatingPolicy"),
    "kyverno.io/v1": ("ClusterPolicy",),
}


@dataclass(frozen=True, slots=True)
class OwnPolicies:
    """Each folder that a fleet names ⇒ the policies in it; the texts are of files that findings point into."""

    by_folder: Mapping[str, tuple[Object, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


def read_policies(values: Mapping[str, Any], folder: Path) -> OwnPolicies:
    """The policies in every folder that the plain values of a fleet name. Raises nothing."""
    by_folder: dict[str, tuple[Object, ...]] = {}
    findings: list[Finding] = []
    sources: dict[str, str] = {}
    for name, path in named_paths(values, [_POLICIES]):
        if not name.startswith("./") or name in by_folder:
            continue  # a built-in one, or read already
        by_folder[name] = ()
        if missing := list(_missing(folder, name, path)):
            findings += missing
            continue
        read, failed = _read(folder / name, name, path)
        findings += failed
        for document in read:
            if found := list(_wrong(document, path)):
                findings += found
                sources[document.file] = document.source.text
            else:
                by_folder[name] = (*by_folder[name], document.value)
    return OwnPolicies(by_folder, tuple(findings), sources)


def _read(folder: Path, name: str, path: FieldPath) -> tuple[list[Document], list[Finding]]:
    """What is in the folder and in those in it, in the order of their names: one policy a file."""
    read: list[Document] = []
    failed: list[Finding] = []
    files = sorted(
        each
        for pattern in ("*.yaml", "*.yml", "*/*.yaml", "*/*.yml")
        for each in folder.glob(pattern)
        if each.name not in _TRIED_WITH
    )
    for file in files:
        shown = f"{name.rstrip('/')}/{file.relative_to(folder).as_posix()}"
        try:
            read.append(read_document(file, shown.removeprefix("./")))
        except FleetError as error:
            failed += [replace(each, path=path, place=None, replacement=None) for each in error.findings]
    if not files:
        failed.append(
            Finding(
                "cannot-read",
                "error",
                f"{name} has no policy in it",
                "put a policy into it, a file each, or remove it here",
                path,
                waivable=False,
            )
        )
    return read, failed


def _wrong(document: Document, path: FieldPath) -> Iterator[Finding]:
    """What is wrong with a policy, at its place in the user's file."""
    unread = [each for each in document.findings if each.level == "error"]
    for each in unread or _not_one(document) or _against_schema(document):
        place = each.place or document.place(each.path, on_key=each.on_key)
        yield replace(each, path=path, place=place, replacement=None, waivable=False)


def _not_one(document: Document) -> list[Finding]:
    """A finding where the file holds anything but a policy that is rendered."""
    value = document.value if isinstance(document.value, dict) else {}
    if value.get("kind") in _KINDS.get(str(value.get("apiVersion")), ()):
        return []
    known = "; ".join(f"{' or '.join(kinds)} of {version}" for version, kinds in _KINDS.items())
    at: FieldPath = ("kind",) if value.get("apiVersion") in _KINDS else ("apiVersion",)
    what = f"`{value['kind']}` of `{value.get('apiVersion')}`" if "kind" in value else "nothing with a kind"
    return [
        Finding(
            "not-a-policy",
            "error",
            f"{document.file} holds {what}, which is not rendered as a policy",
            f"write one policy a file, of these kinds: {known}",
            at,
        )
    ]


def _against_schema(document: Document) -> list[Finding]:
    from edgewright.scan.mismatch import mismatches
    from edgewright.scan.schemas import known_minors, schema_for

    value = document.value
    checked = schema_for(value["apiVersion"], value["kind"], known_minors()[-1])
    assert checked is not None
    problems = {(each.rule, each.at): each for each in mismatches(value, checked)}.values()
    return [
        Finding(each.rule, "error", f"{path_text(each.at)} {each.message}", each.remedy, each.at)
        for each in problems
    ]


def _missing(folder: Path, name: str, path: FieldPath) -> Iterator[Finding]:
    """A finding where the folder is not there."""
    if problem := _problem(folder / name):
        meant = _meant(folder, name)
        yield Finding(
            "cannot-read",
            "error",
            f"{name} cannot be read: {problem}" + (f"; did you mean `{meant}`?" if meant else ""),
            f"write `{meant}`" if meant else "make the folder, or remove the policy",
            path,
            waivable=False,
        )


def _problem(folder: Path) -> str:
    try:
        if folder.is_dir():
            return ""
        return "it is no folder" if folder.exists() else "no such folder"
    except (OSError, ValueError) as error:
        return (getattr(error, "strerror", None) or str(error)).lower()


def _meant(folder: Path, name: str) -> str | None:
    """The folder beside it whose name is near."""
    above, _, last = name.rstrip("/").rpartition("/")
    try:
        near = [each.name for each in (folder / above).iterdir() if each.is_dir() and each.name[0] != "."]
    except (OSError, ValueError):
        return None
    meant = did_you_mean(last, near)
    return f"{above}/{meant}" if meant else None
