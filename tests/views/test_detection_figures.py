from __future__ import annotations

import io
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D
from PIL import Image as Pillow

from forensics.detection.performance.accuracy import Metrics, metrics
from forensics.errors import EmptySetError
from forensics.views.figures import DPI, new_figure, placed_axes, save_figure
from forensics.views.figures.evaluation import show_calibration, show_robustness, show_roc


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    yield
    plt.close("all")


def scored(rng: np.random.Generator, apart: float, n_gan: int = 80, n_real: int = 200) -> Metrics:
    gan, real = rng.normal(apart, 1.5, n_gan), rng.normal(-apart, 1.5, n_real)
    return metrics(1 / (1 + np.exp(-gan)), 1 / (1 + np.exp(-real)))


@pytest.fixture
def found(rng) -> dict[str, Metrics]:
    return {name: scored(rng, apart) for name, apart in
            (("as found", 3), ("matched", 2), ("jpeg q50", 1), ("resize x0.5", 0.2))}  # fmt: skip


def calls(found, figure):
    """Each on axes of its own: one of them is logarithmic."""

    def ax():
        return None if figure is None else placed_axes(figure, 90, 30, 280, 200)

    for line in show_roc(found, ax=ax()):
        yield line, Line2D
    yield show_calibration(found["matched"], ax=ax()), ErrorbarContainer
    for dots in show_robustness(found, ax=ax()):
        yield dots, ErrorbarContainer


def axes_of(artist):
    return (artist[0] if isinstance(artist, ErrorbarContainer) else artist).axes


def test_an_artist_comes_back_on_the_axes_that_were_given(found):
    before = plt.get_fignums()
    figure = new_figure(400, 300)
    for artist, kind in calls(found, figure):
        assert isinstance(artist, kind) and axes_of(artist) is not None
        assert axes_of(artist) is figure.axes[-1]
    assert plt.get_fignums() == before


def test_without_axes_each_makes_a_figure_of_its_own(found):
    list(calls(found, None))
    assert len(plt.get_fignums()) == 3


def test_a_roc_is_drawn_from_a_tenth_of_a_picture(found):
    lines = show_roc(found)
    axes = lines[0].axes
    assert axes.get_xscale() == "log" and axes.get_xlim() == pytest.approx((1 / 2000, 1))
    for line, one in zip(lines, found.values(), strict=True):
        fpr, tpr = one.roc
        assert np.array_equal(line.get_ydata(), tpr)
        assert np.allclose(line.get_xdata(), np.maximum(fpr, 1 / 2000))
        assert line.get_drawstyle() == "steps-post"
    ticks = dict(
        zip(axes.get_xticks(), (t.get_text() for t in axes.get_xticklabels()), strict=True)
    )
    assert ticks == {1 / 2000: "none", 0.01: "1 %", 0.1: "10 %", 1.0: "100 %"}


def test_the_legend_of_a_roc_tells_name_and_area(found):
    lines = show_roc({**found, "all right": metrics([0.9] * 20, [0.1] * 20)})
    said = [text.get_text() for text in lines[0].axes.get_legend().get_texts()]
    assert said[0] == f"as found, AUC {found['as found'].auc:.4f}"
    assert said[-1] == "all right, AUC 1"
    nearly = metrics(np.append(np.full(400, 0.9), 0.05), np.append(np.full(400, 0.1), 0.0))
    (line,) = show_roc({"x": nearly})
    assert line.get_label() != "x, AUC 1" and line.get_label().endswith("AUC 0.9975")


def test_lines_can_be_told_apart_in_black_and_white(found):
    strokes = {(line.get_linestyle(), str(line._unscaled_dash_pattern)) for line in show_roc(found)}
    assert len(strokes) == 4
    accuracy, area = show_robustness(found)
    assert accuracy[0].get_marker() != area[0].get_marker()
    assert accuracy[0].get_markerfacecolor() != area[0].get_markerfacecolor()


def test_a_calibration_shows_shares_intervals_and_counts(found):
    one = found["matched"]
    bins = one.calibration
    artist = show_calibration(one)
    points, _, (bars,) = artist
    assert np.array_equal(points.get_xdata(), bins.score)
    assert np.array_equal(points.get_ydata(), bins.share)
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    assert np.allclose(ends, np.stack((bins.share_low, bins.share_high), axis=1))
    axes = points.axes
    counts = [int(text.get_text()) for text in axes.texts]
    assert counts == bins.n.tolist() and sum(counts) == one.n_gan + one.n_real
    places = [text.get_position()[0] for text in axes.texts]
    assert np.diff(places).min() > 1 / 15 - 1e-9  # one place for each bin: no two overlap
    assert axes.get_ylim()[0] < min(text.get_position()[1] for text in axes.texts)


def test_robustness_has_a_row_for_each_condition_the_first_on_top(found):
    accuracy, area = show_robustness(found)
    axes = accuracy[0].axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [*found]
    assert axes.get_ylim() == (3.5, -0.5)
    assert np.allclose(accuracy[0].get_xdata(), [one.accuracy for one in found.values()])
    assert np.allclose(area[0].get_xdata(), [one.auc for one in found.values()])
    for dots, intervals in ((accuracy, [one.accuracy_interval for one in found.values()]),
                            (area, [one.auc_interval for one in found.values()])):  # fmt: skip
        ends = np.array([segment[:, 0] for segment in dots[2][0].get_segments()])
        assert np.allclose(ends, intervals)
        assert axes.get_xlim()[0] < ends.min() and ends.max() < axes.get_xlim()[1]
        assert np.array_equal(np.rint(dots[0].get_ydata()), range(4))


@pytest.mark.parametrize(
    "one",
    [metrics([0.9], [0.1]), metrics([0.1], [0.9]), metrics([0.5] * 3, [0.5] * 3),
     metrics([1.0, 1.0], [0.0] * 2000)],
)  # fmt: skip
def test_the_smallest_and_the_best_sets_can_be_drawn(one):
    figure = new_figure(900, 300)
    show_roc({"cats$_$": one}, ax=placed_axes(figure, 60, 20, 200, 200))
    show_calibration(one, ax=placed_axes(figure, 350, 20, 200, 200))
    show_robustness({"cats$_$": one}, ax=placed_axes(figure, 650, 40, 200, 200))
    file = io.BytesIO()
    save_figure(figure, file, "png", dpi=DPI)
    assert Pillow.open(file).size == (900, 300)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_figures_make_the_same_bytes(found, kind):
    def make() -> bytes:
        figure = new_figure(400, 300)
        list(calls(found, figure))
        file = io.BytesIO()
        save_figure(figure, file, kind, dpi=DPI)
        return file.getvalue()

    before = dict(plt.rcParams)
    assert make() == make()
    assert dict(plt.rcParams) == before


@pytest.mark.parametrize("show", [show_roc, show_robustness])
def test_nothing_to_draw_is_refused(show):
    with pytest.raises(EmptySetError, match="pass the metrics of one at least"):
        show({})
    assert plt.get_fignums() == []
