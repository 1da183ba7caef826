"""Damage: edits of bytes that know no format, and the choice among all edits.

Every edit takes its choices from a `random.Random`: a seeded one for the long run, one of
Hypothesis's for the short one, which then makes what it found as small as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

__all__ = ["INTERESTING", "Edit", "mutated", "poked", "scribbled"]

Edit = Callable[[bytes, Random], bytes]

INTERESTING = (
    0, 1, 2, 3, 7, 8, 16, 17, 31, 32, 64, 65, 127, 128, 255, 256, 1000, 4096, 0x7FFF, 0x8000,
    0xFFFF, 0x10000, 0xFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF,
)  # fmt: skip
"""Numbers at which a length, a count or a place goes wrong."""
_MOST_EDITS = 4
_LONGEST = 2**20


def mutated(
    data: bytes, pool: Sequence[bytes], structured: Sequence[Edit], random: Random
) -> bytes:
    """A damaged copy of a file: some edits, half of them such as know its format."""
    for _ in range(random.randint(1, _MOST_EDITS)):
        if structured and random.random() < 0.5:
            data = random.choice(structured)(data, random)
        elif random.random() < 0.1:
            data = _spliced(data, random.choice(pool), random)
        else:
            data = random.choice(_BLIND)(data, random)
        data = data[:_LONGEST]
    return data


def poked(data: bytes, at: int, size: int, value: int, order: str = "big") -> bytes:
    """The file with a number written over `size` bytes at `at`, its upper bits lost."""
    written = (value % 256**size).to_bytes(size, "big" if order == "big" else "little")
    return data[:at] + written + data[at + size :]


def scribbled(data: bytes, random: Random) -> bytes:
    """A few bytes changed anywhere."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 8) if data else 0):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _flipped(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.randint(1, 8) if data else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _numbered(data: bytes, random: Random) -> bytes:
    # A number that goes wrong, of any width and order; most often near the head.
    end = len(data) if random.random() < 0.5 else min(len(data), 256)
    at, size = random.randint(0, end), random.choice((1, 2, 4))
    return poked(data, at, size, random.choice(INTERESTING), random.choice(("big", "little")))


def _span(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(data))
    longest = random.choice((4, 64, 1024, len(data)))
    return start, min(len(data), start + random.randint(0, longest))


def _cut(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + data[end:]


def _truncated(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _doubled(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:end] + data[start:end] * random.choice((1, 2, 50)) + data[end:]


def _filled(data: bytes, random: Random) -> bytes:
    at, n = random.randint(0, len(data)), random.choice((1, 4, 100, 5000))
    return data[:at] + bytes([random.choice((0, 1, 0x7F, 0x80, 0xFF))]) * n + data[at:]


def _overwritten(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + bytes([random.choice((0, 0xFF))]) * (end - start) + data[end:]


def _spliced(data: bytes, other: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


_BLIND: tuple[Edit, ...] = (
    scribbled, _flipped, _numbered, _numbered, _cut, _truncated, _doubled, _filled, _overwritten,
)  # fmt: skip
