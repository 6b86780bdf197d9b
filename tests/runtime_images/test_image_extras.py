"""The image has what a configuration may ask for: gRPC, traces, and a cloud behind TLS whose authority is one's own.

It runs as the rendered Pod says, but for these parts of its configuration and for the network, which is this
machine's: the cloud and the collector are here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import grpc
import numpy as np
import pytest
from tests.certificates import write_certificates
from tests.runtime_images.built import built_once, config, unpacked
from tests.runtime_images.clouds import Seen, cloud
from tests.runtime_images.container import Bundle, Container, running
from tests.runtime_images.pods import objects_of_the_kiosk, volumes
from tests.runtime_images.serving import binary_request, free_port, images
from tests.runtime_images.test_traces import collector, spans_of

from edgewright_runtime.rpc.messages import MESSAGES, SERVICE

AUTHORITY = "/etc/edgewright/authority.pem"
"""Where the container finds the certificate of the only authority that it trusts."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bundle]:
    layout = built_once(tmp_path_factory)
    root = unpacked(layout, tmp_path_factory.mktemp("image") / "root")
    found = config(layout)["config"]
    yield Bundle(root, found | {"Env": [*found["Env"], f"SSL_CERT_FILE={AUTHORITY}"]}, {})
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder, "127.0.0.1")
    (folder / "both.pem").write_bytes(
        (folder / "server.key").read_bytes() + (folder / "server.pem").read_bytes()
    )
    return folder


@pytest.fixture(scope="module")
def clouds(certificates: Path) -> Iterator[tuple[str, Seen]]:
    with cloud(certificate=certificates / "both.pem") as running:
        yield running


@pytest.fixture(scope="module")
def traced() -> Iterator[tuple[str, Queue[Any]]]:
    with collector() as running:
        yield running


@pytest.fixture(scope="module")
def container(
    bundle: Bundle,
    certificates: Path,
    clouds: tuple[str, Seen],
    traced: tuple[str, Queue[Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Container]:
    folder = tmp_path_factory.mktemp("pod")
    rendered = objects_of_the_kiosk(folder / "rendered")
    pod, held = rendered["Rollout"]["spec"]["template"], rendered["ConfigMap"]["data"]
    values = json.loads(held["server.json"])
    del values["latencyP99Milliseconds"]  # a machine that is busy answers, late
    values["http"]["port"], values["grpc"] = free_port(), {"port": free_port()}
    values["tracing"] = {"endpoint": traced[0]}
    values["whenUnsure"] = {
        "belowMillionths": 1_000_000,
        "escalateTo": f"{clouds[0]}/right",
        "timeoutMilliseconds": 30_000,
    }
    held["server.json"] = json.dumps(values)
    held[Path(AUTHORITY).name] = (certificates / "ca.pem").read_text()
    mounted = Bundle(bundle.root, bundle.config, volumes(pod, rendered["ConfigMap"], folder / "volumes"))
    name = f"edgewright-extras-{folder.parent.name}-{folder.name}"
    with running(name, pod, mounted, folder / "bundle", values["http"]["port"]) as started:
        started.wait_until_ready()
        yield started


def ask_by_grpc(container: Container) -> Any:
    values = json.loads((container.folder.parent / "volumes/config/server.json").read_text())
    array = images()
    message = MESSAGES["ModelInferRequest"](model_name="surface-defects")
    message.inputs.add(name="image", datatype="FP32", shape=array.shape)
    message.raw_input_contents.append(array.tobytes())
    with grpc.insecure_channel(f"127.0.0.1:{values['grpc']['port']}") as channel:
        asked = channel.unary_unary(f"/{SERVICE}/ModelInfer")(message.SerializeToString(), timeout=60)
    return MESSAGES["ModelInferResponse"].FromString(asked)


def test_it_answers_grpc_and_sends_a_trace(container: Container, traced: tuple[str, Queue[Any]]) -> None:
    answer = ask_by_grpc(container)
    [output] = answer.outputs
    assert (output.name, list(output.shape)) == ("probabilities", [1, 8])
    assert len(answer.raw_output_contents[0]) == 8 * np.dtype(np.float32).itemsize
    spans = spans_of(traced[1].get(timeout=120))
    assert {"infer surface-defects", "queue", "inference onnxruntime-cpu/int8"} <= set(spans)


def test_a_cloud_is_asked_whose_authority_is_ones_own(container: Container, clouds: tuple[str, Seen]) -> None:
    values, raw = binary_request(images(2))
    text = json.dumps(values).encode()
    headers = {"Inference-Header-Content-Length": str(len(text))}
    status, got, _ = container.ask("POST", "/v2/models/surface-defects/infer", text + raw, headers)
    assert (status, got["edgewright-tier"]) == (200, "cloud"), container.log
    assert clouds[1].questions[-1]["inputs"][0]["shape"] == [2, 1, 32, 32]


def test_nobody_is_trusted_but_whom_the_variable_names(container: Container) -> None:
    """So what OpenTelemetry and requests bring along is not in the image."""
    code = """\
import os, ssl
paths = ssl.get_default_verify_paths()
import certifi
print(paths.cafile, len(ssl.create_default_context().get_ca_certs()), os.path.exists(certifi.where()))
"""
    assert container.python(code).split() == [AUTHORITY, "1", "False"]
