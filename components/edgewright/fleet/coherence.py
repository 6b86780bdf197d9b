"""Fields of one part that cannot both be meant, and those that need another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet.device_class import DeviceClass
from edgewright.fleet.fields import fields_of
from edgewright.fleet.monitoring import Alerts
from edgewright.fleet.quantities import Duration
from edgewright.fleet.rollout import Rollout, Stage
from edgewright.fleet.scope import Scope, contradiction, unknown
from edgewright.fleet.security import BUILT_IN_POLICIES, Signer
from edgewright.fleet.words import Words
from edgewright.fleet.workload import WorkloadFields

_WHOLE = 1_000_000
_USUAL = {"interval": "10m", "scrapeInterval": "15s", "p99": "40ms", "window": "8h", "lasts": "8h"}


def sharing_findings(device_class: DeviceClass, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    """A way to share a GPU without its number or profile, or with one that it has not."""
    sharing = device_class.gpu_sharing
    if sharing is None:
        return
    below = (*path, "gpuSharing")
    wants = {"replicas": sharing.strategy in ("time-slicing", "mps"), "profile": sharing.strategy == "mig"}
    for field, wanted in wants.items():
        given = scope.is_written((*below, field)) or getattr(sharing, field) is not None
        if wanted and not given:
            example = {"replicas": "replicas: 2", "profile": "profile: 1g.6gb"}[field]
            yield contradiction(f"`{sharing.strategy}` needs `{field}`", f"add `{example}`", (*below, field))
        elif given and not wanted:
            yield contradiction(
                f"`{sharing.strategy}` has no `{field}`", f"remove `{field}`", (*below, field), on_key=True
            )


def host_findings(device_class: DeviceClass, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    """A number of GPUs that nobody names, and more NUMA nodes than cores."""
    host = device_class.host
    if host is None:
        return
    below = (*path, "host")
    if host.gpus > 1 and host.gpu is None and not scope.is_written((*below, "gpu")):
        yield contradiction(
            f"`gpus: {host.gpus}` does not say of which kind",
            "add `gpu: nvidia-l4`, or whichever they are",
            (*below, "gpus"),
        )
    if host.numa_nodes > host.cpu:
        yield contradiction(
            f"{host.numa_nodes} NUMA nodes cannot share {host.cpu} core{'s' if host.cpu > 1 else ''}",
            "write the number that `lscpu` tells",
            (*below, "numaNodes"),
            Note("the cores", path=(*below, "cpu")),
        )


def link_findings(device_class: DeviceClass, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    """A link or a stick that the class cannot have, or of nothing."""
    offline = Note("offline here", path=(*path, "offline"))
    if device_class.link is not None and device_class.offline:
        yield contradiction(
            "an offline class has no link: its updates come on a stick",
            "remove `link`, or write how large the stick is, such as `stick: 32G`",
            (*path, "link"),
            offline,
            on_key=True,
        )
    if (
        device_class.stick is not None
        and not device_class.offline
        and not scope.is_written((*path, "offline"))
    ):
        yield contradiction(
            "`stick` on a class that is not offline: it gets its updates by its link",
            "remove it, or add `offline: true` and `signatureGate: bundle`",
            (*path, "stick"),
            on_key=True,
        )
    link = device_class.link
    if link is not None and not link.bandwidth:
        yield _nothing((*path, "link", "bandwidth"), "nothing gets through", "20Mbit/s")
    if device_class.stick is not None and not device_class.stick:
        yield _nothing((*path, "stick"), "nothing fits on it", "32G")


def _nothing(path: FieldPath, why: str, example: str) -> Finding:
    message, remedy = f"`{path[-1]}` is zero, and {why}", f"write what it is, such as `{example}`"
    return Finding("out-of-range", "error", message, remedy, path, waivable=False)


def rollout_findings(rollout: Rollout, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    """Rings that are there twice, shares that do not rise to the whole, thresholds that nobody watches."""
    seen: dict[str, int] = {}
    for index, stage in enumerate(rollout.stages):
        here = (*path, "stages", index)
        if stage.ring in seen:
            yield contradiction(
                f"the ring `{stage.ring}` is there twice",
                "give each stage a ring of its own",
                (*here, "ring"),
                Note("first here", path=(*path, "stages", seen[stage.ring], "ring")),
            )
        seen.setdefault(stage.ring, index)
        yield from _share(rollout.stages, index, here)
        if stage.abort_when is not None and stage.soak is None and not scope.is_written((*here, "soak")):
            yield contradiction(
                "`abortWhen` without a `soak`: nothing is watched",
                "add `soak: 24h`",
                (*here, "abortWhen"),
                on_key=True,
            )
    last = rollout.stages[-1]
    if last.up_to != _WHOLE:
        yield contradiction(
            f"the last ring reaches {last.up_to} of the devices; the others never get the change",
            "let the last stage have `upTo: 100%`",
            (*path, "stages", len(rollout.stages) - 1, "upTo"),
            Note("the last one of these", path=(*path, "stages")),
        )


def _share(stages: tuple[Stage, ...], index: int, here: FieldPath) -> Iterator[Finding]:
    share = stages[index].up_to
    if index and share <= stages[index - 1].up_to:
        before = (*here[:-1], index - 1, "upTo")
        yield contradiction(
            f"`{share}` is not more than the stage before has",
            "let the shares rise",
            (*here, "upTo"),
            Note("the stage before", path=before),
        )
    elif not share and index + 1 < len(stages):  # of the last one it is told that it is not everyone
        yield contradiction(
            "a ring of no devices proves nothing", "write a share above 0%, such as `1%`", (*here, "upTo")
        )


def security_findings(scope: Scope) -> Iterator[Finding]:
    """Signers that are neither a key nor an identity, or both."""
    for index, signature in enumerate(scope.fleet.security.signatures):
        for number, signer in enumerate(signature.any_of):
            path: FieldPath = ("security", "signatures", index, "anyOf", number)
            yield from _signer(signer, path, scope)


def policy_findings(scope: Scope) -> Iterator[Finding]:
    """Policies by a name that none of ours has."""
    known = Words(BUILT_IN_POLICIES)
    for index, policy in enumerate(scope.fleet.security.policies):
        if not policy.startswith("./") and policy not in known:
            finding = unknown("built-in policy", policy, known, ("security", "policies", index))
            own = "" if finding.replacement else "; a folder of yours begins with `./`"
            yield replace(finding, remedy=finding.remedy + own)


def _signer(signer: Signer, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    written = [scope.is_written((*path, name)) for name in ("key", "keyless")]
    given = (signer.key is not None or written[0]) + (signer.keyless is not None or written[1])
    if given != 1:
        yield contradiction(
            f"a signer is either a key or an identity, and this is {'both' if given else 'neither'}",
            "keep one of the two, or make two signers of it"
            if given
            else "write `key: keys/fleet.pub` or `keyless: {issuer: …, subject: …}`",
            path,
        )


def thresholds(scope: Scope) -> Iterator[Finding]:
    """Alerts whose warning does not come before the critical value."""
    alerts = scope.fleet.monitoring.alerts
    for name, field in zip(fields_of(Alerts), Alerts.model_fields, strict=True):
        alert = getattr(alerts, field)
        if alert.warning >= alert.critical:
            path: FieldPath = ("monitoring", "alerts", name)
            yield contradiction(
                f"`{name}` warns at {alert.warning}, which is not below the critical {alert.critical}",
                "let the warning come first",
                (*path, "warning"),
                Note("the critical value", path=(*path, "critical")),
            )


def durations(scope: Scope) -> Iterator[Finding]:
    """Times that are nothing where something has to happen within them, or between two of them."""
    fleet = scope.fleet
    found: dict[FieldPath, Duration] = {
        ("delivery", "interval"): fleet.delivery.interval,
        ("monitoring", "scrapeInterval"): fleet.monitoring.scrape_interval,
    }
    for name, workload in fleet.workloads.items():
        parts: dict[FieldPath, WorkloadFields] = {("workloads", name): workload}
        parts |= {("workloads", name, "on", where): on for where, on in workload.on.items()}
        found |= {(*path, "latency", "p99"): part.latency.p99 for path, part in parts.items() if part.latency}
        for path, part in parts.items():
            stated = part.latency.stated if part.latency else {}
            found |= {(*path, "latency", "stated", tier): duration for tier, duration in stated.items()}
    for name, device_class in fleet.device_classes.items():
        if device_class.link is not None:
            found["deviceClasses", name, "link", "window"] = device_class.link.window
        if device_class.battery is not None:
            found["deviceClasses", name, "battery", "lasts"] = device_class.battery.lasts
    for path, duration in found.items():
        if not duration:
            yield Finding(
                "out-of-range", "error", f"`{path[-1]}` is zero, and nothing happens in no time",
                f"write a duration above zero, such as `{_USUAL.get(str(path[-1]), '9ms')}`", path, waivable=False,
            )  # fmt: skip
