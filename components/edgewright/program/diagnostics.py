"""Findings as Pulumi shows them: on the resource that they concern, and all of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pulumi

from edgewright.errors import Finding, path_text


def told(finding: Finding) -> str:
    """One finding as a diagnostic: place, rule, what is wrong, what to do."""
    place = finding.place
    where = f"{place.file}:{place.line}:{place.column}" if place else path_text(finding.path)
    head = f"{where}: " if where else ""
    remedy = f"\n  help: {finding.remedy}" if finding.remedy else ""
    # Files as they are known in the repository, and not where this machine has it.
    return f"{head}[{finding.rule}] {finding.message}{remedy}".replace(_base(), "")


def _base() -> str:
    """The folder of Pulumi.yaml, as paths below it begin."""
    return f"{base_folder()}{os.sep}"


def base_folder() -> Path:
    """The folder that relative paths start from: that of Pulumi.yaml; of a program without one, the current one."""
    try:
        root = pulumi.get_root_directory()
    except (AttributeError, LookupError, RuntimeError):
        root = ""
    return Path(root) if root and Path(root).is_dir() else Path.cwd()


def stop(
    findings: Sequence[Finding], component: pulumi.Resource | None = None, what: str = "the fleet"
) -> None:
    """Where there is an error, show every finding and end the program, before anything is registered.

    Raises pulumi.RunError, whose text Pulumi prints without a traceback.
    """
    errors = [finding for finding in findings if finding.level == "error"]
    if not errors:
        return
    for finding in findings:
        if finding.level == "error":
            pulumi.log.error(told(finding), resource=component)
        elif finding.level == "warning":
            pulumi.log.warn(told(finding), resource=component)
    many = f"{len(errors)} errors" if len(errors) > 1 else "an error"
    raise pulumi.RunError(f"{what} has {many}: nothing was changed")


def warn(
    findings: Sequence[Finding], component: pulumi.Resource, by_class: Mapping[str, pulumi.Resource]
) -> None:
    """Show what is no error: on the class's folder where it is about one class, else on the component."""
    for finding in findings:
        resource = by_class.get(class_of(finding) or "", component)
        if finding.level == "warning":
            pulumi.log.warn(told(finding), resource=resource)
        elif finding.level == "info":
            pulumi.log.debug(told(finding), resource=resource)


def class_of(finding: Finding) -> str | None:
    """The device class that a finding is about, where its path or one of its notes names one."""
    for path in (finding.path, *(note.path for note in finding.notes)):
        match path:
            case ("deviceClasses", str(name), *_) | ("workloads", str(), "on", str(name), *_):
                return name
    return None
