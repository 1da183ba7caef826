"""The page as a process: its address, its port, its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from waiting import MINUTES

from forensics.errors import ParameterError
from forensics.web.server import Address, is_loopback, listening

SERVE = (sys.executable, "-m", "forensics", "serve", "--no-browser")


@pytest.fixture
def started():
    """Starts pages, and ends those that still run."""
    running = []

    def start(*options: str, **how: object) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [*SERVE, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **how,
        )
        running.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def health(url: str) -> dict[str, object]:
    origin = url.partition("/?")[0]
    with urllib.request.urlopen(f"{origin}/api/health", timeout=MINUTES) as answer:
        return json.load(answer)


def test_it_says_its_address_answers_there_and_ends_with_ctrl_c(started):
    process, url = started("--port", "0")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", url)
    assert health(url)["status"] == "ok"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=MINUTES)
    assert (process.returncode, out) == (0, "")
    assert err == "the page is open; Ctrl-C ends it, and nothing is kept\n"


@pytest.mark.slow
def test_every_start_has_a_token_of_its_own(started):
    (_, first), (_, second) = started("--port", "0", "-q"), started("--port", "0", "-q")
    assert first.partition("token=")[2] != second.partition("token=")[2]


def test_a_port_in_use_is_said_with_the_next_that_is_free(catforensics):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = catforensics("serve", "--no-browser", "--port", port)
    assert run.refused
    offered = re.search(
        r"port (\d+) of 127\.0\.0\.1 is in use: pass --port (\d+), which is free", run.err
    )
    assert int(offered[1]) == port
    assert port < int(offered[2]) <= port + 100


def test_a_host_that_is_not_this_computer(catforensics):
    for host in ("203.0.113.7", "no.such.host.invalid"):
        run = catforensics("serve", "--no-browser", "--port", "0", "--host", host)
        assert run.refused
        assert "no address of this computer" in run.err


def test_opened_to_the_network_it_warns_in_one_sentence(started):
    process, url = started("--port", "0", "--host", "0.0.0.0", "-q")
    assert url.startswith("http://127.0.0.1:")
    assert health(url)["status"] == "ok"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=MINUTES)
    assert err.startswith("warning: 0.0.0.0 can be reached from other computers")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_nothing_is_written_and_nothing_is_kept(started, tmp_path, banded):
    empty = {
        "cwd": tmp_path / "here",
        "env": {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "HOME": str(tmp_path / "home")},
    }
    for name in ("here", "tmp", "home"):
        (tmp_path / name).mkdir()
    process, url = started("--port", "0", "-q", **empty)
    origin, _, token = url.partition("/?token=")
    request = urllib.request.Request(
        f"{origin}/api/inspect?view=true", data=banded, headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=MINUTES) as answer:
        assert json.load(answer)["verdict"] == "generator trace"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=MINUTES)
    # matplotlib may keep its list of fonts; of the picture there is nothing.
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all("matplotlib" in str(path) for path in written), written


@pytest.mark.slow
def test_a_browser_that_leaves_in_the_middle_harms_nobody(started, banded):
    process, url = started("--port", "0", "-q")
    origin, _, token = url.partition("/?token=")
    host, port = origin.removeprefix("http://").split(":")
    head = (
        f"POST /api/inspect HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {len(banded)}\r\n\r\n"
    ).encode()
    for sent in (head, head + banded[: len(banded) // 2], head + banded):
        with socket.create_connection((host, int(port)), timeout=MINUTES) as leaving:
            leaving.sendall(sent)
    request = urllib.request.Request(
        f"{origin}/api/inspect", data=banded, headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=MINUTES) as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=MINUTES)
    assert (process.returncode, err) == (0, "")


def test_without_the_extra_it_says_what_to_install(catforensics, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("forensics.web.server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    run = catforensics("serve")
    assert run.refused
    assert "pip install 'catforensics[web]'" in run.err


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/?token=t"),
        ("0.0.0.0", "http://127.0.0.1:80/?token=t"),
        ("::1", "http://[::1]:80/?token=t"),
        ("localhost", "http://localhost:80/?token=t"),
    ],
)
def test_addresses(host, url):
    assert Address(host, 80, "t").url == url


def test_loopback():
    assert [is_loopback(host) for host in ("127.0.0.9", "::1", "0.0.0.0", "example.org")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_port_that_may_not_be_used():
    if os.geteuid() == 0:
        pytest.skip("root may use every port")
    with pytest.raises(ParameterError, match="from 1024 on"):
        listening("127.0.0.1", 80)
