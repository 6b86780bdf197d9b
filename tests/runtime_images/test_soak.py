"""An hour's load shortened to what CI bears: memory stays where it was, and no answer is missing."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from pathlib import Path

from tests.runtime_images.serving import Served, binary_request, configuration, images, served

WARM_UP = 6.0
STEADY = 14.0
GROWTH = 8 << 20
"""Bytes that memory may differ by: thousands of requests are answered meanwhile, each of 4 KiB and more, so that
what keeps even a part of each is found."""


def resident(running: Served) -> int:
    """Bytes of the server that lie in memory."""
    lines = Path(f"/proc/{running.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def test_memory_stays_flat_under_steady_load_and_every_request_is_answered(tmp_path: Path) -> None:
    stop, statuses = threading.Event(), Counter[int]()
    asked, raw = binary_request(images())
    entry = {"name": "image", "datatype": "FP32", "shape": [1, 1, 32, 32], "data": images().tolist()}

    def load(number: int, running: Served) -> None:
        """Binary data, JSON and what is wrong by turns, each with an id of its own."""
        turn = 0
        while not stop.is_set():
            turn += 1
            if turn % 3 == 0:
                status = running.infer({"inputs": [entry], "id": f"{number}-{turn}"})[0]
            elif turn % 10 == 1:
                status = running.infer({"inputs": [{"name": f"image-{number}-{turn}"}]})[0]
            else:
                status = running.infer(asked | {"id": f"{number}-{turn}"}, raw)[0]
            statuses[status] += 1

    with served(configuration(log={"sampleMillionths": 100_000}), tmp_path) as running:
        threads = [threading.Thread(target=load, args=(number, running)) for number in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(WARM_UP)
        warm, before = resident(running), statuses.total()
        time.sleep(STEADY)
        end, after = resident(running), statuses.total()
        stop.set()
        for thread in threads:
            thread.join()
        assert running.process.poll() is None
        assert all(json.loads(line) for line in running.log.read_text().splitlines())
    assert set(statuses) == {200, 400}
    assert after - before > 200
    assert end - warm < GROWTH, f"{warm:,} bytes, and {end:,} after {after - before:,} requests"
