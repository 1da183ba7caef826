"""Hostile files: what they are made from, how they are damaged, and what they must not do.

Shared by `benchmarks/fuzz.py` and `tests/hostile`: `seeds` saves small real pictures in every
container, `mutations` and `structure` damage them, `targets` reads them and names each fault,
`watching` runs that in processes which may hang or die.
"""
