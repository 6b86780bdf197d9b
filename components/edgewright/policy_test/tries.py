"""Everything that a class's pods are tried as: as they are rendered, and changed in every way."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from edgewright.policy_test.matrix import AS_RENDERED, FOLLOWING, MAKERS
from edgewright.policy_test.mutation import MUTATIONS, Mutation
from edgewright.policy_test.mutation.mutation import Object
from edgewright.policy_test.stand_ins import stand_in
from edgewright.policy_test.subjects import Subject
from edgewright.policy_test.trial import Image


@dataclass(frozen=True, slots=True)
class Try:
    """A row to be: the pods of one setting (as rendered, or of the trial) by the subject that they come from."""

    name: str
    what: str
    mutation: Mutation | None
    real: Mapping[str, Object]
    trial: Mapping[str, Object]


def tries_of(
    subjects: Sequence[Subject], trial: Mapping[str, Object], images: Sequence[Image]
) -> Iterator[Try]:
    """Everything that is tried: the pods as they are, what makes them, and each change of them.

    `trial` has the pods of the trial by the title of their subject.
    """
    real = {each.title: each.pod for each in subjects}
    theirs = {title: trial[title] for title in real}
    yield Try(AS_RENDERED, "as it is rendered", None, real, theirs)
    # Policies that ask a registry look at pods only; Kyverno's tool breaks off where it meets a Rollout there.
    makers = {each.title: each.maker for each in subjects if each.maker is not each.pod}
    yield Try(MAKERS, "as the object that makes it", None, makers, {})
    following = {title: _following(pod, images) for title, pod in theirs.items()}
    yield Try(FOLLOWING, "with images that the last key of each rule has signed", None, {}, following)
    for mutation in MUTATIONS:
        yield Try(
            mutation.name,
            mutation.what,
            mutation,
            {title: changed for title, pod in real.items() if (changed := mutation.of(pod)) is not None},
            {title: changed for title, pod in theirs.items() if (changed := mutation.of(pod)) is not None},
        )


def _following(pod: Object, images: Sequence[Image]) -> Object:
    """The pod with images that the last keys have signed."""
    new = {
        stand_in(image.path, "own", image.form).digest: stand_in(image.path, "following", image.form).digest
        for image in images
    }

    def turned(reference: str) -> str:
        repository, at, digest = reference.partition("@")
        return f"{repository}{at}{new.get(digest, digest)}"

    changed = copy.deepcopy(pod)
    for container in changed["spec"]["containers"]:
        container["image"] = turned(container["image"])
    for volume in changed["spec"].get("volumes", []):
        if "image" in volume:
            volume["image"]["reference"] = turned(volume["image"]["reference"])
    return changed


def pod_name(number: int, title: str) -> str:
    """A name that no other pod of the call has."""
    return f"{title.rpartition('/')[2]}.{title.partition('/')[0].lower()}.{number}"
