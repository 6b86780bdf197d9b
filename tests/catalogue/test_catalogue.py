"""What a Catalogue answers out of more than one entry."""

from __future__ import annotations

import pytest

from edgewright.catalogue import load, version_key


@pytest.mark.parametrize(
    ("architecture", "jetpack", "driver", "platforms"),
    [
        ("arm64", "5.1.2", None, ("jetpack5", "arm64")),
        ("arm64", "6.2", None, ("jetpack6", "arm64")),
        ("arm64", "6.9.9", None, ("jetpack6", "arm64")),  # not listed: its major decides
        ("arm64", "7.2", None, ("jetpack7", "arm64")),
        ("arm64", "8.0", None, ("arm64",)),
        ("arm64", None, None, ("arm64",)),
        ("arm64", None, "580.82.07", ("arm64",)),
        ("amd64", None, "580.82.07", ("amd64-cuda13", "amd64-cuda12", "amd64")),
        ("amd64", None, "580.65.06", ("amd64-cuda13", "amd64-cuda12", "amd64")),
        ("amd64", None, "580.65.05", ("amd64-cuda12", "amd64")),
        ("amd64", None, "525.60.13", ("amd64-cuda12", "amd64")),
        ("amd64", None, "525.60.12", ("amd64",)),
        ("amd64", None, "no driver", ("amd64",)),
        ("amd64", "6.2", None, ("amd64",)),
        ("riscv64", None, None, ()),
    ],
)
def test_platforms_the_most_specific_first(
    architecture: str, jetpack: str | None, driver: str | None, platforms: tuple[str, ...]
) -> None:
    assert load().platforms_of(architecture, jetpack=jetpack, driver=driver) == platforms


@pytest.mark.parametrize(
    ("board", "jetpack", "taken"),
    [
        ("jetson-orin-nx-16gb", "5.0.2", False),
        ("jetson-orin-nx-16gb", "5.1", True),
        ("jetson-orin-nx-8gb", "5.1", False),  # came with 5.1.1
        ("jetson-orin-nx-8gb", "5.1.1", True),
        ("jetson-orin-nx-16gb", "6.2", True),
        ("jetson-orin-nx-16gb", "7.1", False),  # JetPack 7.0 and 7.1 are Thor's alone
        ("jetson-orin-nx-16gb", "7.2", True),
        ("jetson-orin-nx-16gb", "8.0", False),
        ("jetson-agx-thor", "6.2", False),
        ("jetson-agx-thor", "7.0", True),
        ("raspberry-pi-5-8gb", "6.2", False),
    ],
)
def test_which_jetpack_a_board_takes(board: str, jetpack: str, taken: bool) -> None:
    assert load().takes_jetpack(load().boards[board], jetpack) is taken


@pytest.mark.parametrize(
    ("jetpack", "has_40w"), [("5.1.4", False), ("5.1.5", True), ("6.0", False), ("6.1", False), ("6.2", True)]
)
def test_super_modes_came_late(jetpack: str, has_40w: bool) -> None:
    modes = load().power_modes_of(load().boards["jetson-orin-nx-16gb"], jetpack)
    assert ("40W" in modes) is has_40w
    assert "25W" in modes


def test_without_a_jetpack_every_power_mode_counts() -> None:
    board = load().boards["jetson-orin-nx-16gb"]
    assert load().power_modes_of(board, None) == board.power_modes


@pytest.mark.parametrize(
    ("version", "l4t"),
    [("6.2", "36.4.3"), ("6.2.9", "36.5.2"), ("7.2.2", "39.2.1"), ("5.0", None), ("8.0", None)],
)
def test_a_jetpack_that_is_not_listed_is_like_the_one_before_it(version: str, l4t: str | None) -> None:
    jetpack = load().jetpack_of(version)
    assert (jetpack.l4t if jetpack else None) == l4t


def test_versions_compare_as_numbers_whatever_they_are() -> None:
    assert version_key("580.82.07") == (580, 82, 7, 0)
    assert version_key("6.10") > version_key("6.9.9")
    assert version_key("6") == version_key("6.0.0.0.1")
    assert version_key("") == version_key("x.-1.²") == (0, 0, 0, 0)
    assert version_key("1." * 10**6) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("version", "listed"),
    [
        ("12.0", "12.0"),
        ("12.6", "12.0"),
        ("12.8", "12.8"),
        ("12.99.1", "12.8"),
        ("13.4", "13.0"),
        ("14.0", None),
    ],
)
def test_a_release_counts_as_the_newest_listed_one_before_it(version: str, listed: str | None) -> None:
    catalogue = load()
    assert catalogue.cuda_of(version) is (catalogue.cudas[listed] if listed else None)


def test_nothing_is_known_of_a_release_before_every_listed_one_of_its_major() -> None:
    catalogue = load()
    assert catalogue.cuda_of("11.0") is None
    assert catalogue.tensorrt_of("8.4.1") is None
    assert catalogue.onnxruntime_of("1.16.3") is None
    assert catalogue.onnxruntime_of("1.31.1") is catalogue.onnxruntimes["1.31"]
