"""Figures as files: every format, the same bytes, whatever the user has set."""

from __future__ import annotations

import io
import threading

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure
from PIL import Image as Pillow

from forensics.errors import OutputError, ParameterError
from forensics.traces.profiles import line_profile
from forensics.views.figures import (
    PRINT_DPI,
    color_scale,
    figure_kind,
    house_style,
    new_figure,
    placed_axes,
    save_figure,
    show_distance,
    show_line_profile,
    title,
)

KINDS = sorted(FigureCanvasBase.get_supported_filetypes())
HOSTILE = {
    "image.origin": "lower",
    "lines.linestyle": "none",
    "text.usetex": True,
    "font.size": 40,
    "axes.grid": True,
    "savefig.bbox": "tight",
    "savefig.facecolor": "red",
    "figure.dpi": 33,
}


@house_style()
def drawn() -> Figure:
    mean = np.random.default_rng(1).uniform(0, 255, (70, 90, 3))
    figure = new_figure(300, 330)
    show_distance(mean, ax=placed_axes(figure, 20, 30, 180, 140))
    axes = placed_axes(figure, 60, 225, 180, 60)
    show_line_profile(line_profile(mean, axis="rows", kind="signed"), ax=axes)
    title(axes, "cats$_$ 猫")
    return figure


def saved(figure: Figure, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    save_figure(figure, file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_is_written_the_same_each_time(kind, monkeypatch):
    if kind == "pgf":
        pytest.skip("it takes LaTeX")
    first = saved(drawn(), kind)
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setattr("time.ctime", lambda: "some day")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert saved(drawn(), kind) == first and len(first) > 1000


def test_what_cannot_be_drawn_here_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OutputError, match=r"as pgf cannot be drawn here .*: write PNG or PDF"):
        saved(drawn(), "pgf")


@pytest.mark.parametrize("kind", ["docx", ".TXT", ""])
def test_an_unknown_format_is_one_sentence_with_all_there_are(kind):
    with pytest.raises(ParameterError) as refused:
        saved(drawn(), kind)
    assert ", ".join(KINDS) in str(refused.value) and str(refused.value).count("\n") == 0


def test_endings_are_read_as_people_write_them(tmp_path):
    assert figure_kind(".PNG") == "png" and figure_kind("svgz") == "svgz"
    save_figure(drawn(), tmp_path / "a.PDF", ".PDF")
    assert (tmp_path / "a.PDF").read_bytes().startswith(b"%PDF")


def test_a_png_is_for_print_and_known_as_ours():
    picture = Pillow.open(io.BytesIO(saved(drawn(), "png")))
    assert picture.size == (900, 990) and picture.info["Software"] == "catforensics"
    assert [round(one) for one in picture.info["dpi"]] == [PRINT_DPI, PRINT_DPI]


def test_a_date_that_is_none_is_refused_only_where_it_counts(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert len(saved(drawn(), "png")) > 1000
    with pytest.raises(ParameterError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        saved(drawn(), "pdf")


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_settings_of_the_user_change_no_figure_of_ours(kind):
    plain = saved(drawn(), kind)
    with mpl.rc_context(HOSTILE):
        before = dict(mpl.rcParams)
        assert saved(drawn(), kind) == plain
        assert dict(mpl.rcParams) == before


def test_threads_that_draw_at_once_leave_the_settings_alone():
    plain = saved(drawn(), "png")
    with mpl.rc_context(HOSTILE):
        before = dict(mpl.rcParams)
        found: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: found.append(saved(drawn(), "png"))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [plain] * 4
        assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", ["cividis", "RdBu_r"])
def test_scales_have_256_colors(name):
    assert len(np.unique(color_scale(name), axis=0)) > 200
