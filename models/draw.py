"""Grey images of machined surfaces, each with at most one defect: drawn, so no licence and no camera.

A defect is a shape given by its signed distance (negative inside), turned, scaled and moved at random.
Lighting, grinding marks, dust, a strip that hides part of the picture and sensor noise make some images
undecidable on purpose: a classifier that is always right would tell nothing about quantisation.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Shape = Callable[[Floats, Floats], Floats]

SIDE = 32
"""Width and height of an image in pixels."""

BLOCK = 512
"""Images that are drawn at once: bounds memory, and is part of what a seed means."""


def _half_planes(x: Floats, y: Floats, corners: int, inner: float) -> Floats:
    """Signed distance to a regular star whose inner corners lie at `inner` of the outer radius."""
    sector = np.pi / corners
    angle = np.abs((np.arctan2(y, x) + sector) % (2 * sector) - sector)
    along, across = np.hypot(x, y) * np.cos(angle), np.hypot(x, y) * np.sin(angle)
    edge = np.array([inner * np.cos(sector) - 1, inner * np.sin(sector)])
    normal = np.array([edge[1], -edge[0]]) / np.hypot(*edge)
    distance: Floats = ((along - 1) * normal[0] + across * normal[1]).astype(np.float32)
    return distance


def _segment(x: Floats, y: Floats, start: tuple[float, float], end: tuple[float, float]) -> Floats:
    """Distance to a stretch of a straight line."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    share = np.clip(((x - start[0]) * dx + (y - start[1]) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.hypot(x - start[0] - share * dx, y - start[1] - share * dy).astype(np.float32)


def _clean(x: Floats, _y: Floats) -> Floats:
    return np.full_like(x, 9)


def _scratch(x: Floats, y: Floats) -> Floats:
    return _segment(x, y, (-1.3, 0), (1.3, 0)) - np.float32(0.17)


def _crack(x: Floats, y: Floats) -> Floats:
    corners = ((-1.3, -0.1), (-0.45, 0.42), (0.4, -0.42), (1.3, 0.1))
    parts = [_segment(x, y, start, end) for start, end in pairwise(corners)]
    nearest: Floats = np.minimum.reduce(parts)
    return nearest - np.float32(0.17)


def _pit(x: Floats, y: Floats) -> Floats:
    return np.hypot(x, y) - np.float32(0.85)


def _halo(x: Floats, y: Floats) -> Floats:
    return np.abs(np.hypot(x, y) - np.float32(0.8)) - np.float32(0.2)


def _inclusion(x: Floats, y: Floats) -> Floats:
    return np.maximum(np.abs(x), np.abs(y)) - np.float32(0.78)


def _chip(x: Floats, y: Floats) -> Floats:
    return _half_planes(x, y, 3, 0.5) * np.float32(1.1)


def _burst(x: Floats, y: Floats) -> Floats:
    return _half_planes(x, y, 5, 0.42) * np.float32(1.1)


DEFECTS: dict[str, Shape] = {
    "clean": _clean,  # nothing
    "scratch": _scratch,  # a straight line
    "crack": _crack,  # a line with two bends
    "pit": _pit,  # a disc
    "halo": _halo,  # a ring
    "inclusion": _inclusion,  # a square
    "chip": _chip,  # a triangle
    "burst": _burst,  # a star with five points
}
"""The classes in the order of the model's outputs."""


def draw(rng: np.random.Generator, count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (count, 1, SIDE, SIDE) and their classes (count,), every class about as often as any other."""
    blocks = [_draw_block(rng, min(BLOCK, count - start)) for start in range(0, count, BLOCK)]
    return np.concatenate([images for images, _ in blocks]), np.concatenate([labels for _, labels in blocks])


def _draw_block(rng: np.random.Generator, count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    def uniform(low: float, high: float) -> Floats:
        return rng.uniform(low, high, (count, 1, 1)).astype(np.float32)

    labels = rng.permutation(np.arange(count, dtype=np.int64) % len(DEFECTS))
    axis = np.arange(SIDE, dtype=np.float32) - np.float32((SIDE - 1) / 2)
    x, y = np.meshgrid(axis, axis)
    image = _surface(x, y, uniform)
    depth = uniform(0.22, 0.5) * np.sign(uniform(-1, 1))
    image = image + depth * _coverage(x, y, labels, uniform)
    image = _dust(image, x, y, uniform)
    image = _strip(image, x, y, uniform)
    image = image + uniform(0.01, 0.05) * rng.standard_normal(image.shape, dtype=np.float32)
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)[:, None], labels


def _turned(x: Floats, y: Floats, angle: Floats) -> tuple[Floats, Floats]:
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _surface(x: Floats, y: Floats, uniform: Callable[[float, float], Floats]) -> Floats:
    """Even metal, lit from one side, with the marks of a grinding wheel across."""
    along, _ = _turned(x, y, uniform(0, 2 * np.pi))
    grain, _ = _turned(x, y, uniform(0, np.pi))
    marks = np.sin(grain * uniform(0.5, 2.5) + uniform(0, 2 * np.pi))
    surface: Floats = uniform(0.35, 0.65) + uniform(0, 0.012) * along + uniform(0, 0.06) * marks
    return surface


def _coverage(
    x: Floats, y: Floats, labels: NDArray[np.int64], uniform: Callable[[float, float], Floats]
) -> Floats:
    """How much of each pixel the defect covers, 0 to 1, its edge one to two pixels wide."""
    radius, squeeze, soft = uniform(6.0, 10.0), uniform(0.85, 1.0), uniform(0.5, 1.0)
    px, py = _turned(x - uniform(-5, 5), y - uniform(-5, 5), uniform(0, 2 * np.pi))
    px, py = px / radius, py / (radius * squeeze)
    distance = np.empty_like(px)
    for number, shape in enumerate(DEFECTS.values()):
        mine = labels == number
        distance[mine] = shape(px[mine], py[mine])
    covered: Floats = np.clip(0.5 - distance * radius / (2 * soft), 0, 1)
    return covered


def _dust(image: Floats, x: Floats, y: Floats, uniform: Callable[[float, float], Floats]) -> Floats:
    """Three specks, bright or dark, a pixel or two wide."""
    for _ in range(3):
        away = np.hypot(x - uniform(-16, 16), y - uniform(-16, 16))
        image = image + uniform(-0.3, 0.3) * np.clip(uniform(1.0, 2.2) - away, 0, 1)
    return image


def _strip(image: Floats, x: Floats, y: Floats, uniform: Callable[[float, float], Floats]) -> Floats:
    """A straight strip (a cable, a shadow) that hides what is under it, in about half of the images."""
    across, _ = _turned(x - uniform(-12, 12), y - uniform(-12, 12), uniform(0, np.pi))
    inside = np.abs(across) < uniform(-2.0, 1.6)
    return np.where(inside, uniform(0.2, 0.8), image).astype(np.float32)
