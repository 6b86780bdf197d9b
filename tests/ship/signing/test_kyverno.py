"""What the real Kyverno makes of signatures: why ours lie under the `.sig` tag, with no bundle beside them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.signable import attach, image

from edgewright.artifact.bundle import SIGNED_IMAGE, STATEMENT_TYPE, bundle, signed_bytes
from edgewright.artifact.oci import canonical_json
from edgewright.ship.registry import Repository
from edgewright.ship.signing.keys import PrivateKey
from edgewright.ship.signing.sign import sign

_PLACES = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
_PROGRAM = shutil.which("kyverno", path=_PLACES)

pytestmark = pytest.mark.skipif(_PROGRAM is None, reason="kyverno is not there: `make tools` builds it")

PARTS = "https://cyclonedx.org/bom"


def bundled(key: PrivateKey, digest: str, predicate: str) -> bytes:
    """A statement about an image, as cosign 3 signs it."""
    subject = {"digest": {"sha256": digest.removeprefix("sha256:")}, "name": ""}
    said = {"_type": STATEMENT_TYPE, "predicate": {}, "predicateType": predicate, "subject": [subject]}
    content = canonical_json(said)
    return bundle(content, key.sign(signed_bytes(content)), "")


Make = Callable[[Repository, str, PrivateKey, PrivateKey], object]


def _attached(signer: str, bundler: str, predicate: str) -> Make:
    """Signed by one under the tag, with a bundle of another: `ours` or `theirs`, or nobody's."""

    def make(repository: Repository, digest: str, ours: PrivateKey, theirs: PrivateKey) -> None:
        keys = {"ours": ours, "theirs": theirs}
        if signer:
            sign(repository, digest, keys[signer])
        if bundler:
            attach(repository, digest, bundled(keys[bundler], digest, predicate))

    return make


CASES: dict[str, tuple[Make, bool]] = {
    "signed": (_attached("ours", "", ""), True),
    "unsigned": (_attached("", "", ""), False),
    "another-key": (_attached("theirs", "", ""), False),
    "hidden-by-a-bundle": (_attached("ours", "theirs", SIGNED_IMAGE), False),
    "a-list-of-parts-passes": (_attached("theirs", "ours", PARTS), True),
    "a-bundle-alone": (_attached("", "ours", SIGNED_IMAGE), True),
}
"""What lies in the registry, and whether Kyverno 1.19.0 lets it in; the last but one is why we warn."""


def policy(key: PrivateKey) -> dict[str, Any]:
    """Asks of every container that the key has signed its image."""
    pods = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    ignored = {"insecureIgnoreSCT": True, "insecureIgnoreTlog": True}
    counted = "images.containers.map(image, verifyImageSignatures(image, [attestors.key])).all(n, n > 0)"
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ImageValidatingPolicy",
        "metadata": {"name": "signed"},
        "spec": {
            "attestors": [{"name": "key", "cosign": {"ctlog": ignored, "key": {"data": key.public.pem}}}],
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [pods]},
            "matchImageReferences": [{"glob": "*"}],
            "validationActions": ["Deny"],
            "validationConfigurations": {"mutateDigest": False, "required": True, "verifyDigest": True},
            "validations": [{"expression": counted, "message": "not signed"}],
        },
    }


def pod(name: str, image_name: str) -> dict[str, Any]:
    container = {"image": image_name, "name": "server"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container]},
    }


def test_what_kyverno_lets_in(
    repository: Repository, fleet_key: PrivateKey, strangers_key: PrivateKey, tmp_path: Path
) -> None:
    assert _PROGRAM is not None
    pods = []
    for name, (make, _) in CASES.items():
        digest = repository.push(image(name)).digest
        make(repository, digest, fleet_key, strangers_key)
        pods.append(json.dumps(pod(name, f"{repository.name}@{digest}")))
    (tmp_path / "policy.yaml").write_text(json.dumps(policy(fleet_key)))
    (tmp_path / "pods.yaml").write_text("\n---\n".join(pods))
    files: list[str | Path] = [tmp_path / "policy.yaml", "--resource", tmp_path / "pods.yaml"]
    run = subprocess.run(
        [_PROGRAM, "apply", *files, "--registry", "--table", "--remove-color"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = dict(re.findall(r"default/Pod/(\S+) +│ (Pass|Fail)", run.stdout))
    assert {name: found.get(name) == "Pass" for name in CASES} == {
        name: let for name, (_, let) in CASES.items()
    }
