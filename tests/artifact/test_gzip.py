"""gzip without compression: what others' readers make of it, and that nothing but the content decides."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgewright.artifact.gzip import BLOCK, stored

CHUNKS = st.lists(st.binary(max_size=400), max_size=6)
EDGES = (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 7)


def cut(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


@given(CHUNKS)
@example([b""])
def test_any_content_comes_back(chunks: list[bytes]) -> None:
    assert gzip.decompress(b"".join(stored(chunks))) == b"".join(chunks)


@pytest.mark.parametrize("length", EDGES)
def test_blocks_begin_and_end_where_they_must(length: int) -> None:
    content = bytes(each % 251 for each in range(length))
    whole = b"".join(stored([content]))
    assert gzip.decompress(whole) == content
    for size in (1000, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK):
        assert b"".join(stored(cut(content, size))) == whole
    assert len(whole) == 10 + len(content) + 5 * (length // BLOCK + 1) + 8


@given(st.binary(max_size=600), st.integers(1, 50))
def test_how_the_content_is_cut_changes_nothing(content: bytes, size: int) -> None:
    assert b"".join(stored(cut(content, size))) == b"".join(stored([content]))


def test_the_bytes_are_these() -> None:
    """Written down from RFC 1951 and RFC 1952, not from what the code gives."""
    head = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
    block = bytes([1, 3, 0, 0xFC, 0xFF]) + b"abc"
    tail = zlib.crc32(b"abc").to_bytes(4, "little") + bytes([3, 0, 0, 0])
    assert b"".join(stored([b"abc"])) == head + block + tail


def test_memory_does_not_grow_with_the_content() -> None:
    chunk = bytes(1 << 16)
    tracemalloc.start()
    for _ in stored(chunk for _ in range(1 << 9)):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * len(chunk)


@pytest.mark.skipif(not shutil.which("gzip"), reason="the program gzip is not installed")
def test_gnu_gzip_takes_it() -> None:
    content = b"kind: Deployment\n" * 9000
    packed = b"".join(stored([content]))
    out = subprocess.run(["gzip", "-dc"], input=packed, capture_output=True, check=True)
    assert (out.stdout, out.stderr) == (content, b"")


GO = """package main

import ("compress/gzip"; "io"; "os")

func main() {
	reader, err := gzip.NewReader(os.Stdin)
	if err != nil { panic(err) }
	if _, err := io.Copy(os.Stdout, reader); err != nil { panic(err) }
}
"""


@pytest.mark.skipif(not shutil.which("go"), reason="Go is not installed")
def test_gos_reader_takes_it(tmp_path: Path) -> None:
    """It is what Flux and containerd read with."""
    (tmp_path / "main.go").write_text(GO)
    content = bytes(each % 251 for each in range(3 * BLOCK))
    command = ["go", "run", str(tmp_path / "main.go")]
    out = subprocess.run(command, input=b"".join(stored([content])), capture_output=True, check=True)
    assert out.stdout == content
