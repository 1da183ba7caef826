"""One picture has one verdict, one score and one rate, whoever is asked and however it is told."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from forensics.detection.classifier.measure import measured_rows
from forensics.detection.labelled import look_at
from forensics.detection.verdict.inspect import Inspection, inspect_image, iter_inspections
from forensics.detection.verdict.model_file import shipped_model
from forensics.engine.fingerprints import load_library
from forensics.engine.run import RunOptions
from forensics.images.sources.find import ImageSource, Skipped, find_images
from forensics.images.sources.local import BytesSource
from forensics.views.report.document import Making, render_report
from forensics.views.report.pictures import picture_report
from forensics.views.results.explanation import explain, headline, render_score
from forensics.views.results.inspection import (
    inspection_record,
    render_inspection,
    render_row,
    render_verdict,
)
from forensics.views.results.records import json_value, render_json
from forensics.web.answers import inspect_answer
from forensics.web.limits import Limits

MADE = Making("0", "catforensics report", "2026-01-01T00:00:00+00:00", (("Python", "3"),))
N_SHARED = 200
DRAWN = 4
"""Of so many shared pictures one is drawn as well, which takes ten times as long as measuring."""


def saved(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def made_pictures() -> Iterator[tuple[str, bytes]]:
    """Photographs, noise, bands, a known pattern, drawings: found, unsure and nothing."""
    rng = np.random.default_rng(0)
    cat = skimage.data.chelsea()
    for quality in (60, 85, 97):
        yield f"cat{quality}.jpg", saved(cat, "JPEG", quality=quality)
    for number in range(6):
        top, left = int(rng.integers(0, 100)), int(rng.integers(0, 200))
        yield f"part{number}.png", saved(np.ascontiguousarray(cat[top : top + 190, left:][:, :240]))
    yield "gray.png", saved(skimage.data.camera())
    yield "page.png", saved(skimage.data.page())
    yield "flat.png", saved(np.full((90, 90, 3), 7, np.uint8))
    pattern = load_library()[0].pattern
    for number, strength in enumerate((2, 4, 6, 40)):
        pixels = rng.normal(120, 12, pattern.shape) + strength * pattern
        gray = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
        yield f"known{number}.png", saved(np.stack([gray] * 3, axis=-1))
    for number in range(4):
        pixels = rng.normal(120, 12, (200, 220, 3))
        pixels[::2] = (pixels[::2] - 120) * (1.1 + number / 10) + 120 + number
        yield f"bands{number}.png", saved(np.clip(pixels, 0, 255).astype(np.uint8))


def check(inspection: Inspection, record: dict) -> None:
    """What is told in words is what the object says."""
    found = inspection.attribution
    verdict, score = record["verdict"], render_score(record["score"])
    assert headline(inspection).lower().startswith(verdict)
    for text in (render_inspection(inspection), render_verdict(inspection)):
        first, second, *_ = text.splitlines()
        assert first.endswith(headline(inspection)) and f" {score}" in second
    row = render_row(inspection, 200)
    assert row.split("  ")[0] == verdict and score in row
    assert record["explanation"] == list(explain(inspection))
    assert record["score"] == pytest.approx(found.score, rel=1e-5)
    odds = sum(one["log_odds"] for one in record["contributions"])
    model = shipped_model()
    if verdict == "generator trace":
        assert odds >= model.certain - 1e-3 and record["causes"][0]["cause"] == "generator"
    elif verdict == "no generator trace":
        assert odds < model.doubtful + 1e-3
        assert "generator" not in [one["cause"] for one in record["causes"]]
        assert record["family"] is None
    for match in record["fingerprints"]:
        if match["matched"] and not record["limits"]:
            assert verdict != "no generator trace"
    rate = record["reference"]
    assert rate["as_much"] <= 0.002 * rate["real"] or verdict != "generator trace"


def walked(sources: list[ImageSource], *, drawn: int = 1) -> list[str]:
    """Ask everybody about every picture, report and page about one of `drawn`; the verdicts."""
    library, verdicts = load_library(), []
    bulks = iter_inspections(sources, fingerprints=library)
    for number, (source, bulk) in enumerate(zip(sources, bulks, strict=True)):
        assert not isinstance(bulk, Skipped)
        one, image = inspect_image(source, fingerprints=library)
        record = json.loads(render_json(inspection_record(one)))
        assert json.loads(render_json(inspection_record(bulk))) == record
        check(one, record)
        verdicts.append(record["verdict"])
        if number % drawn:
            continue
        report = picture_report([(one, image)], MADE, detail="brief")
        assert json.loads(render_json(json_value(report.record)))["images"] == [record]
        (part,) = report.parts
        assert part.verdict.lower().startswith(record["verdict"])
        page = render_report(report)
        assert f'"Score {render_score(part.score)}"' in page
        answer = inspect_answer(source.read_bytes(), source.name, Limits(pixels=10**8), view=True)
        view = answer.pop("view")
        assert json.loads(json.dumps(answer)) == record
        assert view["verdict"].lower().startswith(record["verdict"])
        assert view["score"] == render_score(record["score"])
    return verdicts


def judged_alike(sources: list[ImageSource]) -> None:
    """What `evaluate` and `train` measure is what a single picture is told."""
    library, model = load_library(), shipped_model()
    pictures = look_at(sources, RunOptions(), fewest=1).pictures
    rows = measured_rows(
        pictures, [[()] for _ in pictures], fingerprints=library, kept={}, run=RunOptions()
    )
    odds = rows.log_odds(model)
    for place, found in zip(rows.pictures.tolist(), odds.tolist(), strict=True):
        one, _ = inspect_image(pictures[place].source, fingerprints=library)
        told = one.attribution
        assert told.log_likelihood_ratio == pytest.approx(float(model.bounded(found)), abs=1e-9)
        enlarged = any(cause.cause == "network enlargement" for cause in told.causes)
        if not (told.limits or told.turned or enlarged):
            assert told.verdict == model.verdict(found)


@pytest.mark.slow
def test_everybody_says_the_same_of_made_pictures():
    sources: list[ImageSource] = [BytesSource(name, data) for name, data in made_pictures()]
    assert set(walked(sources)) == {"generator trace", "unsure", "no generator trace"}


def test_what_is_judged_in_bulk_is_what_one_picture_is_told():
    judged_alike([BytesSource(name, data) for name, data in made_pictures()])


def test_everybody_says_the_same_of_the_shared_pictures(data: Path):
    folders = [
        folder
        for part in ("gan", "diffusion", "real")
        for folder in sorted((data / part).iterdir())
    ]
    each = -(-N_SHARED // len(folders))
    paths = [
        path
        for folder in folders
        for path in sorted(folder.iterdir())[:each]
        if path.suffix.lower() != ".txt" and path.stat().st_size < 2e6
    ]
    verdicts = walked(list(find_images([str(path) for path in paths])), drawn=DRAWN)
    assert len(verdicts) >= 0.8 * N_SHARED and len(set(verdicts)) == 3
