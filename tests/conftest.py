from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from made_files import Make

# Timing lives in benchmarks/: a busy machine makes no test fail.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


SLOW = {"data", "browser", "window"}
"""Fixtures of what takes seconds: sweeps of real pictures, and a browser."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what is so by its kind, beside what says so itself."""
    for item in items:
        if SLOW.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let what is said be written down anew."""
    parser.addoption("--golden-update", action="store_true", help="write tests/golden/*.txt anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Holds a text against the one in `golden`; ``pytest --golden-update`` writes that anew."""

    def hold(name: str, text: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if request.config.getoption("--golden-update"):
            path.write_text(f"{text.rstrip()}\n", encoding="utf-8")
        assert text.rstrip() == path.read_text(encoding="utf-8").rstrip()

    return hold


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20210401)


@pytest.fixture
def cat() -> np.ndarray:
    """A real cat, (300, 451, 3), from the scikit-image wheel."""
    import skimage.data

    return skimage.data.chelsea()


@pytest.fixture
def data() -> Path:
    """The private test sets."""
    folder = os.environ.get("CATFORENSICS_DATA")
    if not folder:
        pytest.skip("CATFORENSICS_DATA is not set: the shared sets are not here")
    return Path(folder)


@pytest.fixture
def picture_folder(tmp_path: Path, rng: np.random.Generator) -> Callable[..., Path]:
    """Makes a folder of n small seeded pictures, noisy and each its own."""
    from PIL import Image as Pillow

    def make(n: int, name: str = "cats", *, shape: tuple[int, int] = (128, 128)) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for i in range(n):
            pixels = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
            kind, options = (("png", {}), ("jpg", {"quality": 85}))[i % 2]
            Pillow.fromarray(pixels).save(folder / f"{i}.{kind}", **options)
        return folder

    return make


@pytest.fixture
def make() -> Make:
    """Builders of files with something in them."""
    return Make()


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def refused(self) -> bool:
        """Whether it said no as it should: one line on stderr, nothing on stdout, status 1."""
        lines = self.err.splitlines()
        return (
            self.status == 1
            and self.out == ""
            and len(lines) == 1
            and lines[0].startswith("catforensics: ")
            and lines[0].isprintable()
        )


@pytest.fixture
def catforensics(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Run]:
    """Runs a command in this process; what it does not catch itself fails the test."""
    from forensics.cli import main

    def run(*arguments: object, stdin: bytes = b"") -> Run:
        monkeypatch.setattr(sys, "argv", ["catforensics", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return Run(int(end.value.code or 0), out, err)

    return run
