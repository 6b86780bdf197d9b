"""What of Debian's packages comes into an image, and what is said to be installed then."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from edgewright.errors import FleetError
from edgewright.workshop.building.debian import is_left_out, lay_debian
from edgewright.workshop.building.recipe import Recipe, read_recipe

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("usr/bin/bash", True),
        ("usr/bin/python3.11", False),
        ("usr/share/doc/libc6/changelog.gz", True),
        ("usr/share/doc/libc6/copyright", False),
        ("usr/share/man", True),
        ("usr/share/man/man1/ls.1.gz", True),
        ("usr/share/manual", False),
        ("usr/lib/python3.11/test/support/__init__.py", True),
        ("usr/lib/python3.11/json/__init__.py", False),
        ("usr/local/lib/python3.11/dist-packages/numpy/linalg/tests/test_linalg.py", True),
        ("usr/local/lib/python3.11/dist-packages/numpy/testing/__init__.py", False),
        ("usr/local/lib/python3.11/dist-packages/onnxruntime/capi/libonnxruntime.so.1.31.1", True),
        ("usr/local/lib/python3.11/dist-packages/onnxruntime/capi/libonnxruntime_providers_shared.so", False),
    ],
)
def test_what_is_left_out(path: str, left: bool) -> None:
    assert is_left_out(path, read_recipe(ROOT / "runtime_images", "cpu").left_out) == left


def test_a_mirror_that_does_not_answer_is_told(tmp_path: Path) -> None:
    if shutil.which("mmdebstrap") is None or os.geteuid() != 0:
        pytest.skip("mmdebstrap is not installed, or would need user namespaces")
    recipe: Recipe = read_recipe(ROOT / "runtime_images", "cpu")
    with pytest.raises(FleetError) as caught:
        lay_debian(recipe, "amd64", tmp_path / "tree", "http://127.0.0.1:9/debian")
    [finding] = caught.value.findings
    assert finding.rule == "image-not-built"
    assert finding.message.startswith("unpacking Debian packages for amd64 failed: mmdebstrap ended with")
