"""GPUs: the whole numbers that workloads ask for, against devices times the shares of each.

A vGPU cannot be asked for in this language, so no rule refuses one. Which MIG profiles a GPU has is told
where the hardware is read (`gpu-sharing-impossible`), as is that no MPS runs on a Jetson.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.catalogue import version_key
from edgewright.errors import Finding
from edgewright.fleet import GpuSharing
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.proofs.sums import asked, greatest, hardware_path
from edgewright.plan.units import COUNT

MPS_CLIENTS: Final = 48
"""Shares of a GPU that the device plugin's MPS daemon accepts; with more it does not start.

The MPS server takes as many CUDA contexts up to CUDA 13.0, and 60 from 13.1 on, which the plugin does not
use. Sources: https://docs.nvidia.com/deploy/mps/index.html, Client-Server Connection Limits;
https://github.com/NVIDIA/k8s-device-plugin/blob/main/cmd/mps-control-daemon/mps/device.go, maxClients."""

MPS_CLIENTS_OF_OLDER_GPUS: Final = 16
"""The same below compute capability 7.5, where the plugin draws the line."""


def prove(case: Case) -> Iterator[Inequality | Finding]:
    """What is shared is proven even where nobody asks for it yet."""
    sharing = case.device_class.gpu_sharing
    shared = sharing is not None and sharing.strategy in ("time-slicing", "mps")
    workloads = asked(case, "gpu")
    if workloads:
        yield _in_all(case, workloads, shared)
    if sharing is not None and shared and case.hardware.gpus:
        yield from _more_than_one(case, workloads, sharing)
        if sharing.strategy == "mps" and sharing.replicas:
            yield _clients(case, sharing.replicas)


def _in_all(case: Case, workloads: tuple[Term, ...], shared: bool) -> Inequality:
    sharing = case.device_class.gpu_sharing
    parts = sharing is not None and sharing.strategy != "none"
    total = sum(each.amount for each in workloads)
    what = ("share" if parts else "NVIDIA GPU") + ("s" if total > 1 else "")
    return Inequality(
        rule="gpu-over-capacity",
        class_name=case.planned.name,
        what=what + (" of its GPU" if parts else ""),
        unit=COUNT,
        needs=workloads,
        has=(Term("capacity", case.hardware.gpus, hardware_path(case)),),
        at=greatest(workloads),
        remedy=_remedy(case, len(workloads), shared=shared, parts=parts),
    )


def _remedy(case: Case, workloads: int, *, shared: bool, parts: bool) -> str:
    """One workload can ask for less, several can share; a larger part is no share more."""
    capacity = case.hardware.gpus
    if not capacity:
        return "remove `gpu`, or run it on a class with a GPU"
    if workloads == 1:
        host = "" if case.device_class.host is None else ", or say by `gpus` that the host has more"
        return f"write `gpu: {1 if shared else capacity}`" + ("" if parts else host)
    way = "more `replicas`" if shared else "another `profile`" if parts else "share the GPU by `gpuSharing`"
    return f"ask for {capacity} in all, or " + way


def _more_than_one(case: Case, workloads: tuple[Term, ...], sharing: GpuSharing) -> Iterator[Finding]:
    """A second share is no more of the GPU: the device plugin refuses it for MPS, and gives it for nothing
    with time-slicing (unless it is told to refuse, as NVIDIA recommends).

    Source: https://github.com/NVIDIA/k8s-device-plugin#shared-access-to-gpus, failRequestsGreaterThanOne,
    which it always sets for MPS (api/config/v1/config.go).
    """
    refused = sharing.strategy == "mps"
    for each in workloads:
        if 1 < each.amount <= case.hardware.gpus:  # of more it is told that there are not so many
            yield Finding(
                "more-than-one-share",
                "error" if refused else "warning",
                f"{each.name} on `{case.planned.name}` asks for {each.amount} shares of a GPU: "
                + ("MPS gives a pod one" if refused else "a second one gives it no more time"),
                "write `gpu: 1`; a larger part of the GPU comes with fewer `replicas`",
                each.path,
            )


def _clients(case: Case, replicas: int) -> Inequality:
    most = _most_clients(case)
    path = (*case.planned.path, "gpuSharing", "replicas")
    return Inequality(
        rule="mps-too-many-clients",
        class_name=case.planned.name,
        what="clients of one MPS server",
        unit=COUNT,
        needs=(Term("replicas", replicas, path),),
        has=(Term("clients", most, (*case.planned.path, "gpuSharing", "strategy")),),
        at=path,
        remedy=f"write `replicas: {most}` at most",
    )


def _most_clients(case: Case) -> int:
    host = case.device_class.host
    gpu = case.catalogue.gpus.get(host.gpu or "") if host else None
    older = gpu is not None and version_key(gpu.compute_capability) < (7, 5)
    return MPS_CLIENTS_OF_OLDER_GPUS if older else MPS_CLIENTS
