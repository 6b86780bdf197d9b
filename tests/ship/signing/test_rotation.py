"""The two procedures of docs/signing.md, step by step, with the real cosign as the devices' eyes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cosign import needs_cosign, refusal
from tests.signable import image

from edgewright.errors import FleetError
from edgewright.fleet import Signature
from edgewright.ship.registry import Repository
from edgewright.ship.signing.keys import PrivateKey, generate
from edgewright.ship.signing.sign import sign
from edgewright.ship.signing.trusted import trusted
from edgewright.ship.signing.verify import verify

pytestmark = needs_cosign


@dataclass(frozen=True)
class Rule:
    """A rule of `security.signatures` that some devices run: the key files that it names."""

    folder: Path
    files: tuple[str, ...]

    def takes(self, repository: Repository, digest: str) -> bool:
        """Whether these devices take an artifact: cosign with each of the keys, and we ourselves, say the same."""
        texts = {file: (self.folder / file).read_text() for file in self.files}
        rule = {"images": ["**"], "anyOf": [{"key": file} for file in self.files]}
        by_cosign = any(
            refusal(f"{repository.name}@{digest}", self.folder / file) == "" for file in self.files
        )
        try:
            verify(repository, digest, trusted(Signature.model_validate(rule), texts))
        except FleetError:
            assert not by_cosign
            return False
        assert by_cosign
        return True


@pytest.fixture
def keys(tmp_path: Path) -> tuple[PrivateKey, PrivateKey]:
    """The key of the fleet and the one to come; their public halves are files."""
    pair = generate(), generate()
    for key, name in zip(pair, ("fleet.pub", "next.pub"), strict=True):
        (tmp_path / name).write_text(key.public.pem)
    return pair


def pushed(repository: Repository, name: str, *keys: PrivateKey) -> str:
    """An artifact in the registry, signed."""
    digest = repository.push(image(f"{repository.name} {name}")).digest
    for key in keys:
        assert sign(repository, digest, key)
    return digest


def test_keys_are_changed_and_no_device_is_ever_left_without(
    repository: Repository, keys: tuple[PrivateKey, PrivateKey], tmp_path: Path
) -> None:
    fleet, new = keys
    before, both, after = (
        Rule(tmp_path, ("fleet.pub",)),
        Rule(tmp_path, ("fleet.pub", "next.pub")),
        Rule(tmp_path, ("next.pub",)),
    )
    first = pushed(repository, "1", fleet)
    assert before.takes(repository, first)

    # 2: the rules with both keys are an artifact too, and devices with the rules of before have to take it.
    second = pushed(repository, "2", fleet, new)
    assert sign(repository, first, new), "what was published before gets the new signature too"
    assert not sign(repository, first, fleet)
    for rule in (before, both):
        assert rule.takes(repository, first)
        assert rule.takes(repository, second)

    # 4: devices with any of the rules take the release that trusts the new key alone, also one that was off since 1.
    third = pushed(repository, "3", fleet, new)
    for rule in (before, both, after):
        assert rule.takes(repository, third)
    assert after.takes(repository, first), "a roll-back is possible all the time"

    # 6: the new key alone. Nobody may run the rules of before now: that is what step 5 waits for.
    fourth = pushed(repository, "4", new)
    assert both.takes(repository, fourth)
    assert after.takes(repository, fourth)
    assert not before.takes(repository, fourth)
    assert not after.takes(repository, pushed(repository, "forgotten", fleet))


def test_a_stolen_key_signs_nothing_any_more(
    repository: Repository, keys: tuple[PrivateKey, PrivateKey], tmp_path: Path
) -> None:
    fleet, new = keys
    before, after = Rule(tmp_path, ("fleet.pub",)), Rule(tmp_path, ("next.pub",))
    good = pushed(repository, "good", fleet)
    thiefs = pushed(repository, "the thief's", fleet)
    assert before.takes(repository, thiefs), "this is the harm: it looks like ours"

    # 4: the release with the new rules; the devices have the old ones and must take it.
    release = pushed(repository, "release", fleet, new)
    assert before.takes(repository, release)
    # What git names is signed anew, and not what the registry has.
    assert sign(repository, good, new)

    # 5: from now on the old key is nobody's, on what is there and on what is still to come.
    assert after.takes(repository, release)
    assert after.takes(repository, good)
    assert not after.takes(repository, thiefs)
    assert not after.takes(repository, pushed(repository, "the thief's second", fleet))
    # Not even beside our signatures can the thief make another artifact pass.
    assert sign(repository, release, generate())
    assert after.takes(repository, release)


def test_without_the_overlap_the_devices_would_be_left_behind(
    repository: Repository, keys: tuple[PrivateKey, PrivateKey], tmp_path: Path
) -> None:
    """Why step 4 signs with the stolen key once more: without, no device takes the new rules."""
    _, new = keys
    assert not Rule(tmp_path, ("fleet.pub",)).takes(repository, pushed(repository, "release", new))
