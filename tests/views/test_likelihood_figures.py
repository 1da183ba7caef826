from __future__ import annotations

import io
import math
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.lines import Line2D
from PIL import Image as Pillow

from forensics.detection.performance.likelihood import VERBAL_SCALE, tippett
from forensics.errors import EmptySetError, ParameterError
from forensics.views.figures import DPI, new_figure, placed_axes, save_figure
from forensics.views.figures.evaluation import show_tippett

Ratios = tuple[np.ndarray, np.ndarray]


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    yield
    plt.close("all")


def made(rng: np.random.Generator, apart: float) -> Ratios:
    return rng.normal(apart**2 / 2, apart, 60), rng.normal(-(apart**2) / 2, apart, 90)


@pytest.fixture
def found(rng) -> dict[str, Ratios]:
    return {name: made(rng, apart) for name, apart in
            (("as found", 4), ("matched", 2), ("jpeg q50", 0.5))}  # fmt: skip


def drawn(figure, kind: str = "png") -> bytes:
    file = io.BytesIO()
    save_figure(figure, file, kind, dpi=DPI)
    return file.getvalue()


def words(axes) -> list[str]:
    (top,) = axes.child_axes
    return [label.get_text().replace("\n", " ") for label in top.get_xticklabels()]


def test_two_lines_for_each_name_come_back_on_the_axes_that_were_given(found):
    before = plt.get_fignums()
    axes = placed_axes(new_figure(500, 400), 80, 90, 380, 200)
    lines = show_tippett(found, ax=axes)
    assert all(isinstance(line, Line2D) and line.axes is axes for line in lines)
    assert [line.get_label() for line in lines] == [name for name in found for _ in range(2)]
    assert plt.get_fignums() == before
    assert show_tippett(found)[0].axes is not axes and len(plt.get_fignums()) == 1


def test_the_curves_are_tippetts_over_decimal_logarithms(found):
    lines = show_tippett(found)
    for one, two, rows in zip(lines[::2], lines[1::2], found.values(), strict=True):
        thresholds, *shares = tippett(*rows)
        for line, share in zip((one, two), shares, strict=True):
            places, heights = line.get_data()
            assert np.allclose(10 ** places[1:-1], np.exp(thresholds))
            assert np.array_equal(heights, [1, *share, 0])
            # A step ends at its threshold: up to it, so many have at least this ratio.
            assert line.get_drawstyle() == "steps-pre"
            assert (np.diff(places) >= 0).all()


def test_the_curves_reach_from_side_to_side(found):
    for rows in (*found.values(), (np.array([1.0]), np.array([-1.0]))):
        one, two = show_tippett({"x": rows})
        left, right = one.axes.get_xlim()
        assert left <= -3 and right >= 3
        for line in (one, two):
            assert line.get_xdata()[0] <= left and right <= line.get_xdata()[-1]


@pytest.mark.parametrize("strength", [0.0, 1e-9, 700.0, 1e300])
def test_ratios_of_any_size_leave_room_for_the_words(strength):
    line, _ = show_tippett({"x": (np.array([strength]), np.array([-strength]))})
    left, right = line.axes.get_xlim()
    assert (-left, right) == ((3, 3) if strength < 1 else (8, 8))
    assert len(drawn(line.figure)) > 0


def test_classes_differ_in_stroke_and_names_in_color_and_mark(found):
    lines = show_tippett(found)
    gan, real = lines[::2], lines[1::2]
    assert {line.get_linestyle() for line in gan} == {"-"}
    assert {line.get_linestyle() for line in real} == {"--"}
    for look in (Line2D.get_color, Line2D.get_marker):
        assert [look(line) for line in gan] == [look(line) for line in real]
        assert len({look(line) for line in gan}) == len(found)
    (alone, _) = show_tippett({"x": found["matched"]})
    assert alone.get_marker() == "None"


def test_a_line_stands_at_a_ratio_of_1(found):
    axes = show_tippett(found)[0].axes
    assert [0, 0] in [[*line.get_xdata()] for line in axes.lines]
    assert dict(zip(axes.get_xticks(), (t.get_text() for t in axes.get_xticklabels()),
                    strict=True))[0] == "1"  # fmt: skip


def test_the_words_stand_over_the_ratios_they_are_for(found):
    axes = show_tippett({"x": found["as found"]})[0].axes
    (top,) = axes.child_axes
    bounds = [math.log10(bound) for bound, _ in VERBAL_SCALE]
    names = [word for _, word in VERBAL_SCALE]
    left, right = axes.get_xlim()
    for place, word in zip(top.get_xticks(), words(axes), strict=True):
        assert left < place < right
        assert names[np.searchsorted(bounds, abs(place)) - 1] == word
    narrow = show_tippett({"x": found["jpeg q50"]})[0].axes
    assert sorted(words(narrow)) == sorted(names[:3] * 2)


def test_the_legend_names_classes_and_conditions(found):
    axes = show_tippett(found)[0].axes
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said == ["generated", "real", *found]
    alone = show_tippett({"x": found["matched"]})[0].axes
    assert [text.get_text() for text in alone.get_legend().get_texts()] == ["generated", "real"]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_any_name_can_stand_in_title_and_legend(found, kind):
    rows = found["matched"]
    line, *_ = show_tippett({"cats$_$": rows, "$x": rows}, title="cats$_$ of {")
    assert line.axes.get_title(loc="left") == "cats$_$ of {"
    assert len(drawn(line.figure, kind)) > 0


def test_nothing_is_cut_off_of_a_figure_of_its_own(found):
    figure = show_tippett(found, title="as found")[0].figure
    page = np.array(Pillow.open(io.BytesIO(drawn(figure))).convert("RGB"))
    edge = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
    assert (edge == page[0, 0]).all()


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_curves_make_the_same_bytes(found, kind):
    def make() -> bytes:
        figure = new_figure(500, 400)
        show_tippett(found, title="cats", ax=placed_axes(figure, 80, 90, 380, 200))
        return drawn(figure, kind)

    before = dict(plt.rcParams)
    assert make() == make()
    assert dict(plt.rcParams) == before


def test_nothing_to_draw_is_refused_before_a_figure_is_made():
    with pytest.raises(EmptySetError, match="pass the likelihood ratios of one at least"):
        show_tippett({})
    with pytest.raises(EmptySetError, match="real is empty"):
        show_tippett({"x": (np.array([1.0]), np.array([]))})
    with pytest.raises(ParameterError, match="gan has 1 of 1 that are not finite"):
        show_tippett({"x": (np.array([math.inf]), np.array([1.0]))})
    assert plt.get_fignums() == []
