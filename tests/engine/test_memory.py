from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from forensics.engine.threads import give_back_memory, keep_freed_memory

FAULTS = """
import resource, sys
import numpy as np
from forensics.engine.threads import give_back_memory, keep_freed_memory
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


GIVEN_BACK = """
import numpy as np
from forensics.engine.threads import give_back_memory, keep_freed_memory
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
class Knot:
    def __init__(self):
        self.itself, self.pixels = self, np.ones(2**20)
keep_freed_memory()
before = resident()
knots = [Knot() for _ in range(8)]
kept = np.ones(2**20)
del knots
while_there = resident()
assert give_back_memory()
print(while_there - before, resident() - before)
"""


ENDED = """
from concurrent.futures import ThreadPoolExecutor
import ctypes
import sys
import threading
import numpy as np
from forensics.engine.threads import give_back_memory, keep_freed_memory
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
both = threading.Barrier(2)
def work(n):
    kept = [np.ones(2**20) for _ in range(n)]
    both.wait()
    return len(kept)
if sys.argv[1] == "keep":
    keep_freed_memory()
else:  # the thresholds alone
    for name, value in ((-3, 32 * 2**20), (-1, 256 * 2**20)):
        ctypes.CDLL(None).mallopt(name, value)
before = resident()
with ThreadPoolExecutor(2) as pool:
    assert list(pool.map(work, [4, 4])) == [4, 4]
give_back_memory()
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this C library has no mallopt")
def test_threads_that_ended_keep_no_memory():
    kept, apart = (
        int(subprocess.check_output([sys.executable, "-c", ENDED, how])) for how in ("keep", "not")
    )
    assert kept < 4 * 2**20 < 16 * 2**20 < apart


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this C library has no malloc_trim")
def test_what_nobody_holds_is_given_back():
    output = subprocess.check_output([sys.executable, "-c", GIVEN_BACK], text=True)
    there, after = map(int, output.split())
    assert there > 60 * 2**20 and after < 20 * 2**20


def test_another_system_is_left_alone(monkeypatch):
    keep_freed_memory.cache_clear()
    with monkeypatch.context() as changed:
        changed.setattr(sys, "platform", "darwin")
        assert not keep_freed_memory() and not give_back_memory()
    keep_freed_memory.cache_clear()
