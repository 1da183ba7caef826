from __future__ import annotations

from forensics.traces.profiles import line_profiles
from forensics.views.figures import drawn_width, new_figure
from forensics.views.sheets.panels import fitted, footnote, profile_pair


def test_a_profile_stands_beside_its_spectrum_under_what_was_found(rng):
    image = rng.normal(100, 10, (160, 160))
    profiles = line_profiles(image, kinds=("signed",))
    figure = new_figure(1240, 400)
    spectrum = profile_pair(figure, 60, profiles, "Bands everywhere", height=150)
    left, right = figure.axes
    assert right is spectrum and len(left.lines) == 2
    assert left.get_title(loc="left") == "Signed: Bands everywhere"
    assert right.get_legend() is not None and left.get_ylabel() == "signed (counts)"
    for axes in (left, right):
        assert round(axes.get_position().height * 400) == 150


def test_a_footnote_stays_on_the_sheet():
    figure = new_figure(600, 300)
    footnote(figure, ["A sentence that goes on for a while and then some."] * 4)
    figure.canvas.draw()
    box = figure.texts[0].get_window_extent()
    assert box.x0 >= 0 and box.x1 <= 600 and box.y0 >= 0


def test_names_are_cut_at_their_beginning():
    assert fitted("7.jpg", ": 3 pictures", 300) == "7.jpg: 3 pictures"
    cut = fitted("far-" * 300 + "7.jpg", ": 3 pictures", 300)
    assert cut.startswith("...") and cut.endswith("far-7.jpg: 3 pictures")
    assert drawn_width(cut, 11.5) <= 300 < drawn_width(f"f{cut}", 11.5) + 8
