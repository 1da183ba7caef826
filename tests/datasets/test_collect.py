"""Collecting from a server that does everything wrong: what is kept is whole, distinct, listed."""

from __future__ import annotations

import csv
import hashlib
import io
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from waiting import until

pytest.importorskip("httpx", reason="the extra 'collect' is not installed")
pytest.importorskip("protego", reason="the extra 'collect' is not installed")

from forensics.datasets import http as fetching
from forensics.datasets.collect import collect
from forensics.datasets.http import AGENT, RobotRules, pause_asked_for
from forensics.errors import CollectError, ParameterError, SavedFileError
from forensics.images.read import read_pixels


def picture(number: int, kind: str = "JPEG") -> bytes:
    pixels = np.random.default_rng(number).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, kind)
    return file.getvalue()


class BadServer(ThreadingHTTPServer):
    """Gives a new picture each time, but now and then something else."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, faults: dict[int, str], robots: tuple[int, str] = (404, "")) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.robots = faults, robots
        self.lock = threading.Lock()
        self.n = self.given = 0
        self.asked: list[tuple[str, str]] = []
        self.most: int | None = None
        """Pictures after which nothing more is answered, until this is more."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Leave it to the client to say what went wrong."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: BadServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        server = self.server
        if self.path == "/robots.txt":
            self.answer(server.robots[0], server.robots[1].encode(), "text/plain")
            return
        with server.lock:
            number, server.n = server.n, server.n + 1
            server.asked.append((self.path, self.headers["User-Agent"]))
        fault = server.faults.get(number % 20, "")
        getattr(self, fault or "good")()

    def answer(self, status: int, data: bytes, kind: str = "image/jpeg", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def good(self) -> None:
        until(lambda: self.server.most is None or self.server.given < self.server.most)
        with self.server.lock:
            number, self.server.given = self.server.given, self.server.given + 1
        if self.path.startswith("/only/"):
            number = int(self.path.rpartition("/")[2])
        self.answer(200, picture(number))

    def again(self) -> None:
        self.answer(200, picture(max(0, self.server.given - 1)))

    def page(self) -> None:
        self.answer(200, b"<html>busy</html>", "image/jpeg")

    def as_text(self) -> None:
        with self.server.lock:
            number, self.server.given = self.server.given, self.server.given + 1
        self.answer(200, picture(number, "PNG"), "text/html")

    def broken(self) -> None:
        self.answer(500, b"")

    def busy(self) -> None:
        self.answer(429, b"", Retry_After="0")

    def gone(self) -> None:
        self.answer(404, b"")

    def half(self) -> None:
        data = picture(10**6)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])

    def cut(self) -> None:
        data = picture(10**6)
        self.answer(200, data[: len(data) // 2])

    def stall(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        with self.server.lock:
            n_asked = self.server.n
        until(lambda: self.server.n > n_asked)  # somebody gave up, and asked again

    def elsewhere(self) -> None:
        self.answer(302, b"", Location="/moved")

    def away(self) -> None:
        self.answer(302, b"", Location="file:///etc/passwd")


ALL_FAULTS = dict(
    enumerate(
        ["", "again", "page", "", "broken", "as_text", "busy", "", "half", "cut", "", "elsewhere"]
    )
)


@pytest.fixture
def server() -> Iterator[object]:
    running = []

    def start(faults: dict[int, str] | None = None, **how: object) -> BadServer:
        one = BadServer(faults or {}, **how)
        threading.Thread(target=one.serve_forever, daemon=True).start()
        running.append(one)
        return one

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def check_whole(folder: Path, n: int) -> None:
    """`n` distinct pictures, none damaged, each with a row that says what it is."""
    # A picture that was being written when the run was killed stays hidden, and counts for nothing.
    files = sorted(
        path
        for path in folder.iterdir()
        if path.name != "manifest.csv" and not path.name.startswith(".")
    )
    assert len(files) == n
    for path in files:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
        read_pixels(path)
    collected = [row for row in rows(folder) if row["outcome"] == "collected"]
    assert sorted(row["path"] for row in collected) == [path.name for path in files]
    for row in collected:
        assert row["address"].startswith("http://127.0.0.1")
        assert row["sha256"] == Path(row["path"]).stem
        assert row["status"] == "200"
        assert row["time"].startswith("20")


def test_every_fault_of_a_server_costs_a_request_and_no_picture(server, tmp_path):
    bad = server(ALL_FAULTS)
    done = collect([bad.url], tmp_path / "cats", n=40, every=0)
    assert (done.n_images, done.n_new, done.ended) == (40, 40, "")
    assert done.n_repeats > 0
    assert done.n_failed > 0
    check_whole(tmp_path / "cats", 40)
    assert len(rows(tmp_path / "cats")) == done.n_new + done.n_repeats + done.n_failed
    assert {path.suffix for path in (tmp_path / "cats").iterdir()} == {".jpg", ".png", ".csv"}
    assert {agent for _, agent in bad.asked} == {AGENT}


def test_what_was_collected_can_be_measured_by_its_manifest(server, tmp_path):
    from forensics.images.sources.find import find_images

    collect([server(ALL_FAULTS).url], tmp_path, n=5, every=0)
    assert len(find_images(tmp_path)) == 5


def test_a_second_run_goes_on(server, tmp_path):
    bad = server(ALL_FAULTS)
    collect([bad.url], tmp_path, n=5, every=0)
    done = collect([bad.url], tmp_path, n=12, every=0)
    assert (done.n_images, done.n_new) == (12, 7)
    n_asked = bad.n
    assert collect([bad.url], tmp_path, n=12, every=0).n_new == 0
    assert bad.n == n_asked
    check_whole(tmp_path, 12)


@pytest.mark.slow
def test_a_run_that_was_killed_twice_loses_nothing(server, tmp_path):
    bad = server(ALL_FAULTS)
    command = [sys.executable, "-m", "forensics", "data", "collect", bad.url, "-n", "300"]
    command += ["--every", "0", "-o", str(tmp_path), "-q"]
    for at_least in (60, 170):
        bad.most = at_least + 50
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(lambda: len(list(tmp_path.glob("*.jpg"))) >= at_least)  # noqa: B023
        process.send_signal(signal.SIGKILL)
        process.wait()
    bad.most = None
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("300 pictures in ")
    check_whole(tmp_path, 300)


def test_a_row_that_was_cut_off_and_a_picture_without_its_row(server, tmp_path):
    bad = server()
    collect([bad.url], tmp_path, n=3, every=0)
    manifest = tmp_path / "manifest.csv"
    manifest.write_bytes(manifest.read_bytes()[:-20])
    other = tmp_path / f"{'0' * 64}.jpg"
    other.write_bytes(b"somebody else's")
    done = collect([bad.url], tmp_path, n=4, every=0)
    assert done.n_images == 4
    assert other.read_bytes() == b"somebody else's"
    other.unlink()
    check_whole(tmp_path, 4)


def test_an_address_that_only_repeats_is_left(server, tmp_path):
    done = collect(
        [server(dict.fromkeys(range(20), "again")).url], tmp_path, n=9, every=0, most_repeats=4
    )
    assert (done.n_images, done.n_repeats) == (1, 4)
    assert "gave 4 pictures in a row that were there" in done.ended


def test_a_list_of_addresses_is_asked_once_each(server, tmp_path):
    bad = server({3: "gone", 7: "broken"})
    addresses = [f"{bad.url}/only/{number}" for number in range(10)]
    done = collect(addresses, tmp_path, every=0)
    assert done.n_images == 9
    assert [row["outcome"] for row in rows(tmp_path)].count("answers with status 404") == 1
    again = collect(addresses, tmp_path, every=0)
    assert again.n_new == 1  # what was missing was asked for again, and nothing else


class Waits(threading.Event):
    """Is waited for in no time, and remembers how long that would have been."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        return False


def test_requests_are_as_far_apart_as_was_asked(server, tmp_path):
    waits = Waits()
    collect([server().url], tmp_path, n=5, every=10_000, stop=waits)
    assert len(waits.seconds) == 4
    assert all(9000 < one <= 10_000 for one in waits.seconds)


def test_robots_may_slow_it_down_or_forbid_it(server, tmp_path):
    slow, waits = server(robots=(200, "User-agent: *\nCrawl-delay: 5000\n")), Waits()
    collect([slow.url], tmp_path / "slow", n=2, every=0, stop=waits)
    assert len(waits.seconds) == 1 and 4000 < waits.seconds[0] <= 5000
    closed = server(robots=(200, "User-agent: *\nDisallow: /private\n"))
    with pytest.raises(CollectError, match="asks robots not to fetch"):
        collect([f"{closed.url}/private/cat"], tmp_path / "closed", n=2, every=0)
    assert closed.asked == []
    failing = server(robots=(503, ""))
    with pytest.raises(CollectError, match="answers with status 503"):
        collect([failing.url], tmp_path / "failing", n=2, every=0)


ROBOTS = """
User-agent: someone-else
Disallow: /

User-agent: *
Disallow: /private
Allow: /private/cats
Disallow: /*.php$
Disallow: /search?*size=
Crawl-delay: 0.5
Request-rate: 2/3s
"""


@pytest.mark.parametrize(
    ("place", "allowed"),
    [
        ("/cat.jpg", True),
        ("/private/dog.jpg", False),
        ("/private/cats/1.jpg", True),  # the longest rule decides, not the first
        ("/a/cat.php", False),
        ("/a/cat.php?n=1", True),
        ("/search?q=cat&size=9", False),
        ("/search?q=cat", True),
    ],
)
def test_robots_are_told_by_wildcards_and_the_longest_rule(place, allowed):
    rules = RobotRules(lambda _: (200, ROBOTS))
    if allowed:
        assert rules.check(f"http://host{place}") == 1.5  # two requests in three seconds
    else:
        with pytest.raises(CollectError, match="asks robots not to fetch"):
            rules.check(f"http://host{place}")


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        ("Crawl-delay: 2.5", 2.5),
        ("Crawl-delay: 1\nRequest-rate: 1/1m", 60),
        ("Crawl-delay: soon", 0),
        ("Crawl-delay: 1e300", 86_400),
        ("Request-rate: 1/9999999d", 86_400),
    ],
)
def test_robots_ask_for_pauses_in_fractions_and_rates(said, pause):
    rules = RobotRules(lambda _: (200, f"User-agent: catforensics\n{said}\n"))
    assert rules.check("http://host/cat.jpg") == pause


def test_a_bomb_of_robots_is_refused():
    agents = "".join(f"User-agent: a{n}\n" for n in range(20_000))
    rules = RobotRules(lambda _: (200, agents + "Disallow: /x\n" * 10_000))
    with pytest.raises(CollectError, match="20,000 of them on agents"):
        rules.check("http://host/cat.jpg")


def test_retry_after_is_waited_for(server, tmp_path, monkeypatch):
    bad = server({1: "busy"})
    monkeypatch.setattr(Handler, "busy", lambda self: self.answer(503, b"", Retry_After="100"))
    waits = Waits()
    collect([bad.url], tmp_path, n=2, every=0, stop=waits)
    assert waits.seconds == [100]
    assert pause_asked_for("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    assert pause_asked_for("Fri, 01 Jan 2100 00:00:00 GMT") > 1e9


def test_a_server_that_stalls_is_given_up_and_asked_again(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "ANSWER_SECONDS", 2.0)
    done = collect([server({0: "stall"}).url], tmp_path, n=1, every=0)
    # On a busy machine the next answer may be late as well.
    assert done.n_images == 1 and done.n_failed >= 1
    assert rows(tmp_path)[0]["outcome"] == "timed out"


def test_where_redirects_may_not_lead(server, tmp_path):
    with pytest.raises(CollectError, match="no web address"):
        collect([server(dict.fromkeys(range(20), "away")).url], tmp_path / "a", n=1, every=0)
    with pytest.raises(CollectError, match="leads on and on"):
        collect([server(dict.fromkeys(range(20), "elsewhere")).url], tmp_path / "b", n=1, every=0)


def test_a_server_that_never_gives_one_is_left_alone(server, tmp_path):
    bad = server(dict.fromkeys(range(20), "page"))
    with pytest.raises(CollectError, match="is no picture"):
        collect([bad.url], tmp_path, n=1, every=0)
    assert bad.n == 8


def test_what_is_refused(tmp_path):
    for addresses in ([], ["ftp://host/cat"], ["cat.jpg"]):
        with pytest.raises(ParameterError):
            collect(addresses, tmp_path)
    with pytest.raises(ParameterError, match="n is 0"):
        collect(["http://127.0.0.1:1/"], tmp_path, n=0)
    with pytest.raises(CollectError, match="does not answer"):
        collect(["http://127.0.0.1:1/"], tmp_path / "new", n=1)
    (tmp_path / "manifest.csv").write_text("path\ncat.png\n")
    with pytest.raises(SavedFileError, match="no manifest of a collection"):
        collect(["http://127.0.0.1:1/"], tmp_path, n=1)


def test_the_command(server, tmp_path, catforensics, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bad = server(ALL_FAULTS)
    run = catforensics("data", "collect", bad.url, "-n", 3, "--every", 0, "-o", "cats")
    assert run.status == 0
    assert run.out.startswith("3 pictures in cats, 3 of them new; ")
    Path("list.txt").write_text(f"# cats\n{bad.url}/only/100\n\n{bad.url}/only/101\n")
    assert catforensics("data", "collect", "list.txt", "--every", 0, "-o", "two").status == 0
    refused = catforensics("data", "collect", bad.url, "-o", "cats")
    assert refused.refused
    assert "pass -n" in refused.err
    assert catforensics("data", "collect", "missing.txt", "-o", "cats").refused
    done = catforensics(
        "data", "collect", server(dict.fromkeys(range(20), "again")).url, "-n", 5,
        "--every", 0, "--stop-after-repeats", 2, "-o", "few",
    )  # fmt: skip
    assert done.status == 1
    assert done.out.startswith("1 picture in few")
    assert "what was collected is kept" in done.err
