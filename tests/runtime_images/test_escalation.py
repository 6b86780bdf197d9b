"""Where the model is unsure, a server in the cloud is asked; whatever that one does, no request suffers from it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runtime_images.clouds import BEHAVIOURS, Seen, certificate, cloud
from tests.runtime_images.serving import (
    IMAGE,
    MODELS,
    PROBABILITIES,
    binary_request,
    configuration,
    free_port,
    images,
    model_tier,
    served,
)

from edgewright_runtime.chain import Answer
from edgewright_runtime.cloud import Cloud, CloudFault
from edgewright_runtime.config import Tensor, WhenUnsure
from edgewright_runtime.escalation import CONCURRENCY, Escalation
from edgewright_runtime.protocol.asking import decode_answer, encode_question
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import InferRequest, Signature
from edgewright_runtime.scores import certainties

FOREVER = float("inf")
SIGNATURE = Signature(
    [Tensor("image", "FP32", (-1, 1, 32, 32))], [Tensor("probabilities", "FP32", (-1, 8))], 8
)


@pytest.fixture(scope="module")
def clouds() -> Iterator[tuple[str, Seen]]:
    with cloud() as running:
        yield running


def unsure_answer(rows: int = 1) -> Answer:
    return Answer({"probabilities": np.full((rows, 8), 0.125, np.float32)}, "onnxruntime-cpu", "sha256:1")


def request_of(rows: int = 1, **parameters: Any) -> InferRequest:
    return InferRequest({"image": images(rows)}, batch=rows, parameters=parameters)


@contextmanager
def escalation(
    address: str, told: list[str] | None = None, timeout: float | None = None
) -> Iterator[Escalation]:
    """The promise is 20 seconds."""
    heard: list[str] = [] if told is None else told
    asked = Escalation(WhenUnsure(0.85, address, timeout), SIGNATURE, 20, heard.append)
    yield asked
    asked.stop()


def better(
    address: str,
    request: InferRequest | None = None,
    told: list[str] | None = None,
    *,
    timeout: float | None = None,
    passed: float = 0,
    deadline: float = FOREVER,
) -> Answer:
    """What comes of an unsure answer."""
    asking = request or request_of()
    with escalation(address, told, timeout) as asked:
        return asyncio.run(asked.better(asking, unsure_answer(asking.batch), passed, deadline))


def test_the_cloud_is_asked_the_same_and_its_answer_says_so(clouds: tuple[str, Seen]) -> None:
    address, seen = clouds

    answer = better(f"{address}/right/", request_of(3), passed=0.5)
    assert (answer.tier, answer.digest, answer.version) == ("cloud", "sha256:9", "9.0.0")
    assert answer.marks == ("escalated",)
    assert answer.outputs["probabilities"].argmax(axis=1).tolist() == [0, 0, 0]
    asked = seen.questions[-1]
    assert (asked["inputs"][0]["shape"], asked["inputs"][0]["datatype"]) == ([3, 1, 32, 32], "FP32")
    told = asked["parameters"]
    assert (told["escalated"], told["binary_data_output"]) == (True, True)
    assert 10_000_000 < told["timeout"] < 17_500_001  # of 20 s, less what was kept back and what had passed


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_whatever_the_cloud_does_there_is_an_answer(clouds: tuple[str, Seen], behaviour: str) -> None:
    told: list[str] = []
    answer = better(f"{clouds[0]}/{behaviour}", told=told, timeout=0.5)
    assert (answer.tier, answer.marks, len(told)) == ("onnxruntime-cpu", ("unsure",), 1)


@pytest.mark.parametrize("behaviour", ["continue", "drip", "last", "slow"])
def test_a_question_that_was_given_up_ends(clouds: tuple[str, Seen], behaviour: str) -> None:
    """Else each keeps one of the few slots for as long as the other side likes."""
    address, seen = clouds
    asked = len(seen.questions)
    call = Cloud(f"{address}/{behaviour}").call(
        *encode_question(request_of().inputs, {}), limit=20, largest=1 << 20
    )

    def run() -> None:
        with suppress(CloudFault):
            call.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while len(seen.questions) == asked:
        time.sleep(0.01)
    time.sleep(0.2)
    call.give_up()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9", "https://127.0.0.1:9", "http://no-such-host.invalid"]
)
def test_a_cloud_that_cannot_be_reached_costs_no_answer(address: str) -> None:
    told: list[str] = []

    async def ask() -> list[Answer]:
        with escalation(address, told, timeout=5) as asked:
            return [await asked.better(request_of(), unsure_answer(), 0, FOREVER) for _ in range(50)]

    assert {answer.marks for answer in asyncio.run(ask())} == {("unsure",)}
    assert len(told) < 10  # it was left alone


def test_it_is_tried_again_beside_the_requests() -> None:
    port = free_port()

    async def ask() -> None:
        with escalation(f"http://127.0.0.1:{port}/right") as asked:
            assert (await asked.better(request_of(), unsure_answer(), 0, FOREVER)).marks == ("unsure",)
            with cloud(port):
                end = time.monotonic() + 30
                while (await asked.better(request_of(), unsure_answer(), 0, FOREVER)).tier != "cloud":
                    assert time.monotonic() < end
                    await asyncio.sleep(0.05)

    asyncio.run(ask())


def test_so_many_are_asked_at_once_and_no_more() -> None:
    with cloud() as (address, seen):

        async def ask() -> list[Answer]:
            with escalation(f"{address}/slow") as asked:
                asking = [
                    asyncio.create_task(asked.better(request_of(), unsure_answer(), 0, FOREVER))
                    for _ in range(20)
                ]
                while sum(task.done() for task in asking) < 20 - CONCURRENCY or seen.under_way < CONCURRENCY:
                    await asyncio.sleep(0.01)
                seen.released.set()
                return list(await asyncio.gather(*asking))

        found = [answer.tier for answer in asyncio.run(ask())]
        assert (found.count("cloud"), seen.most) == (CONCURRENCY, CONCURRENCY)


@pytest.mark.parametrize(("behaviour", "connections"), [("right", 1), ("once", 10)])
def test_one_connection_serves_many_questions_unless_it_was_closed(behaviour: str, connections: int) -> None:
    with cloud() as (address, seen):

        async def ask() -> None:
            with escalation(f"{address}/{behaviour}") as asked:
                for _ in range(10):
                    assert (await asked.better(request_of(), unsure_answer(), 0, FOREVER)).tier == "cloud"

        asyncio.run(ask())
        assert seen.connections == connections


@pytest.mark.parametrize(("passed", "deadline"), [(18.5, FOREVER), (0, 0)])
def test_without_time_left_nobody_is_asked(clouds: tuple[str, Seen], passed: float, deadline: float) -> None:
    before = len(clouds[1].questions)
    answer = better(f"{clouds[0]}/right", passed=passed, deadline=deadline)
    assert answer.marks == ("unsure",)
    assert len(clouds[1].questions) == before


def test_what_was_escalated_already_is_not_escalated_again(clouds: tuple[str, Seen]) -> None:
    assert better(f"{clouds[0]}/right", request_of(escalated=True)).marks == ("unsure",)


def test_a_certificate_has_to_be_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(address: str) -> tuple[str, list[str]]:
        told: list[str] = []
        return better(f"{address}/right", told=told).tier, told

    right, other = certificate(tmp_path), certificate(tmp_path, "127.0.0.2")
    with cloud(certificate=right) as (address, _):
        assert "CERTIFICATE_VERIFY_FAILED" in ask(address)[1][0]
        monkeypatch.setenv("SSL_CERT_FILE", str(right))
        assert ask(address) == ("cloud", [])
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with cloud(certificate=other) as (address, _):
        assert "IP address mismatch" in ask(address)[1][0]


SHAPES = st.lists(st.integers(-1, 9) | st.just(2**70), max_size=4)
ENTRIES = st.fixed_dictionaries(
    {"name": st.sampled_from(["y", "z"]), "datatype": st.sampled_from(["FP32", "INT8"]), "shape": SHAPES},
    optional={
        "data": st.lists(st.floats() | st.integers() | st.text(), max_size=9),
        "parameters": st.dictionaries(st.just("binary_data_size"), st.integers(-9, 99) | st.text()),
    },
)
ANSWERS = st.dictionaries(
    st.sampled_from(["outputs", "parameters", "model_version"]),
    st.lists(ENTRIES | st.none(), max_size=2)
    | st.text()
    | st.dictionaries(st.just("model_digest"), st.text()),
)


@given(ANSWERS, st.binary(max_size=40), st.integers(-1, 50))
def test_whatever_the_cloud_says_is_an_answer_or_is_not(said: Any, raw: bytes, off: int) -> None:
    text = json.dumps(said).encode()
    for length in (None, len(text), off):
        with suppress(RequestFault):
            told = decode_answer(text + raw, length, [Tensor("y", "FP32", (-1, 8))])
            assert told.outputs["y"].dtype == np.float32
            assert (told.version + told.digest).isprintable()


@pytest.mark.parametrize(
    ("scores", "sure"),
    [
        ([[0.2, 0.8]], [0.8]),
        ([[0.2, 0.8], [0.6, 0.4]], [0.8, 0.6]),
        ([[0.01], [0.99], [0.5]], [0.99, 0.99, 0.5]),
    ],
)
def test_how_sure_an_answer_is(scores: Any, sure: list[float]) -> None:
    np.testing.assert_allclose(certainties(np.array(scores)), sure)


@pytest.mark.parametrize(
    ("output", "unsure"),
    [
        (np.array([[0.9, 0.1]], np.float32), False),
        (np.array([[0.84, 0.16]], np.float32), True),
        (np.array([[0.9, 0.1], [0.5, 0.5]], np.float32), True),
        (np.array([[7.5, -3.0]], np.float32), False),  # no scores: nobody knows
        (np.array([[1, 2]]), False),
        (np.zeros((1, 2, 2), np.float32), False),
    ],
)
def test_when_an_answer_is_unsure(output: Any, unsure: bool) -> None:
    with escalation("http://127.0.0.1:9") as asked:
        assert asked.is_unsure(Answer({"probabilities": output}, "t", "d")) == unsure


def test_a_server_asks_another_one_of_ours(tmp_path: Path) -> None:
    """From the configuration to the wire and back: the int8 form here, the whole model there."""
    (tmp_path / "hub").mkdir()
    tier = model_tier(MODELS / "model.onnx", [IMAGE], [PROBABILITIES])
    hub = configuration(tier, model={"name": "surface-defects", "version": "4.0.0"})
    address = f"http://127.0.0.1:{hub['http']['port']}/v2/models/surface-defects"
    unsure = {"belowMillionths": 1_000_000, "escalateTo": address, "timeoutMilliseconds": 10_000}
    asked, raw = binary_request(images(2))
    with served(configuration(whenUnsure=unsure), tmp_path) as running:
        assert running.infer(asked, raw)[1]["parameters"]["unsure"] is True  # nobody is there yet
        with served(hub, tmp_path / "hub"):
            end = time.monotonic() + 60
            while (found := running.infer(asked, raw)[1])["parameters"]["tier"] != "cloud":
                assert found["parameters"]["unsure"] is True
                assert time.monotonic() < end
                time.sleep(0.1)
        parameters = found["parameters"]
        assert parameters == {"tier": "cloud", "model_digest": tier["model"]["digest"], "escalated": True}
        assert found["model_version"] == "4.0.0"
        text = running.get("/metrics")[1]
        assert 'edgewright_tier_answers_total{revision="",tier="cloud",workload="inspect"} 1.0' in text
        told = running.get("/v2/models/surface-defects/stats")[1]["model_stats"][0]["inference_stats"]
        assert (told["cache_hit"]["count"], told["success"]["count"]) == (0, told["compute_infer"]["count"])


def test_what_it_is_sure_of_it_answers_itself(tmp_path: Path) -> None:
    unsure = {"belowMillionths": 0, "escalateTo": "http://127.0.0.1:9"}
    asked, raw = binary_request(images())
    with served(configuration(whenUnsure=unsure), tmp_path) as running:
        assert set(running.infer(asked, raw)[1]["parameters"]) == {"tier", "model_digest"}
