"""Tar headers: what Python's own reader makes of them."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact import tar

STEP = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=120)
PATH = st.lists(STEP, min_size=1, max_size=4).map("/".join)


def read_back(archive: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as opened:
        return opened.getmembers()


@given(PATH, st.binary(max_size=1500))
def test_any_path_and_content_come_back(path: str, content: bytes) -> None:
    archive = tar.file_header(path, len(content)) + content + tar.padding(len(content)) + tar.END
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as opened:
        (member,) = opened.getmembers()
        extracted = opened.extractfile(member)
        assert extracted is not None
        assert extracted.read() == content
    assert member.name == path.rstrip("/")
    assert (member.mode, member.uid, member.gid, member.mtime) == (0o644, 0, 0, 0)
    assert (member.uname, member.gname, member.linkname) == ("", "", "")
    assert len(archive) % tar.BLOCK == 0


@pytest.mark.parametrize("length", [*range(86, 102), *range(980, 992), 3000])
def test_a_record_counts_its_own_digits(length: int) -> None:
    path = "é" + "a" * (length - 1)
    assert [member.name for member in read_back(tar.file_header(path, 0) + tar.END)] == [path]


def test_a_folder_is_one() -> None:
    (member,) = read_back(tar.folder_header("models/weights") + tar.END)
    assert (member.name, member.isdir(), member.mode) == ("models/weights", True, 0o755)


@pytest.mark.parametrize("size", [0, 1, 8**11 - 1, 8**11, 40 * 2**30])
def test_sizes_beyond_the_plain_header(size: int) -> None:
    header = tar.file_header("models/model.onnx", size)
    with tarfile.open(fileobj=io.BytesIO(header + tar.END), mode="r:") as opened:
        member = opened.next()
    assert member is not None
    assert member.size == size


def test_a_header_is_these_bytes() -> None:
    """Written down from POSIX's table, not from what the code gives."""
    header = tar.file_header("models/model.onnx", 226_296)
    assert header[:100] == b"models/model.onnx" + bytes(83)
    numbers = (b"0000644", b"0000000", b"0000000", b"00000671770", b"00000000000")
    assert header[100:148] == b"".join(number + bytes(1) for number in numbers)
    assert int(header[148:154], 8) == sum(header) - sum(header[148:156]) + 8 * 32
    assert header[154:157] == bytes(1) + b" 0"
    assert header[157:257] == bytes(100)
    assert header[257:265] == b"ustar" + bytes(1) + b"00"
    assert header[329:345] == (b"0000000" + bytes(1)) * 2
    assert header[345:] == bytes(167)
