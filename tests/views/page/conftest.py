from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image as Pillow

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
    """A picture whose every second line is busier and brighter: a generator trace."""
    rng = np.random.default_rng(4)
    pixels = rng.normal(120, 12, (256, 256))
    pixels[::2] = (pixels[::2] - 120) * 1.3 + 124
    return png(np.stack([np.clip(pixels, 0, 255).astype(np.uint8)] * 3, axis=-1))


@pytest.fixture
def banded() -> bytes:
    return banded_png()


@pytest.fixture
def client() -> Iterator[Callable[..., object]]:
    """Makes clients of a page with limits of its own, in this process."""
    from contextlib import ExitStack

    from starlette.testclient import TestClient

    from forensics.views.page.app import page_app
    from forensics.views.page.limits import Limits

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
    assert re.fullmatch(r"http://\S+:\d+/\?token=\S{20,}", url), process.communicate(timeout=5)
    return Served(url, process)


def stopped(served: Served) -> tuple[int, str]:
    """End it with Ctrl-C: its status, and what it said."""
    served.process.send_signal(signal.SIGINT)
    _, err = served.process.communicate(timeout=20)
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
    with sync.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=options.split())
        yield launched
        launched.close()
