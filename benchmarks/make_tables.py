"""Make the table of quartiles that spectra are measured with: a file of the package.

    python benchmarks/make_tables.py

Its three rows: logarithm of the shape of a gamma distribution, logarithm of its upper over
its lower quartile, its median over its mean.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from scipy.special import gammaincinv

import forensics
from forensics._typing import FloatArray


def gamma_quartiles() -> FloatArray:
    """The table, shape (3, 300)."""
    log_shapes = np.linspace(math.log(0.15), math.log(1e5), 300)
    shapes = np.exp(log_shapes)
    low, middle, high = (gammaincinv(shapes, share) for share in (0.25, 0.5, 0.75))
    return np.stack([log_shapes, np.log(high / low), middle / shapes])


if __name__ == "__main__":
    path = Path(forensics.__file__).parent / "traces/spectra/gamma_quartiles.npy"
    np.save(path, gamma_quartiles())
    print(f"{path}: {path.stat().st_size:,} bytes")
