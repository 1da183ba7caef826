from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image as Pillow

from forensics.detection.comparison import Side
from forensics.engine.blend import RESIZED_WARNING, Blend, load_reference
from forensics.engine.profiles import profile_image
from forensics.images.sources.find import BytesSource
from forensics.traces.color import color_distance
from forensics.traces.periods import line_bands
from forensics.traces.sums import moments
from forensics.views.figures import DPI, save_figure
from forensics.views.sheets.profiles import (
    blend_sheet,
    distance_sheet,
    profiles_sheet,
    show_comparison,
    show_profile,
)


def blended(*shape: int, n: int = 2, **facts) -> Blend:
    rng = np.random.default_rng(7)
    pictures = [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for _ in range(n)]
    return Blend(moments(pictures), **facts)


def side(name: str, done) -> Side:
    return Side(name, done, line_bands(done.mean))


def written(figure: Figure) -> str:
    texts = " ".join(text.get_text() for text in figure.findobj(Text))
    return " ".join(texts.split())


def drawn(figure: Figure, kind: str = "png") -> bytes:
    file = io.BytesIO()
    save_figure(figure, file, kind, dpi=DPI)
    return file.getvalue()


def pixels(figure: Figure) -> np.ndarray:
    return np.array(Pillow.open(io.BytesIO(drawn(figure))).convert("RGB"))


def colored(distance: np.ndarray, low: float, high: float) -> np.ndarray:
    scaled = np.clip((distance - low) / (high - low), 0, 1)
    return colormaps["cividis"](scaled, bytes=True)[..., :3].astype(int)


def picture(shape: tuple[int, int] = (70, 90), orientation: int = 1):
    pixels = np.random.default_rng(7).integers(0, 256, (*shape, 3), dtype=np.uint8)
    exif = Pillow.Exif()
    exif[274] = orientation
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "JPEG", quality=80, exif=exif)
    return profile_image(BytesSource("cats/7.jpg", file.getvalue()))


SHAPES = [(512, 512), (128, 128), (70, 90), (600, 300), (300, 601)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_pixels_of_a_set_are_on_the_sheet_unresampled(shape):
    done = blended(*shape)
    rows, columns = shape
    scale = max(1, 512 // max(shape))
    place = np.s_[78 : 78 + rows * scale, 24 : 24 + columns * scale]
    page = pixels(blend_sheet(done, line_bands(done.mean)))
    expected = np.rint(done.mean).repeat(scale, axis=0).repeat(scale, axis=1)
    assert np.array_equal(page[place], expected)
    page = pixels(distance_sheet(done, line_bands(done.mean)))
    distance = color_distance(done.mean)
    expected = colored(distance, *np.percentile(distance, (1, 99)))
    expected = expected.repeat(scale, axis=0).repeat(scale, axis=1)
    assert np.abs(page[place].astype(int) - expected).max() <= 1


def test_both_maps_of_a_comparison_are_unresampled_on_one_scale():
    sides = [side(name, load_reference(name)) for name in ("thiscatdoesnotexist", "afhq")]
    page = pixels(show_comparison(*sides)).astype(int)
    distances = [color_distance(one.blended.mean) for one in sides]
    low, high = np.percentile(np.concatenate([d.ravel() for d in distances]), (1, 99))
    for left, distance in zip((72, 690), distances, strict=True):
        shown = page[78 : 78 + 512, left : left + 512]
        assert np.abs(shown - colored(distance, low, high)).max() <= 1


def test_titles_state_the_finding_and_the_number_of_pictures():
    gan, real = (side(name, load_reference(name)) for name in ("thiscatdoesnotexist", "afhq"))
    told = written(show_comparison(gan, real))
    assert "thiscatdoesnotexist: mean of 420 pictures Bands every 2, " in told
    assert "afhq: mean of 840 pictures No bands at any tested period" in told
    told = written(distance_sheet(gan.blended, gan.bands))
    assert "Distance from the mean colour, 420 pictures Bands every 2, " in told
    told = written(distance_sheet(gan.blended, gan.bands, name="/far/away/gan"))
    assert "gan: distance from the mean colour, 420 pictures Bands" in told and "away" not in told
    told = written(profiles_sheet(gan.blended, gan.bands))
    for kind in ("Signed: Bands every 2, ", "First: ", "Second: "):
        assert kind in told
    one = blended(70, 90, n=1)
    told = written(blend_sheet(one, line_bands(one.mean), name="cats/"))
    assert "cats: mean of 1 picture No bands at any tested period" in told


def test_a_comparison_is_on_shared_axes():
    figure = show_comparison(side("a", blended(70, 90)), side("b", blended(100, 80, n=9)))
    for label in ("signed (counts)", "power / local noise"):
        first, second = [axes for axes in figure.axes if axes.get_ylabel() == label]
        assert first.get_ylim() == second.get_ylim()


@pytest.mark.parametrize("resized", [True, False])
def test_resampled_pictures_carry_their_warning_on_every_sheet(resized):
    done = blended(70, 90, resized=resized)
    bands = line_bands(done.mean)
    plain = side("b", blended(70, 90))
    figures = [
        blend_sheet(done, bands),
        distance_sheet(done, bands),
        profiles_sheet(done, bands),
        show_comparison(side("a", done), plain),
        show_comparison(plain, side("a", done)),
    ]
    for figure in figures:
        assert (RESIZED_WARNING in written(figure)) == resized
        # Everything that is written lies on the page.
        figure.canvas.draw()
        (width, height) = figure.get_size_inches() * figure.dpi
        for text in figure.texts:
            box = text.get_window_extent()
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height


@pytest.mark.parametrize("orientation", [1, 6])
def test_one_picture_is_shown_the_way_up(orientation):
    profile, image = picture(orientation=orientation)
    figure = show_profile(profile, image)
    assert isinstance(figure, Figure)
    shown = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    expected = (90, 70) if orientation == 6 else (70, 90)
    assert [one.shape[:2] for one in shown] == [expected, expected]
    told = written(figure)
    assert "JPEG of quality 80" in told and "7.jpg: " in told and "cats" not in told
    assert ("EXIF" in told) == (orientation == 6)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a$_$b", "png"), ("two\nlines\x1b", "svg"), ("c\udcff", "svg"), ("猫" * 99, "png")],
)
def test_any_name_can_stand_on_a_sheet(name, kind):
    figure = show_comparison(side(name, blended(70, 90)), side("b", blended(70, 90)))
    assert len(drawn(figure, kind)) > 1000


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_sheet_makes_the_same_bytes(kind):
    def make() -> bytes:
        return drawn(show_profile(*picture()), kind)

    assert make() == make()


@pytest.mark.slow
def test_a_picture_of_stripes_only_has_its_sheets():
    stripes = np.zeros((70, 90, 3), np.uint8)
    stripes[::2] = 255
    for pixels in (stripes, np.full_like(stripes, 9)):
        done = Blend(moments([pixels]))
        for figure in (
            profiles_sheet(done, line_bands(done.mean)),
            show_comparison(side("a", done), side("b", done)),
        ):
            assert len(drawn(figure)) > 1000
