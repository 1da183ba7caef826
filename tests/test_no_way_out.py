"""Every command, and the page, in a network namespace from which nothing leads out."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NO_WAY = ("unshare", "--net", "--map-root-user", "--")
FEW = Path(__file__).parent / "made" / "few.py"
# The page asks itself over the loopback, which such a namespace has, but not up.
PAGE = """
set -e
ip link set lo up
"$1" -m forensics serve --port 0 --no-browser -q > address &
page=$!
while [ ! -s address ]; do sleep 0.05; done
"$1" - <<'END'
import json, urllib.request
origin, _, token = open("address").read().strip().partition("/?token=")
for path in ("inspect?view=true", "report"):
    request = urllib.request.Request(f"{origin}/api/{path}", data=open("cats/0.png", "rb").read(),
        headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=600) as answer:
        assert answer.status == 200
END
kill -INT $page
wait $page
"""


def possible() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*NO_WAY, "true"], capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not possible(), reason="no network namespace can be made here (unshare --net)"
    ),
]


def alone(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*NO_WAY, *map(str, command)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def here(tmp_path, monkeypatch, picture_folder) -> Path:
    monkeypatch.chdir(tmp_path)
    picture_folder(3)
    picture_folder(20, "gan")
    picture_folder(20, "real")
    return tmp_path


def test_there_is_no_way_out():
    program = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
    assert "unreachable" in alone(sys.executable, "-c", program).stderr


COMMANDS = {
    "blend": ["blend", "cats"],
    "compare": ["compare", "gan", "real"],
    "profile": ["profile", "cats/0.png"],
    "inspect": ["inspect", "cats"],
    "classify": ["classify", "cats"],
    "report": ["report", "cats/0.png"],
    "train": ["train", "gan", "real", "-o", "model.json"],
    "evaluate": ["evaluate", "gan", "real", "-o", "evaluation"],
    "audit": ["audit", "gan", "real"],
    "features": ["features", "cats", "-o", "table.csv"],
    "spectrum": ["spectrum", "cats"],
    "fingerprint": ["fingerprint", "gan", "-o", "my.npz"],
    "link": ["link", "cats/0.png", "cats/2.png"],
    "cluster": ["cluster", "cats"],
    "align": ["align", "gan"],
    "deliver": ["deliver", "cats", "--chain", "social", "-o", "sent"],
    "simulate": ["simulate", "cats", "-o", "made"],
    "demo": ["demo"],
    "data faces": ["data", "faces", "cats", "-o", "faces"],
    "data split": ["data", "split", "gan", "-o", "parts"],
    "data sheet": ["data", "sheet", "gan"],
    "data card": ["data", "card", "gan"],
}
"""All but the page, below, and `data collect`, which is there to ask the network."""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command(here, name):
    if name == "data faces":
        pytest.importorskip("cv2", reason="the extra 'faces' is not installed")
    run = alone(sys.executable, FEW, *COMMANDS[name])
    assert run.returncode == 0, run.stderr


def test_all_commands_are_among_them():
    from forensics.cli import app, data_app

    names = {one.name for one in app.registered_commands}
    names |= {f"data {one.name}" for one in data_app.registered_commands}
    assert names == {*COMMANDS, "serve", "data collect"}


@pytest.mark.skipif(not shutil.which("ip"), reason="ip is not installed: the loopback stays down")
def test_the_page(here):
    run = alone("sh", "-c", PAGE, "sh", sys.executable)
    assert run.returncode == 0, run.stderr
