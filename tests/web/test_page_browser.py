"""The page as people use it: dropped pictures, a keyboard, a small screen, in a real browser.

Screenshots are kept where ``CATFORENSICS_SHOTS`` names a folder, to be looked at.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
pytestmark = pytest.mark.xdist_group("browser")


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.mark.slow
def test_a_dropped_picture_gets_its_verdict_and_a_marker_at_period_2(visit, banded):
    one = visit()
    one.drop({"banded.png": banded})
    assert one.verdict() == "Generator trace of StyleGAN2 faces"
    mark = one.page.locator('.mark[data-period="period 2"]').first
    mark.wait_for()
    assert "period 2" in mark.text_content()
    assert "generator" in mark.text_content()
    assert "Bands every 2 pixels" in one.page.locator(".lines .finding").first.inner_text()


@pytest.mark.slow
def test_a_picture_of_the_site(visit, data: Path, shot):
    one = visit()
    path = sorted((data / "gan" / "thiscatdoesnotexist").iterdir())[0]
    one.drop({path.name: path.read_bytes()})
    assert one.verdict() == "Generator trace of thiscatdoesnotexist.com (StyleGAN2)"
    one.page.locator('.mark[data-period="period 2"]').first.wait_for()
    shot(one.page, "site-light")


@pytest.mark.slow
def test_a_text_file_gets_its_sentence(visit):
    one = visit()
    one.drop({"notes.txt": b"hello, I am no picture"})
    assert one.verdict() == "Not measured"
    said = one.page.locator(".result [role=alert]").inner_text()
    assert "notes.txt is no picture, it begins with 'hello" in said


@pytest.mark.slow
def test_a_name_stays_a_name(visit, banded):
    name = "<img src=x onerror=document.title='taken'>.png"
    one = visit()
    one.drop({name: banded, "<b>notes</b>.txt": b"x"})
    expect(one.page.locator("#panel-pictures .said")).to_contain_text("2 pictures: ")
    one.page.locator(".row", has_text="onerror").click()
    assert one.verdict() == "Generator trace of StyleGAN2 faces"
    assert one.page.locator(".result .name").inner_text() == name
    one.page.locator(".row", has_text="notes").click()
    assert "<b>notes</b>.txt is no picture" in one.page.locator(".result").inner_text()
    assert one.page.title() == "catforensics"


@pytest.mark.slow
def test_ten_at_once_and_one_that_is_damaged(visit, rng, banded):
    files = {
        f"{number}.png": png(rng.integers(0, 256, (100, 100, 3), dtype=np.uint8))
        for number in range(8)
    }
    one = visit()
    one.drop({**files, "banded.png": banded, "cut.png": banded[:2000]})
    one.page.locator(".list progress").first.wait_for(state="detached")
    said = one.page.locator("#panel-pictures .said")
    expect(said).to_contain_text("10 pictures: ")
    assert "1 generator trace" in said.inner_text()
    assert "1 not measured" in said.inner_text()
    one.page.locator(".row", has_text="banded.png").click()
    assert one.verdict() == "Generator trace of StyleGAN2 faces"
    one.page.locator(".clear").click()
    assert one.page.locator(".row").count() == 0


@pytest.mark.slow
def test_a_hundred_and_one_files(visit, noise):
    one = visit()
    one.drop({f"{number}.png": noise for number in range(101)})
    said = one.page.locator("#panel-pictures .said")
    assert "101 files were dropped, the page takes 100 at once" in said.inner_text()
    assert one.page.locator(".row").count() == 100


@pytest.mark.slow
def test_switches_change_the_chart_and_the_cursor_reads_values(visit, cat):
    one = visit()
    one.drop({"cat.png": png(cat)})
    one.verdict()
    page = one.page
    chart, reading = page.locator(".chart").first, page.locator(".plot .reading").first
    drawn = {chart.inner_html()}
    for label in (
        "signed",
        "first",
        "rows",
        "columns",
        "both",
        "red",
        "green",
        "lines",
        "spectrum",
    ):
        page.locator(".switches label", has_text=re.compile(f"^{label}$")).click()
        drawn.add(chart.inner_html())
    assert len(drawn) >= 8
    page.locator(".switches label", has_text=re.compile("^luma$")).click()
    page.locator(".switches label", has_text=re.compile("^lines$")).click()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    assert re.fullmatch(
        r"Line \d+: rows -?[\d.e-]+, columns -?[\d.e-]+ counts", reading.inner_text()
    )
    page.locator(".switches label", has_text=re.compile("^spectrum$")).click()
    chart.focus()
    page.keyboard.press("End")
    assert reading.inner_text().startswith("Period 2.00 pixels: rows ")
    page.keyboard.press("ArrowLeft")
    assert reading.inner_text().startswith("Period 2.0")
    whole = chart.inner_html()
    page.keyboard.press("+")
    assert chart.inner_html() != whole
    page.keyboard.press("Escape")
    for label in ("420 generated cats", "840 photographs of cats"):
        page.get_by_label(label).check()
    expect(page.locator(".chart .shade")).to_have_count(2)


@pytest.mark.slow
def test_dragging_over_a_chart_enlarges_it(visit, banded):
    one = visit()
    one.drop({"banded.png": banded})
    one.verdict()
    chart = one.page.locator(".chart").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    ticks = chart.locator(".frame text").all_inner_texts()
    one.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 120)
    one.page.mouse.down()
    one.page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 120)
    one.page.mouse.up()
    assert chart.locator(".frame text").all_inner_texts() != ticks
    one.page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + 120)
    assert chart.locator(".frame text").all_inner_texts() == ticks


@pytest.mark.slow
def test_the_slider_uncovers_the_picture(visit, banded):
    one = visit()
    one.drop({"banded.png": banded})
    one.verdict()
    slider, over = one.page.locator(".slide input").first, one.page.locator(".stack .over").first
    slider.focus()
    for key, cut in (("End", "100%"), ("Home", "0%")):
        slider.press(key)
        assert over.evaluate("(one) => getComputedStyle(one).getPropertyValue('--cut')") == cut


@pytest.mark.slow
def test_downloads(visit, banded, tmp_path, browser):
    one = visit()
    one.drop({"banded.png": banded})
    one.verdict()
    kept = {}
    for label, name in (
        ("Report", "banded-report.html"),
        ("JSON", "banded.json"),
        ("Figure, PNG", "banded-inspect.png"),
        ("Figure, SVG", "banded-inspect.svg"),
    ):
        with one.page.expect_download() as download:
            one.page.get_by_role("button", name=label, exact=True).click()
        assert download.value.suggested_filename == name
        kept[label] = tmp_path / name
        download.value.save_as(kept[label])
    assert json.loads(kept["JSON"].read_text())["verdict"] == "generator trace"
    assert "view" not in json.loads(kept["JSON"].read_text())
    assert kept["Figure, PNG"].read_bytes().startswith(b"\x89PNG")
    report = browser.new_page()
    asked: list[str] = []
    report.on("request", lambda request: asked.append(request.url))
    report.goto(kept["Report"].as_uri())
    assert report.locator("h2").first.inner_text() == "Generator trace of StyleGAN2 faces"
    assert all(url.startswith(("file:", "data:")) for url in asked)
    report.close()


@pytest.mark.slow
def test_two_sets_as_archives(visit, rng):
    def archive(extra: int) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as packed:
            for number in range(8):
                pixels = rng.integers(0, 200, (128, 128, 3), dtype=np.uint8)
                pixels[::2] += np.uint8(extra)
                pixels[:, ::2] += np.uint8(extra // 2)
                packed.writestr(f"{number}.png", png(pixels))
        return file.getvalue()

    one = visit()
    page = one.page
    page.get_by_role("tab", name="Two sets").click()
    go = page.get_by_role("button", name="Compare")
    assert go.is_disabled()
    one.drop({"gan.zip": archive(40)}, "[data-set=a]")
    one.drop(
        {
            f"{number}.png": png(rng.integers(0, 256, (128, 128, 3), dtype=np.uint8))
            for number in range(3)
        },
        "[data-set=b]",
    )
    expect(go).to_be_enabled()
    go.click()
    page.locator("#panel-sets .result h2").wait_for()
    said = page.locator("#panel-sets .lead").inner_text()
    assert "gan.zip: Bands every 2" in said
    assert "set B: No bands" in said
    assert page.locator("#panel-sets .chart").count() == 2
    assert page.locator("#panel-sets tbody tr").count() == 15
    with page.expect_download() as download:
        page.locator("#panel-sets").get_by_role("button", name="Report").click()
    assert download.value.suggested_filename == "comparison-report.html"
    assert "What besides the pictures tells them apart" in download.value.path().read_text()
    ticks = [
        page.locator("#panel-sets .chart").nth(n).locator(".frame text").all_inner_texts()
        for n in (0, 1)
    ]
    assert ticks[0] == ticks[1]


@pytest.mark.slow
def test_a_set_without_pictures_and_sets_that_cannot_be_compared(visit, banded):
    one = visit()
    page = one.page
    page.get_by_role("tab", name="Two sets").click()
    one.drop({"notes.txt": b"x"}, "[data-set=a]")
    said = page.locator("#panel-sets .said")
    expect(said).to_contain_text("no picture and no zip archive")
    one.drop({"a.png": banded}, "[data-set=a]")
    one.drop({"b.zip": b"this is no zip"}, "[data-set=b]")
    go = page.get_by_role("button", name="Compare")
    expect(go).to_be_enabled()
    go.click()
    expect(said).to_contain_text("b.zip is damaged")


@pytest.mark.slow
def test_examples_need_no_picture(visit, shot):
    one = visit()
    page = one.page
    page.get_by_role("button", name="Take a photograph of a cat").click()
    assert one.verdict() != "Not measured"
    page.get_by_role("button", name="Clear all").click()
    page.get_by_role("button", name="the same with the fingerprint of a generator").click()
    assert one.verdict() == "Generator trace of thiscatdoesnotexist.com (StyleGAN2)"
    page.get_by_role("tab", name="Two sets").click()
    page.get_by_role("button", name="Show 420 generated and 840 real cats").click()
    page.locator("#panel-sets .result h2").wait_for()
    assert page.locator("#panel-sets .mark").count() >= 4
    shot(page, "sets-light")


@pytest.mark.slow
def test_a_picture_that_is_pasted_is_selected(visit, banded, noise):
    one = visit()
    one.drop({"noise.png": noise})
    one.page.locator("[aria-current=true] .state", has_text="score").wait_for()
    one.page.evaluate(
        """(data) => {
          const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "image.png", { type: "image/png" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer }));
        }""",
        base64.b64encode(banded).decode(),
    )
    assert one.verdict() == "Generator trace of StyleGAN2 faces"
