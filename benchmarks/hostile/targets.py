"""What is done to each input, and what would be a fault.

Reading may succeed or refuse with `ImageReadError`; inspecting may besides
say that a picture is too small (`ImageShapeError`), a set that it is empty. Anything else,
five seconds of computing, or a warning that would reach the terminal is a fault.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import traceback
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random

import numpy as np

from forensics._typing import Image
from forensics.detection.verdict.inspect import inspect_image
from forensics.errors import EmptySetError, ForensicsError, ImageReadError, ImageShapeError
from forensics.images.metadata import provenance
from forensics.images.read import read_image, read_pixels, read_size
from forensics.images.sources.find import find_images
from forensics.images.sources.local import BytesSource, ImageSource
from forensics.views.results.inspection import inspection_record, render_inspection, render_verdict
from forensics.views.results.provenance import provenance_facts
from forensics.views.results.records import render_json
from hostile.mutations import mutated
from hostile.seeds import seeds
from hostile.structure import edits_of

__all__ = ["SLOWEST", "Outcome", "made", "outcomes"]

SLOWEST = 5.0
"""Seconds of computing that one call may take."""
_SEED = 20210401
_INSPECTED = 8
"""One input in so many, chosen by its checksum, so that the same bytes always fare alike."""
_SUFFIXES = {"ZIP": ".zip", "TAR": ".tar"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call on one input ended: `fault` is "" unless something was wrong."""

    target: str
    accepted: bool
    seconds: float
    fault: str


def made(container: str, number: int) -> bytes:
    """Input `number` of a container: the same on every machine and in every run."""
    pool = seeds(container)
    random = Random(f"{_SEED} {container} {number}")
    # Small seeds more often: most of what can go wrong does so before a pixel is decoded.
    data = pool[int(len(pool) * random.random() ** 1.5)]
    return mutated(data, pool, edits_of(container), random)


def outcomes(container: str, data: bytes) -> list[Outcome]:
    """Do everything to one input, and say how it went."""
    if container in _SUFFIXES:
        return [_tried("members", partial(_members, _SUFFIXES[container], data), EmptySetError)]
    source = BytesSource("a.jpg", data)
    found = [
        _tried("read_image", partial(_read, source)),
        _tried("read_pixels", partial(read_pixels, source)),
        _tried("provenance", partial(_provenance, source)),
    ]
    share = zlib.crc32(data)
    if share % _INSPECTED == 0:
        found.append(_tried("inspect", partial(_inspect, source), ImageShapeError))
    return found


def _tried(target: str, call: Callable[[], object], *refusals: type[ForensicsError]) -> Outcome:
    accepted, fault = False, ""
    begun = time.process_time()  # a busy machine makes nothing slower
    with _leaked() as leaked:
        try:
            call()
            accepted = True
        except (ImageReadError, *refusals) as error:
            fault = _bad_sentence(str(error))
        except Exception:  # noqa: BLE001 -- whatever it is, it is what is looked for
            fault = traceback.format_exc()
    seconds = time.process_time() - begun
    if leaked:
        fault = fault or f"leaks a warning: {leaked[0]}"
    if seconds > SLOWEST:
        fault = fault or f"took {seconds:.1f} s"
    return Outcome(target, accepted, seconds, fault)


@contextmanager
def _leaked() -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        yield leaked


def _bad_sentence(sentence: str) -> str:
    if sentence.isprintable() and len(sentence) < 1000 and ": " in sentence:
        return ""
    return f"no sentence fit to be printed: {sentence[:2000]!r}"


def _read(source: ImageSource) -> Image:
    pixels, record = read_image(source)
    if pixels.shape != (record.rows, record.columns, 3) or pixels.dtype != np.uint8:
        raise AssertionError(f"{pixels.shape} {pixels.dtype}, the record says {record}")
    if read_size(source) != pixels.shape[:2]:
        raise AssertionError(f"{read_size(source)} is not the size of {pixels.shape}")
    return pixels


def _provenance(source: BytesSource) -> None:
    _check_json(json.dumps(provenance_facts(provenance(source.data, source.name))))


def _inspect(source: ImageSource) -> None:
    inspection, _ = inspect_image(source)
    _check_json(render_json(inspection_record(inspection)))
    _check_lines(render_inspection(inspection))
    _check_lines(render_verdict(inspection, explain=True))


def _check_json(text: str) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in JSON")

    json.loads(text, parse_constant=refuse)
    _check_lines(text)


def _check_lines(text: str) -> None:
    for line in text.split("\n"):
        if not line.isprintable():
            raise AssertionError(f"not fit to be printed: {line!r}")


def _members(suffix: str, data: bytes) -> None:
    # A name of its own each time: an open archive is known again by its path and stamp.
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        found = find_images(file.name, on_error="skip")
        for skipped in found.skipped:
            if fault := _bad_sentence(f"{os.path.basename(file.name)} {skipped.reason}"):
                raise AssertionError(fault)
        for source in found:
            try:
                _read(source)
            except ImageReadError as error:
                if fault := _bad_sentence(str(error)):
                    raise AssertionError(fault) from error
