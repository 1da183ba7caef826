"""Pictures that are no photographs: a verdict or a refusal for each, never a false generator."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont
from processes import command, needs_usage

BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16
SIDE = 320
MEGABYTE = 2**20


def ramps() -> np.ndarray:
    """Three colours that rise in three directions, 0 to 255."""
    rows, columns = np.indices((SIDE, SIDE)) / (SIDE - 1)
    return np.stack([columns, rows, (rows + columns) / 2], axis=-1) * 255


def cat() -> Pillow.Image:
    import skimage.data

    return Pillow.fromarray(skimage.data.chelsea()).resize((480, SIDE), Pillow.Resampling.BICUBIC)


def dithered(levels: int) -> Pillow.Image:
    """The cat in so many levels a colour, ordered: the perfect checkerboard."""
    pixels = np.asarray(cat()) / 255 * (levels - 1)
    rows, columns = np.indices(pixels.shape[:2])
    steps = np.floor(pixels + BAYER[rows % 4, columns % 4][..., np.newaxis])
    return Pillow.fromarray((steps * 255 / (levels - 1)).astype(np.uint8))


def ordered_bits() -> Pillow.Image:
    gray = np.asarray(cat().convert("L")) / 255
    rows, columns = np.indices(gray.shape)
    return Pillow.fromarray(gray > BAYER[rows % 4, columns % 4])


def screen() -> Pillow.Image:
    page = Pillow.new("RGB", (640, 400), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((460, 0, 640, 400), fill=(236, 238, 250))
    for line in range(24):
        pen.text((12, 4 + 16 * line), f"{line}. The cat sat on the mat. " * 3, fill=(20, 20, 20))
    return page


def page(size: int, pitch: int, side: int = 640) -> Pillow.Image:
    """Text from edge to edge, as dense as it gets: its lines repeat every `pitch` pixels."""
    sheet = Pillow.new("RGB", (side, 3 * side // 4), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size)
    for line in range(sheet.height // pitch):
        text = f"{line}. " + "The cat sat on the mat. " * 10
        pen.text((12, 4 + pitch * line), text, fill=(20, 20, 20), font=font)
    return sheet


def logo() -> Pillow.Image:
    drawn = Pillow.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(drawn)
    pen.ellipse((30, 30, 290, 290), fill=(220, 30, 30, 255))
    pen.polygon([(160, 50), (260, 240), (60, 240)], fill=(255, 255, 255, 160))
    return drawn


def checks(side: int) -> Pillow.Image:
    rows, columns = np.indices((SIDE, SIDE)) // side
    return Pillow.fromarray(((rows + columns) % 2 * 255).astype(np.uint8))


def noise(*shape: int) -> Pillow.Image:
    return Pillow.fromarray(np.random.default_rng(8).integers(0, 256, shape, dtype=np.uint8))


def gaussian(deviation: float) -> Pillow.Image:
    drawn = np.random.default_rng(9).normal(128, deviation, (SIDE, SIDE, 3))
    return Pillow.fromarray(np.clip(drawn, 0, 255).astype(np.uint8))


def gradient() -> Pillow.Image:
    return Pillow.fromarray(np.rint(ramps()).astype(np.uint8))


PICTURES: dict[str, tuple[Callable[[], Pillow.Image], dict[str, object]]] = {
    "flat.png": (lambda: Pillow.new("RGB", (SIDE, SIDE), (120, 90, 40)), {}),
    "flat.jpg": (lambda: Pillow.new("RGB", (SIDE, SIDE), (120, 90, 40)), {}),
    "noise.png": (lambda: noise(SIDE, SIDE, 3), {}),
    "gray-noise.png": (lambda: noise(SIDE, SIDE), {}),
    "gaussian.png": (lambda: gaussian(20), {}),
    "gaussian.jpg": (lambda: gaussian(20), {"quality": 80}),
    "smallest.png": (lambda: noise(66, 66, 3), {}),
    "narrow.png": (lambda: noise(66, 1500, 3), {}),
    "screen.png": (screen, {}),
    "screen.jpg": (screen, {"quality": 85}),
    "page-16.png": (lambda: page(12, 16), {}),
    "page-16.jpg": (lambda: page(12, 16), {"quality": 75}),
    "page-16-large.jpg": (lambda: page(14, 16), {"quality": 95}),
    "page-20.jpg": (lambda: page(12, 20, 1000), {"quality": 85}),
    "page-24.jpg": (lambda: page(18, 24), {"quality": 75}),
    "logo.png": (logo, {}),
    "logo.webp": (logo, {"lossless": True}),
    "scan-diffused.png": (lambda: cat().convert("1"), {}),
    "scan-ordered.png": (ordered_bits, {}),
    "scan-ordered.tif": (ordered_bits, {}),
    "palette-diffused.gif": (lambda: cat().quantize(64), {}),
    "palette-ordered.gif": (lambda: dithered(6).quantize(256, dither=Pillow.Dither.NONE), {}),
    "ordered-16.png": (lambda: dithered(16), {}),
    "ordered-32.png": (lambda: dithered(32), {}),
    "ordered-6.jpg": (lambda: dithered(6), {"quality": 90}),
    "checks-1.png": (lambda: checks(1), {}),
    "checks-2.png": (lambda: checks(2), {}),
    "checks-8.png": (lambda: checks(8), {}),
    "gradient.png": (gradient, {}),
    "gradient-gray.png": (lambda: gradient().convert("L"), {}),
    "gradient.jpg": (gradient, {"quality": 90}),
}
NOTHING_IS_SAID = {
    "flat.png", "screen.png", "logo.png", "scan-diffused.png", "scan-ordered.png",
    "palette-ordered.gif", "checks-1.png", "checks-2.png", "checks-8.png",
}  # fmt: skip
"""Where "unsure" is the only honest answer."""


@pytest.fixture(params=PICTURES)
def odd(request) -> str:
    make, options = PICTURES[request.param]
    make().save(request.param, **options)
    return request.param


def test_what_is_no_photograph_is_never_a_generator(catforensics, odd):
    run = catforensics("inspect", "--json", odd)
    assert run.status == 0 and run.err == ""
    record = json.loads(run.out)
    assert record["verdict"] != "generator trace", record["signs"][0]
    assert all(cause["cause"] != "generator" for cause in record["causes"])
    if odd in NOTHING_IS_SAID:
        assert record["verdict"] == "unsure" and record["limits"] and record["score"] == 0.5
    assert len(record["explanation"]) in (2, 3, 4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["flat.png", "scan-ordered.png", "logo.png", "checks-1.png"])
def test_it_is_drawn_and_explained_as_any_other(catforensics, name):
    make, _ = PICTURES[name]
    make().save(name)
    run = catforensics("inspect", name)
    assert run.status == 0 and run.out.startswith(f"{name}: Unsure: ")
    assert Path(f"{Path(name).stem}-inspect.png").exists()


@pytest.mark.parametrize("shape", [(8, 8, 3), (1, 1, 3), (65, 400, 3), (400, 65, 3)])
def test_what_is_too_small_is_refused_in_one_sentence(catforensics, shape):
    noise(*shape).save("small.png")
    run = catforensics("inspect", "small.png")
    assert run.refused and "small.png has shape" in run.err
    assert "at least 66 x 66 pixels" in run.err
    assert [path.name for path in Path().iterdir()] == ["small.png"]
    noise(80, 80, 3).save("large.png")
    run = catforensics("inspect", "small.png", "large.png")
    assert run.status == 1 and len(run.out.splitlines()) == 1
    assert "skipped 1:\n  small.png has shape" in run.err


@pytest.mark.slow
@needs_usage
@pytest.mark.parametrize("drawing", [False, True], ids=["json", "figure"])
def test_thirty_megapixels_are_measured_on_tiles_in_bounded_memory(drawing):
    tile = np.asarray(cat())
    pixels = np.tile(tile, (4480 // tile.shape[0], 6720 // tile.shape[1], 1))
    grain = np.random.default_rng(8).integers(0, 9, pixels.shape[:2], dtype=np.uint8)
    Pillow.fromarray((pixels // 2 + grain[..., np.newaxis]).astype(np.uint8)).save(
        "large.jpg", quality=92
    )
    options = ["-o", "large.png"] if drawing else []
    run = command("inspect", "large.jpg", "--json", *options)
    record = json.loads(run.out)
    assert record["shape"] == [4480, 6720, 3]
    assert record["parts"] == {"n": 9, "shape": [512, 512]}
    assert "easured on nine tiles of 512 x 512 pixels" in record["explanation"][0]
    assert record["verdict"] != "generator trace"
    assert run.peak < 600 * MEGABYTE
    assert Path("large.png").exists() == drawing
