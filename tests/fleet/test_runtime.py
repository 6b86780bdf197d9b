"""Runtimes: the tags under which their images are found."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import fleet_of, smallest
from tests.strategies import CATALOGUE

from edgewright.fleet import read_fleet, runtimes_of, tags_of


def runtime(image: str, tag: str | None = None) -> dict[str, Any]:
    return {"backends": ["onnxruntime-cpu"], "images": {"amd64": image}} | ({"tag": tag} if tag else {})


def tags(**runtimes: Any) -> dict[str, str]:
    return tags_of(runtimes_of(fleet_of(smallest(runtimes=runtimes)), CATALOGUE))


def test_an_image_without_a_tag_means_latest() -> None:
    found = tags(ours=runtime("server"))
    assert found["server"] == found["runtime-cpu"] == "latest"
    assert list(found) == sorted(found)


def test_a_tag_that_is_written_counts_wherever_the_image_is_named() -> None:
    assert tags(one=runtime("server", "1.4"), two=runtime("server"))["server"] == "1.4"
    assert tags(one=runtime("server"), two=runtime("server", "1.4"))["server"] == "1.4"
    assert tags(ours=runtime("runtime-cpu", "1.4"))["runtime-cpu"] == "1.4"


def test_one_image_has_one_tag() -> None:
    runtimes = {
        "one": runtime("server", "1.4"),
        "two": runtime("server", "1.5"),
        "three": runtime("other", "1.5"),
    }
    (finding,) = read_fleet(smallest(runtimes=runtimes), CATALOGUE).findings
    assert (finding.rule, finding.path) == ("contradiction", ("runtimes", "two", "tag"))
    assert finding.message == "`server` has the tag `1.5` here and `1.4` in `one`"
    assert [note.path for note in finding.notes] == [("runtimes", "one", "tag")]
    runtimes["two"]["tag"] = "1.4"
    assert read_fleet(smallest(runtimes=runtimes), CATALOGUE).findings == ()


@pytest.mark.parametrize("tag", ["", ".1", "-1", "a b", "a:b", "sha256:" + "1" * 64, "x" * 129, "1.4\n"])
def test_what_is_no_tag(tag: str) -> None:
    values = smallest(runtimes={"ours": runtime("server") | {"tag": tag}})
    (finding,) = read_fleet(values, CATALOGUE).findings
    assert (finding.rule, finding.path) == ("bad-value", ("runtimes", "ours", "tag"))


@pytest.mark.parametrize("tag", ["latest", "1.4.0-rc.1_b", "_", "x" * 128])
def test_what_is_a_tag(tag: str) -> None:
    assert tags(ours=runtime("server", tag))["server"] == tag
