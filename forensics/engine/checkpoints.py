"""A blend that is saved while it grows: killed at any moment, it goes on from the last save.

Sums are exact, so that a blend made in ten pieces has the same bytes as one made at once.
"""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Unpack

from forensics.engine.adding import summed_so_far
from forensics.engine.blend import Blend, RunningBlend
from forensics.engine.geometry import Geometry, check_sides, common_size
from forensics.engine.reasons import first_reasons
from forensics.engine.run import RunKeywords, RunOptions
from forensics.engine.saved import blend_from_bytes, write_blend
from forensics.engine.state import RunState
from forensics.errors import ParameterError
from forensics.images.decode import MAX_PIXELS
from forensics.images.sources import ImageSource, Skipped
from forensics.traces.moments import Moments

__all__ = ["blend_in_steps"]


def blend_in_steps(
    images: Iterable[ImageSource],
    state: RunState,
    *,
    every: float,
    size: int | None = None,
    resize: int | None = None,
    shape: tuple[int, int] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Blend:
    """Blend of a set of picture files, its exact sums saved every so many seconds.

    Parameters
    ----------
    images : iterable of ImageSource
        The same, in the same order, when a run goes on.
    state : RunState
        What was done before; what is done is committed to it.
    every : float, seconds
    size, resize, shape, max_pixels
        As for `blend`.
    **run : RunKeywords
        As for `RunOptions`: `workers` (threads), `on_error` ("raise" or "skip"), and the others.

    Returns
    -------
    Blend
        The same as from `blend`.

    Raises
    ------
    ParameterError
        As `blend`; or `every` is not positive.
    OutputError
        The state cannot be written.
    ImageReadError, ImageShapeError, EmptySetError
        As `blend`; what was committed before stays.
    """
    options = RunOptions.of(blend_in_steps, run)
    if not every > 0:
        raise ParameterError(f"checkpoint is {every}: pass a number of seconds above 0")
    check_sides(size, resize)
    sources = tuple(images)
    common = None if size or resize else shape or common_size(sources, max_pixels)
    start = partial(RunningBlend, Geometry(size, resize, common, max_pixels))
    skipped = [Skipped(*json.loads(facts)) for facts, _ in state.rows()]
    total: Moments | None = None
    if state.sums is not None:
        total = blend_from_bytes(state.sums).moments
    seconds = every
    while state.n_done < len(sources) and not options.stopped:
        n_done = state.n_done
        pause = _Pause(seconds, options.stop)
        rest = replace(options.further(n_done, len(sources)), stop=pause)
        part = summed_so_far(start, sources[n_done:], rest)
        if part.n_seen == 0 and not part.lost:
            seconds *= 2  # shorter than the first picture takes
        if part.sums is not None:
            total = part.sums if total is None else total + part.sums
        skipped += part.skipped
        state.commit(
            n_done + part.n_seen,
            [(json.dumps([one.path, one.reason]), b"") for one in part.skipped],
            None if total is None else _packed(total),
        )
        if part.lost:
            break
    if total is None:
        raise first_reasons(skipped)
    return Blend(
        total,
        tuple(sorted(skipped, key=attrgetter("path"))),
        resize is not None,
        stopped=state.n_done < len(sources),
    )


class _Pause(threading.Event):
    """Set when the time is over, or when another event is."""

    def __init__(self, seconds: float, other: threading.Event | None) -> None:
        super().__init__()
        self._end, self._other = time.monotonic() + seconds, other

    def is_set(self) -> bool:
        """Whether it is time."""
        over = time.monotonic() >= self._end
        return over or super().is_set() or (self._other is not None and self._other.is_set())


def _packed(total: Moments) -> bytes:
    held = io.BytesIO()
    write_blend(Blend(total), held)
    return held.getvalue()
