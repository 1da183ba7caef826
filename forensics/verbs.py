"""The front door's verbs: whatever names a picture goes in, a result that shows itself comes out.

Below, every measurement takes sources or arrays; here a path, bytes, an array, a folder or a list
of them do as well. One picture gives one result, a set gives one for each picture.
"""

from __future__ import annotations

import html
import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast, overload

import numpy as np

from forensics._typing import Channel, Damaged, FloatArray, Image
from forensics.counting import counted
from forensics.detection import comparison as _comparison
from forensics.detection.classifier import feature_table as _table
from forensics.detection.verdict import inspect as _inspection
from forensics.engine import blend as _blend
from forensics.engine import profiles as _pictures
from forensics.engine.fingerprints import load_library
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import ImageShapeError, ParameterError
from forensics.images.delivery import chains as _chains
from forensics.images.delivery import deliver as _delivery
from forensics.images.delivery import simulate as _simulate
from forensics.images.delivery.encode import shown_inline
from forensics.images.delivery.simulate import LayerName, UpLayer
from forensics.images.delivery.steps import Step, read_step
from forensics.images.inputs import (
    AnyImage,
    AnyImages,
    PictureInMemory,
    as_sources,
    is_single,
)
from forensics.images.read import MAX_PIXELS, read_pixels
from forensics.images.sources.find import Skipped
from forensics.traces.periods import Bands, Period, line_bands

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from forensics.detection.verdict.score import ScoreModel, Verdict
    from forensics.traces.fingerprints.match import AnyFingerprint
    from forensics.views.results.inspection import InspectionRecord
    from forensics.views.results.records import BlendRecord, ComparisonRecord, ProfileRecord

__all__ = [
    "Blend",
    "Comparison",
    "Inspection",
    "Inspections",
    "Profile",
    "blend",
    "classify",
    "compare",
    "deliver",
    "features",
    "inspect",
    "profile",
    "simulate",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Inspection(_inspection.Inspection):
    """Everything found out about one picture, and its pixels to be looked at.

    Parameters
    ----------
    path : str
        Name of the picture.
    record : FileRecord
        Facts of its file.
    provenance : Provenance
        What the file says about its origin; nothing of it is in the score.
    evidence : Evidence
        Every trace that was measured.
    attribution : Attribution
        Verdict, score and causes.
    insets : tuple of Box
        Where in it other pictures stand.
    trace_map : TraceMap, optional
        Its traces by place, with ``by_place=True``.
    image : ndarray, shape (M, N, 3), uint8, counts, optional
        The stored pixels; None where many pictures were inspected.

    Examples
    --------
    >>> from skimage.data import camera
    >>> inspect(camera()).verdict
    'no generator trace'
    """

    image: Image | None = None

    def to_dict(self) -> InspectionRecord:
        """The object that ``inspect --json`` prints."""
        from forensics.views.results.inspection import inspection_record

        return inspection_record(self)

    def figure(self) -> Figure:
        """The page that ``inspect -o`` writes."""
        from forensics.views.sheets.inspection import show_inspection

        if self.image is None:
            raise ParameterError(
                f"{self.path} was inspected with others, and pixels are not kept: inspect it alone"
            )
        return show_inspection(self, self.image)

    def __repr__(self) -> str:
        from forensics.views.results.explanation import headline, render_score

        said = f"{headline(self)}; score {render_score(self.score)}"
        return f"<Inspection of {self.path!r}: {said}>"

    def _repr_html_(self) -> str:
        if self.image is None:
            return f"<pre>{html.escape(repr(self))}</pre>"
        return _drawn(self.figure(), repr(self))


class Inspections(tuple[Inspection, ...]):
    """Inspections of many pictures, in their order; what each has, all have as a list.

    Made of an iterable of `Inspection`, as any tuple is.
    """

    skipped: tuple[Skipped, ...] = ()
    """Pictures that were left out, with ``on_error="skip"``."""

    @property
    def verdict(self) -> list[Verdict]:
        """Of every picture."""
        return [one.verdict for one in self]

    @property
    def score(self) -> FloatArray:
        """Of every picture, shape (n,), float64."""
        return np.array([one.score for one in self])

    @property
    def family(self) -> list[str | None]:
        """Of every picture's generator, where a fingerprint names it."""
        return [one.family for one in self]

    def to_dict(self) -> list[InspectionRecord]:
        """The objects that ``classify --json`` prints, one for each picture."""
        return [one.to_dict() for one in self]

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{self.verdict.count(one)} {one}" for one in dict.fromkeys(self.verdict)
        )
        return f"<{counted(len(self), 'inspection')}: {counts}>" if self else "<no inspections>"

    def _repr_html_(self) -> str:
        from forensics.views.results.explanation import render_score

        rows = [("verdict", "score", "family", "picture")] + [
            (one.verdict, render_score(one.score), one.family or "", one.path) for one in self
        ]
        cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows]
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Profile(_pictures.PictureProfile):
    """Line profiles and period tests of one picture, and its pixels to be looked at.

    Parameters
    ----------
    path : str
        Name of the picture.
    shape : tuple of int
        (M, N, 3) as stored, before any turning.
    record : FileRecord
        Facts of its file.
    bands : Bands
        Line profiles of the picture, and every period test on them.
    image : ndarray, shape (M, N, 3), uint8, counts, optional
        The stored pixels; None where many pictures were profiled.
    """

    image: Image | None = None

    def to_dict(self) -> ProfileRecord:
        """The object that ``profile --json`` prints."""
        from forensics.views.results.records import profile_record

        return profile_record(self)

    def __repr__(self) -> str:
        from forensics.views.results.sentences import render_finding

        return f"<Profile of {self.path!r}: {render_finding(self.bands.tested, 'second')}>"

    def _repr_html_(self) -> str:
        if self.image is None:
            return f"<pre>{html.escape(repr(self))}</pre>"
        from forensics.views.sheets.profiles import show_profile

        return _drawn(show_profile(self, self.image), repr(self))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Blend(_blend.Blend):
    """Blend of a set, which knows its bands.

    Parameters
    ----------
    moments : Moments
        Exact sums of the pictures; with squares where the spread was asked for.
    skipped : tuple of Skipped
        Pictures that were left out, each with the reason.
    resized : bool
        Whether pictures were resampled; the result then carries a warning.
    stopped : bool
        Whether the run ended early.
    """

    @property
    def bands(self) -> Bands:
        """Of the lines of the mean, in luma."""
        return line_bands(self.mean)

    @property
    def periods(self) -> tuple[Period, ...]:
        """Every tested period of the luma profiles of the mean."""
        return self.bands.periods

    def to_dict(self) -> BlendRecord:
        """The object that ``blend --json`` prints."""
        from forensics.views.results.records import blend_record

        return blend_record(self, self.bands)

    def __repr__(self) -> str:
        from forensics.views.results.sentences import render_finding

        try:
            found = render_finding(self.bands.tested, "signed")
        except ImageShapeError:
            found = "too small for a period test"
        return f"<Blend of {counted(self.n_images)}: {found}>"

    def _repr_html_(self) -> str:
        from forensics.views.sheets.profiles import distance_sheet

        try:
            return _drawn(distance_sheet(self, self.bands), repr(self))
        except ImageShapeError:
            return f"<pre>{html.escape(repr(self))}</pre>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison(_comparison.Comparison):
    """Two sets side by side, which show themselves.

    Parameters
    ----------
    a, b : Side
        Name, blend and periods of each.
    """

    def to_dict(self) -> ComparisonRecord:
        """The object that ``compare --json`` prints."""
        from forensics.views.results.records import comparison_record

        return comparison_record(self.a, self.b)

    def figure(self) -> Figure:
        """The figure that ``compare`` writes."""
        from forensics.views.sheets.profiles import show_comparison

        return show_comparison(self.a, self.b)

    def __repr__(self) -> str:
        from forensics.views.results.sentences import render_finding

        first, second = (
            f"{one.name}, {counted(one.blended.n_images)}: "
            + render_finding(one.bands.tested, "signed")
            for one in (self.a, self.b)
        )
        return f"<Comparison: {first}; {second}>"

    def _repr_html_(self) -> str:
        return _drawn(self.figure(), repr(self))


@overload
def inspect(  # type: ignore[overload-overlap]
    images: PictureInMemory,
    *,
    fingerprints: Sequence[AnyFingerprint] | None = ...,
    model: ScoreModel | None = ...,
    resized_crops: bool = ...,
    by_place: bool = ...,
    frame: int = ...,
    damaged: Damaged = ...,
    box: Sequence[int] | None = ...,
    max_pixels: int = ...,
    **run: Unpack[RunKeywords],
) -> Inspection: ...


@overload
def inspect(  # type: ignore[overload-overlap]
    images: str | os.PathLike[str],
    *,
    fingerprints: Sequence[AnyFingerprint] | None = ...,
    model: ScoreModel | None = ...,
    resized_crops: bool = ...,
    by_place: bool = ...,
    frame: int = ...,
    damaged: Damaged = ...,
    box: Sequence[int] | None = ...,
    max_pixels: int = ...,
    **run: Unpack[RunKeywords],
) -> Inspection | Any: ...


@overload
def inspect(
    images: Iterable[AnyImage],
    *,
    fingerprints: Sequence[AnyFingerprint] | None = ...,
    model: ScoreModel | None = ...,
    resized_crops: bool = ...,
    by_place: bool = ...,
    frame: int = ...,
    damaged: Damaged = ...,
    box: Sequence[int] | None = ...,
    max_pixels: int = ...,
    **run: Unpack[RunKeywords],
) -> Inspections: ...


def inspect(
    images: AnyImages,
    *,
    fingerprints: Sequence[AnyFingerprint] | None = None,
    model: ScoreModel | None = None,
    resized_crops: bool = False,
    by_place: bool = False,
    frame: int = 0,
    damaged: Damaged = "skip",
    box: Sequence[int] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Inspection | Inspections:
    """Verdict on a picture, or on each of many, with the causes of every trace.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        One picture, or a folder, an archive, a pattern or a list of them.
    fingerprints : sequence of Fingerprint or DecoderTile, optional
        Of known sources, to be held against each; those that are shipped unless given.
    model : ScoreModel, optional
        The shipped one unless given.
    resized_crops : bool
        Also seek crops of whole frames that were resized: seconds for each fingerprint.
    by_place : bool
        Also map the traces, and seek regions that have another history than the rest: seconds for
        each megapixel.
    frame : int
        Frame of an animation, or page of a TIFF; the first is 0.
    damaged : {"skip", "keep"}
        Whether a damaged picture is left out, or measured with what a decoder makes up of it.
    box : sequence of int, optional
        First row, first column, rows and columns of the part that is measured, as stored; all of
        each picture by default.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Inspection or Inspections
        One for one picture; for a set, even of one, an `Inspections`.

    Raises
    ------
    ParameterError
        `images` name no picture, or an option is not allowed.
    ImageReadError, ImageShapeError
        One cannot be read, or is too small for a verdict.
    EmptySetError
        There is none.

    Examples
    --------
    >>> import skimage.data
    >>> found = inspect(skimage.data.chelsea())
    >>> found.verdict, found.to_dict()["verdict"]
    ('no generator trace', 'no generator trace')
    """
    options = RunOptions.of(inspect, run)
    sources = as_sources(images, on_error=options.on_error, frame=frame, damaged=damaged, box=box)
    if not is_single(images, sources):
        return classify(
            sources,
            fingerprints=fingerprints,
            model=model,
            resized_crops=resized_crops,
            by_place=by_place,
            max_pixels=max_pixels,
            **run,
        )
    done, image = _inspection.inspect_image(
        sources[0],
        fingerprints=load_library() if fingerprints is None else fingerprints,
        model=model,
        resized_crops=resized_crops,
        by_place=by_place,
        max_pixels=max_pixels,
        threads=options.workers or 2,
    )
    return Inspection(**_facts(done), image=image)


def classify(
    images: AnyImages,
    *,
    fingerprints: Sequence[AnyFingerprint] | None = None,
    model: ScoreModel | None = None,
    resized_crops: bool = False,
    by_place: bool = False,
    frame: int = 0,
    damaged: Damaged = "skip",
    box: Sequence[int] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Inspections:
    """Verdicts on many pictures: what `inspect` says of each.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        One picture, or a folder, an archive, a pattern or a list of them.
    fingerprints : sequence of Fingerprint or DecoderTile, optional
        Fingerprints of known sources, to be held against each; those that are shipped unless given.
    model : ScoreModel, optional
        Score to judge by; the shipped one unless given.
    resized_crops : bool
        Also seek crops of whole frames that were resized: seconds for each fingerprint.
    by_place : bool
        Also map the traces, and seek regions that have another history than the rest: seconds for
        each megapixel.
    frame : int
        Frame of an animation, or page of a TIFF; the first is 0.
    damaged : {"skip", "keep"}
        Whether a damaged picture is left out, or measured with what a decoder makes up of it.
    box : sequence of int, optional
        First row, first column, rows and columns of the part that is measured, as stored; all of
        each picture by default.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Inspections
        Without pixels.

    Raises
    ------
    ParameterError, ImageReadError, ImageShapeError, EmptySetError
        As `inspect`.

    Examples
    --------
    >>> import skimage.data
    >>> classify([skimage.data.chelsea(), skimage.data.coffee()]).verdict
    ['no generator trace', 'no generator trace']
    """
    options = RunOptions.of(classify, run)
    every = list(
        _inspection.iter_inspections(
            as_sources(images, on_error=options.on_error, frame=frame, damaged=damaged, box=box),
            fingerprints=load_library() if fingerprints is None else fingerprints,
            model=model,
            resized_crops=resized_crops,
            by_place=by_place,
            max_pixels=max_pixels,
            **run,
        )
    )
    done = Inspections(Inspection(**_facts(one)) for one in every if not isinstance(one, Skipped))
    done.skipped = tuple(one for one in every if isinstance(one, Skipped))
    return done


@overload
def profile(  # type: ignore[overload-overlap]
    images: PictureInMemory,
    *,
    channel: Channel = "luma",
    frame: int = 0,
    damaged: Damaged = "skip",
    box: Sequence[int] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Profile: ...


@overload
def profile(  # type: ignore[overload-overlap]
    images: str | os.PathLike[str],
    *,
    channel: Channel = "luma",
    frame: int = 0,
    damaged: Damaged = "skip",
    box: Sequence[int] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Profile | Any: ...


@overload
def profile(
    images: Iterable[AnyImage],
    *,
    channel: Channel = "luma",
    frame: int = 0,
    damaged: Damaged = "skip",
    box: Sequence[int] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> list[Profile]: ...


def profile(
    images: AnyImages,
    *,
    channel: Channel = "luma",
    frame: int = 0,
    damaged: Damaged = "skip",
    box: Sequence[int] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Profile | list[Profile]:
    """Line profiles of a picture, or of each of many, and what the period test says of them.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        One picture, or a folder, an archive, a pattern or a list of them.
    channel : {"luma", "red", "green", "blue"}
        What to take the lines of.
    frame : int
        Frame of an animation, or page of a TIFF; the first is 0.
    damaged : {"skip", "keep"}
        Whether a damaged picture is left out, or measured with what a decoder makes up of it.
    box : sequence of int, optional
        First row, first column, rows and columns of the part that is measured, as stored; all of
        each picture by default.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Profile or list of Profile
        One for one picture.

    Raises
    ------
    ParameterError, ImageReadError, ImageShapeError, EmptySetError
        As `inspect`.

    Examples
    --------
    >>> import skimage.data
    >>> len(profile(skimage.data.chelsea()).periods)
    30
    """
    options = RunOptions.of(profile, run)
    sources = as_sources(images, on_error=options.on_error, frame=frame, damaged=damaged, box=box)
    if is_single(images, sources):
        one, image = _pictures.profile_image(sources[0], channel=channel, max_pixels=max_pixels)
        return Profile(**_facts(one), image=image)
    every = _pictures.iter_profiles(sources, channel=channel, max_pixels=max_pixels, **run)
    return [Profile(**_facts(one)) for one in every if not isinstance(one, Skipped)]


def blend(
    images: AnyImages,
    *,
    size: int | None = None,
    resize: int | None = None,
    shape: tuple[int, int] | None = None,
    frame: int = 0,
    damaged: Damaged = "skip",
    spread: bool = False,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Blend:
    """Blend of a set of pictures: exact sums, the same for every order and number of workers.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        One picture, or a folder, an archive, a pattern or a list of them.
    size : int, optional
        Crop the centre of every picture to size x size pixels, without resampling.
    resize : int, optional
        Resample every picture to cover resize x resize pixels, then crop. This destroys
        and makes traces; the result says so.
    shape : tuple of int, optional
        Rows and columns that pictures of the set have, where neither of the two is given.
        By default those of most pictures, judged by up to 64 of them, spread evenly.
    frame : int
        Frame of an animation, or page of a TIFF; the first is 0.
    damaged : {"skip", "keep"}
        Whether a damaged picture is left out, or measured with what a decoder makes up of it.
    spread : bool
        Whether the sums of squares are kept as well, so that ``moments.std``, how much each pixel
        varies over the set, is known; it takes longer, and no band or p-value needs it.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Blend
        With the exact sums, what was left out, and its bands.

    Raises
    ------
    ParameterError, ImageReadError, ImageShapeError, EmptySetError
        As `inspect`; pictures of another size than most are one reason.

    Examples
    --------
    >>> done = blend([np.full((80, 80, 3), value, np.uint8) for value in (10, 20)])
    >>> done.n_images, float(done.mean.max())
    (2, 15.0)
    """
    options = RunOptions.of(blend, run)
    done = _blend.blend(
        as_sources(images, on_error=options.on_error, frame=frame, damaged=damaged),
        size=size,
        resize=resize,
        shape=shape,
        spread=spread,
        max_pixels=max_pixels,
        **run,
    )
    return Blend(**_facts(done))


def compare(
    a: AnyImages | _blend.Blend,
    b: AnyImages | _blend.Blend,
    *,
    names: tuple[str, str] = ("a", "b"),
    size: int | None = None,
    resize: int | None = None,
    shape: tuple[int, int] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Comparison:
    """Two sets side by side: blends, distance maps and line profiles on shared axes.

    Parameters
    ----------
    a, b : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Or a `Blend` that is there already.
    names : tuple of str
        What the sets are called.
    size : int, optional
        Crop the centre of every picture to size x size pixels, without resampling.
    resize : int, optional
        Resample every picture to cover resize x resize pixels, then crop.
    shape : tuple of int, optional
        Rows and columns that pictures of both sets have, where neither of the two is given.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Comparison
        Both sides, each with its blend and bands.

    Raises
    ------
    ParameterError, ImageReadError, ImageShapeError, EmptySetError
        As `blend`.

    Examples
    --------
    >>> flat = [np.full((80, 80, 3), 9, np.uint8)]
    >>> compare(flat, flat).to_dict()["a"]["n_images"]
    1
    """
    RunOptions.of(compare, run)
    first, second = (
        one
        if isinstance(one, _blend.Blend)
        else blend(one, size=size, resize=resize, shape=shape, max_pixels=max_pixels, **run)
        for one in (a, b)
    )
    return Comparison(**_facts(_comparison.compared(first, second, names=names)))


def features(
    images: AnyImages,
    *,
    fingerprints: Sequence[AnyFingerprint] | None = None,
    set: str = "",
    label: str = "",
    frame: int = 0,
    damaged: Damaged = "skip",
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> _table.Features:
    """Table of every feature of many pictures, for statistics of your own.

    ``pandas.DataFrame(table)`` and ``pyarrow.table(table)`` take it as it is: names of columns, and
    for each an array with a value for every picture. What is missing is NaN among numbers and ""
    among texts. `forensics.detection.feature_columns` says what each column means.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Any number of pictures: paths, folders, archives, patterns, or what is in memory.
    fingerprints : sequence of Fingerprint or DecoderTile, optional
        Of known sources, each with a column; those that are shipped unless given.
    set : str
        What the set is called; by default the folder or archive that each picture stood in.
    label : str
        Of all of them: what they are known to be, "gan" or "real", say.
    frame : int
        Frame of an animation, or page of a TIFF; the first is 0.
    damaged : {"skip", "keep"}
        Whether a damaged picture is left out, or measured with what a decoder makes up of it.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").
        What is skipped has a row as well, and the column "error" says why.

    Returns
    -------
    Features
        A mapping of names to arrays of shape (n,): str, or float64.

    Raises
    ------
    ParameterError, ImageReadError, ImageShapeError, EmptySetError
        As `inspect`; also of two fingerprints with one name.

    See Also
    --------
    classify : Verdicts on the same pictures.

    Examples
    --------
    >>> import skimage.data
    >>> table = features([skimage.data.chelsea()], label="real")
    >>> table.n_images, table["label"].tolist(), table["rows"].tolist()
    (1, ['real'], [300.0])
    >>> "luma every 2 pixels" in table
    True
    """
    options = RunOptions.of(features, run)
    return _table.feature_table(
        as_sources(images, on_error=options.on_error, frame=frame, damaged=damaged),
        fingerprints,
        set=set,
        label=label,
        max_pixels=max_pixels,
        **run,
    )


@overload
def deliver(  # type: ignore[overload-overlap]
    images: PictureInMemory, steps: Iterable[Step] | _chains.Chain, *, seed: int = ...
) -> _delivery.Delivered: ...


@overload
def deliver(  # type: ignore[overload-overlap]
    images: str | os.PathLike[str], steps: Iterable[Step] | _chains.Chain, *, seed: int = ...
) -> _delivery.Delivered | Any: ...


@overload
def deliver(
    images: Iterable[AnyImage], steps: Iterable[Step] | _chains.Chain, *, seed: int = ...
) -> list[_delivery.Delivered]: ...


def deliver(
    images: AnyImages, steps: Iterable[Step] | _chains.Chain, *, seed: int = 0
) -> _delivery.Delivered | list[_delivery.Delivered]:
    """A picture, or each of many, as it arrives after being cropped, resized, saved again.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        One picture, or a folder, an archive, a pattern or a list of them.
    steps : iterable of Step, or {"messenger", "social", "screenshot", "thumbnail"}
        In their order; or a named chain, in which chance draws what varies.
    seed : int
        Of the chance.

    Returns
    -------
    Delivered or list of Delivered
        One for one picture.

    Raises
    ------
    ParameterError, ImageReadError, ImageShapeError, EmptySetError
        As `inspect`; a picture may also be too small for a step.

    Examples
    --------
    >>> from forensics.images.delivery.steps import Jpeg
    >>> deliver(np.zeros((80, 80, 3), np.uint8), [Jpeg(75)]).container
    'JPEG'
    """
    if not isinstance(cast("object", steps), Iterable):
        raise ParameterError(f"steps is {steps!r}: pass the name of a chain, or a list of steps")
    named = steps if isinstance(steps, str) else tuple(map(_step, steps))

    def made(image: Image, rng: np.random.Generator) -> _delivery.Delivered:
        chain = named
        if isinstance(chain, str):
            chain = _chains.chain_steps(chain, image.shape, rng=rng)
        return _delivery.deliver(image, chain)

    return _made(images, made, seed)


@overload
def simulate(  # type: ignore[overload-overlap]
    images: PictureInMemory, layer: LayerName | UpLayer, *, strength: float = ..., seed: int = ...
) -> _simulate.Simulated: ...


@overload
def simulate(  # type: ignore[overload-overlap]
    images: str | os.PathLike[str],
    layer: LayerName | UpLayer,
    *,
    strength: float = ...,
    seed: int = ...,
) -> _simulate.Simulated | Any: ...


@overload
def simulate(
    images: Iterable[AnyImage],
    layer: LayerName | UpLayer,
    *,
    strength: float = ...,
    seed: int = ...,
) -> list[_simulate.Simulated]: ...


def simulate(
    images: AnyImages, layer: LayerName | UpLayer, *, strength: float = 1.0, seed: int = 0
) -> _simulate.Simulated | list[_simulate.Simulated]:
    """A picture, or each of many, as if a generator with this last layer had made it.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        One picture, or a folder, an archive, a pattern or a list of them.
    layer : str or UpLayer
        As for `simulated`; of a name, all pictures go through the same weights.
    strength : float
        0 gives the picture back, 1 the full layer, up to 4.
    seed : int
        Of the weights, and of the noise.

    Returns
    -------
    Simulated or list of Simulated
        One for one picture.

    Raises
    ------
    ParameterError, ImageReadError, ImageShapeError, EmptySetError
        As `inspect`.

    Examples
    --------
    >>> simulate(np.full((80, 80, 3), 99, np.uint8), "transposed-3").pixels.shape
    (80, 80, 3)
    """
    from forensics.images.delivery.simulate import draw_layer

    drawn = draw_layer(layer, np.random.default_rng(seed)) if isinstance(layer, str) else layer

    def made(image: Image, rng: np.random.Generator) -> _simulate.Simulated:
        return _simulate.simulated(image, drawn, strength=strength, rng=rng)

    return _made(images, made, seed)


def _step(step: Step | str) -> Step:
    return read_step(step) if isinstance(step, str) else step


def _made(
    images: AnyImages, make: Callable[[Image, np.random.Generator], T], seed: int
) -> T | list[T]:
    """One after the other, each with chance of its own."""
    rng = np.random.default_rng(seed)
    if isinstance(images, np.ndarray) and images.ndim < 4:
        return make(images, rng.spawn(1)[0])
    sources = as_sources(images)
    rngs = rng.spawn(len(sources))
    done = [make(read_pixels(one), rng) for one, rng in zip(sources, rngs, strict=True)]
    return done[0] if is_single(images, sources) else done


def _facts(result: Any) -> dict[str, Any]:
    return {field.name: getattr(result, field.name) for field in fields(result)}


def _drawn(figure: Any, said: str) -> str:
    """A figure as HTML, its finding for those who cannot see it."""
    from forensics.views.figures import DPI, save_figure

    file = io.BytesIO()
    save_figure(figure, file, "png", dpi=DPI)  # for a screen, and kept in the notebook
    return shown_inline(file.getvalue(), "PNG", said)
