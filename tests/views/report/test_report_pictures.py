from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from known_source import shipped_pattern
from PIL import Image as Pillow

from forensics import load_library
from forensics.detection.verdict.inspect import inspect_image
from forensics.images.sources.find import Skipped
from forensics.images.sources.local import BytesSource
from forensics.views.report.document import MOST_BYTES, Making, Report, render_report
from forensics.views.report.pictures import MOST_PICTURES, detail_for, picture_report
from forensics.views.results.explanation import explain
from forensics.views.results.inspection import inspection_record

MADE = Making("0", "catforensics report", "2026-01-01T00:00:00+00:00", (("Python", "3"),))


def png(pixels: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG", **options)
    return file.getvalue()


@pytest.fixture
def banded(rng) -> np.ndarray:
    """A picture with bands, and with what the shipped fingerprint of StyleGAN2 faces says."""
    pixels = rng.normal(120, 12, (256, 256))
    pixels[::2] = (pixels[::2] - 120) * 1.3 + 124
    pixels[:, ::2] = (pixels[:, ::2] - 120) * 1.3 + 123
    pixels += shipped_pattern(256)
    return np.stack([np.clip(pixels, 0, 255).astype(np.uint8)] * 3, axis=-1)


def report_of(pixels: np.ndarray, name: str = "one.png", **options: object) -> Report:
    one = inspect_image(BytesSource(name, png(pixels, **options)))
    return picture_report([one], MADE, detail="beside")


def test_the_verdict_comes_first_with_its_sentences_and_the_record_is_the_same(banded):
    one = inspect_image(BytesSource("one.png", png(banded)), fingerprints=load_library())
    report = picture_report([one], MADE, detail="beside")
    (part,) = report.parts
    assert part.verdict == "Generator trace of StyleGAN2 faces"
    assert part.tone == "generator"
    assert part.sentences[: len(explain(one[0]))] == explain(one[0])
    assert report.record["images"] == [inspection_record(one[0])]
    page = render_report(report)
    assert page.index("Generator trace") < page.index("<figure")
    assert "StyleGAN3" in page  # the limits
    assert one[0].record.sha256 in page


@pytest.mark.slow
def test_every_figure_says_what_it_shows_and_has_known_sets_beside_it(cat):
    report = report_of(cat)
    page = render_report(report)
    assert len(page) < MOST_BYTES
    drawings = re.findall(r'<svg[^>]*class="drawing"[^>]*>', page)
    assert len(drawings) > 12
    for drawing in drawings:
        assert re.search(r'aria-label="[^"]{10,}"', drawing)
    for image in re.findall(r"<img[^>]*>", page):
        assert re.search(r'alt="[^"]{10,}"', image)
    for plate in (plate for one in report.parts[0].sections for plate in one.plates):
        assert plate.finding
    assert page.count("420 pictures of thiscatdoesnotexist.com") > 5
    assert page.count("840 photographs of cats (AFHQ)") > 5


@pytest.mark.slow
def test_figures_take_the_colours_of_the_page(cat):
    page = render_report(report_of(cat))
    drawings = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert "var(--rows)" in drawings
    assert "#0072b2" not in drawings
    assert "DejaVu" not in drawings


@pytest.mark.slow
def test_nothing_of_the_metadata_travels_but_what_is_quoted(cat):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Secret", "meet me at 52.5200, 13.4050")
    page = render_report(report_of(cat, pnginfo=info))
    for data in re.findall(r'src="data:image/[a-z]+;base64,([^"]+)"', page):
        image = Pillow.open(io.BytesIO(base64.b64decode(data)))
        image.load()
        assert not set(image.info) - {"dpi", "jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.slow
def test_pictures_larger_than_the_page_are_reduced_and_said_to_be(rng):
    pixels = rng.integers(0, 256, (1100, 2100, 3), dtype=np.uint8)
    report = report_of(pixels)
    labels = [panel.label for panel in report.parts[0].sections[0].plates[0].panels]
    assert labels[0] == "The picture, 2100 x 1100 pixels, as means of 3 x 3"
    assert len(render_report(report)) < MOST_BYTES


@pytest.mark.slow
def test_several_are_told_shorter_and_fit(cat, banded):
    sources = [
        BytesSource(f"{number}.png", png(pixels)) for number, pixels in enumerate([cat, banded])
    ]
    inspected = [inspect_image(one) for one in sources]
    assert [detail_for(n) for n in (1, 2, 4, 5)] == ["beside", "alone", "alone", "brief"]
    skipped = [Skipped("<b>bad</b>.png", "is empty")]
    some = picture_report(inspected, MADE, detail="alone", skipped=skipped)
    page = render_report(some)
    assert len(page) < MOST_BYTES
    assert [section.title for section in some.sections] == [
        "Left out",
        "Known sets",
        "What this cannot show",
    ]
    assert "&lt;b&gt;bad&lt;/b&gt;.png" in page
    assert some.record["skipped"] == [{"path": "<b>bad</b>.png", "reason": "is empty"}]
    many = picture_report(inspected * (MOST_PICTURES // 2), MADE, detail="brief")
    assert len(render_report(many)) < MOST_BYTES


@pytest.mark.slow
@pytest.mark.parametrize(("side", "n"), [(1024, 1), (600, 4)])
def test_pictures_that_nothing_makes_smaller_fit(rng, side, n):
    noise = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    one = inspect_image(BytesSource("noise.png", png(noise)))
    page = render_report(picture_report([one] * n, MADE, detail=detail_for(n)))
    assert len(page) < MOST_BYTES
    assert 'id="report.json"' in page


@pytest.mark.slow
def test_a_record_that_is_too_long_is_left_to_its_file(cat):
    report = report_of(cat)
    report.record["images"] *= 400
    page = render_report(report)
    assert len(page) < MOST_BYTES
    assert "it stands beside it, as JSON" in page


@pytest.mark.slow
def test_a_stretched_and_a_turned_picture_have_reports(rng):
    strip = rng.integers(0, 256, (70, 5000, 3), dtype=np.uint8)
    assert len(render_report(report_of(strip))) < MOST_BYTES
    exif = Pillow.Exif()
    exif[0x0112] = 6
    report = report_of(rng.integers(0, 256, (200, 300, 3), dtype=np.uint8), exif=exif)
    picture = str(report.parts[0].sections[0].plates[0].panels[0].drawing)
    assert 'width="200" height="300"' in picture  # the way up that it is to be seen


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gan/thiscatdoesnotexist", "real/afhq"])
def test_real_pictures_have_reports_that_fit(data: Path, kind):
    path = sorted((data / kind).iterdir())[1]
    report = picture_report(
        [inspect_image(BytesSource(path.name, path.read_bytes()))], MADE, detail="beside"
    )
    assert len(render_report(report)) < MOST_BYTES
