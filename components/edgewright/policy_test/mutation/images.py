"""Changes of what a pod runs: images and models that nobody signed, that are not there, or from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from edgewright.policy_test.mutation.mutation import (
    SIGNATURES,
    Change,
    Mutation,
    Object,
    add_ephemeral,
    add_init,
    add_sidecar,
    image_volumes,
    server,
)
from edgewright.policy_test.stand_ins import ABSENT, TAG, as_part, host_of, path_of, stand_in

DIGESTS: Final = "require-digests"
REGISTRIES: Final = "restrict-registries"

Turn: TypeAlias = Callable[[str], str]
"""A reference ⇒ the one that stands in its place."""


def _unsigned(reference: str) -> str:
    return as_part(reference, "unsigned")


def _strangers(reference: str) -> str:
    return as_part(reference, "stranger")


def _absent(reference: str) -> str:
    return f"{reference.partition('@')[0]}@{ABSENT}"


def _tagged(reference: str) -> str:
    return f"{reference.partition('@')[0]}:{TAG}"


def _with_both(reference: str) -> str:
    """A tag and a digest: the digest counts, and it is one that nobody signed."""
    repository, _, digest = as_part(reference, "unsigned").partition("@")
    return f"{repository}:{TAG}@{digest}"


def _of_another(reference: str) -> str:
    """An image that is signed, in a repository that does not have it."""
    other = stand_in(f"{path_of(reference)}-other", "own")
    return f"{reference.partition('@')[0]}@{other.digest}"


def _elsewhere(reference: str) -> str:
    return f"registry.evil.example/{reference.partition('/')[2]}"


def _longer_host(reference: str) -> str:
    return f"{host_of(reference)}.evil.example/{reference.partition('/')[2]}"


def _host_as_path(reference: str) -> str:
    return f"registry.evil.example/{reference}"


def _any_dot(reference: str) -> str:
    """The host with another sign for its first dot: a pattern whose dot stands for any sign would take it."""
    return f"{host_of(reference).replace('.', 'x', 1)}/{reference.partition('/')[2]}"


def _longer_path(reference: str) -> str:
    """The first folder of the registry, and something behind it: `…/edge-evil/…`."""
    repository, at, digest = reference.partition("@")
    folder, slash, rest = repository.partition("/")[2].partition("/")
    return f"{host_of(reference)}/{folder}-evil{slash}{rest}{at}{digest}"


def _server(turn: Turn) -> Change:
    def change(pod: Object) -> None:
        server(pod)["image"] = turn(server(pod)["image"])

    return change


def _added(add: Callable[[Object], Object], turn: Turn) -> Change:
    def change(pod: Object) -> None:
        added = add(pod)
        added["image"] = turn(added["image"])

    return change


def _volume(turn: Turn) -> Change:
    def change(pod: Object) -> bool:
        volume = next(image_volumes(pod), None)
        if volume is None:
            return False
        volume["image"]["reference"] = turn(volume["image"]["reference"])
        return True

    return change


_EPHEMERAL: Final = "-ephemeral-container"


def _everywhere() -> Iterator[tuple[str, str, Callable[[Turn], Change]]]:
    yield "", "whose image", _server
    yield "-init-container", "with an added init container whose image", lambda turn: _added(add_init, turn)
    yield "-sidecar", "with an added sidecar whose image", lambda turn: _added(add_sidecar, turn)
    yield (
        _EPHEMERAL,
        "with an added ephemeral container whose image",
        lambda turn: _added(add_ephemeral, turn),
    )
    yield "-model-volume", "whose model, a volume,", _volume


def _is_later(place: str) -> bool:
    return place == _EPHEMERAL


_FAKES: Final[tuple[tuple[str, str, Turn], ...]] = (
    ("unsigned", "nobody signed", _unsigned),
    ("signed-by-another", "was signed with a key that nobody trusts", _strangers),
)

IMAGES: Final = (
    *(
        Mutation(f"{name}{place}", f"{of} {what}", (SIGNATURES,), put(turn), later=_is_later(place))
        for name, what, turn in _FAKES
        for place, of, put in _everywhere()
    ),
    Mutation(
        "digest-not-there",
        "whose image has a digest that the registry has nothing for, as where bytes were changed",
        (SIGNATURES,),
        _server(_absent),
        absent=True,
    ),
    Mutation(
        "digest-of-another-image",
        "whose image is called by the digest of another signed one",
        (SIGNATURES,),
        _server(_of_another),
        absent=True,
    ),
    Mutation(
        "tag-and-unsigned-digest",
        "whose image has the tag of a signed one and the digest of one that nobody signed",
        (SIGNATURES,),
        _server(_with_both),
    ),
    *(
        Mutation(
            f"tag{place}",
            f"{of} is called by a tag",
            (DIGESTS, SIGNATURES),
            put(_tagged),
            later=_is_later(place),
        )
        for place, of, put in _everywhere()
    ),
    *(
        Mutation(
            f"other-registry{place}",
            f"{of} comes from another registry",
            (REGISTRIES,),
            put(_elsewhere),
            later=_is_later(place),
        )
        for place, of, put in _everywhere()
    ),
    Mutation(
        "registry-with-longer-host",
        "whose registry has a host that begins with that of the fleet's",
        (REGISTRIES,),
        _server(_longer_host),
    ),
    Mutation(
        "registry-as-a-path",
        "whose image has the fleet's registry as a path at another one",
        (REGISTRIES,),
        _server(_host_as_path),
    ),
    Mutation(
        "registry-with-any-dot",
        "whose registry has another sign where the fleet's has a dot",
        (REGISTRIES,),
        _server(_any_dot),
    ),
    Mutation(
        "registry-with-longer-path",
        "whose image lies beside the fleet's folder, in one that begins with its name",
        (REGISTRIES,),
        _server(_longer_path),
    ),
)
"""Changes of images and of models."""
