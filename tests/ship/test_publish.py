"""Publishing, seen from inside: what was asked for is what travels, and manifests are the last to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.shipped import PASSWORD, Shipped

from edgewright.artifact.signature import payload, signature_artifact, signature_tag, signed_payload
from edgewright.assembly import assemble
from edgewright.assembly.publication import IMAGES, Publication, shipment
from edgewright.errors import FleetError
from edgewright.ship.publish import publish
from edgewright.ship.registry import Access, Client, Repository
from edgewright.ship.signers import Signers, signers
from edgewright.ship.signing.keys import generate, private_key
from edgewright.ship.survey import survey


def parts(shipped: Shipped) -> tuple[tuple[Publication, ...], Signers]:
    """What a fleet ships, and who signs it."""
    assembled = assemble(Path(shipped.fleet), today=date(2026, 11, 1))
    assert assembled.plan is not None
    found = shipment(assembled, shipped.folder, shipped.folder / IMAGES).publications
    key = private_key(Path(shipped.key()), lambda: PASSWORD.encode())
    return found, signers(assembled.plan.fleet, assembled.plan.texts, [key])


def test_what_a_survey_says_is_what_travels(shipped: Shipped) -> None:
    publications, signing = parts(shipped)
    told: list[int] = []
    with Client(Access()) as client:
        surveyed = survey(client, publications, signing)
        sent = publish(client, surveyed, signing, told.append)
        assert sum(told) == sum(each.size for each in surveyed) == sum(each.travelled for each in sent)
        assert all(each.complete for each in survey(client, publications, signing))
    assert [each.publication for each in sent] == list(publications)


def test_nothing_is_named_before_it_is_there(shipped: Shipped, monkeypatch: pytest.MonkeyPatch) -> None:
    publications, signing = parts(shipped)
    pushed: list[str] = []
    push = Repository.push

    def noted(self: Repository, *arguments: object, **others: object) -> object:
        result = push(self, *arguments, **others)  # type: ignore[arg-type]
        pushed.append(result.digest)
        return result

    monkeypatch.setattr(Repository, "push", noted)
    with Client(Access()) as client:
        publish(client, survey(client, publications, signing), signing)
    first = min(pushed.index(each.digest) for each in publications if each.kind == "manifests")
    assert all(pushed.index(each.digest) < first for each in publications if each.kind != "manifests")


def test_a_signature_that_somebody_has_overwritten_meanwhile_is_made_again(shipped: Shipped) -> None:
    """Two who publish at once with two keys: the tag of the signatures goes to whoever writes last."""
    publications, signing = parts(shipped)
    with Client(Access()) as client:
        surveyed = survey(client, publications, signing)
        image = next(each for each in publications if each.kind == "image")
        repository, tag = client.repository(image.repository), signature_tag(image.digest)

        text = payload(image.repository, image.digest)
        theirs = signature_artifact([signed_payload(text, generate().sign(text))])

        def overwritten(_count: int) -> None:
            if repository.resolve(tag):
                repository.push(theirs, tags=(tag,))

        publish(client, surveyed, signing, overwritten)
        assert all(each.complete for each in survey(client, publications, signing))


def test_what_fails_leaves_manifests_away(shipped: Shipped, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that changes while it is read: nothing that names it may be there."""
    publications, signing = parts(shipped)
    with Client(Access()) as client:
        surveyed = survey(client, publications, signing)
        model = shipped.folder / "models" / "model.int8.onnx"
        model.write_bytes(model.read_bytes()[:-1] + b"x")
        with pytest.raises(FleetError) as error:
            publish(client, surveyed, signing)
        assert {each.rule for each in error.value.findings} <= {"model-changed", "blob-changed"}
        for each in publications:
            if each.kind == "manifests":
                assert client.repository(each.repository).manifest(each.digest) is None
