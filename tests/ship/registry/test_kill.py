"""A push that is killed at any blob, or at its manifest: the next one sends what is missing, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.lying import Message, lying
from tests.ship.registry.images import image

from edgewright.artifact.oci import Artifact, blob_of
from edgewright.ship.registry import Access, Client

BLOBS = 4
PORTION = 2**16
CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from edgewright.ship.registry import Access, Client
from tests.ship.registry.test_kill import PORTION, large_image
with Client(Access(workers=1, chunk=PORTION)) as client:
    client.repository(sys.argv[2]).push(large_image(), ["v1"])
"""
ROOT = Path(__file__).parents[3]


def large_image() -> Artifact:
    """Blobs of three portions each; with the empty config, one more than BLOBS."""
    return image(*(blob_of(bytes([number]) * (2 * PORTION + 99)) for number in range(BLOBS)))


KILLS = [
    ("PUT", 1, 0),  # the config
    ("PATCH", 2, 1),  # in the middle of the first large blob
    ("PUT", 1, 1),  # when it is all there but for the last word
    ("PUT", 2, 2),
    ("PUT", 2, 3),
    ("PUT", 2, 4),
    ("manifest", 1, 5),
    ("manifest", 2, 5),  # the manifest has its digest and no tag yet
]
"""What a run is killed at, and how many blobs the registry has then."""


def test_a_push_that_is_killed_at_every_blob_ends_with_the_same_digests(registry: str) -> None:
    artifact = large_image()
    with Client(Access(chunk=PORTION)) as client:
        repository = client.repository(f"{registry}/killed/push")
        for what, count, there in KILLS:
            _kill(registry, what, count)
            assert sum(repository.has_blob(blob.digest, blob.size) for blob in artifact.blobs) == there
        assert repository.manifest("v1") is None, "no run came to its end"
        pushed = repository.push(artifact, ["v1"])
        assert (pushed.digest, pushed.sent, pushed.tagged) == (artifact.digest, (), ("v1",))
        assert repository.resolve("v1") == artifact.descriptor
        for blob in artifact.blobs:
            assert repository.blob(blob.digest, blob.size) == b"".join(blob.chunks())


def _kill(registry: str, what: str, count: int) -> None:
    """Kill a push when it makes its `count`-th request of a kind, which never arrives."""
    running: list[subprocess.Popen[bytes]] = []
    started = threading.Event()
    seen = 0

    def script(request: Message, nth: int) -> str | None:
        nonlocal seen
        started.wait()
        manifest = "/manifests/" in request.target and request.method == "PUT"
        seen += manifest if what == "manifest" else request.method == what and not manifest
        if seen < count:
            return None
        os.kill(running[0].pid, signal.SIGKILL)
        running[0].wait()
        return "_cut_request" if request.body else "_drop"

    with lying(registry, script=script) as proxy:
        command = [sys.executable, "-c", CHILD, str(ROOT), f"{proxy.address}/killed/push"]
        running.append(subprocess.Popen(command))
        started.set()
        assert running[0].wait(60) == -signal.SIGKILL
