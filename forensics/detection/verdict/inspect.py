"""One picture file, judged: its traces, their causes, and apart from these its own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Unpack

from forensics._typing import Image
from forensics.detection.verdict.attribution import Attribution, attribution
from forensics.detection.verdict.causes import Container
from forensics.detection.verdict.evidence import Evidence, evidence
from forensics.detection.verdict.model_file import shipped_model
from forensics.detection.verdict.robustness import robust
from forensics.detection.verdict.score import ScoreModel, Verdict
from forensics.engine.attempts import measured, named
from forensics.engine.run import RunKeywords, RunOptions
from forensics.images.inputs import AnyImage, AnyImages, as_source, as_sources
from forensics.images.metadata import Provenance, provenance
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.record import FileRecord
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import BytesSource
from forensics.traces.fingerprints.match import AnyFingerprint

__all__ = [
    "Inspection",
    "inspect_image",
    "iter_inspections",
]

_BATCH = 2


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """Everything found out about one picture.

    Parameters
    ----------
    path : str
    record : FileRecord
        Container and tables.
    provenance : Provenance
        What the file says about its origin; nothing of it is in the score.
    evidence : Evidence
        From the pixels alone.
    attribution : Attribution
    """

    path: str
    record: FileRecord
    provenance: Provenance
    evidence: Evidence
    attribution: Attribution

    @property
    def verdict(self) -> Verdict:
        """What is said of the picture, in one of three ways."""
        return self.attribution.verdict

    @property
    def score(self) -> float:
        """Chance that it was generated if half of all pictures were, 0 to 1."""
        return self.attribution.score

    @property
    def family(self) -> str | None:
        """Of its generator, where a fingerprint names it."""
        return self.attribution.family


def inspect_image(
    image: AnyImage,
    *,
    fingerprints: Sequence[AnyFingerprint] = (),
    model: ScoreModel | None = None,
    resized_crops: bool = False,
    max_pixels: int = MAX_PIXELS,
    threads: int = 2,
) -> tuple[Inspection, Image]:
    """Inspect one picture file; its pixels come along for those who want to look.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
    fingerprints : sequence of Fingerprint or DecoderTile
        Of known sources, to be held against it.
    model : ScoreModel, optional
        The shipped one unless given.
    resized_crops : bool
        Also seek crops of whole frames that were resized: seconds for each fingerprint.
    max_pixels : int
        A picture with more pixels is refused.
    threads : int
        That measure it.

    Returns
    -------
    Inspection
    ndarray, shape (M, N, 3), uint8, counts
        The stored pixels.

    Raises
    ------
    ImageReadError
        It cannot be read.
    ImageShapeError
        It is too small for a verdict.
    """
    source = as_source(image)
    data = source.read_bytes()
    chosen = model or shipped_model()
    pixels, record = read_image(BytesSource(source.name, data), max_pixels=max_pixels)
    with named(source):
        found = evidence(
            pixels, fingerprints=fingerprints, resized_crops=resized_crops, threads=threads
        )
        verdict = robust(
            attribution(found, _container(record), model=chosen),
            pixels,
            chosen,
            fingerprints=fingerprints,
            resized_crops=resized_crops,
            threads=threads,
        )
    said = provenance(data, source.name, pixels=pixels)
    return Inspection(source.name, record, said, found, verdict), pixels


def iter_inspections(
    images: AnyImages,
    *,
    fingerprints: Sequence[AnyFingerprint] = (),
    model: ScoreModel | None = None,
    resized_crops: bool = False,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Iterator[Inspection | Skipped]:
    """Inspections of many pictures, in threads, in the order of the pictures.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
    fingerprints : sequence of Fingerprint or DecoderTile
    model : ScoreModel, optional
        The shipped one unless given.
    resized_crops : bool
        Also seek crops of whole frames that were resized: seconds for each fingerprint.
    max_pixels : int
        A picture with more pixels is refused.
    **run : RunKeywords
        As for `RunOptions`: `workers` (threads), `on_error` ("raise" or "skip"), and the others.

    Yields
    ------
    Inspection or Skipped

    Raises
    ------
    ParameterError
        `workers` is less than 1, or `on_error` unknown.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    """
    options = RunOptions.of(iter_inspections, run)
    inspect = partial(_inspection, tuple(fingerprints), model, resized_crops, max_pixels)
    sources = as_sources(images, on_error=options.on_error)
    return measured(inspect, sources, options, batch=_BATCH)


def _inspection(
    fingerprints: Sequence[AnyFingerprint],
    model: ScoreModel | None,
    resized_crops: bool,
    max_pixels: int,
    source: ImageSource,
) -> Inspection:
    return inspect_image(
        source,
        fingerprints=fingerprints,
        model=model,
        resized_crops=resized_crops,
        max_pixels=max_pixels,
        threads=1,
    )[0]


def _container(record: FileRecord) -> Container:
    jpeg = record.jpeg
    if jpeg is None:
        return Container(record.container)
    return Container(record.container, jpeg.quality, jpeg.subsampling)
