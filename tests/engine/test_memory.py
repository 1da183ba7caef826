from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from forensics.engine.threads import keep_freed_memory

FAULTS = """
import resource, sys
import numpy as np
from forensics.engine.threads import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(2**20)
before = faults()
for _ in range(50):
    arrays = [np.ones(2**20) for _ in range(4)]
    del arrays
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this C library has no mallopt")
def test_freed_memory_is_not_asked_for_again():
    kept, given_back = (
        int(subprocess.check_output([sys.executable, "-c", FAULTS, how])) for how in ("keep", "not")
    )
    assert kept < given_back / 5


def test_another_system_is_left_alone(monkeypatch):
    keep_freed_memory.cache_clear()
    with monkeypatch.context() as changed:
        changed.setattr(sys, "platform", "darwin")
        assert not keep_freed_memory()
    keep_freed_memory.cache_clear()
