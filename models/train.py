#!/usr/bin/env python3
"""Draw, train and export the example's model: `python models/train.py`, about a minute on one core.

Writes below `--out`, each file a function of the flags alone on one kind of machine:

    surface-defects/model.onnx         float32, as trained
    surface-defects/model.fp16.onnx    half precision
    surface-defects/model.int8.onnx    quantised (MinMax, per channel) over calibration.npz
    surface-defects.golden.npz         labelled images that training never saw: what a floor is measured on
    calibration.npz                    unlabelled images, for whoever quantises

An .npz holds `inputs` (count, 1, 32, 32) as bytes and `scale`: what the model reads is `inputs` as float32
times `scale`. The golden set also holds `labels` (count,), numbers of classes. Needs numpy and onnx.
Another machine's linear algebra may round otherwise, and a training run amplifies that: the committed
files are the model, and this script is how they came to be.
"""

from __future__ import annotations

import os

# One thread, before numpy starts any: the order of sums decides the last bits of every weight.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import draw
import export
import network

NAME = "surface-defects"
SCALE = np.float32(1 / 255)


def arguments() -> argparse.Namespace:
    """The flags; their defaults make the committed files."""
    parser = argparse.ArgumentParser(description="Draw, train and export the example's model.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write below")
    parser.add_argument("--seed", type=int, default=7, help="draws other images, starts other weights")
    parser.add_argument(
        "--width", type=int, default=1, help="multiplies the hidden layers: bytes grow squared"
    )
    parser.add_argument("--images", type=int, default=24_000, help="images to learn from")
    parser.add_argument("--epochs", type=int, default=8, help="times each is looked at; 0 trains nothing")
    parser.add_argument("--golden", type=int, default=1000, help="images in the golden set")
    parser.add_argument("--calibration", type=int, default=128, help="images for quantising")
    return parser.parse_args()


def drawn(seed: int, part: int, count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images and classes of one part of the data; no two parts share a stream of random numbers."""
    return draw.draw(np.random.default_rng((seed, part)), count)


def centred(images: NDArray[np.uint8]) -> network.Floats:
    """Stored images as the first layer reads them: around zero, channels last."""
    return (images.astype(np.float32) * SCALE - export.MIDDLE).transpose(0, 2, 3, 1)


def archive(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """An .npz without a clock in it, and uncompressed: noise does not compress, and zlib's bytes vary."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as whole:
        for name, value in arrays.items():
            data = io.BytesIO()
            np.lib.format.write_array(data, np.asarray(value, order="C"), version=(1, 0), allow_pickle=False)
            whole.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), data.getvalue())
    return out.getvalue()


def learned(flags: argparse.Namespace, shape: tuple[network.Layer, ...]) -> network.Weights:
    """Weights ready for export."""
    images, labels = drawn(flags.seed, 0, flags.images)
    pixels = centred(images)
    # glibc keeps freed memory once a block of nearly 32 MiB was freed; without this a third of the time
    # goes into asking the kernel for the same pages again and again.
    np.empty(31 << 20, np.uint8)
    weights = network.trained(shape, pixels, labels, flags.seed, flags.epochs)
    return network.folded(shape, weights, pixels[:4096])


def files(flags: argparse.Namespace) -> dict[str, bytes]:
    """Every file's bytes under its path below the output folder."""
    classes = list(draw.DEFECTS)
    shape = network.layers(len(classes), draw.SIDE, flags.width)
    weights = learned(flags, shape)
    golden, labels = drawn(flags.seed, 2, flags.golden)
    calibration, _ = drawn(flags.seed, 3, flags.calibration)
    answers = network.outputs(shape, weights, centred(golden))[-1].argmax(axis=1)
    print(f"accuracy on the golden set, in numpy: {np.mean(answers == labels):.1%}")
    return {
        f"{NAME}/model.onnx": export.float32(shape, weights, classes, draw.SIDE),
        f"{NAME}/model.fp16.onnx": export.float16(shape, weights, classes, draw.SIDE),
        f"{NAME}/model.int8.onnx": export.int8(shape, weights, classes, draw.SIDE, centred(calibration)),
        f"{NAME}.golden.npz": archive({"inputs": golden, "scale": np.array(SCALE), "labels": labels}),
        "calibration.npz": archive({"inputs": calibration, "scale": np.array(SCALE)}),
    }


def main() -> None:
    """Write the files and say how large each is."""
    flags = arguments()
    for name, content in files(flags).items():
        path = flags.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"{len(content):>9,} bytes  {name}")


if __name__ == "__main__":
    main()
