"""What the real Kyverno says of pods: the only file that calls its command-line tool.

One call judges many pods by many policies, for a start takes a second. What `kyverno apply` (1.19.0) does to be
careful about, all of it tried:

- A policy file that does not end in .yaml, is not there, is no YAML or has a field that Kyverno does not know is
  left out in silence, with exit code 0. So whoever asks must see that each policy said something of some pod.
- A policy that only audits fails a pod like one that denies; `--audit-warn` turns failures of both into warnings.
  So what a failure means is read from the policy itself.
- The exit code is 1 for refusals and for a command that broke; what was broken says so and prints no report.
- `kyverno test -o junit` is no XML where a test fails; JSON is, between lines of text.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from edgewright.document.emit import emit_documents
from edgewright.errors import Finding, FleetError
from edgewright.ship.tools import Tool

Object: TypeAlias = dict[str, Any]

Outcome: TypeAlias = Literal["passed", "refused", "failed", "audited", "skipped"]
"""What a policy does to a pod: `refused` is denied by a rule; `failed` says that a rule could not be evaluated
(which denies too, unless the policy says Ignore, but for another reason than a rule's); `audited` only
reports; `skipped` is an exception or a condition of the policy's that leaves this pod out."""

_GRAVEST: Final[tuple[Outcome, ...]] = ("failed", "refused", "audited", "passed", "skipped")
_KINDS: Final[Mapping[str, str]] = {
    "KyvernoValidatingPolicy": "ValidatingPolicy",
    "KyvernoImageValidatingPolicy": "ImageValidatingPolicy",
    "kyverno": "ClusterPolicy",
}
"""Who says something in a report ⇒ the kind of the policy."""

SECONDS: Final = 300
"""How long Kyverno may take for one call: it asks a registry for each image of each pod."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one policy says of one pod, and why, in one line."""

    outcome: Outcome
    message: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One expectation of a kyverno-test.yaml and whether it holds."""

    policy: str
    resource: str
    holds: bool
    reason: str


PolicyName: TypeAlias = tuple[str, str]
"""Kind and name of a policy."""

_STUMBLED: Final = "fatal error: concurrent map"
"""Kyverno 1.19.0 loads the images of a pod side by side into one map without a lock, and ends now and then:
sdk/extensions/imagedataloader/context.go, AddImages. It has said nothing of any pod then."""
_ATTEMPTS: Final = 4

Verdicts: TypeAlias = dict[tuple[PolicyName, str], Verdict]
"""Policy and name of a pod ⇒ what the one says of the other; nothing where it says nothing."""


def policy_name(policy: Object) -> PolicyName:
    """Kind and name of a policy."""
    return policy["kind"], policy["metadata"]["name"]


def judge(
    tool: Tool,
    policies: Sequence[Object],
    pods: Sequence[Object],
    namespaces: Mapping[str, Mapping[str, str]],
    seconds: int = SECONDS,
) -> Verdicts:
    """What each policy says of each pod; pods have names of their own, `namespaces` the labels of each.

    The registries that images come from are asked. Nothing is said of a pod that a policy does not match, nor
    by a policy that Kyverno did not load. Raises FleetError (`kyverno-failed`) where it gives no report.
    """
    with tempfile.TemporaryDirectory(prefix="edgewright-kyverno-") as name:
        folder = Path(name)
        files = []
        for number, policy in enumerate(policies):
            files.append(folder / f"policy{number}.yaml")
            files[-1].write_text(emit_documents([policy]), encoding="utf-8")
        (folder / "pods.yaml").write_text(emit_documents(pods), encoding="utf-8")
        (folder / "values.yaml").write_text(json.dumps(_values(namespaces)), encoding="utf-8")
        command = ["apply", *map(str, files), "--resource", str(folder / "pods.yaml"), "--registry"]
        command += [
            "--values-file",
            str(folder / "values.yaml"),
            "--policy-report",
            "--output-format",
            "json",
        ]
        said = _said(tool, command, folder, folder, seconds)
    return _verdicts(_reports(said), {policy_name(each): each for each in policies})


def try_folder(tool: Tool, folder: Path, seconds: int = SECONDS) -> tuple[Tried, ...]:
    """What `kyverno test` says of every kyverno-test.yaml in a folder.

    Raises FleetError (`kyverno-failed`) where it says nothing, as where there is none.
    """
    with tempfile.TemporaryDirectory(prefix="edgewright-kyverno-") as home:
        command = ["test", str(folder.absolute()), "--require-tests", "--remove-color", "-o", "json"]
        said = _said(tool, command, folder, Path(home), seconds)
    found = [json.loads(each) for each in re.findall(r"^\[$.*?^\]$", said.stdout, re.MULTILINE | re.DOTALL)]
    if not found:
        raise FleetError([_broken(said)])
    rows = [row for rows in found for row in rows]
    return tuple(
        Tried(row["POLICY"], row["RESOURCE"], row["RESULT"] == "Pass", plain(row["REASON"])) for row in rows
    )


def _values(namespaces: Mapping[str, Mapping[str, str]]) -> Object:
    """The labels of namespaces, which policies select by, as Kyverno's command-line tool is told them."""
    selected = [{"name": name, "labels": dict(labels)} for name, labels in namespaces.items()]
    head = {"apiVersion": "cli.kyverno.io/v1alpha1", "kind": "Values", "metadata": {"name": "values"}}
    return {**head, "namespaceSelector": selected}


def _said(
    tool: Tool, command: list[str], here: Path, home: Path, seconds: int
) -> subprocess.CompletedProcess[str]:
    """What a call prints, made again where Kyverno has stumbled over itself."""
    for _ in range(_ATTEMPTS - 1):
        said = _ran(tool, command, here, home, seconds)
        if _STUMBLED not in said.stderr:
            return said
    return _ran(tool, command, here, home, seconds)


def _ran(
    tool: Tool, command: list[str], here: Path, home: Path, seconds: int
) -> subprocess.CompletedProcess[str]:
    """What a call prints. It is stopped after a time, and when we are; it sees no cluster and no password."""
    try:
        return subprocess.run(
            [tool.path, *command],
            cwd=here,
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FleetError([_failed(f"Kyverno gave no answer within {seconds} s")]) from None
    except OSError as error:
        raise FleetError([_failed(f"{tool.path} cannot be run: {(error.strerror or '').lower()}")]) from None


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's: no kubeconfig, no registry's passwords, no proxy, no settings."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "SSL_CERT_FILE") if name in os.environ}
    return {**kept, "HOME": str(home), "DOCKER_CONFIG": str(home), "KUBECONFIG": os.devnull}


def _reports(said: subprocess.CompletedProcess[str]) -> list[Object]:
    """The results of a call's reports. Raises FleetError where anything else was printed."""
    results: list[Object] = []
    for line in said.stdout.splitlines():
        if line.startswith("{"):
            results += json.loads(line).get("results") or []
        elif line.strip() not in ("", "---"):
            raise FleetError([_broken(said)])
    if (said.stderr.strip() and not results) or said.returncode not in (0, 1):
        raise FleetError([_broken(said)])
    return results


def _verdicts(results: Iterable[Object], policies: Mapping[PolicyName, Object]) -> Verdicts:
    """The gravest that a policy's rules say of each pod."""
    found: Verdicts = {}
    for result in results:
        kind = _KINDS.get(result["source"], result["source"])
        policy = policies[kind, result["policy"]]
        verdict = Verdict(_outcome(result, policy), plain(result.get("message", "")))
        for resource in result["resources"]:
            key = (policy_name(policy), resource["name"])
            before = found.get(key)
            rank = (_GRAVEST.index(verdict.outcome), verdict.message)
            if before is None or rank < (_GRAVEST.index(before.outcome), before.message):
                found[key] = verdict
    return found


def _outcome(result: Object, policy: Object) -> Outcome:
    if result["result"] == "fail":
        return "refused" if denies(policy, result.get("rule", "")) else "audited"
    outcomes: dict[str, Outcome] = {"pass": "passed", "warn": "audited", "skip": "skipped"}
    return outcomes.get(result["result"], "failed")


def denies(policy: Object, rule: str = "") -> bool:
    """Whether a failure keeps a pod out, and is not only reported; of a ClusterPolicy, that of one of its rules."""
    spec = policy["spec"]
    if not policy["apiVersion"].startswith("kyverno.io/"):
        return "Deny" in (spec.get("validationActions") or ["Deny"])
    actions = [spec.get("validationFailureAction", "Audit")]
    for each in spec["rules"]:
        if each["name"] == rule:
            parts = [each.get("validate", {}), *each.get("verifyImages", [])]
            actions = [part["failureAction"] for part in parts if "failureAction" in part] or actions
    return any(action.lower() == "enforce" for action in actions)


def _broken(said: subprocess.CompletedProcess[str]) -> Finding:
    lines = [line for line in (said.stderr + said.stdout).splitlines() if line.strip()]
    return _failed(f"Kyverno gave no report: {plain(' '.join(lines[:8])) or f'exit code {said.returncode}'}")


def _failed(message: str) -> Finding:
    remedy = "see that the policy compiles and that the machine has memory and time for it"
    return Finding("kyverno-failed", "error", message, remedy, waivable=False)


def plain(text: str) -> str:
    """Text of another program as one short line that a terminal may show."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= 400 else f"{line[:399]}…"
