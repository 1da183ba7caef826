"""What is done to a hostile file, and what may come of it: a result, or one refusal."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

from forensics.detection.classification import classify_image
from forensics.detection.classifier import Model
from forensics.detection.inspection import inspect_image
from forensics.detection.modelfile import shipped_model
from forensics.errors import EmptySetError, ImageReadError, ImageShapeError
from forensics.images.decode import read_image, read_pixels
from forensics.images.sources import BytesSource, find_images
from forensics.views.inspectrecords import inspection_record, render_inspection
from forensics.views.records import render_json

__all__ = ["MOST_MEMORY", "MOST_SECONDS", "TARGETS", "outcome"]

MOST_SECONDS = 5.0
MOST_MEMORY = 1e9
"""Bytes that a process may hold at its peak."""


def decode(data: bytes) -> None:
    shape = read_pixels(BytesSource("hostile", data)).shape
    pixels, record = read_image(BytesSource("hostile", data))
    assert pixels.shape == shape == (record.rows, record.columns, 3)


def inspect(data: bytes) -> None:
    inspection, _ = inspect_image(BytesSource("hostile", data))
    render_json(inspection_record(inspection))
    text = render_inspection(inspection)
    assert all(line.isprintable() for line in text.split("\n")), text


def classify(data: bytes) -> None:
    assert 0 <= classify_image(BytesSource("hostile", data), model()).score <= 1


def unpack(data: bytes) -> None:
    for suffix in (".zip", ".tar", ".tar.gz"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"hostile{suffix}"
            path.write_bytes(data)
            found = find_images(path, on_error="skip")
            for source in found:
                if outcome(lambda _, source=source: source.read_bytes(), b"") == "accepted":
                    outcome(decode, source.read_bytes())


@cache
def model() -> Model:
    return shipped_model()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "decode": decode,
    "inspect": inspect,
    "classify": classify,
    "unpack": unpack,
}


def outcome(target: Callable[[bytes], object], data: bytes) -> str:
    """ "accepted" or "refused"; anything else is raised, warnings included.

    A picture that can be read and is too small to be judged is refused as such, by
    `ImageShapeError`; an archive without pictures by `EmptySetError`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            target(data)
        except ImageReadError as error:
            assert str(error).isprintable(), str(error)
            return "refused"
        except (ImageShapeError, EmptySetError):
            return "refused"
    return "accepted"
