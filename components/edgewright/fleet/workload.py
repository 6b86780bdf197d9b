"""Workloads: which model runs where, how fast it answers and what it may use."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic_core import PydanticCustomError, core_schema

from edgewright.fleet.part import HTTP_ADDRESS, Flag, LocalPath, Many, Name, Part, PartWithEntries, Whole
from edgewright.fleet.quantities import Cpu, Duration, Memory, Power, Rate, Share
from edgewright.fleet.wording import plain, shown

_TIER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?")


class Tier(str):
    """A way to answer a request: `backend/variant`, `backend` for the source as it is, or `rule`."""

    __slots__ = ()

    @property
    def backend(self) -> str:
        """What runs the model; `rule` for the tier without one."""
        return self.partition("/")[0]

    @property
    def variant(self) -> str | None:
        """The model's variant, None for its source."""
        return self.partition("/")[2] or None

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _tier, serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="always")
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"title": "tier", "type": "string", "pattern": f"^{_TIER.pattern}$"}


def _tier(value: object) -> Tier:
    if isinstance(value, str) and _TIER.fullmatch(value):
        return Tier(value)
    context = {
        "message": f"{shown(value)} is no tier",
        "remedy": "write `backend/variant` (tensorrt/fp16), `backend` for the model's source, or `rule`",
    }
    if isinstance(value, str) and _TIER.fullmatch(meant := plain(value).strip().lower()):
        context |= {"remedy": f"write `{meant}`", "replacement": meant}
    raise PydanticCustomError("bad-tier", "{message}", context)


class Load(Part):
    """What a device sees."""

    requests: Rate = Field(description="Requests to one device.", examples=["5/s"])
    labelled: Share = Field(
        Share("0%"), description="The share of answers whose truth becomes known.", examples=["0.1%"]
    )


class Latency(PartWithEntries):
    """The promise to whoever asks."""

    p99: Duration = Field(description="99 of 100 answers come within it.", examples=["40ms"])
    stated: dict[Tier, Duration] = Field(
        {},
        description="Tier ⇒ p99 of the time that it takes to answer a full batch, where nobody has measured "
        "it. It stands before what fleet.lock has.",
        examples=[{"tensorrt/fp16": "9ms"}],
    )


class Batching(Part):
    """How requests are gathered before they are answered together."""

    max_batch: Annotated[Whole, Field(ge=1, le=4096)] = Field(
        1, description="The most in one batch.", examples=[8]
    )
    window: Duration = Field(
        Duration("0ms"), description="The longest wait for a second one.", examples=["2ms"]
    )
    concurrency: Annotated[Whole, Field(ge=1, le=64)] = Field(
        1,
        description="Batches that are answered at the same time. Each takes memory of its own, and they share "
        "the cores and the GPU; a rule answers one after the other.",
        examples=[2],
    )


class Startup(Part):
    """How long a start may take before it counts as broken."""

    load: Duration = Field(Duration("60s"), description="Reading the model.", examples=["60s"])
    warm_up: Annotated[Whole, Field(ge=0, le=10_000)] = Field(
        3, description="Requests to itself before it is ready.", examples=[10]
    )
    engine_build: Duration = Field(
        Duration("15m"),
        description="Building TensorRT engines on the device. It counts where a tier of the class does.",
        examples=["15m"],
    )


class Shutdown(Part):
    """How a stop goes."""

    grace: Duration = Field(Duration("30s"), description="Time to answer what has come.", examples=["90s"])


class WhenUnsure(Part):
    """What happens to an answer that the model is unsure of, and to what was asked."""

    below: Share = Field(description="Confidence below which it is unsure.", examples=["85%"])
    escalate_to: (
        Annotated[str, StringConstraints(pattern=rf"^{HTTP_ADDRESS}(/[!-~]*)?$", max_length=500)] | None
    ) = Field(
        None,
        description="An Open Inference Protocol endpoint that is asked instead, when it can be reached. A "
        "class that is offline answers by itself.",
        examples=["https://hub.acme.example/v2/models/surface-defects"],
    )
    keep: Memory | None = Field(
        None,
        description="Inputs that it was unsure of are kept on the device for labelling, on a volume of this size "
        "that outlives the pod; where there is no room, the surest goes.",
        examples=["512Mi"],
    )


class Resources(Part):
    """Requests and limits at once, so that a pod's class of service is Guaranteed."""

    cpu: Cpu = Field(description="Cores, or thousandths with `m`.", examples=[2])
    memory: Memory = Field(
        description="Memory in all; on boards that share it with the GPU, the GPU's part too.",
        examples=["6Gi"],
    )
    gpu: Annotated[Whole, Field(ge=0, le=64)] = Field(
        0, description="GPUs, or shares of one, as a whole number."
    )
    ephemeral_storage: Memory = Field(Memory("1Gi"), description="Scratch space and logs.", examples=["4Gi"])
    engine_cache: Memory | None = Field(
        None, description="A volume that keeps engines and optimised graphs over restarts.", examples=["2Gi"]
    )


class WorkloadFields(Part):
    """What can be said of a workload on every class, and differently on one."""

    rollout: Name | None = Field(
        None, description="A rollout of this fleet; a plain Deployment without.", examples=["careful"]
    )
    expose: Literal["none", "cluster"] | None = Field(
        None, description="`cluster` gives a ClusterIP service; none is the default."
    )
    load: Load | None = Field(None, description="What a device sees.")
    latency: Latency | None = Field(None, description="The promise to whoever asks.")
    draw: Power | None = Field(
        None,
        description="What the whole device draws while this answers by its hungriest tier, as it was "
        "measured; a battery's hours follow from it.",
        examples=["14W"],
    )
    batching: Batching | None = Field(None, description="How requests are gathered.")
    threads: Annotated[Whole, Field(ge=1, le=1024)] | None = Field(
        None,
        description="Threads that a model runs in on the CPU, for each batch; by default the whole cores of `cpu`, "
        "shared among the batches.",
        examples=[1],
    )
    grpc: Flag | None = Field(
        None, description="The same protocol over gRPC too, beside HTTP; not by default."
    )
    response_cache: Memory | None = Field(
        None,
        description="Memory for answers to what was asked before, byte for byte; it is a part of the `memory` of "
        "the workload's resources. None are kept by default.",
        examples=["64Mi"],
    )
    startup: Startup | None = Field(None, description="How long a start may take.")
    shutdown: Shutdown | None = Field(None, description="How a stop goes.")
    when_unsure: WhenUnsure | None = Field(None, description="What happens to unsure answers.")
    rule: LocalPath | None = Field(
        None, description="The last tier: plain Python, no model.", examples=["rules/surface_defects.py"]
    )
    runtime: Name | None = Field(
        None, description="A runtime; by default the first that suits the class.", examples=["tensorrt"]
    )
    tiers: Many[Tier] | None = Field(
        None,
        min_length=1,
        description="Ways to answer, tried in order; each answer names its tier. By default the runtime's "
        "backends.",
        examples=[["tensorrt/fp16", "onnxruntime-cpu/int8", "rule"]],
    )
    resources: Resources | None = Field(None, description="What it may use: requests and limits at once.")


class WorkloadOn(WorkloadFields):
    """What is different on one device class; each field replaces the workload's as a whole."""

    model_config = ConfigDict(title="workload on one class")

    model: Name | None = Field(None, description="Another model on this class.", examples=["surface-defects"])


class Workload(WorkloadFields, PartWithEntries):
    """A model that answers requests on devices."""

    model: Name = Field(description="A model of this fleet.", examples=["surface-defects"])
    on: dict[Name, WorkloadOn] = Field(
        {}, description="Device class ⇒ what is different there; every class, unchanged, where left out."
    )
