from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image as Pillow

from forensics.detection.spectra import SpectrumFindings, spectrum_findings
from forensics.engine.spectra import SPECTRA_STOPPED, AverageSpectra
from forensics.errors import OutputError
from forensics.traces.spectra.sums import spectral_sums
from forensics.views import folders as spectrumfolder
from forensics.views.figures import DPI, save_figure
from forensics.views.folders import save_spectrum_folder, spectrum_files
from forensics.views.results.spectrum import spectrum_record
from forensics.views.sheets.spectrum import show_spectra


def findings(
    n: int = 1, shape: tuple[int, int] = (128, 160), strength: int = 0, **facts
) -> SpectrumFindings:
    rng = np.random.default_rng(3)
    pattern = strength * (np.arange(shape[1]) % 2)[None, :, None]
    images = [rng.integers(80, 120, (*shape, 3)) + pattern for _ in range(n)]
    sums = sum(spectral_sums(x.astype(np.uint8)) for x in images)
    return spectrum_findings(AverageSpectra(sums, **facts))


def written(figure: Figure) -> str:
    return " ".join(" ".join(text.get_text() for text in figure.findobj(Text)).split())


def drawn(figure: Figure) -> bytes:
    file = io.BytesIO()
    save_figure(figure, file, "png", dpi=DPI)
    return file.getvalue()


def test_the_title_says_the_finding_and_the_number_of_pictures():
    told = written(show_spectra(findings(3, strength=9)))
    assert "Residual spectrum, mean of 3 pictures Peaks every 2 pixels (p " in told
    assert "Spectrum of the mean residual" in told and "nine tiles" not in told
    told = written(show_spectra(findings()))
    assert "Residual spectrum, 1 picture No peaks at any tested period" in told
    assert "Spectrum of the picture itself" in told


def test_peaks_are_not_yet_a_verdict_and_warnings_stand_on_the_sheet():
    told = written(show_spectra(findings(2, stopped=True)))
    assert "Peaks are not yet a verdict" in told and SPECTRA_STOPPED in told


@pytest.mark.parametrize("shape", [(64, 300), (400, 70), (800, 640)])
def test_all_that_is_written_lies_on_the_page(shape):
    figure = show_spectra(findings(2, shape, 5))
    assert drawn(figure).startswith(b"\x89PNG")
    width, height = figure.get_size_inches() * figure.dpi
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible():
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1


def test_a_large_picture_says_that_tiles_were_measured():
    told = written(show_spectra(findings(1, (1600, 1600))))
    assert "nine tiles of 512 x 512 pixels" in told and "Spectrum of the mean residual" in told


def test_the_bins_of_a_spectrum_are_on_the_sheet_unresampled():
    found = findings(2, (512, 512), 9)
    page = np.array(Pillow.open(io.BytesIO(drawn(show_spectra(found)))).convert("RGB"))
    image = show_spectra(found).axes[0].images[0]
    expected = image.cmap(image.norm(image.get_array()), bytes=True)[..., :3]
    shown = page[96 : 96 + 512, 72 : 72 + 512]
    # Circles cover a few.
    assert np.mean(np.all(shown == expected, axis=2)) > 0.99


def test_a_flat_picture_has_a_sheet():
    sums = spectral_sums(np.full((64, 64, 3), 9, np.uint8))
    assert drawn(show_spectra(spectrum_findings(AverageSpectra(sums))))


# The folder


@pytest.mark.slow
def test_the_folder_has_its_files_and_the_same_bytes_every_time(tmp_path):
    found = findings(3, strength=9)
    for name in ("a", "b"):
        save_spectrum_folder(found, tmp_path / name)
    files = [path.name for path in spectrum_files(tmp_path)]
    assert files == ["spectrum.png", "spectrum.json", "spectrum.npz"]
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert json.loads((tmp_path / "a/spectrum.json").read_text()) == spectrum_record(found)
    with np.load(tmp_path / "a/spectrum.npz", allow_pickle=False) as arrays:
        assert int(arrays["format_version"]) == 2 and int(arrays["n_images"]) == 3
        assert np.allclose(arrays["residual_power"], found.residual.power)
        assert arrays["residual_power"].dtype == np.float32
        assert np.array_equal(arrays["autocorrelation"], found.autocorrelation.values)
        assert arrays["mean_residual"].shape == (128, 160)
        assert arrays["harmonic_grid_16"].shape == (16, 16)
        assert arrays["phase_cells"].shape == (3, 4, 2, 2)
        assert arrays["cosine_log_magnitude"].shape == arrays["power"].shape


def test_all_files_are_written_or_none(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spectrumfolder.np, "savez_compressed", full)
    with pytest.raises(OutputError, match="No space left"):
        save_spectrum_folder(findings(), tmp_path / "x")
    assert not Path(tmp_path / "x").exists()
