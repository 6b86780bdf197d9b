"""What a sheet says in words, the same in each form; all of it visible text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edgewright.commands.planning.sheet import ClassSheet, Dated
from edgewright.commands.printers.visible import visible
from edgewright.fleet import DeviceClass, Points, Resources, Share
from edgewright.fleet.part import camel
from edgewright.plan import ClassPlan, Deployed, PlannedImage, PlannedTier
from edgewright.plan.destinations import escalation_of, reaches
from edgewright.plan.losses import Loss, losses
from edgewright.plan.units import MILLISECONDS


def hardware_words(each: ClassSheet) -> str:
    """`jetson-orin-nx-16gb, 25W, arm64, Kubernetes 1.36.2, 1,200 devices`."""
    device_class = each.planned.device_class
    parts = [_hardware(device_class), device_class.power_mode, each.planned.architecture]
    parts += [f"Kubernetes {each.planned.kubernetes}" if each.planned.kubernetes else None]
    parts += [f"{each.devices:,} device{'s' if each.devices != 1 else ''}"]
    parts += ["offline" if device_class.offline else None, f"signatures by {device_class.signature_gate}"]
    return visible(", ".join(part for part in parts if part))


def _hardware(device_class: DeviceClass) -> str | None:
    host = device_class.host
    if host is None:
        return device_class.board
    return f"{host.cpu} cores, {host.memory}" + (f", {host.gpu}" if host.gpu else "")


def image_words(deployed: Deployed) -> str:
    """Which model in which image, and whether the fleet says so."""
    image: PlannedImage = deployed.image
    why = "as written" if "runtime" in deployed.given else "the first that suits the class"
    pinned = "" if image.digest else ", not locked"
    return visible(
        f"{deployed.model} {deployed.model_version} by {deployed.runtime} ({why}), "
        f"in {image.name} for {image.platform}{pinned}"
    )


NOT_PLANNED = "cannot be planned here: the findings say why"


def tier_words(deployed: Deployed) -> Iterator[str]:
    """A line for each tier in the order in which they are tried."""
    first = deployed.tiers[0]
    default = "" if "tiers" in deployed.given else ", by default"
    yield visible(f"{first.tier} runs first{default}{_pinned(first)}")
    for before, loss in zip(deployed.tiers, losses(deployed), strict=False):
        yield visible(f"{loss.tier.tier} if {before.tier} fails{_lost(loss)}{_pinned(loss.tier)}")


def _lost(loss: Loss) -> str:
    """What the answer is worth then, where both accuracies are known."""
    if loss.lost is None:
        return ""
    if not loss.lost:
        return ", as accurate as the first"
    return f", {Points(abs(loss.lost))} {'less' if loss.lost > 0 else 'more'} accurate than the first"


def _pinned(tier: PlannedTier) -> str:
    return ", not locked" if tier.variant is not None and tier.locked is None else ""


def resources_words(resources: Resources) -> str:
    """The resources as fleet.yaml has them, those of zero left out."""
    fields = {camel(name): getattr(resources, name) for name in type(resources).model_fields}
    return f"{{{', '.join(f'{name}: {value}' for name, value in fields.items() if value)}}}"


def parts_words(planned: ClassPlan, deployed: Deployed) -> str:
    """What is on that is off by default, as far as it happens on the class; nothing where nothing is."""
    batches, threads, unsure = deployed.batching.concurrency, deployed.threads, _unsure(planned, deployed)
    parts = {
        f"{batches} batches at the same time": batches > 1,
        f"{threads} thread{'s' if threads != 1 else ''} for each": threads,
        "gRPC": deployed.grpc,
        f"answers from before in {deployed.response_cache}": deployed.response_cache,
        f"{', '.join(unsure)} below {deployed.when_unsure.below if deployed.when_unsure else ''}": unsure,
    }
    return visible(", ".join(words for words, is_on in parts.items() if is_on))


def _unsure(planned: ClassPlan, deployed: Deployed) -> list[str]:
    """What happens to unsure answers there."""
    asked = escalation_of(deployed)
    found = [f"asks {asked.url}"] if asked and reaches(planned, asked) else []
    return found + ([f"keeps {deployed.kept} of inputs"] if deployed.kept is not None else [])


def rings_title(each: ClassSheet, today: date) -> str:
    """Of which rollout the rings are, and from which day they are counted."""
    name = each.planned.rollout_name
    of = f"of {name}, " if name else "without a rollout, "
    return visible(f"{of}if a promotion starts on {today.isoformat()} and nothing stops it:")


def ring_words(dated: Dated) -> tuple[str, ...]:
    """Ring, share, devices, and when it begins and how long it soaks."""
    ring = dated.ring
    devices = f"{ring.devices:,} device{'s' if ring.devices != 1 else ''}"
    soak = f", soaks {ring.soak}" if ring.soak else ""
    after = f" (after {MILLISECONDS.write(dated.after)})" if dated.after else ""
    when = f"from {dated.begins.isoformat()}{after}{soak}"
    return visible(ring.name), f"up to {Share(ring.up_to)}", devices, when
