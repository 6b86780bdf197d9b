"""The process that opens models, so that a file which crashes the runtime or eats all memory costs a finding
and not the command. Started by `runtime`: a request as JSON in the first argument, the answer as JSON on
standard output, `fault` and `message` where there is none. Its folder is the model's.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections import Counter
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # else the wheel looks up hosts and writes into the home folder

from edgewright.workshop.bounds import bound
from edgewright.workshop.fault import Fault


def inspect(model: str) -> dict[str, Any]:
    """What the file says of itself, name, type and shape of what goes in and out, and what it takes in memory."""
    from edgewright.workshop.footprint import footprint_of
    from edgewright.workshop.loading import load

    loaded = load(Path(model))
    return {
        "memory": footprint_of(memoryview(Path(model).read_bytes())),
        "inputs": [[each.name, each.type, each.shape] for each in loaded.session.get_inputs()],
        "outputs": [[each.name, each.type, each.shape] for each in loaded.session.get_outputs()],
        "opset": loaded.said.opset,
        "precision": loaded.said.precision,
        "external": loaded.external,
        "size": loaded.size,
    }


def evaluate(model: str, golden: str) -> dict[str, Any]:
    """How many of the golden set's labels the model gives, and how many there are."""
    from edgewright.workshop.golden import read_golden
    from edgewright.workshop.loading import load
    from edgewright.workshop.scoring import classes_of, scores_of

    session, labelled = load(Path(model)).session, read_golden(Path(golden))
    classes = classes_of(scores_of(session, labelled))
    return {
        "right": int((classes == labelled.labels).sum()),
        "count": len(labelled.labels),
        "classes": classes.tolist(),
    }


def answer(model: str, golden: str, target: str, origin: str) -> dict[str, Any]:
    """How many golden answers of the model were written, with the archive's comment `origin`."""
    from edgewright.workshop.answering import golden_answers
    from edgewright.workshop.arrays import archived
    from edgewright.workshop.golden import read_golden
    from edgewright.workshop.loading import load

    found = golden_answers(load(Path(model)).session, read_golden(Path(golden)))
    Path(target).write_bytes(archived(found, origin))
    return {"count": len(next(iter(found.values()), ()))}


def describe(model: str) -> dict[str, Any]:
    """What `inspect` says, and what else the file tells of itself."""
    from edgewright.workshop.graph import read_graph
    from edgewright.workshop.loading import load

    about = load(Path(model)).session.get_modelmeta()
    graph = read_graph(memoryview(Path(model).read_bytes()))
    return inspect(model) | {
        "parameters": sum(prod(weight.shape) for weight in graph.weights.values()),
        "operators": Counter(node.operator for node in graph.nodes),
        "producer": about.producer_name,
        "metadata": about.custom_metadata_map,
    }


def measure(model: str, golden: str) -> dict[str, Any]:
    """What `inspect` says, `evaluate` where there is a golden set, and how long one input takes."""
    from edgewright.workshop.timing import latency_of

    known = inspect(model) | (evaluate(model, golden) if golden else {})
    return known | {"microseconds": latency_of(Path(model))}


def make(**request: Any) -> dict[str, Any]:
    """A variant, written where it is asked for."""
    from edgewright.workshop.making import make

    return make(**request)


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "inspect": inspect,
    "evaluate": evaluate,
    "answer": answer,
    "describe": describe,
    "measure": measure,
    "make": make,
}


def main() -> None:
    """Answer one request."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what the runtime prints is no answer
    request = json.loads(sys.argv[1])
    # The command stops this process in time; should it die first, this does.
    bound(resource.RLIMIT_CPU, request.pop("seconds") + 10)
    bound(resource.RLIMIT_CORE, 0)
    try:
        answer = TASKS[request.pop("task")](**request)
    except Fault as fault:
        answer = {"fault": fault.kind, "message": str(fault)}
    except ImportError as reason:
        answer = {"fault": "runtime", "message": str(reason)}
    except MemoryError:
        answer = {"fault": "model", "message": "it asks for more memory than it may have"}
    with os.fdopen(answers, "w", encoding="ascii") as out:
        out.write(json.dumps(answer))


if __name__ == "__main__":
    main()
