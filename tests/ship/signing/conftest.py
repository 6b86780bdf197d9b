"""A repository of a real registry with an image in it, and keys to sign it with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from tests.acme import Acme, answering
from tests.authority import Authority, token
from tests.signable import image

from edgewright.artifact.signature import SignedPayload
from edgewright.ship.registry import Access, Client, Repository
from edgewright.ship.signing.found import signatures
from edgewright.ship.signing.keyless import identity, sign_as
from edgewright.ship.signing.keys import PrivateKey, generate

FLEET = generate()
NEXT = generate()
STRANGER = generate()
NUMBERS = count()


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    with Client(Access()) as client:
        yield client


@pytest.fixture
def repository(registry: str, client: Client) -> Repository:
    """A repository that no other test has."""
    return client.repository(f"{registry}/signing/{next(NUMBERS)}")


@pytest.fixture
def digest(repository: Repository) -> str:
    """The digest of an image that is in the repository, unsigned."""
    return repository.push(image(str(repository.name)), tags=["v1"]).digest


@pytest.fixture(scope="session")
def fleet_key() -> PrivateKey:
    return FLEET


@pytest.fixture(scope="session")
def next_key() -> PrivateKey:
    return NEXT


@pytest.fixture(scope="session")
def strangers_key() -> PrivateKey:
    return STRANGER


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acme]:
    """An authority with its logs, of the tests' own."""
    with answering(Authority()) as authority:
        yield Acme(authority, *authority.written(tmp_path_factory.mktemp("acme")))


@pytest.fixture
def signed(acme: Acme, repository: Repository, digest: str) -> SignedPayload:
    """The signature of the image, made with the identity."""
    assert sign_as(repository, digest, identity(token(), acme.configuration))
    (found,) = signatures(repository, digest).signed
    return found
