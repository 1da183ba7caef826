"""The page and its reports by keyboard, on a telephone, on paper, and for those who cannot see."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.xdist_group("browser")

FOCUSED = """
() => {
  const one = document.activeElement;
  return one.getAttribute("aria-label") || one.textContent || one.value;
}
"""

ASKED = """
() => document.activeElement.addEventListener("click", (event) => {
  event.preventDefault();
  window.askedForFiles = true;
}, { once: true });
"""
"""Tells when a key would open the dialog, which a browser on a busy machine may refuse to show."""


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
    page.evaluate(ASKED)
    page.keyboard.press("Space")
    page.wait_for_function("window.askedForFiles")
    page.get_by_label("Choose pictures").set_input_files(tmp_path / "banded.png")
    assert one.verdict() == "Generator trace of StyleGAN2 faces"
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


def test_a_telephone_shows_all_of_it(visit, banded, shot):
    one = visit(viewport={"width": 360, "height": 740})
    one.drop({"banded.png": banded})
    assert one.verdict() == "Generator trace of StyleGAN2 faces"
    one.page.locator(".mark").first.wait_for()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert one.page.evaluate(wide) <= 0
    one.page.get_by_role("tab", name="Two sets").click()
    one.page.get_by_role("button", name="Show 420 generated").click()
    one.page.locator("#panel-sets .result h2").wait_for()
    assert one.page.evaluate(wide) <= 0
    shot(one.page, "telephone")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_on_the_page(visit, banded, scheme, shot):
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


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_no_serious_barrier_in_a_report(browser, catforensics, tmp_path, banded, scheme, n, shot):
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


@pytest.mark.slow
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
