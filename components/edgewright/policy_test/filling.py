"""Stand-ins put into the registry of a trial, and signed by whom the fleet asks for, or not."""

from __future__ import annotations

from collections.abc import Sequence

from edgewright.policy_test.stand_ins import TAG, stand_in
from edgewright.policy_test.trial import Image, Trial
from edgewright.ship.registry import Client
from edgewright.ship.signing.sign import sign


def fill(trial: Trial, images: Sequence[Image]) -> None:
    """Push what the trial's pods pull, and what they must not be given instead. Raises FleetError."""
    with Client() as client:
        for image in images:
            repository = client.repository(f"{trial.address}/{image.path}")
            own, following = (
                stand_in(image.path, "own", image.form),
                stand_in(image.path, "following", image.form),
            )
            unsigned, stranger = stand_in(image.path, "unsigned"), stand_in(image.path, "stranger")
            repository.push(own, [TAG])
            for artifact in (following, unsigned, stranger):
                repository.push(artifact)
            first, last = trial.signer(image.path), trial.signer(image.path, last=True)
            if first is not None and last is not None:
                sign(repository, own.digest, first)
                sign(repository, following.digest, last)
            sign(repository, stranger.digest, trial.stranger)
