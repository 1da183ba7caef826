"""The page: how soon it is there, how soon a picture has its result, what load does to it.

    CATFORENSICS_DATA=path/to/data python benchmarks/bench_page.py [--requests 200]
        [--clients 8] [--write]

First view: from the start of the process to the first paint in Chromium, a browser that is
open already, as that of people is. Result: from the drop of a 512 x 512 picture to its verdict
on the page; of the first picture, and the median of ten more. Load: requests of several
clients at once, the resident memory of the server after each quarter of them, and how long
``/api/health`` took to answer meanwhile. Beside the times stands what the same computer needs
to start Python and import NumPy, for machines differ. --write puts the table into docs/page.md.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from written import Table, write_between

FIRST_VIEW, RESULT, HEALTH, GROWTH = 1.0, 1.5, 1.0, 1.10
OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
DROP = """
([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name));
  window.dropped = performance.now();
  document.querySelector("#panel-pictures")
    .dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
}
"""


@contextmanager
def page() -> Iterator[tuple[subprocess.Popen[str], str, float]]:
    """A page: its process, its address, and when it was started."""
    command = [sys.executable, "-m", "forensics", "serve", "--port", "0", "--no-browser", "-q"]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip(), begun
    finally:
        process.terminate()
        process.wait()


def start_of_numpy() -> float:
    """Seconds that a process needs to import NumPy: what the times are to be compared with."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import numpy"], check=True)
    return time.perf_counter() - begun


def in_browser(pictures: list[Path], chromium: str) -> dict[str, float]:
    """First view, first result, and later results, in seconds."""
    from playwright.sync_api import sync_playwright

    found: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS.split())
        opened = browser.new_page()
        opened.goto("about:blank")
        with page() as (_, url, begun):
            opened.goto(url)
            opened.wait_for_selector("h1")
            opened.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
            found["first view"] = time.perf_counter() - begun
            opened.wait_for_selector("body.ready")
            found["ready for a drop"] = time.perf_counter() - begun
            found["first result, dropped at once"] = dropped(opened, pictures[0])
            later = [dropped(opened, one) for one in pictures[1:]]
            found["result, median of ten"] = statistics.median(later)
        browser.close()
    return found


def dropped(opened: Any, picture: Path) -> float:
    """Seconds from the drop to the verdict on the page."""
    if opened.locator(".clear").is_visible():
        opened.locator(".clear").click()
    opened.evaluate(DROP, [picture.name, base64.b64encode(picture.read_bytes()).decode()])
    opened.wait_for_selector("#panel-pictures .result h2")
    done: float = opened.evaluate("() => performance.now() - window.dropped")
    return done / 1000


def resident(process: subprocess.Popen[str]) -> int:
    """Resident memory in bytes."""
    with open(f"/proc/{process.pid}/status") as status:
        lines = dict(line.split(":", 1) for line in status)
    return int(lines["VmRSS"].split()[0]) * 1024


def under_load(table: Table, pictures: list[Path], requests: int, clients: int) -> bool:
    """Ask for many pictures at once; whether all that is promised held."""
    bodies = [one.read_bytes() for one in pictures]
    waits: list[float] = []
    with page() as (process, url, _):
        origin, _, token = url.partition("/?token=")
        headers = {"Authorization": f"Bearer {token}"}

        def ask(number: int) -> int:
            address = f"{origin}/api/inspect?view=true&name={number}.jpg"
            body = bodies[number % len(bodies)]
            request = urllib.request.Request(address, data=body, headers=headers)
            with urllib.request.urlopen(request, timeout=300) as answer:
                answer.read()
                return int(answer.status)

        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.1):
                begun = time.perf_counter()
                with urllib.request.urlopen(f"{origin}/api/health", timeout=60) as answer:
                    answer.read()
                waits.append(time.perf_counter() - begun)

        watcher = threading.Thread(target=watch)
        watcher.start()
        memory, statuses = [], []
        begun = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            for quarter in range(4):
                part = range(quarter * requests // 4, (quarter + 1) * requests // 4)
                statuses += list(pool.map(ask, part))
                memory.append(resident(process))
        seconds = time.perf_counter() - begun
        over.set()
        watcher.join()
    growth = memory[-1] / memory[0]
    asked = f"{requests} requests by {clients} clients"
    table.add(asked, f"{statuses.count(200)} answered")
    table.add("pictures a second", f"{requests / seconds:.1f}")
    shown = ", ".join(f"{one / 2**20:.0f}" for one in memory)
    table.add("memory after each quarter, MiB", f"{shown}: x {growth:.2f} (at most {GROWTH})")
    middle, worst = statistics.median(waits), max(waits)
    table.add(
        "/api/health meanwhile", f"median {middle:.3f} s, worst {worst:.2f} s (at most {HEALTH})"
    )
    return statuses.count(200) == requests and growth <= GROWTH and worst <= HEALTH


def main() -> int:
    """Measure, print, and fail where a promise is broken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--write", action="store_true", help="Put it into the docs.")
    options = parser.parse_args()
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    pictures = sorted((Path(root) / "gan" / "thiscatdoesnotexist").iterdir())
    numpy = start_of_numpy()
    table = Table("what", "measured")
    table.add("starting Python with NumPy", f"{numpy:.2f} s")
    held = True
    chromium = shutil.which("chromium")
    if chromium is None:
        table.add("first view, result", "not measured: Chromium is not installed")
    else:
        limits = {"first view": FIRST_VIEW, "first result, dropped at once": RESULT}
        limits["result, median of ten"] = RESULT
        for name, seconds in in_browser(pictures[:11], chromium).items():
            limit = limits.get(name)
            told = f" (at most {limit:g})" if limit else ""
            table.add(name, f"{seconds:.2f} s{told}, {seconds / numpy:.1f} times NumPy")
            held &= limit is None or seconds <= limit
    held &= under_load(table, pictures, options.requests, options.clients)
    if options.write:
        write_between("page", table.text, "page.md")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
