from __future__ import annotations

import io
import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from typed_records import check_type

from forensics.detection.comparison import Side
from forensics.engine.blend import RESIZED_WARNING, Blend, load_reference
from forensics.engine.profiles import profile_image
from forensics.images.sources.find import BytesSource, Skipped
from forensics.traces.periods import PERIODS, Bands, Period, banding, line_bands
from forensics.traces.sums import moments
from forensics.views.results.records import (
    ComparisonRecord,
    ProfileRecord,
    blend_record,
    comparison_record,
    profile_record,
    render_json,
)

PERIOD_KEYS = [
    "axis", "profile", "period", "ratio", "amplitude", "phase", "p_value", "p_uncorrected",
]  # fmt: skip
BANDING_KEYS = ["profile", "period", "p_value", "p_uncorrected", "p_holm"]
BLEND_KEYS = [
    "format_version", "n_images", "n_skipped", "skipped", "shape", "mean_color",
    "channel", "periods", "banding", "warnings",
]  # fmt: skip
PROFILE_KEYS = [
    "format_version", "path", "sha256", "shape", "file", "channel", "periods", "banding",
]  # fmt: skip
FILE_KEYS = [
    "format", "mode", "bit_depth", "converted", "jpeg_quality", "subsampling", "progressive",
    "exif", "orientation", "alpha", "hidden", "frame", "frames", "ignored",
    "damaged", "damaged_chunks", "box",
]  # fmt: skip


_PLAIN = [False, 0.0, 0, 1, "", "", [], None]


def blended(pixels: np.ndarray, **facts) -> Blend:
    return Blend(moments([pixels]), **facts)


def noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(0, 256, (*shape, 3), dtype=np.uint8)


def saved(pixels: np.ndarray, kind: str, **options) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def strict(text: str) -> dict:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def check_periods(record: dict) -> None:
    assert len(record["periods"]) == 3 * 2 * len(PERIODS)
    assert len(record["banding"]) == 3 * len(PERIODS)
    for period in record["periods"]:
        assert list(period) == PERIOD_KEYS
        assert period["axis"] in ("rows", "columns")
        assert period["profile"] in ("signed", "first", "second")
        assert period["period"] in (2, 4, 8, 16, 2.6667)
        assert isinstance(period["phase"], int) and 0 <= period["phase"] < period["period"]
        assert 0 <= period["p_value"] <= 1 and period["ratio"] >= 0 and period["amplitude"] >= 0
    for found in record["banding"]:
        assert list(found) == BANDING_KEYS
        assert 0 <= found["p_value"] <= found["p_holm"] <= 1
        assert found["p_uncorrected"] == found["p_value"]


def test_the_object_of_a_blend(rng):
    done = blended(noise(rng, 70, 90), skipped=(Skipped("a\n.jpg", "is empty"),), resized=True)
    record = strict(render_json(blend_record(done, line_bands(done.mean))))
    assert list(record) == BLEND_KEYS
    assert record["format_version"] == 2
    assert (record["n_images"], record["n_skipped"], record["shape"]) == (1, 1, [70, 90, 3])
    assert record["skipped"] == [{"path": "a\n.jpg", "reason": "is empty"}]
    assert np.allclose(record["mean_color"], done.mean.mean(axis=(0, 1)), atol=1e-4)
    assert record["warnings"] == [RESIZED_WARNING] and record["channel"] == "luma"
    check_periods(record)
    done = blended(noise(rng, 70, 90))
    assert blend_record(done, line_bands(done.mean))["warnings"] == []


@pytest.mark.parametrize(
    ("kind", "options", "facts"),
    [
        ("PNG", {}, ["PNG", "RGB", 8, "", None, None, None, False, 1, *_PLAIN]),
        (
            "JPEG",
            {"quality": 80, "progressive": True, "subsampling": "4:2:0"},
            ["JPEG", "RGB", 8, "", 80, "4:2:0", True, False, 1, *_PLAIN],
        ),
    ],
)
def test_the_object_of_a_picture(rng, kind, options, facts):
    data = saved(noise(rng, 70, 90), kind, **options)
    profile, _ = profile_image(BytesSource("a.x", data), channel="green")
    record = strict(render_json(profile_record(profile)))
    check_type(record, ProfileRecord)
    assert list(record) == PROFILE_KEYS and record["format_version"] == 2
    assert (record["path"], record["shape"], record["channel"]) == ("a.x", [70, 90, 3], "green")
    assert len(record["sha256"]) == 64
    assert record["file"] == dict(zip(FILE_KEYS, facts, strict=True))
    check_periods(record)


def test_the_object_of_a_comparison(rng):
    done = blended(noise(rng, 70, 90))
    reference = load_reference("afhq")
    sides = [
        Side("mine", done, line_bands(done.mean)),
        Side("afhq", reference, line_bands(reference.mean, channel="red")),
    ]
    record = strict(render_json(comparison_record(*sides)))
    check_type(record, ComparisonRecord)
    assert list(record) == ["format_version", "a", "b"]
    for key, side in zip("ab", sides, strict=True):
        assert list(record[key]) == ["name", *BLEND_KEYS]
        assert record[key]["name"] == side.name and record[key]["channel"] == side.bands.channel
        assert record[key]["n_images"] == side.blended.n_images
        check_periods(record[key])


def test_the_channel_is_what_is_measured(rng):
    pixels = noise(rng, 70, 90)
    pixels[::2, :, 0] //= 2
    done = blended(pixels)

    def ratio(channel: str) -> float:
        return line_bands(done.mean, channel=channel).periods[0].ratio  # type: ignore[arg-type]

    assert ratio("red") > 1000 > 100 > ratio("blue")


@pytest.mark.parametrize("value", [0, 7, 255])
def test_constant_pictures_give_numbers_too(value):
    pixels = np.full((70, 90, 3), value, np.uint8)
    done = blended(pixels)
    record = strict(render_json(blend_record(done, line_bands(done.mean))))
    check_periods(record)
    assert {period["amplitude"] for period in record["periods"]} == {0}
    profile, _ = profile_image(BytesSource("a", saved(pixels, "PNG")))
    check_periods(strict(render_json(profile_record(profile))))


def test_pictures_constant_but_for_stripes_or_one_pixel_give_numbers_too():
    for place in (np.s_[::2], np.s_[:, ::8], np.s_[35:], np.s_[35, 45], np.s_[:, 45]):
        pixels = np.zeros((70, 90, 3), np.uint8)
        pixels[place] = 255
        done = blended(pixels)
        check_periods(strict(render_json(blend_record(done, line_bands(done.mean)))))


def numbers(largest: float) -> st.SearchStrategy[float]:
    return st.just(0.0) | st.floats(1e-300, largest)  # smaller ones have fewer digits themselves


@settings(deadline=None)
@given(numbers(1e12), numbers(1e4), numbers(1))
def test_numbers_keep_six_digits(ratio, amplitude, p):
    period = Period("rows", "signed", 8 / 3, ratio, amplitude, 1, p)
    done = blended(np.zeros((70, 90, 3), np.uint8))
    (record,) = strict(
        render_json(blend_record(done, Bands(line_bands(done.mean).profiles, (period,), ())))
    )["periods"]
    assert record["period"] == 2.6667
    for key, exact in (("ratio", ratio), ("amplitude", amplitude), ("p_value", p)):
        assert math.isclose(record[key], exact, rel_tol=5.1e-6, abs_tol=1e-307)
        digits = f"{record[key]:e}".partition("e")[0].replace(".", "").rstrip("0")
        assert len(digits) <= 6 and math.isclose(float(f"{record[key]:.5e}"), record[key])


def test_banding_is_that_of_the_periods(rng):
    done = blended(noise(rng, 70, 90))
    bands = line_bands(done.mean)
    found = [(b["profile"], b["period"]) for b in blend_record(done, bands)["banding"]]
    assert found == [(b.profile, round(b.period, 4)) for b in banding(bands.periods)]


def test_json_is_ascii_on_one_line_whatever_the_names():
    text = render_json({"path": "猫\udcff\n\x1b"})
    assert text.isascii() and text.isprintable()
    assert json.loads(text) == {"path": "猫\udcff\n\x1b"}
    assert render_json({"a": [1]}, indent=2) == '{\n  "a": [\n    1\n  ]\n}'
    with pytest.raises(ValueError, match="JSON"):
        render_json({"a": math.nan})


def test_types_of_objects_need_no_pydantic():
    """It comes with the extra `web`; the command line never loads it for its objects."""
    names = ("records", "inspection", "spectrum", "audit", "evaluation")
    code = f"import sys, {', '.join(f'forensics.views.results.{name}' for name in names)}"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}; sys.exit('pydantic' in sys.modules)"], check=False
    )
    assert run.returncode == 0
