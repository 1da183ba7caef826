"""The built pages as a browser lays them out: nothing is cut off, and the menu is one row."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import MINUTES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDTHS = (390, 960, 1280, 1440)

BEYOND = """
() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  const within = (element) => {
    const { left, right } = element.getBoundingClientRect();
    return left >= -1 && right <= width + 1;
  };
  const reached = (element) => {
    for (let each = element.parentElement; each; each = each.parentElement) {
      if (scrolls(each) && within(each)) return true;
    }
    return false;
  };
  const seen = [...document.querySelectorAll("article *, header *")].filter(
    (element) => element.getClientRects().length && !element.closest(".visually-hidden, dialog"),
  );
  const cut = (element) =>
    element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1
    && getComputedStyle(element).overflowX === "hidden";
  return seen
    .filter((element) => cut(element) || !(within(element) || reached(element)))
    .map((element) => element.outerHTML.slice(0, 90));
}
"""
"""What lies beyond the window, or is cut, where nobody can scroll to it."""

SCROLLED = """
(kinds) => [...document.querySelectorAll(kinds)]
  .filter((block) => block.scrollWidth > block.clientWidth + 1)
  .map((block) => block.innerText)
"""
"""Blocks that have to be scrolled to be read."""

WRAPPED = "article :is(.highlight-console, .highlight-sh, .wrapped) pre"
CODE = "article :is(.highlight-python, .highlight-ipython3, .highlight-default) pre"


@pytest.fixture(scope="module")
def window() -> Iterator[Any]:
    """A browser's window."""
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(reduced_motion="reduce")
        page.set_default_timeout(1000 * MINUTES)
        yield page
        browser.close()


def fits_100_columns(code: str) -> bool:
    return all(len(line) <= 100 for line in code.splitlines())


def test_nothing_is_cut_off(built: Path, window: Any) -> None:
    """Tables scroll, commands and sentences are wrapped, code fits a window of 1280 pixels."""
    pages = [page for page in built.rglob("*.html") if "_static" not in page.parts]
    assert len(pages) > 25
    wrong = []
    for page in pages:
        window.goto(page.as_uri())
        for width in WIDTHS:
            window.set_viewport_size({"width": width, "height": 800})
            found = window.evaluate(BEYOND) + window.evaluate(SCROLLED, WRAPPED)
            if width >= 1280:
                found += filter(fits_100_columns, window.evaluate(SCROLLED, CODE))
            wrong += [(page.stem, width, one[:90]) for one in found]
    assert wrong == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_menu_is_one_row(built: Path, window: Any, width: int) -> None:
    window.set_viewport_size({"width": width, "height": 800})
    window.goto((built / "start.html").as_uri())
    shown = window.locator(".bd-header :is(.navbar-brand, .nav-link, .search-button-field)")
    boxes = [each.bounding_box() for each in shown.all() if each.is_visible()]
    middles = [box["y"] + box["height"] / 2 for box in boxes]
    assert len(boxes) >= (12 if width >= 960 else 2)
    assert max(middles) - min(middles) < 12
