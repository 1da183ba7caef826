"""A few damaged files of one container: `python -m hostile.short_round PNG 560`.

In a process of its own, since the peak of its memory is looked at. Hypothesis makes what it
finds small, and the error that ends the process shows it.
"""

from __future__ import annotations

import sys
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hostile.mutations import mutated
from hostile.seeds import seeds
from hostile.structure import edits_of
from hostile.targets import outcomes


def short_round(container: str, inputs: int) -> None:
    """Read so many damaged files; an assertion fails if one gives no pixels and no sentence."""
    pool = seeds(container)

    @settings(
        max_examples=inputs,
        derandomize=True,
        database=None,
        deadline=None,  # how long one may take, `outcomes` says
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(pool), st.randoms(use_true_random=False))
    def damaged(data: bytes, random: Random) -> None:
        found = outcomes(container, mutated(data, pool, edits_of(container), random))
        assert not any(one.fault for one in found), [one for one in found if one.fault]

    damaged()


if __name__ == "__main__":
    short_round(sys.argv[1], int(sys.argv[2]))
