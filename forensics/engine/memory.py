"""Memory that one picture frees is kept for the next, where the C library can be told so."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

__all__ = ["keep_freed_memory"]

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_BLOCK, _KEPT = 32 * 2**20, 256 * 2**20


@cache
def keep_freed_memory() -> bool:
    """Tell glibc to keep up to 256 MiB of freed memory, for blocks of up to 32 MiB; once.

    Measuring a picture takes dozens of arrays of a few megabytes. By default each is asked
    of the system, filled with zeros page by page, and given back: a third of all time, where
    two threads do so at once (`benchmarks/bench_scale.py` has the rates). Peak memory grows
    by the few megabytes that are no longer given back.

    Returns
    -------
    bool
        Whether it was understood; elsewhere than under glibc nothing is done.

    References
    ----------
    mallopt(3) in the Linux manual pages.

    Examples
    --------
    >>> keep_freed_memory() == keep_freed_memory()
    True
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not in other C libraries
    if mallopt is None:
        return False
    settings = ((_M_MMAP_THRESHOLD, _LARGEST_BLOCK), (_M_TRIM_THRESHOLD, _KEPT))
    return all(mallopt(name, value) for name, value in settings)
