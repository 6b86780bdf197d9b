"""The real Kyverno, asked about policies and objects as they lie in a test."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest
import yaml

Object: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str, str]
"""Name of a policy, kind and name of an object."""


# An ImageValidatingPolicy is not asked about kinds that the program has never heard of.
_NAMES = {"kind": "Rollout", "listKind": "RolloutList", "plural": "rollouts", "singular": "rollout"}
_OPEN = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
_ROLLOUTS: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "rollouts.argoproj.io"},
    "spec": {
        "group": "argoproj.io",
        "names": _NAMES,
        "scope": "Namespaced",
        "versions": [{"name": "v1alpha1", "served": True, "storage": True, "schema": _OPEN}],
    },
}


class Said(NamedTuple):
    """What a policy says of an object; `validation` is the index of the one that refuses it."""

    result: str
    message: str
    validation: int | None


def kyverno() -> str:
    """The program; the test is skipped where it is not there."""
    beside = Path(sys.executable).with_name("kyverno")
    found = str(beside) if beside.exists() else shutil.which("kyverno")
    if found is None:
        pytest.skip("kyverno is not there: `make tools` builds it")
    return found


def asked(
    policies: Iterable[Object],
    objects: Iterable[Object],
    namespaces: Mapping[str, Mapping[str, str]] | None = None,
    *more: str,
) -> dict[Key, Said]:
    """What each policy says of each object that it is about, by one call. Fails where Kyverno does."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "policies.yaml", policies)
        _write(folder / "objects.yaml", objects)
        command = [
            kyverno(),
            "apply",
            str(folder / "policies.yaml"),
            "--resource",
            str(folder / "objects.yaml"),
        ]
        if namespaces is not None:
            selected = [{"name": each, "labels": dict(labels)} for each, labels in namespaces.items()]
            head = {"apiVersion": "cli.kyverno.io/v1alpha1", "kind": "Values", "metadata": {"name": "values"}}
            _write(folder / "values.yaml", [head | {"namespaceSelector": selected}])
            command += ["--values-file", str(folder / "values.yaml")]
        _write(folder / "rollouts.yaml", [_ROLLOUTS])
        command += ["--crd-paths", str(folder / "rollouts.yaml")]
        command += ["--policy-report", "--output-format", "json", "--remove-color", *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=folder)
    report = next((line for line in done.stdout.splitlines() if line.startswith('{"kind"')), None)
    if report is None:
        assert "no objects" in done.stdout.lower() or done.returncode == 0, done.stdout + done.stderr
        return {}
    found: dict[Key, Said] = {}
    for key, said in _said(json.loads(report)["results"]):
        if key not in found or said.result in ("fail", "error"):  # an old policy has several rules
            found[key] = said
    return found


def _said(results: Sequence[Object]) -> Iterable[tuple[Key, Said]]:
    for each in results:
        (resource,) = each["resources"]
        index = each.get("properties", {}).get("cel.validationIndex")
        said = Said(each["result"], each.get("message", ""), None if index is None else int(index))
        yield (each["policy"], resource["kind"], resource["name"]), said


def _write(path: Path, objects: Iterable[Object]) -> None:
    path.write_text(yaml.safe_dump_all(objects, sort_keys=False), encoding="utf-8")
