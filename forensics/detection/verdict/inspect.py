"""One picture file, judged: its traces, their causes, and apart from these its own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Unpack

from forensics._typing import Image
from forensics.box import Box
from forensics.detection.verdict.attribution import Attribution, attribution
from forensics.detection.verdict.causes import Container
from forensics.detection.verdict.evidence import Evidence, evidence
from forensics.detection.verdict.model_file import shipped_model
from forensics.detection.verdict.robustness import robust
from forensics.detection.verdict.score import ScoreModel, Verdict
from forensics.engine.attempts import measured
from forensics.engine.run import RunKeywords, RunOptions
from forensics.engine.threads import keep_freed_memory, one_thread_each
from forensics.images.inputs import AnyImage, AnyImages, as_source, as_sources
from forensics.images.metadata import Provenance, provenance
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.record import FileRecord
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import held, named
from forensics.traces.fingerprints.match import AnyFingerprint
from forensics.traces.insets import inset_boxes
from forensics.traces.regions.maps import TraceMap, trace_map

__all__ = [
    "Inspection",
    "inspect_image",
    "iter_inspections",
]

_BATCH = 2


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """Everything found out about one picture: what its file says, its traces and the verdict.

    Parameters
    ----------
    path : str
        Name of the picture, as people are shown it.
    record : FileRecord
        What its container and tables tell.
    provenance : Provenance
        What the file says about its origin; nothing of it is in the score.
    evidence : Evidence
        Traces in the pixels.
    attribution : Attribution
        Verdict, score and causes.
    insets : tuple of Box
        Where in it other pictures stand, as in a screenshot or a collage, the largest first.
    trace_map : TraceMap, optional
        Its traces by place, and the regions that differ from the rest; None where it was not asked
        for.
    """

    path: str
    record: FileRecord
    provenance: Provenance
    evidence: Evidence
    attribution: Attribution
    insets: tuple[Box, ...] = ()
    trace_map: TraceMap | None = None

    @property
    def verdict(self) -> Verdict:
        """Verdict on the picture, one of three."""
        return self.attribution.verdict

    @property
    def score(self) -> float:
        """Chance that it was generated if half of all pictures were, 0 to 1."""
        return self.attribution.score

    @property
    def family(self) -> str | None:
        """Family of its generator, where a fingerprint names it."""
        return self.attribution.family


def inspect_image(
    image: AnyImage,
    *,
    fingerprints: Sequence[AnyFingerprint] = (),
    model: ScoreModel | None = None,
    resized_crops: bool = False,
    by_place: bool = False,
    max_pixels: int = MAX_PIXELS,
    threads: int = 2,
) -> tuple[Inspection, Image]:
    """Inspection of one picture file, with its pixels.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
        Picture to read.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints of known sources that the picture is matched against.
    model : ScoreModel, optional
        Score to judge by; the shipped one by default.
    resized_crops : bool
        Whether crops of whole frames that were resized are sought as well: seconds for each
        fingerprint.
    by_place : bool
        Whether the traces are mapped as well: seconds for each megapixel.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    threads : int
        Threads to measure it with.

    Returns
    -------
    Inspection
        What was found out.
    ndarray, shape (M, N, 3), uint8, counts
        The stored pixels; where a part of it is meant, those of the part.

    Raises
    ------
    ImageReadError
        It cannot be read.
    ImageShapeError
        It is too small for a verdict.

    See Also
    --------
    iter_inspections : Many pictures.
    attribution : The verdict alone.
    """
    keep_freed_memory()
    source = as_source(image)
    data = source.read_bytes()
    chosen = model or shipped_model()
    pixels, record = read_image(held(source, data), max_pixels=max_pixels)
    said = provenance(data, source.name, pixels=pixels)
    with named(source), one_thread_each():
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
        mapped = trace_map(pixels, fingerprints=fingerprints) if by_place else None
    within = inset_boxes(pixels) if record.box is None else ()
    return Inspection(source.name, record, said, found, verdict, within, mapped), pixels


def iter_inspections(
    images: AnyImages,
    *,
    fingerprints: Sequence[AnyFingerprint] = (),
    model: ScoreModel | None = None,
    resized_crops: bool = False,
    by_place: bool = False,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Iterator[Inspection | Skipped]:
    """Inspections of many pictures, in threads, in the order of the pictures.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set, as `find_images` returns them.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that every picture is matched against.
    model : ScoreModel, optional
        Score to judge by; the shipped one by default.
    resized_crops : bool
        Whether crops of whole frames that were resized are sought as well: seconds for each
        fingerprint.
    by_place : bool
        Whether the traces are mapped as well: seconds for each megapixel.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Yields
    ------
    Inspection or Skipped
        Each picture as it was inspected, or as left out.

    Raises
    ------
    ParameterError
        `workers` is less than 1, or `on_error` unknown.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.

    See Also
    --------
    inspect_image : One picture.
    """
    options = RunOptions.of(iter_inspections, run)
    inspect = partial(_inspection, tuple(fingerprints), model, resized_crops, by_place, max_pixels)
    sources = as_sources(images, on_error=options.on_error)
    return _each(inspect, sources, options)


def _each(
    inspect: Callable[[ImageSource], Inspection], sources: Sequence[ImageSource], run: RunOptions
) -> Iterator[Inspection | Skipped]:
    with one_thread_each():
        yield from measured(inspect, sources, run, batch=_BATCH)


def _inspection(
    fingerprints: Sequence[AnyFingerprint],
    model: ScoreModel | None,
    resized_crops: bool,
    by_place: bool,
    max_pixels: int,
    source: ImageSource,
) -> Inspection:
    return inspect_image(
        source,
        fingerprints=fingerprints,
        model=model,
        resized_crops=resized_crops,
        by_place=by_place,
        max_pixels=max_pixels,
        threads=1,
    )[0]


def _container(record: FileRecord) -> Container:
    jpeg = record.jpeg
    if jpeg is None:
        return Container(record.container)
    return Container(record.container, jpeg.quality, jpeg.subsampling)
