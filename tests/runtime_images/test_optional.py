"""The parts that a configuration may ask for, in a server that has them all: cache, reservoir and feedback."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.runtime_images.serving import Served, binary_request, configuration, images, served

from edgewright_runtime.feedback import Feedback
from edgewright_runtime.protocol.fault import RequestFault

FEEDBACK = "/v2/models/surface-defects/feedback"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    parts = {
        "responseCache": {"bytes": 1 << 20},
        "reservoir": {"folder": str(folder / "kept"), "bytes": 1 << 20},
    }
    with served(configuration(**parts), folder) as running:
        yield running


def figure(server: Served, name: str, labels: str = "") -> float:
    lines = server.get("/metrics")[1].splitlines()
    start = f'{name}{{{labels}revision="",workload="inspect"}} '
    return float(next((line.removeprefix(start) for line in lines if line.startswith(start)), "0"))


def test_the_same_question_gets_the_same_answer_from_the_cache(server: Served) -> None:
    asked, raw = binary_request(images(2))
    first, second = (server.infer(asked, raw)[1] for _ in range(2))
    assert "cached" not in first["parameters"]
    assert second["parameters"] == {**first["parameters"], "cached": True}
    assert second["outputs"] == first["outputs"]
    other = server.infer(*binary_request(images(2) / 2))[1]
    assert "cached" not in other["parameters"]
    assert figure(server, "edgewright_cached_answers_total") >= 1


def test_each_input_of_a_batch_is_kept_for_labelling(server: Served) -> None:
    array = images(7)[4:]
    server.infer(*binary_request(array))
    end = time.monotonic() + 30
    wanted = {each.tobytes() for each in array}
    while True:
        folder = server.log.parent / "kept"
        found = {np.load(file)["image"].tobytes(): file for file in folder.glob("*.npz")}
        if wanted <= found.keys():
            break
        assert time.monotonic() < end
        time.sleep(0.05)
    line = json.loads(found[array[0].tobytes()].with_suffix(".json").read_text())
    assert (len(line["scores"]), line["tier"]) == (8, "onnxruntime-cpu/model-int8")
    assert line["certainty"] == pytest.approx(max(line["scores"]), abs=1e-5)
    assert figure(server, "edgewright_reservoir_bytes") > 0


def test_what_waits_is_written_when_it_stops(tmp_path: Path) -> None:
    folder = {"folder": str(tmp_path / "kept"), "bytes": 1 << 20}
    with served(configuration(reservoir=folder), tmp_path) as running:
        for _ in range(3):
            assert running.infer(*binary_request(images(8)))[0] == 200
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(20) == 0
    assert len(list((tmp_path / "kept").glob("*.npz"))) == 8


def test_a_folder_that_cannot_be_written_stops_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = {"folder": str(tmp_path / "file/kept"), "bytes": 1 << 20}
    with served(configuration(reservoir=folder), tmp_path) as running:
        assert running.infer(*binary_request(images()))[0] == 200
        end = time.monotonic() + 30
        while figure(running, "edgewright_reservoir_total", 'outcome="failed",') < 1:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert "cannot be kept" in running.log.read_text()


def test_what_becomes_known_is_counted_once(server: Served) -> None:
    def say(body: bytes) -> tuple[int, object]:
        status, _, answer = server.ask("POST", FEEDBACK, body)
        return status, json.loads(answer)

    assert say(b'{"id": "a", "correct": true}') == (200, {"counted": True})
    assert say(b'{"id": "a", "correct": true}') == (200, {"counted": False})
    assert say(b'{"correct": false}') == (200, {"counted": True})
    assert say(b'{"correct": false}') == (200, {"counted": True})
    assert figure(server, "edgewright_answers_total", 'correct="true",') == 1
    assert figure(server, "edgewright_answers_total", 'correct="false",') == 2
    assert say(b'{"correct": 1}')[0] == 400
    assert say(b" " * 5000)[0] == 413
    assert server.ask("POST", "/v2/models/other/feedback", b"{}")[0] == 404


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"correct": "yes"}', b'{"correct": true, "x": 1}', b'{"id": 7, "correct": true}',
             b"[" * 4000, b"\xff", b'{"id": "%s", "correct": true}' % (b"a" * 1025)]
)  # fmt: skip
def test_what_is_no_feedback_is_told_what_is(body: bytes) -> None:
    with pytest.raises(RequestFault, match="expected"):
        Feedback(lambda _: None).take(body)


def test_it_remembers_so_many_and_no_more() -> None:
    counted: list[bool] = []
    feedback = Feedback(counted.append)
    for number in range(10_001):
        feedback.take(json.dumps({"id": str(number), "correct": True}).encode())
    assert len(counted) == 10_001
    assert not feedback.take(b'{"id": "10000", "correct": true}')
    assert feedback.take(b'{"id": "0", "correct": true}')  # forgotten meanwhile
