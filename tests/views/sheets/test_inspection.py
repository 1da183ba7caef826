from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image as Pillow

from forensics.box import Box
from forensics.detection.verdict.causes import Unexplained
from forensics.detection.verdict.inspect import Inspection, inspect_image
from forensics.images.metadata.provenance import NamedCamera
from forensics.images.sources.find import BytesSource
from forensics.traces.regions.maps import Layer, Region, Sign, TraceMap
from forensics.views.figures import DPI, save_figure
from forensics.views.results.explanation import explain
from forensics.views.sheets.inspection import show_inspection
from forensics.views.sheets.panels import LEFT, PANEL


def inspected(
    pixels: np.ndarray, *, name: str = "cats/7.png", orientation: int = 1, **options
) -> tuple[Inspection, np.ndarray]:
    exif = Pillow.Exif()
    exif[274] = orientation
    file = io.BytesIO()
    kind = "JPEG" if "quality" in options else "PNG"
    Pillow.fromarray(pixels).save(file, kind, exif=exif, **options)
    return inspect_image(BytesSource(name, file.getvalue()))


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(6).integers(0, 256, shape, dtype=np.uint8)


def blocky(rows: int = 200, columns: int = 264) -> np.ndarray:
    rng = np.random.default_rng(7)
    return (np.cumsum(rng.normal(0, 2, (rows, columns, 3)), axis=1) % 200 + 20).astype(np.uint8)


def drawn(figure: Figure, kind: str = "png") -> bytes:
    file = io.BytesIO()
    save_figure(figure, file, kind, dpi=DPI)
    return file.getvalue()


def written(figure: Figure) -> str:
    return " ".join(" ".join(text.get_text() for text in figure.findobj(Text)).split())


def picture_axes(figure: Figure):
    return next(axes for axes in figure.axes if axes.images)


def all_on_the_page(figure: Figure) -> None:
    """What is written lies on the page; ticks are matplotlib's to place."""
    drawn(figure)
    width, height = figure.get_size_inches() * figure.dpi
    ticks = {
        text for axes in figure.axes for text in (*axes.get_xticklabels(), *axes.get_yticklabels())
    }
    for text in set(figure.findobj(Text)) - ticks:
        if text.get_text():
            box = text.get_window_extent()
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width and box.y1 <= height + 1
            assert inside, (text.get_text(), box)


@pytest.mark.slow
@pytest.mark.parametrize(
    "pixels",
    [
        noise(80, 96, 3),
        np.full((70, 70, 3), 9, np.uint8),
        noise(66, 700, 3),
        noise(700, 66, 3),
        noise(1040, 1100, 3),
        (np.indices((80, 80)).sum(axis=0) % 2 * 255).astype(np.uint8),
    ],
    ids=["noise", "flat", "wide", "tall", "large", "checks"],
)
def test_every_picture_has_its_page(pixels):
    one, image = inspected(pixels)
    figure = show_inspection(one, image)
    assert len(drawn(figure)) > 10_000
    all_on_the_page(figure)
    told = written(figure)
    for sentence in explain(one):
        assert sentence in told
    assert f"{one.attribution.verdict[1:]} " in told and "Score " in told
    assert "What the file says, not in the score" in told


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_grid_is_over_the_picture_the_way_up(orientation):
    one, image = inspected(blocky(), orientation=orientation, quality=60)
    assert one.evidence.jpeg.grid.found
    figure = show_inspection(one, image)
    picture = picture_axes(figure)
    shape = np.asarray(picture.images[0].get_array()).shape[:2]
    assert shape == ((264, 200) if orientation == 6 else (200, 264))
    assert len(picture.lines) == 2
    assert "origin (0, 0), one in 2 each way" in picture.get_xlabel()
    told = written(figure)
    assert "JPEG of quality 60, 4:2:0" in told and ("EXIF" in told) == (orientation == 6)
    plain, image = inspected(noise(80, 96, 3))
    assert not picture_axes(show_inspection(plain, image)).lines


def test_a_picture_of_the_site_is_shown_pixel_for_pixel():
    pixels = noise(512, 512, 3)
    one, image = inspected(pixels)
    figure = show_inspection(one, image)
    page = np.array(Pillow.open(io.BytesIO(drawn(figure))).convert("RGB"))
    height = page.shape[0]
    box = picture_axes(figure).get_window_extent()
    top = round(height - box.y1)
    assert np.array_equal(page[top : top + PANEL, LEFT : LEFT + PANEL], pixels)


def test_of_a_large_picture_the_tiles_are_framed_and_the_pixels_counted():
    one, image = inspected(noise(1100, 2100, 3))
    figure = show_inspection(one, image)
    picture = picture_axes(figure)
    assert np.asarray(picture.images[0].get_array()).shape[:2] == (550, 1050)
    assert np.allclose(picture.images[0].get_extent(), (-0.5, 2099.5, 1099.5, -0.5))
    told = written(figure)
    assert "framed where it was measured" in told and "means of 2 x 2 pixels" in told
    assert "measured on nine tiles of 512 x 512 pixels" in told.lower()
    assert "part in the middle" in told


def test_significant_periods_are_marked_with_what_makes_them():
    rng = np.random.default_rng(4)
    pixels = rng.normal(120, 12, (256, 256))
    pixels[::2] = (pixels[::2] - 120) * 1.3 + 124
    pixels[:, ::2] = (pixels[:, ::2] - 120) * 1.3 + 123
    gray = np.clip(pixels, 0, 255).astype(np.uint8)
    one, image = inspected(np.stack([gray] * 3, axis=-1))
    assert one.attribution.verdict == "unsure"
    figure = show_inspection(one, image)
    marks = [text.get_text() for axes in figure.axes for text in axes.texts]
    shown = [one for one in one.attribution.periods if one.banding.profile != "first"]
    assert sum("unexplained\np " in mark for mark in marks) == len(shown) > 0
    for kind in ("second", "signed"):
        marked = any(period.banding.profile == kind for period in shown)
        said = f"{kind.capitalize()}: {'Bands every 2' if marked else 'No bands'}"
        assert said in written(figure)
    assert "peaks circled" in written(figure)


def test_long_words_of_the_file_stay_on_the_page():
    one, image = inspected(noise(80, 96, 3), name="far/" * 40 + "7$_$.png")
    said = replace(
        one.provenance, camera=NamedCamera("x" * 190, "y" * 190, ""), software=("z " * 95,) * 8
    )
    causes = tuple(Unexplained((2.0, 4.0, 8.0, 16.0, 8 / 3)) for _ in range(6))
    crowded = replace(one, provenance=said, attribution=replace(one.attribution, causes=causes))
    all_on_the_page(show_inspection(crowded, image))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_page_makes_the_same_bytes(kind):
    one, image = inspected(blocky(), quality=75)
    assert drawn(show_inspection(one, image), kind) == drawn(show_inspection(one, image), kind)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_map_has_a_panel_for_each_kind_of_evidence_that_was_judged(orientation):
    inspection, image = inspected(blocky(), orientation=orientation, quality=80)
    region = Region(Box(40, 64, 96, 128), (Sign("JPEG grid", 300.0, 1e-6, None, None),))
    layers = (
        Layer("JPEG grid", np.random.default_rng(0).normal(size=(25, 33)), True),
        Layer("bands of period 2", np.zeros((25, 33)), True),
        Layer("resampling", np.zeros((25, 33)), False, "no beat"),
    )
    plain = show_inspection(inspection, image)
    mapped = show_inspection(replace(inspection, trace_map=TraceMap(layers, (region,))), image)
    said = written(mapped)
    assert "By place: JPEG grid" in said and "By place: bands of period 2" in said
    assert "By place: resampling" not in said and "By place" not in written(plain)
    assert mapped.get_figheight() > plain.get_figheight()
    all_on_the_page(mapped)


def test_a_map_of_which_nothing_was_judged_takes_no_room():
    inspection, image = inspected(blocky())
    unjudged = TraceMap((Layer("JPEG grid", np.zeros((0, 0)), False, "too small"),), ())
    figure = show_inspection(replace(inspection, trace_map=unjudged), image)
    assert "By place" not in written(figure) and "cannot be judged: too small" in written(figure)
