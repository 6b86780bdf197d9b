"""A class whose gate is delivery: whether what Flux pulls is let in by the keys that Flux is given, and only by them.

Flux itself is not asked: our own `verify`, which refuses more than cosign and Flux do, takes the keys out of the
rendered Secret. What a class is given beyond its signature nobody checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from edgewright.errors import FieldPath, FleetError
from edgewright.plan import ClassPlan
from edgewright.plan.signing import by_flux
from edgewright.policy_test.matrix import AS_RENDERED, FOLLOWING, ClassMatrix, Policy, Result, Row
from edgewright.policy_test.mutation.mutation import SIGNATURES
from edgewright.policy_test.stand_ins import Part, path_of, stand_in
from edgewright.policy_test.trial import Image, Trial
from edgewright.render import Manifest
from edgewright.ship.kyverno import Outcome, PolicyName, Verdict
from edgewright.ship.registry import Client
from edgewright.ship.signing.public import public_key
from edgewright.ship.signing.trusted import TrustedKey
from edgewright.ship.signing.verify import verify

_PARTS: Final[tuple[tuple[Part, str, str], ...]] = (
    ("own", AS_RENDERED, "as it is published"),
    ("following", FOLLOWING, "that the last key of each rule has signed"),
    ("unsigned", "unsigned", "that nobody signed"),
    ("stranger", "signed-by-another", "that was signed with a key that nobody trusts"),
)


def sources_of(manifests: Sequence[Manifest]) -> dict[str, Manifest]:
    """What a class's Flux pulls, by its path; each ring pulls the same by another tag."""
    found: dict[str, Manifest] = {}
    for each in manifests:
        if each.body["kind"] == "OCIRepository":
            found.setdefault(path_of(each.body["spec"]["url"].removeprefix("oci://")), each)
    return found


def images_of_sources(planned: ClassPlan, trial: Trial) -> tuple[Image, ...]:
    """What is to be pushed for a class to be tried."""
    return (
        tuple(map(Image, sources_of(_of_class(planned, trial)))) if by_flux(trial.plan.fleet, planned) else ()
    )


def judge_sources(planned: ClassPlan, trial: Trial) -> ClassMatrix:
    """The matrix of a class that Flux verifies; empty where no key could sign for it."""
    manifests = _of_class(planned, trial)
    sources = {
        path: each
        for path, each in sources_of(manifests).items()
        if trial.asks_for_signatures(path) and not trial.leaves_out(path)
    }
    gate = planned.device_class.signature_gate
    if not sources:
        return ClassMatrix(planned.name, gate)
    policies = tuple(Policy(_name(each), SIGNATURES, _origin(each, manifests)) for each in sources.values())
    with Client() as client:
        rows = [_row(client, trial, sources, manifests, part, name, what) for part, name, what in _PARTS]
    return ClassMatrix(planned.name, gate, policies, tuple(sources), tuple(rows), thing="artifact")


def _of_class(planned: ClassPlan, trial: Trial) -> list[Manifest]:
    return [each for each in trial.manifests if each.path.startswith(f"{planned.name}/")]


def _name(source: Manifest) -> PolicyName:
    return source.body["kind"], source.body["metadata"]["name"]


def _secret(source: Manifest, manifests: Sequence[Manifest]) -> Manifest | None:
    """The keys that a source is verified with."""
    named = source.body["spec"].get("verify", {}).get("secretRef", {}).get("name")
    secrets = [each for each in manifests if each.body["kind"] == "Secret"]
    return next((each for each in secrets if each.body["metadata"]["name"] == named), None)


def _origin(source: Manifest, manifests: Sequence[Manifest]) -> FieldPath:
    """The rule that the keys of a source come from, or where one would stand."""
    secret = _secret(source, manifests)
    return secret.origin if secret else ("security", "signatures")


def _row(
    client: Client,
    trial: Trial,
    sources: dict[str, Manifest],
    manifests: Sequence[Manifest],
    part: Part,
    name: str,
    what: str,
) -> Row:
    found = {
        (_name(source), path): _verdict(client, trial, path, part, _keys(source, manifests))
        for path, source in sources.items()
    }
    good = part in ("own", "following")
    outcomes = {verdict.outcome for verdict in found.values()}
    result: Result = "refused" if outcomes == {"refused"} else "got through"
    if good:
        result = "passed" if outcomes == {"passed"} else "refused"
    return Row(name, what, good, found, result, () if good else tuple(name for name, _ in found))


def _keys(source: Manifest, manifests: Sequence[Manifest]) -> Iterator[TrustedKey]:
    secret = _secret(source, manifests)
    texts: dict[str, Any] = secret.body["stringData"] if secret else {}
    for name, text in texts.items():
        yield TrustedKey(name, public_key(text, name))


def _verdict(client: Client, trial: Trial, path: str, part: Part, keys: Iterator[TrustedKey]) -> Verdict:
    trusted = list(keys)
    if not trusted:
        return Verdict("passed", "no key is asked for")
    try:
        verify(client.repository(f"{trial.address}/{path}"), stand_in(path, part).digest, trusted)
    except FleetError as error:
        known = {finding.rule for finding in error.findings} <= {"not-signed", "signature-refused"}
        outcome: Outcome = "refused" if known else "failed"
        return Verdict(outcome, str(error))
    return Verdict("passed", "signed")
