"""The folder that `spectrum` leaves behind: a sheet, an object, and the arrays."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np

from forensics.detection.spectra import SpectrumFindings
from forensics.traces.spectra.grids import GRIDS
from forensics.views.folders import figure_writer, json_writer
from forensics.views.records import FORMAT_VERSION
from forensics.views.spectrumrecords import spectrum_record
from forensics.views.spectrumsheet import show_spectra
from forensics.writing import write_together

__all__ = ["save_spectrum_folder", "spectrum_files"]

_FILES = ("spectrum.png", "spectrum.json", "spectrum.npz")


def spectrum_files(folder: Path) -> list[Path]:
    """The files that `save_spectrum_folder` writes."""
    return [folder / name for name in _FILES]


def save_spectrum_folder(findings: SpectrumFindings, folder: Path) -> None:
    """Write the spectra of a set: a sheet to look at, an object, arrays to compute with.

    Parameters
    ----------
    findings : SpectrumFindings
    folder : Path

    Raises
    ------
    OutputError
        One of the files cannot be written; then none is.
    """
    writers = (
        figure_writer(show_spectra(findings), "png"),
        json_writer(spectrum_record(findings)),
        partial(_write_arrays, findings),
    )
    write_together(folder, dict(zip(_FILES, writers, strict=True)))


def _write_arrays(findings: SpectrumFindings, file: IO[bytes]) -> None:
    """Write all arrays by name; spectra in single precision, zero frequency in the middle."""
    sums, residual = findings.average.sums, findings.residual
    grids = {f"harmonic_grid_{p}": sums.harmonic_grid(p).ratios for p in GRIDS}
    spectra = {
        "power": sums.power_spectrum.power,
        "residual_power": residual.power,
        "residual_locked": residual.locked,
        "mean_residual": sums.mean_residual,
        "cosine_log_magnitude": sums.cosine_spectrum.log_magnitude,
    }
    arrays: dict[str, Any] = {
        "format_version": np.array(FORMAT_VERSION),
        "n_images": np.array(sums.n_images),
        "n_parts": np.array(sums.n_parts),
        "autocorrelation": findings.autocorrelation.values,
        "radial_frequency": findings.radial.frequency,
        "radial_power": findings.radial.power,
        "phase_cells": findings.phases.cells,
        "phase_errors": findings.phases.errors,
        **{name: array.astype(np.float32) for name, array in spectra.items()},
        **grids,
    }
    np.savez_compressed(file, **arrays)
