from __future__ import annotations

import numpy as np
import pytest

from forensics.detection.verdict.inspect import inspect_image
from forensics.detection.verdict.typical import SIGN_NAMES, load_typical, save_typical, typical
from forensics.errors import EmptySetError, ParameterError
from forensics.images.delivery.encode import png_bytes
from forensics.images.sources.local import BytesSource
from forensics.traces.periods import ratio_spectrum
from forensics.traces.spectra.residual import residual_spectrum


@pytest.fixture
def one(rng, score_model) -> tuple[object, np.ndarray]:
    image = rng.integers(0, 256, (128, 128, 3), dtype=np.uint8)
    return inspect_image(BytesSource("one.png", png_bytes(image)), model=score_model)


def test_of_one_picture_all_percentiles_are_its_own(one):
    inspection, image = one
    found = typical("one", [inspection], residual_spectrum(image))
    assert (found.name, found.n_images, found.shape) == ("one", 1, (128, 128))
    assert found.verdicts == {inspection.attribution.verdict: 1}
    profile = next(
        p for p in inspection.evidence.middle.profiles if (p.kind, p.axis) == ("first", "columns")
    )
    for percentile in range(3):
        np.testing.assert_allclose(
            found.ratios[1, 1, percentile], ratio_spectrum(profile), rtol=1e-5
        )
    told = inspection.attribution
    expected = [*map(told.log_odds_of, SIGN_NAMES), told.log_odds]
    assert found.strengths.shape == (len(SIGN_NAMES) + 1, 5)
    for strength, row in zip(expected, found.strengths, strict=True):
        assert row == pytest.approx([strength] * 5, abs=1e-6)
    assert found.residual.shape == (64, 64)


def test_saving_keeps_it(one, tmp_path, monkeypatch):
    inspection, image = one
    found = typical("afhq", [inspection] * 2, residual_spectrum(image))
    (tmp_path / "shipped").mkdir()
    save_typical(found, tmp_path / "shipped" / "typical-afhq.npz")
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    load_typical.cache_clear()
    again = load_typical("afhq")
    load_typical.cache_clear()
    assert (again.name, again.n_images, again.shape) == (found.name, 2, found.shape)
    assert again.verdicts == found.verdicts
    np.testing.assert_allclose(again.ratios, found.ratios, rtol=2e-3)
    np.testing.assert_array_equal(again.strengths, found.strengths)
    np.testing.assert_allclose(again.residual, found.residual, rtol=0.01)
    np.testing.assert_allclose(
        again.autocorrelation.values, found.autocorrelation.values, atol=1e-6
    )


def test_the_shipped_ones_are_of_the_sets_they_name():
    for name, n in (("thiscatdoesnotexist", 420), ("afhq", 840)):
        found = load_typical(name)
        assert (found.n_images, found.shape, sum(found.verdicts.values())) == (n, (512, 512), n)
        assert found.ratios.shape[:3] == (3, 2, 3) and found.strengths.shape == (3, 5)
        assert (np.diff(found.strengths, axis=1) >= 0).all()
        low, middle, high = np.moveaxis(found.ratios[..., 20:], 2, 0)
        assert (low <= middle).all()
        assert (middle <= high).all()
    generated, real = map(load_typical, ("thiscatdoesnotexist", "afhq"))
    assert generated.ratios[2, :, 1, -1].min() > 10 * real.ratios[2, :, 1, -1].max()  # period 2
    assert generated.verdicts["generator trace"] > 0.9 * 420
    assert real.verdicts.get("generator trace", 0) < 0.01 * 840


def test_what_is_none_is_refused(one):
    with pytest.raises(EmptySetError, match="no inspections"):
        typical("none", [], residual_spectrum(one[1]))
    with pytest.raises(ParameterError, match="allowed are thiscatdoesnotexist, afhq"):
        load_typical("dogs")
