from __future__ import annotations

import base64
import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from known_source import shipped_pattern
from PIL import Image as Pillow
from waiting import MINUTES

pytest.importorskip("fastapi", reason="the extra 'web' is not installed")

TOKEN = "a token"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def noise(rng) -> bytes:
    """A small picture without anything in it."""
    return png(rng.integers(0, 256, (96, 96, 3), dtype=np.uint8))


def banded_png() -> bytes:
    """A picture with bands, and with what the shipped fingerprint of StyleGAN2 faces says."""
    rng = np.random.default_rng(4)
    pixels = rng.normal(120, 12, (256, 256))
    pixels[::2] = (pixels[::2] - 120) * 1.3 + 124
    pixels[:, ::2] = (pixels[:, ::2] - 120) * 1.3 + 123
    pixels += shipped_pattern(256)
    return png(np.stack([np.clip(pixels, 0, 255).astype(np.uint8)] * 3, axis=-1))


@pytest.fixture
def banded() -> bytes:
    return banded_png()


@pytest.fixture
def client() -> Iterator[Callable[..., object]]:
    """Makes clients of a page with limits of its own, in this process."""
    from contextlib import ExitStack

    from starlette.testclient import TestClient

    from forensics.web.app import page_app
    from forensics.web.limits import Limits

    with ExitStack() as stack:

        def make(limits: Limits | None = None, *, token: str = TOKEN, **options: object):
            app = page_app(
                TOKEN,
                frozenset({"127.0.0.1", "localhost"}),
                limits or Limits(),
                open_to_all=bool(options.pop("open_to_all", False)),
            )
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            base = options.pop("base_url", "http://127.0.0.1:8421")
            made = TestClient(app, base_url=base, headers=headers, **options)
            return stack.enter_context(made)

        yield make


@dataclass
class Served:
    """A page that runs as users run it: a process of its own."""

    url: str
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        return self.url.partition("/?")[0]

    @property
    def token(self) -> str:
        return self.url.partition("token=")[2]


def started(*options: str) -> Served:
    command = [sys.executable, "-m", "forensics", "serve", "--port", "0", "--no-browser", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    url = process.stdout.readline().strip()
    assert re.fullmatch(r"http://\S+:\d+/\?token=\S{20,}", url), process.communicate(
        timeout=MINUTES
    )
    return Served(url, process)


def stopped(served: Served) -> tuple[int, str]:
    """End it with Ctrl-C: its status, and what it said."""
    served.process.send_signal(signal.SIGINT)
    _, err = served.process.communicate(timeout=MINUTES)
    return served.process.returncode, err


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    page = started("-q")
    yield page
    status, err = stopped(page)
    assert (status, err) == (0, "")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Debian's Chromium, without anything of its own that would use the network."""
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    options = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync"
    )
    sync.expect.set_options(timeout=1000 * MINUTES)
    with sync.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=options.split())
        yield launched
        launched.close()


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
"""Drops files on a place of the page, as a browser would."""


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
        page.set_default_timeout(1000 * MINUTES)
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


@pytest.fixture
def shot() -> Callable[[Any, str], None]:
    """Keeps a screenshot where ``CATFORENSICS_SHOTS`` names a folder, to be looked at."""

    def keep(page: Any, name: str) -> None:
        folder = os.environ.get("CATFORENSICS_SHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return keep
