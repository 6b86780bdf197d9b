"""K3s releases: exact where listed, by the line where not, None where the text is no version."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.catalogue import K3sRelease, k3s_key, load


@pytest.mark.parametrize(
    ("version", "image_volumes"),
    [
        ("v1.33.7+k3s1", False),
        ("v1.35.4+k3s1", False),
        ("v1.35.99+k3s1", False),
        ("v1.36.1+k3s1", False),
        ("v1.36.1+k3s9", False),
        ("v1.36.2+k3s1", True),  # the border: containerd 2.3 came with it
        ("v1.36.3+k3s1", True),
        ("v1.37.0+k3s1", True),
        ("v1.38.0+k3s1", True),  # no line of the catalogue: newer than all of them
        ("v2.0.0+k3s1", True),
        ("v1.32.0+k3s1", False),  # older than all of them
    ],
)
def test_image_volumes_by_release(version: str, image_volumes: bool) -> None:
    release = load().k3s_release(version)
    assert release is not None
    assert release.image_volumes is image_volumes


def test_a_listed_release_is_exact() -> None:
    assert load().k3s_release("v1.36.2+k3s1") == K3sRelease("v1.36.2", "v1.36", True, "2.3.2-k3s2", True)


def test_a_release_that_is_not_listed_is_known_by_its_line() -> None:
    assert load().k3s_release("v1.36.7+k3s2") == K3sRelease("v1.36.7", "v1.36", False, None, True)


@pytest.mark.parametrize(
    "text",
    ["", "v1.36.2", "1.36.2+k3s1", "v1.36.2+rke2r1", "v1.36.2+k3s", "v1.36.2+k3s1\n", "v1.36.2-rc1+k3s1"],
)
def test_what_is_no_version_gives_none(text: str) -> None:
    assert k3s_key(text) is None
    assert load().k3s_release(text) is None


def test_digits_are_ascii_and_few() -> None:
    assert k3s_key("v1.٣٦.2+k3s1") is None
    assert k3s_key("v" + "9" * 5000 + ".1.1+k3s1") is None


@given(st.tuples(*[st.integers(0, 9999)] * 4))
def test_versions_compare_as_their_numbers(numbers: tuple[int, ...]) -> None:
    major, minor, patch, build = numbers
    assert k3s_key(f"v{major}.{minor}.{patch}+k3s{build}") == numbers


@given(st.tuples(*[st.integers(0, 60)] * 3), st.tuples(*[st.integers(0, 60)] * 3))
def test_within_a_line_image_volumes_never_go_away(one: tuple[int, ...], two: tuple[int, ...]) -> None:
    older, newer = sorted([(1, *one), (1, one[0], *two[1:])])
    releases = [load().k3s_release("v{}.{}.{}+k3s{}".format(*numbers)) for numbers in (older, newer)]
    assert releases[0] is not None
    assert releases[1] is not None
    assert releases[0].image_volumes <= releases[1].image_volumes
