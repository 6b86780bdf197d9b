"""Who signs what: keys where a rule names them, identities where a rule names those, and nobody blindly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acme import answering
from tests.authority import ISSUER, SUBJECT, Authority, token
from tests.signable import image
from tests.small import fleet_of, smallest

from edgewright.assembly.publication import Publication
from edgewright.errors import FleetError
from edgewright.fleet import Fleet
from edgewright.ship.registry import Access, Client, Repository
from edgewright.ship.signers import Signers, check_signers, signers
from edgewright.ship.signing.keyless import identity
from edgewright.ship.signing.keys import generate
from edgewright.ship.signing.roots import Roots

FIRST, SECOND, STRANGER = generate(), generate(), generate()
TEXTS = {"first.pub": FIRST.public.pem, "second.pub": SECOND.public.pem}
MANIFESTS = {"images": ["*/manifests/*"], "anyOf": [{"key": "first.pub"}]}
OTHERS = {"images": ["*/models/*"], "anyOf": [{"key": "second.pub"}]}


def fleet(*rules: dict[str, Any]) -> Fleet:
    return fleet_of(smallest(security={"registries": ["**"], "signatures": list(rules)}))


def of(name: str) -> Publication:
    return Publication("model", name, f"registry.example/tiny/{name}", f"sha256:{'0' * 64}", (), ())


EACH = [of("manifests/kiosk"), of("models/digits")]


def rules_of(found: Signers) -> list[str]:
    return [each.rule for each in check_signers(found, EACH)]


def test_each_key_signs_where_a_rule_names_it() -> None:
    found = signers(fleet(MANIFESTS, OTHERS), TEXTS, [FIRST, SECOND])
    assert found.keys_for(EACH[0].repository) == [FIRST]
    assert found.keys_for(EACH[1].repository) == [SECOND]
    assert found.keys_for("elsewhere.example/x") == [FIRST, SECOND]
    assert rules_of(found) == []


def test_a_rule_without_its_key_is_told() -> None:
    found = list(check_signers(signers(fleet(MANIFESTS, OTHERS), TEXTS, [FIRST]), EACH))
    assert [(each.rule, each.path) for each in found] == [
        ("no-signing-key", ("security", "signatures", 1, "anyOf"))
    ]
    assert "must be signed by second.pub" in found[0].message
    assert rules_of(signers(fleet(MANIFESTS, OTHERS), TEXTS)) == ["no-signing-key"] * 2


def test_a_key_that_no_rule_names_is_told() -> None:
    assert rules_of(signers(fleet(MANIFESTS), TEXTS, [FIRST, STRANGER])) == ["key-not-trusted"]
    assert rules_of(signers(fleet(), TEXTS, [STRANGER])) == []


def test_findings_name_no_private_key() -> None:
    (found,) = check_signers(signers(fleet(MANIFESTS), TEXTS, [FIRST, STRANGER]), EACH)
    assert STRANGER.public.fingerprint[:16] in found.message


@pytest.fixture
def repository(registry: str, request: pytest.FixtureRequest) -> Iterator[Repository]:
    with Client(Access()) as client:
        yield client.repository(f"{registry}/signers/manifests/{len(request.node.name)}")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """What those who trust an authority of the tests' own have, and what those have who sign with it."""
    with answering(Authority()) as authority:
        trusted_root, configuration, *_ = authority.written(tmp_path_factory.mktemp("acme"))
        yield trusted_root, configuration


def by_identity(acme: tuple[Path, Path], subject: str) -> Signers:
    rule = {"images": ["**"], "anyOf": [{"keyless": {"issuer": ISSUER, "subject": subject}}]}
    whose = identity(token(), acme[1])
    return signers(fleet(rule), {}, [], whose, Roots(acme[0]))


def test_an_identity_signs_once(acme: tuple[Path, Path], repository: Repository) -> None:
    found = by_identity(acme, SUBJECT)
    assert rules_of(found) == []
    digest = repository.push(image("by identity")).digest
    assert found.lacks(repository, digest)
    assert found.sign(repository, digest) == 1
    assert not found.lacks(repository, digest)
    assert found.sign(repository, digest) == 0
    assert found.trusts(repository, digest)


def test_an_identity_that_no_rule_names_is_refused(acme: tuple[Path, Path], repository: Repository) -> None:
    digest = repository.push(image("by somebody")).digest
    with pytest.raises(FleetError) as error:
        by_identity(acme, f"{SUBJECT}x").sign(repository, digest)
    assert [each.rule for each in error.value.findings] == ["signature-refused"]


def test_what_is_not_there_lacks_a_signature(repository: Repository) -> None:
    found = signers(fleet(MANIFESTS), TEXTS, [FIRST])
    assert found.lacks(repository, f"sha256:{'1' * 64}", there=False)
