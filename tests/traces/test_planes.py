"""One picture, its planes computed once, and every trace the same whoever computed them."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from forensics.detection.verdict.evidence import evidence
from forensics.errors import ImageShapeError, ParameterError
from forensics.traces import planes as planes_module
from forensics.traces.activities import activity
from forensics.traces.borders import picture_within
from forensics.traces.color import CHANNELS, channel_plane
from forensics.traces.crosswise import added_pattern
from forensics.traces.fingerprints.fingerprint import plain_residual
from forensics.traces.fingerprints.link import link_spectrum
from forensics.traces.fingerprints.match import repeated_part
from forensics.traces.interpolation import resampling
from forensics.traces.jpeg.grid import jpeg_grid, jpeg_trace
from forensics.traces.lattices import lattice
from forensics.traces.makers.dithering import dithering
from forensics.traces.makers.enlargement import enlargement
from forensics.traces.makers.every import makers
from forensics.traces.makers.interlacing import interlacing
from forensics.traces.makers.mosaic import mosaic, scaled_mosaic
from forensics.traces.makers.readout import readout
from forensics.traces.makers.screens import screen
from forensics.traces.makers.studio import studio_luma
from forensics.traces.makers.tiling import tiling
from forensics.traces.makers.wavelets import wavelet_trace
from forensics.traces.phases import phase_statistics
from forensics.traces.photographs import content
from forensics.traces.planes import Planes, as_planes
from forensics.traces.profiles import line_profile, line_profiles
from forensics.traces.spectra.harmonics import cross_difference, harmonic_grid
from forensics.traces.spectra.power import cosine_spectrum, power_spectrum
from forensics.traces.spectra.residual import median_residual, residual_spectrum
from forensics.traces.tiles import tiles

TRACES: tuple[Callable[[Any], Any], ...] = (
    activity, added_pattern, content, cosine_spectrum, cross_difference, dithering, enlargement,
    harmonic_grid, interlacing, jpeg_grid, jpeg_trace, lattice, line_profile,
    line_profiles, link_spectrum, makers, median_residual, mosaic, phase_statistics,
    picture_within, plain_residual, power_spectrum, readout, repeated_part, resampling,
    residual_spectrum, scaled_mosaic, screen, studio_luma, tiling, wavelet_trace,
)  # fmt: skip
NAMES = [trace.__name__ for trace in TRACES]
LARGE = (1616, 1600, 3)
"""Beyond what is measured whole."""


def pictures() -> st.SearchStrategy[NDArray[Any]]:
    side = st.integers(1, 9)
    shapes = st.tuples(side, side) | st.tuples(side, side, st.just(3))
    return st.sampled_from([np.uint8, np.uint16, np.float32, np.float64]).flatmap(
        lambda dtype: arrays(dtype, shapes, elements=st.integers(0, 255))
    )


def slices() -> st.SearchStrategy[tuple[slice, slice]]:
    edges = st.none() | st.integers(-9, 9)
    one = st.builds(slice, edges, edges)
    return st.tuples(one, one)


def noise(*shape: int) -> NDArray[np.uint8]:
    """Smooth enough that no trace is without any content."""
    values = np.random.default_rng(7).normal(0, 9, shape)
    ramp = np.linspace(60, 180, shape[1]).reshape(1, -1, *[1] * (len(shape) - 2))
    return (ramp + values).clip(0, 255).astype(np.uint8)


def planes_of(picture: Planes) -> list[NDArray[Any]]:
    return [
        picture.luma,
        picture.rough_luma,
        *(
            plane(channel)
            for plane in (picture.channel, picture.single, picture.plane)
            for channel in CHANNELS
        ),
    ]


def same(first: object, second: object) -> bool:
    """Bit by bit, whatever results are made of."""
    if isinstance(first, np.ndarray):
        assert isinstance(second, np.ndarray)
        return first.dtype == second.dtype and np.array_equal(
            first, second, equal_nan=first.dtype.kind in "fc"
        )
    if is_dataclass(first):
        names = [one.name for one in fields(first)]
        return all(same(getattr(first, name), getattr(second, name)) for name in names)
    if isinstance(first, tuple):
        assert isinstance(second, tuple)
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


@given(pictures(), slices(), slices())
def test_planes_of_a_part_are_the_part_of_the_planes(
    image: NDArray[Any], place: tuple[slice, slice], within: tuple[slice, slice]
) -> None:
    part = image[place][within]
    if part.size == 0:
        return
    found = planes_of(Planes(image)[place][within])
    assert all(map(same, found, planes_of(Planes(part.copy()))))
    assert all(map(same, found, [whole[place][within] for whole in planes_of(Planes(image))]))


@given(pictures())
def test_luma_is_that_of_the_array(image: NDArray[Any]) -> None:
    picture = Planes(image)
    for channel in CHANNELS:
        assert same(picture.channel(channel), channel_plane(image, channel))
        assert same(picture.single(channel), channel_plane(image, channel).astype(np.float32))
    assert np.allclose(picture.rough_luma, picture.luma, atol=1e-3)
    assert picture.plane().dtype == (np.float32 if image.dtype == np.uint8 else np.float64)


@pytest.mark.parametrize("trace", TRACES, ids=NAMES)
@pytest.mark.parametrize("shape", [(320, 352, 3), (320, 352)])
def test_a_trace_of_an_array_is_that_of_its_planes(
    trace: Callable[[Any], Any], shape: tuple[int, ...]
) -> None:
    image = noise(*shape)
    image.setflags(write=False)
    picture = Planes(image)
    assert same(trace(picture), trace(image))
    place = slice(3, 313), slice(17, 340)
    assert same(trace(picture[place]), trace(image[place]))
    assert same(trace(picture[place]), trace(image[place].copy()))


@pytest.mark.parametrize("trace", [activity, content, lattice, makers, phase_statistics])
def test_so_it_is_of_large_pictures(trace: Callable[[Any], Any]) -> None:
    image = noise(*LARGE)
    picture = Planes(image)
    assert same(trace(picture), trace(image))
    assert same(trace(picture[40:1100, 500:]), trace(image[40:1100, 500:]))


def test_evidence_of_planes_is_that_of_the_array() -> None:
    image = noise(192, 200, 3)
    assert same(evidence(Planes(image)), evidence(image))


def test_nothing_changes_from_outside() -> None:
    image = noise(64, 64, 3)
    before = image.copy()
    picture = Planes(image)
    for plane in (picture.image, *planes_of(picture)[:2], picture[8:, 8:].luma, picture.single()):
        with pytest.raises(ValueError, match="read-only"):
            plane[0, 0] = 0
    for name in ("luma", "image", "other"):
        with pytest.raises(AttributeError):
            setattr(picture, name, image)
    assert image.flags.writeable
    assert np.array_equal(image, before)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[int, ...]]:
    """How often luma of colours was computed, by the shape of the part."""
    counts: Counter[tuple[int, ...]] = Counter()

    def counted(image: NDArray[Any], channel: Any = "luma") -> NDArray[Any]:
        if channel == "luma" and image.ndim == 3:
            counts[image.shape] += 1
        return channel_plane(image, channel)

    monkeypatch.setattr(planes_module, "channel_plane", counted)
    return counts


@pytest.mark.parametrize("threads", [1, 3])
def test_evidence_computes_luma_once(computed: Counter[tuple[int, ...]], threads: int) -> None:
    image = noise(320, 352, 3)
    evidence(image, threads=threads)
    assert computed == {image.shape: 1}


def test_of_a_large_picture_once_for_each_part(computed: Counter[tuple[int, ...]]) -> None:
    evidence(noise(*LARGE), threads=2)
    # Nine tiles, and two middles: one at a multiple of 16 pixels, one in the very middle.
    assert computed == {(512, 512, 3): 9, (1024, 1024, 3): 2}


def test_the_whole_of_a_large_picture_is_not_kept(computed: Counter[tuple[int, ...]]) -> None:
    picture = Planes(noise(*LARGE))
    for _ in range(2):
        assert picture.single().shape == LARGE[:2]
        assert [tile.luma.shape for tile in picture.tiles()] == [(512, 512)] * 9
        assert [picture[place].luma.shape for place in tiles(LARGE)] == [(512, 512)] * 9
    assert computed == {LARGE: 2, (512, 512, 3): 9}


def test_threads_wait_for_each_other(computed: Counter[tuple[int, ...]]) -> None:
    picture = Planes(noise(320, 352, 3))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda top: picture[top:, :].single(), range(64)))
    assert sum(computed.values()) == 1
    assert all(np.shares_memory(one, found[-1]) for one in found)


def test_a_measure_is_kept_for_each_part() -> None:
    picture, asked = Planes(noise(16, 16)), []

    def measure(one: Planes) -> tuple[int, ...]:
        asked.append(one.shape)
        return one.shape

    assert [picture.once(measure), picture[2:, :].once(measure)] == [(16, 16), (14, 16)]
    assert [picture.once(measure), picture[2:, 0:16].once(measure)] == [(16, 16), (14, 16)]
    assert asked == [(16, 16), (14, 16)]


def test_a_measure_that_failed_is_tried_again() -> None:
    picture = Planes(noise(16, 16))
    tries = iter((ParameterError("no"), None))

    def measure(_: Planes) -> str:
        if failure := next(tries):
            raise failure
        return "found"

    with pytest.raises(ParameterError, match="no"):
        picture.once(measure)
    assert picture.once(measure) == "found"


def test_planes_go_with_their_picture() -> None:
    gc.disable()  # what waits for the collector adds up over many pictures
    try:
        picture = Planes(noise(64, 64, 3))
        part = picture[:32, :32]
        gone = weakref.ref(part.luma.base if part.luma.base is not None else part.luma)
        del part, picture
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (np.zeros((4, 4, 4)), "shape"),
        (np.zeros(4), "shape"),
        (np.zeros((0, 4)), "shape"),
        (np.zeros((4, 4), np.bool_), "type bool"),
        (np.full((4, 4), np.nan), "16 of the image's numbers are not finite"),
    ],
)
def test_what_is_no_picture_is_refused(image: NDArray[Any], said: str) -> None:
    for refused in (Planes, as_planes, line_profiles, lattice):
        with pytest.raises(ImageShapeError, match=said):
            refused(image)


def test_counts_have_to_be_uint8_where_that_is_asked_for() -> None:
    picture = Planes(np.full((4, 4), 7.0))
    assert as_planes(picture) is picture
    for image in (picture, picture.image):
        with pytest.raises(ImageShapeError, match="allowed is uint8"):
            as_planes(image, counts=True)


def test_parts_without_pixels_and_steps_are_refused() -> None:
    picture = Planes(noise(16, 16))
    with pytest.raises(ParameterError, match="steps have to be 1"):
        picture[::2, :]
    with pytest.raises(ImageShapeError, match=r"shape \(0, 16\)"):
        picture[16:, :]
