"""The page as people use it: dropped pictures, a keyboard, a small screen, in a real browser.

Screenshots are kept where ``CATFORENSICS_SHOTS`` names a folder, to be looked at.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image as Pillow

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
pytestmark = pytest.mark.xdist_group("browser")

DROP = """
([place, files]) => {
  const transfer = new DataTransfer();
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  const element = document.querySelector(place);
  const how = { dataTransfer: transfer, bubbles: true, cancelable: true };
  for (const kind of ["dragenter", "dragover", "drop"]) {
    element.dispatchEvent(new DragEvent(kind, how));
  }
}
"""

FOCUSED = """
() => {
  const one = document.activeElement;
  return one.getAttribute("aria-label") || one.textContent || one.value;
}
"""


@dataclass
class Visit:
    """An open page, with everything that went wrong on it and everywhere it turned to."""

    page: Any
    origin: str
    wrong: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def drop(self, files: dict[str, bytes], place: str = "#panel-pictures") -> None:
        coded = [[name, base64.b64encode(data).decode()] for name, data in files.items()]
        self.page.evaluate(DROP, [place, coded])

    def verdict(self) -> str:
        heading = self.page.locator("#panel-pictures .result h2")
        heading.wait_for()
        return heading.inner_text()


@pytest.fixture
def visit(browser, served) -> Iterator[Callable[..., Visit]]:
    opened: list[Visit] = []

    def open_page(*, wait: bool = True, **options: object) -> Visit:
        options = {"viewport": {"width": 1280, "height": 900}, "accept_downloads": True, **options}
        page = browser.new_context(**options).new_page()
        one = Visit(page, served.origin)
        page.on(
            "console",
            lambda said: one.wrong.append(said.text) if said.type in {"error", "warning"} else None,
        )
        page.on("pageerror", lambda error: one.wrong.append(str(error)))
        page.on("request", lambda asked: one.hosts.add(urlsplit(asked.url).netloc))
        page.goto(served.url)
        if wait:
            page.wait_for_selector("body.ready")
        opened.append(one)
        return one

    yield open_page
    for one in opened:
        one.page.context.close()
        assert one.wrong == []
        assert one.hosts <= {urlsplit(served.origin).netloc, ""}  # "": pictures that are in memory


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def shot(page: Any, name: str) -> None:
    folder = os.environ.get("CATFORENSICS_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_dropped_picture_gets_its_verdict_and_a_marker_at_period_2(visit, banded):
    one = visit()
    one.drop({"banded.png": banded})
    assert one.verdict() == "Generator trace"
    mark = one.page.locator('.mark[data-period="period 2"]').first
    mark.wait_for()
    assert "period 2" in mark.text_content()
    assert "generator" in mark.text_content()
    assert "Bands every 2 pixels" in one.page.locator(".lines .finding").first.inner_text()


def test_a_picture_of_the_site(visit, data: Path):
    one = visit()
    path = sorted((data / "gan" / "thiscatdoesnotexist").iterdir())[0]
    one.drop({path.name: path.read_bytes()})
    assert one.verdict() == "Generator trace"
    one.page.locator('.mark[data-period="period 2"]').first.wait_for()
    shot(one.page, "site-light")


def test_a_text_file_gets_its_sentence(visit):
    one = visit()
    one.drop({"notes.txt": b"hello, I am no picture"})
    assert one.verdict() == "Not measured"
    said = one.page.locator(".result [role=alert]").inner_text()
    assert "notes.txt is no picture, it begins with 'hello" in said


def test_a_name_stays_a_name(visit, banded):
    name = "<img src=x onerror=document.title='taken'>.png"
    one = visit()
    one.drop({name: banded, "<b>notes</b>.txt": b"x"})
    expect(one.page.locator("#panel-pictures .said")).to_contain_text("2 pictures: ")
    one.page.locator(".row", has_text="onerror").click()
    assert one.verdict() == "Generator trace"
    assert one.page.locator(".result .name").inner_text() == name
    one.page.locator(".row", has_text="notes").click()
    assert "<b>notes</b>.txt is no picture" in one.page.locator(".result").inner_text()
    assert one.page.title() == "catforensics"


def test_ten_at_once_and_one_that_is_damaged(visit, rng, banded):
    files = {
        f"{number}.png": png(rng.integers(0, 256, (100, 100, 3), dtype=np.uint8))
        for number in range(8)
    }
    one = visit()
    one.drop({**files, "banded.png": banded, "cut.png": banded[:2000]})
    one.page.locator(".list progress").first.wait_for(state="detached")
    said = one.page.locator("#panel-pictures .said")
    expect(said).to_contain_text("10 pictures: ", timeout=30_000)
    assert "1 generator trace" in said.inner_text()
    assert "1 not measured" in said.inner_text()
    one.page.locator(".row", has_text="banded.png").click()
    assert one.verdict() == "Generator trace"
    one.page.locator(".clear").click()
    assert one.page.locator(".row").count() == 0


def test_a_hundred_and_one_files(visit, noise):
    one = visit()
    one.drop({f"{number}.png": noise for number in range(101)})
    said = one.page.locator("#panel-pictures .said")
    assert "101 files were dropped, the page takes 100 at once" in said.inner_text()
    assert one.page.locator(".row").count() == 100


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


def test_the_slider_uncovers_the_picture(visit, banded):
    one = visit()
    one.drop({"banded.png": banded})
    one.verdict()
    slider, over = one.page.locator(".slide input").first, one.page.locator(".stack .over").first
    slider.focus()
    for key, cut in (("End", "100%"), ("Home", "0%")):
        slider.press(key)
        assert over.evaluate("(one) => getComputedStyle(one).getPropertyValue('--cut')") == cut


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
    assert report.locator("h2").first.inner_text() == "Generator trace"
    assert all(url.startswith(("file:", "data:")) for url in asked)
    report.close()


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


def test_examples_need_no_picture(visit):
    one = visit()
    page = one.page
    page.get_by_role("button", name="Take a photograph of a cat").click()
    assert one.verdict() != "Not measured"
    page.get_by_role("tab", name="Two sets").click()
    page.get_by_role("button", name="Show 420 generated and 840 real cats").click()
    page.locator("#panel-sets .result h2").wait_for()
    assert page.locator("#panel-sets .mark").count() >= 4
    shot(page, "sets-light")


def test_a_picture_can_be_pasted(visit, banded):
    one = visit()
    one.page.evaluate(
        """(data) => {
          const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "image.png", { type: "image/png" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer }));
        }""",
        base64.b64encode(banded).decode(),
    )
    assert one.verdict() == "Generator trace"


def test_the_keyboard_is_enough(visit, tmp_path, banded):
    one = visit()
    page = one.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "tab-pictures"
    page.keyboard.press("ArrowRight")
    assert page.locator("#panel-sets").is_visible()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#panel-pictures").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "file"
    (tmp_path / "banded.png").write_bytes(banded)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(tmp_path / "banded.png")
    assert one.verdict() == "Generator trace"
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(FOCUSED))
    assert {"Report", "JSON", "Zoom in", "spectrum", "signed"} & reached >= {
        "Report",
        "JSON",
        "Zoom in",
    }
    assert any("How much of the map" in (one or "") for one in reached)


def test_a_telephone_shows_all_of_it(visit, banded):
    one = visit(viewport={"width": 360, "height": 740})
    one.drop({"banded.png": banded})
    assert one.verdict() == "Generator trace"
    one.page.locator(".mark").first.wait_for()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert one.page.evaluate(wide) <= 0
    one.page.get_by_role("tab", name="Two sets").click()
    one.page.get_by_role("button", name="Show 420 generated").click()
    one.page.locator("#panel-sets .result h2").wait_for()
    assert one.page.evaluate(wide) <= 0
    shot(one.page, "telephone")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_on_the_page(visit, banded, scheme):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    one = visit(color_scheme=scheme)
    found = [barriers(axe, one.page)]
    one.drop({"banded.png": banded, "notes.txt": b"x"})
    one.verdict()
    one.page.locator(".mark").first.wait_for()
    found.append(barriers(axe, one.page))
    shot(one.page, f"picture-{scheme}")
    one.page.get_by_role("tab", name="Two sets").click()
    one.page.get_by_role("button", name="Show 420 generated").click()
    one.page.locator("#panel-sets .result h2").wait_for()
    found.append(barriers(axe, one.page))
    shot(one.page, f"sets-{scheme}")
    assert found == [[], [], []]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_no_serious_barrier_in_a_report(browser, catforensics, tmp_path, banded, scheme, n):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    pictures = []
    for number in range(n):
        pictures.append(tmp_path / f"{number}.png")
        pictures[-1].write_bytes(banded)
    assert catforensics("report", *pictures, "-o", tmp_path / "report.html").status == 0
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    shot(page, f"report-{n}-{scheme}")
    assert barriers(axe, page) == []
    if n == 1:
        page.get_by_role("link", name="Enlarge: Second differences").click()
        assert page.locator("figure:target .drawing").first.bounding_box()["width"] > 900
        page.get_by_role("link", name="Close").first.click()
    context.close()


def test_a_report_prints_on_paper(browser, catforensics, tmp_path, banded):
    (tmp_path / "one.png").write_bytes(banded)
    catforensics("report", tmp_path / "one.png", "-o", tmp_path / "report.html")
    page = browser.new_page(color_scheme="dark")
    page.goto((tmp_path / "report.html").as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert boxes
    assert all(abs(float(w) - 595) < 2 and abs(float(h) - 842) < 2 for w, h in boxes)  # A4
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("details.record").is_visible()
    page.close()


def barriers(axe: Any, page: Any) -> list[str]:
    """What axe-core calls serious or critical."""
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]
