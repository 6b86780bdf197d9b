"""Models as `edgewright model` shows them: a table of their forms, and a page of one file; text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgewright.commands.printers.visible import visible

if TYPE_CHECKING:
    from edgewright.artifact.lock import Tensor
    from edgewright.fleet import Fleet
    from edgewright.workshop.describe import Description
    from edgewright.workshop.variants import Form

_HEAD: Final = ("form", "precision", "bytes", "latency", "accuracy", "agreement", "")
_UNKNOWN: Final = "-"
_LEFT_COLUMNS: Final = (0, 1, 6)

Forms = Mapping[str, Sequence["Form"]]
"""Model ⇒ its forms."""


def forms_text(fleet: Fleet, forms: Forms) -> str:
    """A table a model, with what became of each form in its last column."""
    tables = []
    for name, found in forms.items():
        rows = [_HEAD, *(_row(each) for each in found)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
        lines = [f"  {_line(row, widths)}".rstrip() for row in rows] if found else ["  not looked at"]
        tables.append("\n".join([visible(f"{name} {fleet.models[name].version}"), *lines]))
    return "\n\n".join(tables) or "the fleet has no models"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (
        cell.ljust(width) if at in _LEFT_COLUMNS else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells)


def _row(form: Form) -> tuple[str, ...]:
    measured = form.measured
    if measured is None:
        return (form.name, *[_UNKNOWN] * 5, _became(form))
    latency = _UNKNOWN if measured.latency is None else f"{measured.latency / 1000:.3f} ms"
    locked = measured.locked
    shares = (_share(locked.accuracy), _share(measured.agreement))
    return (form.name, locked.precision, f"{locked.size:,}", latency, *shares, _became(form))


def _share(value: int | None) -> str:
    from edgewright.fleet import Share

    return _UNKNOWN if value is None else str(Share(value))


def _became(form: Form) -> str:
    left = f", in float: {', '.join(form.left)}" if form.left else ""
    words = {"there": "", "refused": "not written", "missing": "not there: `edgewright model quantize`"}
    return visible(words.get(form.state, form.state) + left)


def forms_values(fleet: Fleet, forms: Forms) -> dict[str, Any]:
    """The same for machines: shares of one, microseconds, bytes; null where nobody knows."""
    return {
        "models": [
            {
                "name": name,
                "version": fleet.models[name].version,
                "forms": [_form_values(each) for each in found],
            }
            for name, found in forms.items()
        ]
    }


def _form_values(form: Form) -> dict[str, Any]:
    values: dict[str, Any] = {"name": form.name, "state": form.state}
    measured = form.measured
    if measured is not None:
        locked = measured.locked
        values |= {
            "file": locked.file,
            "precision": locked.precision,
            "bytes": locked.size,
            "latencyMicroseconds": measured.latency,
            "accuracy": None if locked.accuracy is None else locked.accuracy / 1e6,
            "agreement": None if measured.agreement is None else measured.agreement / 1e6,
        }
    return values | ({"operatorsInFloat": list(form.left)} if form.left else {})


def description_text(found: Description) -> str:
    """A page of one file."""
    return "\n".join(visible(line) for line in _description(found))


def _description(found: Description) -> Iterator[str]:
    shape = found.shape
    yield (
        f"{found.file}: {shape.precision}, opset {shape.opset}, {found.parameters:,} parameters, "
        f"{shape.size:,} bytes"
    )
    yield from (f"  takes     {_tensor(each)}" for each in shape.inputs)
    yield from (f"  gives     {_tensor(each)}" for each in shape.outputs)
    yield f"  operators {', '.join(f'{count} {name}' for name, count in found.operators.items())}"
    memory = shape.memory
    yield f"  memory    {memory.weights:,} bytes of weights, {memory.loading:,} to load, {memory.held:,} held"
    if memory.fixed is not None and memory.per_item is not None:
        yield f"            {memory.fixed:,} + {memory.per_item:,} a request of the batch, while it runs"
    yield from (f"  weights   {name}" for name in shape.external)
    if found.producer:
        yield f"  made by   {found.producer}"
    yield from (f"  says      {name}: {value}" for name, value in found.metadata.items())


def _tensor(tensor: Tensor) -> str:
    return f"{tensor.name} {tensor.datatype} ({', '.join(map(str, tensor.shape))})"


def description_values(found: Description) -> dict[str, Any]:
    """The same for machines; `memory` in bytes, as fleet.lock has it."""
    shape, memory = found.shape, found.shape.memory
    return {
        "file": str(found.file),
        "precision": shape.precision,
        "opset": shape.opset,
        "parameters": found.parameters,
        "bytes": shape.size,
        "inputs": [_tensor_values(each) for each in shape.inputs],
        "outputs": [_tensor_values(each) for each in shape.outputs],
        "operators": dict(found.operators),
        "memory": {
            "weights": memory.weights,
            "loading": memory.loading,
            "held": memory.held,
            "fixed": memory.fixed,
            "perItem": memory.per_item,
        },
        "external": list(shape.external),
        "producer": found.producer,
        "metadata": dict(found.metadata),
    }


def _tensor_values(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
