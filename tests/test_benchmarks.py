"""Benchmarks go with the code: each can be loaded, and what it varies is there."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.parametrize("name", sorted(path.stem for path in BENCHMARKS.glob("*.py")))
def test_a_benchmark_can_be_loaded(name: str) -> None:
    assert import_module(name).__doc__


def test_every_scale_that_is_varied_is_there() -> None:
    scales = import_module("check_scales")
    for module, names in (scales.MEASURED | scales.JUDGED).items():
        missing = [name for name in names if not hasattr(import_module(module), name)]
        assert not missing, module
