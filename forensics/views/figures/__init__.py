"""Figures for reading, one artist at a time; the only rooms that import matplotlib."""

from forensics.views.figures.alignment import show_moves, show_still
from forensics.views.figures.canvas import (
    AXIS_COLORS,
    DPI,
    INK,
    MUTED,
    TITLE_SIZE,
    color_map,
    drawn_width,
    filled,
    house_style,
    new_figure,
    placed_axes,
    placed_text,
    shortened,
    title,
)
from forensics.views.figures.evaluation import (
    show_calibration,
    show_robustness,
    show_roc,
    show_tippett,
)
from forensics.views.figures.inline import inline_svg
from forensics.views.figures.lines import (
    MARKED_PERIODS,
    label_periods,
    show_line_profile,
    show_spectrum,
    show_typical_spectrum,
)
from forensics.views.figures.pairs import show_pair_scores
from forensics.views.figures.pictures import (
    color_scale,
    layer_over,
    show_blend,
    show_distance,
    show_grid,
    show_image,
    show_layer,
    show_places,
)
from forensics.views.figures.saving import PRINT_DPI, figure_kind, save_figure
from forensics.views.figures.spectra import (
    show_autocorrelation,
    show_harmonic_grid,
    show_phases,
    show_power_spectrum,
    show_radial_profile,
    show_spectrum_cut,
)
from forensics.views.figures.strengths import show_strengths

__all__ = [
    "AXIS_COLORS",
    "DPI",
    "INK",
    "MARKED_PERIODS",
    "MUTED",
    "PRINT_DPI",
    "TITLE_SIZE",
    "color_map",
    "color_scale",
    "drawn_width",
    "figure_kind",
    "filled",
    "house_style",
    "inline_svg",
    "label_periods",
    "layer_over",
    "new_figure",
    "placed_axes",
    "placed_text",
    "save_figure",
    "shortened",
    "show_autocorrelation",
    "show_blend",
    "show_calibration",
    "show_distance",
    "show_grid",
    "show_harmonic_grid",
    "show_image",
    "show_layer",
    "show_line_profile",
    "show_moves",
    "show_pair_scores",
    "show_phases",
    "show_places",
    "show_power_spectrum",
    "show_radial_profile",
    "show_robustness",
    "show_roc",
    "show_spectrum",
    "show_spectrum_cut",
    "show_still",
    "show_strengths",
    "show_tippett",
    "show_typical_spectrum",
    "title",
]
