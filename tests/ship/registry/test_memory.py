"""Models of gigabytes travel in little memory: measured from outside, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MEBIBYTE = 2**20
BLOBS = 4
CHILD = """
import hashlib, sys
from pathlib import Path
from edgewright.artifact.oci import Descriptor, measured_blob
from edgewright.ship.registry import Access, Client

def chunks(number, size):
    def made():
        piece = hashlib.sha256(str(number).encode()).digest() * 2**15
        for _ in range(size // len(piece)):
            yield piece
    return made

address, folder, blobs, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
made = [measured_blob(chunks(number, size)) for number in range(blobs)]
with Client(Access()) as client:
    repository = client.repository(address)
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(blobs) as pool:
        assert all(pool.map(repository.push_blob, made))
    wanted = {folder / each.digest[7:]: Descriptor("a/b", each.digest, each.size) for each in made}
    repository.download_all(wanted)
for path in wanted:
    assert path.stat().st_size == size
    path.unlink()
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0])
"""


def peak(address: str, folder: Path, *, blobs: int, size: int) -> int:
    """The most bytes of memory that a process has which pushes and downloads so many blobs at once."""
    command = [sys.executable, "-c", CHILD, address, str(folder), str(blobs), str(size)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout) * 1024


def test_what_travels_is_never_held_whole(registry: str, tmp_path: Path) -> None:
    size = 64 * MEBIBYTE
    assert peak(f"{registry}/memory/blobs", tmp_path, blobs=BLOBS, size=size) < 64 * MEBIBYTE
