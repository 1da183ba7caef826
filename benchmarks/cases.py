"""Cases whose cause is known, because they are made on purpose: every innocent maker of bands.

Each is a photograph that was reduced until nothing of its own history is left, and went
through one process. All is drawn from a seed: the same number makes the same case.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont
from scipy.ndimage import convolve, gaussian_filter

from forensics import read_image, read_pixels
from forensics._typing import FloatArray, Image
from forensics.images.delivery.encode import decoded_pixels, jpeg_bytes, webp_bytes
from forensics.images.delivery.resize import resized

__all__ = ["CASES", "Made", "case", "photograph", "photographs"]

SEED = 16
REDUCTION = 4.2
"""Beyond 4 the blocks of their own JPEG are smaller than two pixels, and are gone."""
FINE, FINER = 85, 93
"""Qualities from which reducing by 4.2, and by half of that, leaves nothing of it."""
LEAST, LARGEST = 480, 640
"""Pixels a side of a case, where the photograph has them."""
Maker = Callable[[Image, np.random.Generator], tuple[Image, str]]


@dataclass(frozen=True)
class Made:
    """A case: its pixels, what exactly was done, and the causes of which one must be named."""

    image: Image
    details: str
    causes: tuple[str, ...]


def photographs(data: Path) -> list[Path]:
    """Photographs of the shared data that are large and fine enough to be reduced."""
    folders = [data / "real/photos", data / "real/phones-native", data / "real/exif-cameras"]
    return [path for folder in folders for path in sorted(folder.iterdir()) if _large(path)]


def _large(path: Path) -> bool:
    """Reduced by 4.2 it has 357 pixels a side, or by 2.1 where it was hardly compressed."""
    record = read_image(path)[1]
    quality = record.jpeg.quality if record.jpeg and record.jpeg.quality else 100
    side = min(record.rows, record.columns)
    return (side >= 1500 and quality >= FINE) or (side >= 1000 and quality >= FINER)


@lru_cache(maxsize=4)
def _reduced(path: Path) -> Image:
    image = read_pixels(path)
    longest, shortest = max(image.shape[:2]), min(image.shape[:2])
    least = REDUCTION if shortest >= 1500 else REDUCTION / 2
    return resized(image, 1 / max(least, longest / 1000))


def photograph(path: Path, rng: np.random.Generator) -> Image:
    """A part of a photograph that was reduced until its own history was gone."""
    small = _reduced(path)
    size = [min(side, int(rng.integers(LEAST, LARGEST))) for side in small.shape[:2]]
    top, left = (
        int(rng.integers(0, side - part + 1))
        for side, part in zip(small.shape[:2], size, strict=True)
    )
    return small[top : top + size[0], left : left + size[1]].copy()


def case(kind: str, number: int, paths: list[Path]) -> Made:
    """Case `number` of a kind: a photograph and a process of its own."""
    rng = np.random.default_rng([SEED, list(CASES).index(kind), number])
    make, causes = CASES[kind]
    image, details = make(photograph(paths[(7 * number) % len(paths)], rng), rng)
    return Made(np.ascontiguousarray(image), details, causes)


def _counts(values: FloatArray) -> Image:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


# Codecs


def nothing(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    return image, ""


def jpeg(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    quality, subsampling = int(rng.integers(50, 97)), str(rng.choice(["4:2:0", "4:4:4"]))
    top, left = (int(at) for at in rng.integers(0, 8, 2))
    small = decoded_pixels(jpeg_bytes(image, quality=quality, subsampling=subsampling))
    return small[top:, left:], f"q{quality} {subsampling}"


def jpeg_twice(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    once, first = jpeg(image, rng)
    twice, second = jpeg(once, rng)
    return twice, f"{first}, {second}"


def _jpeg2000(irreversible: bool) -> Maker:
    def make(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
        rate = float(rng.choice([10, 15, 20, 30, 40]))
        held = io.BytesIO()
        Pictures.fromarray(image).save(
            held, "JPEG2000", quality_mode="rates", quality_layers=[rate], irreversible=irreversible
        )
        top, left = (int(at) for at in rng.integers(0, 4, 2))
        return np.asarray(Pictures.open(held).convert("RGB"))[top:, left:], f"rate {rate:.0f}"

    return make


def webp(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    quality = int(rng.integers(50, 96))
    top, left = (int(at) for at in rng.integers(0, 4, 2))
    return decoded_pixels(webp_bytes(image, quality=quality))[top:, left:], f"q{quality}"


# Resizing


def resampled(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    scale = float(rng.choice([1.1, 1.25, 1.33, 1.5, 1.8, 2.0]) * rng.uniform(0.98, 1.02))
    kernel = str(rng.choice(["nearest", "bilinear", "bicubic", "lanczos"]))
    small = image[: round(image.shape[0] / scale), : round(image.shape[1] / scale)]
    return resized(small, scale, kernel=kernel), f"x{scale:.2f} {kernel}"


def reduced(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    scale, kernel = float(rng.uniform(0.6, 0.95)), str(rng.choice(["bilinear", "lanczos"]))
    return resized(image, scale, kernel=kernel), f"x{scale:.2f} {kernel}"


# Cameras and sensors


def mosaic(image: Image, rng: np.random.Generator) -> FloatArray:
    """What a sensor under Bayer's pattern sees: one colour a pixel, and noise."""
    rows, columns = np.indices(image.shape[:2])
    red, blue = (rows + columns * 0) % 2 == 0, (rows + columns * 0) % 2 == 1
    red, blue = red & (columns % 2 == 0), blue & (columns % 2 == 1)
    channel = np.where(red, 0, np.where(blue, 2, 1))
    seen = np.take_along_axis(image.astype(float), channel[..., None], axis=2)[..., 0]
    return seen + rng.normal(0, rng.uniform(0.5, 2), seen.shape)


_PLUS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]) / 4
_RING = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4
_CROSS = np.zeros((5, 5))
_CROSS[2, [0, 4]] = _CROSS[[0, 4], 2] = -0.25
_CROSS[2, 2] = 1.0


def demosaiced(seen: FloatArray, corrected: bool) -> FloatArray:
    """Bilinear, or with the gradient of the colour that is known there added on top."""
    rows, columns = np.indices(seen.shape)
    places = ((rows % 2 == 0) & (columns % 2 == 0), (rows % 2) != (columns % 2))
    masks = (places[0], places[1], (rows % 2 == 1) & (columns % 2 == 1))
    planes = [
        np.where(mask, seen, convolve(np.where(mask, seen, 0), kernel, mode="mirror"))
        for mask, kernel in zip(masks, (_RING, _PLUS, _RING), strict=True)
    ]
    if corrected:
        gradient = convolve(seen, _CROSS, mode="mirror")
        gains = (0.625, 0.5, 0.625)
        planes = [
            np.where(mask, seen, plane + gain * gradient)
            for mask, plane, gain in zip(masks, planes, gains, strict=True)
        ]
    return np.stack(planes, axis=2)


def camera(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    corrected = bool(rng.integers(2))
    found = _counts(demosaiced(mosaic(image, rng), corrected))
    top, left = (int(at) for at in rng.integers(0, 2, 2))
    return found[top:, left:], "corrected" if corrected else "bilinear"


def camera_jpeg(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    found, details = camera(image, rng)
    quality = int(rng.integers(92, 99))
    return decoded_pixels(jpeg_bytes(found, quality=quality)), f"{details} q{quality}"


def camera_scaled(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    found, details = camera(image, rng)
    scale = float(rng.uniform(0.8, 0.95))
    return resized(found, scale), f"{details} x{scale:.2f}"


def sensor(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    """Every second column (or row) read out through an amplifier half a percent off."""
    share = rng.uniform(0.004, 0.01) * rng.choice([-1, 1])
    columns, offset = bool(rng.integers(3)), bool(rng.integers(2))
    values = image.astype(float) + rng.normal(0, 0.7, image.shape)
    odd = np.s_[:, 1::2] if columns else np.s_[1::2]
    values[odd] = values[odd] + 128 * share if offset else values[odd] * (1 + share)
    name = f"{'columns' if columns else 'rows'} {'offset' if offset else 'gain'}"
    return _counts(values), f"{name} {100 * share:.1f} %"


def scan_lines(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    share = rng.uniform(0.02, 0.10)
    values = image.astype(float)
    values[int(rng.integers(2)) :: 2] *= 1 - share
    return _counts(values), f"{100 * share:.0f} %"


def interlaced(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    moved = int(rng.integers(1, 5)) * int(rng.choice([-1, 1]))
    fields = image.copy()
    fields[1::2] = np.roll(image, moved, axis=1)[1::2]
    return fields[:, 4:-4], f"{moved} px"


# Screens and prints


def _bayer(side: int) -> FloatArray:
    screen = np.zeros((1, 1))
    while len(screen) < side:
        screen = np.block([[4 * screen, 4 * screen + 2], [4 * screen + 3, 4 * screen + 1]])
    return (screen + 0.5) / side**2


def dithered(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    side, levels = int(rng.choice([2, 4, 8])), int(rng.choice([2, 4, 6, 8, 16, 32]))
    screen = np.tile(_bayer(side), [-(-length // side) for length in image.shape[:2]])
    screen = screen[: image.shape[0], : image.shape[1], None]
    steps = np.floor(image / 255 * (levels - 1) + screen)
    return _counts(steps * 255 / (levels - 1)), f"{side} x {side}, {levels} levels"


def halftone(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    """Dots of a screen of 4 to 8 pixels, at an angle or none, as scanned: a little blurred."""
    pitch = float(rng.choice([4, 4, 5, 6, 8]))
    colored, blur = bool(rng.integers(2)), float(rng.choice([0, 0.5, 0.8]))
    angles = rng.choice([0, 45]) + (np.array([15, 75, 30]) if colored else np.zeros(3))
    if pitch == 4:
        angles = np.zeros(3)
    rows, columns = np.indices(image.shape[:2])
    gray = image.astype(float) if colored else np.repeat(image.mean(axis=2)[..., None], 3, axis=2)
    planes = []
    for channel, angle in enumerate(np.radians(angles)):
        along = columns * np.cos(angle) + rows * np.sin(angle)
        across = rows * np.cos(angle) - columns * np.sin(angle)
        wave = np.cos(2 * np.pi * along / pitch) + np.cos(2 * np.pi * across / pitch)
        threshold = 127.5 + 63 * wave
        planes.append(np.clip((gray[..., channel] - threshold) * 4 + 127.5, 0, 255))
    found = np.stack(planes, axis=2)
    if blur:
        found = gaussian_filter(found, (blur, blur, 0))
    return _counts(found), f"{pitch:.0f} px{' colored' if colored else ''}, blur {blur}"


# Drawn on top


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def watermark(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    """Words or lines, half transparent, again and again."""
    high, wide = (int(side) for side in rng.integers(24, 110, 2))
    lines = bool(rng.integers(2))
    tile = Pictures.new("L", (wide, high))
    draw = ImageDraw.Draw(tile)
    if lines:
        draw.line((0, high, wide, 0), fill=255, width=int(rng.integers(1, 4)))
        draw.line((0, 0, wide, high), fill=255, width=1)
    else:
        draw.text((2, 2), "SAMPLE", fill=255, font=_font(max(10, min(wide // 4, high - 8))))
    shown = np.tile(
        np.asarray(tile) / 255, [-(-image.shape[0] // high), -(-image.shape[1] // wide)]
    )
    shown = shown[: image.shape[0], : image.shape[1], None]
    opacity = float(rng.uniform(0.08, 0.35))
    tone = float(rng.choice([0, 255]))
    name = f"{wide} x {high}, {100 * opacity:.0f} %, {'lines' if lines else 'words'}"
    return _counts(image * (1 - opacity * shown) + tone * opacity * shown), name


def framed(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    widths = rng.integers(6, 50, 4)
    if rng.integers(3) == 0:
        widths[2:] = 0  # letterbox
    color = rng.choice([np.zeros(3), np.full(3, 255), rng.integers(0, 256, 3)])
    padding = (tuple(widths[:2]), tuple(widths[2:]))
    planes = [np.pad(image[..., i], padding, constant_values=int(color[i])) for i in range(3)]
    return np.stack(planes, axis=2), f"{widths.tolist()}"


def _lines_of_text(
    draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], rng: np.random.Generator
) -> None:
    left, top, right, bottom = box
    size = int(rng.integers(11, 18))
    font = _font(size)
    letters = list("etaoinshrdlucmfwypvbgk")
    for row in range(top, bottom - size, round(1.35 * size)):
        words = ["".join(rng.choice(letters, int(rng.integers(2, 10)))) for _ in range(24)]
        text = " ".join(words)
        while font.getlength(text) > right - left:
            text = text.rsplit(" ", 1)[0]
        draw.text((left, row), text, fill=(20, 20, 20), font=font)


def screenshot(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    """A picture on a page of a screen, with a bar above and words below it."""
    shade = int(rng.choice([255, 250, 240, 30]))
    page = Pictures.new("RGB", (760, 720), (shade,) * 3)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 760, 48), fill=tuple(int(c) for c in rng.integers(30, 220, 3)))
    small = resized(image, 360 / max(image.shape[:2]))
    left, top = (int(at) for at in rng.integers(50, 300, 2))
    page.paste(Pictures.fromarray(small), (left, top))
    if shade > 200:
        _lines_of_text(draw, (40, top + small.shape[0] + 16, 700, 716), rng)
    return np.asarray(page), f"shade {shade}"


def page(image: Image, rng: np.random.Generator) -> tuple[Image, str]:
    """Nothing but text; a little noise and blur where it was scanned."""
    sheet = Pictures.new("RGB", (600, 640), (250, 250, 248))
    _lines_of_text(ImageDraw.Draw(sheet), (40, 30, 560, 620), rng)
    scanned = bool(rng.integers(2))
    values = np.asarray(sheet).astype(float)
    if scanned:
        values = gaussian_filter(values, (0.6, 0.6, 0)) + rng.normal(0, 2, values.shape)
    return _counts(values), "scanned" if scanned else "screen"


CASES: dict[str, tuple[Maker, tuple[str, ...]]] = {
    "nothing": (nothing, ()),
    "JPEG": (jpeg, ("jpeg",)),
    "JPEG twice": (jpeg_twice, ("jpeg",)),
    "JPEG 2000 5/3": (_jpeg2000(False), ("jpeg2000",)),
    "JPEG 2000 9/7": (_jpeg2000(True), ("jpeg2000",)),
    "WebP": (webp, ("webp",)),
    "resampled": (resampled, ("resampling",)),
    "reduced": (reduced, ("resampling",)),
    "camera": (camera, ("camera",)),
    "camera, JPEG": (camera_jpeg, ("camera",)),
    "camera, scaled": (camera_scaled, ("camera", "resampling")),
    "sensor": (sensor, ("sensor",)),
    "scan lines": (scan_lines, ("scan lines",)),
    "interlace": (interlaced, ("interlace",)),
    "dither": (dithered, ("dither",)),
    "halftone": (halftone, ("halftone",)),
    "watermark": (watermark, ("watermark",)),
    "frame": (framed, ("frame",)),
    "screenshot": (screenshot, ("page", "frame")),
    "page": (page, ("page",)),
}
"""How each is made, and the causes of which at least one has to be named."""
