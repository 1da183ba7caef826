"""How many there are, in words: the one place that knows a single one from several."""

from __future__ import annotations

__all__ = ["counted"]


def counted(n: int, one: str = "picture", several: str = "") -> str:
    """Number with what is counted, in its singular or plural.

    Parameters
    ----------
    n : int
        How many.
    one : str
        What is counted, in the singular.
    several : str
        The same in the plural; by default with an s.

    Returns
    -------
    str
        With commas between thousands.

    Examples
    --------
    >>> counted(1), counted(6400), counted(0, "face")
    ('1 picture', '6,400 pictures', '0 faces')
    >>> counted(1, "of them is new", "of them are new")
    '1 of them is new'
    """
    return f"{n:,} {one if n == 1 else several or f'{one}s'}"
