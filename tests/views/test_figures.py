from __future__ import annotations

import io
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from PIL import Image as Pillow
from PIL import ImageOps

from forensics.traces.color import color_distance
from forensics.traces.periods import ratio_spectrum
from forensics.traces.profiles import line_profile
from forensics.views.figures import (
    AXIS_COLORS,
    DPI,
    new_figure,
    placed_axes,
    save_figure,
    show_blend,
    show_distance,
    show_image,
    show_line_profile,
    show_spectrum,
    title,
)


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    yield
    plt.close("all")


def drawn(figure: Figure, kind: str = "png") -> bytes:
    file = io.BytesIO()
    save_figure(figure, file, kind, dpi=DPI)
    return file.getvalue()


def pixels(figure: Figure) -> np.ndarray:
    return np.array(Pillow.open(io.BytesIO(drawn(figure))).convert("RGB"))


@pytest.fixture
def mean(rng) -> np.ndarray:
    return rng.uniform(0, 255, (70, 90, 3))


def calls(mean: np.ndarray, ax):
    profile = line_profile(mean, axis="rows", kind="second")
    image = mean.astype(np.uint8)
    yield show_image(image, ax=ax), AxesImage
    yield show_blend(mean, ax=ax), AxesImage
    yield show_distance(mean, ax=ax), AxesImage
    yield show_line_profile(profile, ax=ax), Line2D
    yield show_spectrum(profile, ax=ax), Line2D


def test_an_artist_comes_back_on_the_axes_that_were_given(mean):
    before = plt.get_fignums()
    axes = placed_axes(new_figure(300, 200), 10, 10, 100, 100)
    for artist, kind in calls(mean, axes):
        assert isinstance(artist, kind) and artist.axes is axes
    assert plt.get_fignums() == before


def test_without_axes_each_makes_a_figure_of_its_own(mean):
    figures = [artist.figure for artist, _ in calls(mean, None)]
    assert len(set(figures)) == len(figures) == len(plt.get_fignums())


def test_nothing_that_was_passed_in_is_changed(mean):
    before = mean.copy()
    mean.setflags(write=False)
    for _ in calls(mean, placed_axes(new_figure(300, 200), 10, 10, 100, 100)):
        pass
    assert np.array_equal(mean, before)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_agrees_with_pillow(rng, orientation):
    image = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    picture = Pillow.fromarray(image)
    picture.getexif()[274] = orientation
    turned = np.array(ImageOps.exif_transpose(picture))
    axes = placed_axes(new_figure(300, 200), 10, 10, 100, 100)
    assert np.array_equal(show_image(image, orientation=orientation, ax=axes).get_array(), turned)
    shown = show_distance(image, orientation=orientation, ax=axes).get_array()
    assert np.allclose(shown, color_distance(turned))


@pytest.mark.parametrize(("left", "top", "width", "height"), [(24, 60, 70, 50), (3, 1, 61, 67)])
def test_a_picture_at_its_own_size_is_not_resampled(rng, left, top, width, height):
    image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    for show in (show_image, show_blend):
        figure = new_figure(151, 173)
        show(
            image.astype(float) if show is show_blend else image,
            ax=placed_axes(figure, left, top, width, height),
        )
        page = pixels(figure)
        assert page.shape == (173, 151, 3)
        assert np.array_equal(page[top : top + height, left : left + width], image)


def test_a_map_at_a_multiple_of_its_size_repeats_its_pixels(mean):
    figure = new_figure(300, 300)
    artist = show_distance(mean, ax=placed_axes(figure, 20, 30, 180, 140))
    page = pixels(figure)[30:170, 20:200]
    expected = artist.cmap(artist.norm(color_distance(mean)), bytes=True)[..., :3]
    assert np.array_equal(page, expected.repeat(2, axis=0).repeat(2, axis=1))


@pytest.mark.parametrize("by", [1, 2, 3])
@pytest.mark.parametrize(("left", "top"), [(20, 30), (3, 1)])
def test_at_more_dots_an_inch_pixels_are_repeated_not_smoothed(rng, by, left, top):
    image = rng.integers(0, 256, (31, 40, 3), dtype=np.uint8)
    for picture, show in ((image.astype(float), show_blend), (image, show_image)):
        figure, file = new_figure(90, 80), io.BytesIO()
        show(picture, ax=placed_axes(figure, left, top, 40, 31))
        save_figure(figure, file, "png", dpi=by * DPI)
        page = np.array(Pillow.open(file).convert("RGB"))
        found = page[by * top : by * (top + 31), by * left : by * (left + 40)]
        assert np.array_equal(found, image.repeat(by, axis=0).repeat(by, axis=1))


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
@pytest.mark.parametrize("size", [(60, 60), (30, 30), (80, 71), (200, 47)])
@pytest.mark.parametrize("change", ["none", "zoom", "alpha", "upside down", "moved"])
def test_enlarged_here_it_is_as_matplotlib_enlarges_to_the_nearest(rng, kind, size, change):
    values = rng.uniform(0, 255, (15, 20))

    def shown(*, here: bool) -> bytes:
        figure = new_figure(300, 100)
        axes = placed_axes(figure, 10, 10, *size)
        artist = show_distance(values, ax=axes)
        if change == "zoom":
            axes.set_xlim(3, 9.2)
        elif change == "alpha":
            artist.set_alpha(0.5)
        elif change == "upside down":
            axes.invert_yaxis()
        elif change == "moved":
            axes.set_position((0.1103, 0.1207, 0.2, 0.6))
        if not here:
            artist._placed = lambda _: None
        return drawn(figure, kind)

    assert shown(here=True) == shown(here=False)


@pytest.mark.parametrize(("metric", "unit"), [("euclidean", "counts"), ("lab", "dE")])
def test_the_scale_of_a_map_is_written_under_it(mean, metric, unit):
    axes = placed_axes(new_figure(300, 300), 20, 30, 180, 140)
    artist = show_distance(mean, metric=metric, ax=axes)
    low, high = np.percentile(color_distance(mean, metric=metric), (1, 99))
    assert artist.get_clim() == pytest.approx((low, high))
    (bar,) = axes.child_axes
    assert [tick.get_text() for tick in bar.get_xticklabels()] == [f"{low:.1f}", f"{high:.1f}"]
    written = " ".join(bar.get_ylabel().split())
    assert written == f"{unit} from the mean colour, 1st to 99th percentile"
    assert show_distance(mean, limits=(1, 20), ax=axes).get_clim() == (1, 20)
    assert "percentile" not in axes.child_axes[-1].get_ylabel()


def test_a_constant_picture_has_a_map_too():
    artist = show_distance(np.full((5, 5, 3), 9.0))
    assert artist.get_clim()[0] < artist.get_clim()[1]
    assert len(drawn(artist.figure)) > 0


def test_a_line_profile_is_drawn_against_the_number_of_the_line(mean):
    for axis in ("rows", "columns"):
        profile = line_profile(mean, axis=axis, kind="signed")
        line = show_line_profile(profile)
        assert np.array_equal(line.get_xdata(), np.arange(1, len(profile.values) + 1))
        assert np.array_equal(line.get_ydata(), profile.values)
        assert line.get_color() == AXIS_COLORS[axis] and line.get_label() == axis
        assert line.axes.get_xlabel() == "line (pixels)"
        assert line.axes.get_ylabel() == "signed (counts)"


def test_a_spectrum_shows_the_ratios_and_marks_periods_2_and_8(mean):
    profile = line_profile(mean, axis="rows", kind="second")
    line = show_spectrum(profile)
    ratios = ratio_spectrum(profile)
    shown = len(line.get_ydata())
    assert np.allclose(line.get_ydata(), np.maximum(ratios[-shown:], 0.1))
    assert line.get_xdata()[-1] == 0.5
    marks = {mark.get_xdata()[0] for mark in line.axes.lines if mark is not line}
    assert marks == {1 / 2, 1 / 8} and line.axes.get_yscale() == "log"


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_figure_makes_the_same_bytes(mean, kind, monkeypatch):
    def make() -> bytes:
        figure = new_figure(300, 300)
        axes = placed_axes(figure, 50, 30, 180, 140)
        show_line_profile(line_profile(mean, axis="rows", kind="signed"), ax=axes)
        title(axes, "as found")
        return drawn(figure, kind)

    first = make()
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert make() == first
    assert first.startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_the_settings_of_the_caller_stay(mean):
    before = dict(plt.rcParams)
    figure = new_figure(300, 300)
    for _ in calls(mean, placed_axes(figure, 50, 30, 180, 140)):
        pass
    drawn(figure)
    show_blend(mean)
    assert dict(plt.rcParams) == before


@pytest.mark.parametrize("text", ["cats$_$", "$x", "50 % of 猫", "a\\b_{", "🐈"])
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_any_name_can_stand_in_a_title(text, kind):
    figure = new_figure(300, 100)
    axes = placed_axes(figure, 10, 50, 50, 40)
    title(axes, text)
    assert len(drawn(figure, kind)) > 0
    assert axes.get_title(loc="left") == text


def test_a_layout_the_user_has_set_moves_nothing():
    def corner() -> tuple[float, float]:
        axes = placed_axes(new_figure(300, 200), 30, 20, 100, 100)
        drawn(axes.figure)
        return axes.get_position().x0, axes.get_position().y1

    before = corner()
    with plt.rc_context({"figure.constrained_layout.use": True}):
        assert corner() == before
