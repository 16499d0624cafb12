"""Standard normals in bulk: in single precision, drawing them is half of what a matrix-free layer costs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]

_ALL = 2**64 - 1

_FEW = 2**14
"""Numbers that are made before another thread would have had its turn."""

_BLOCK = 2**18
"""Numbers made at once: enough for two threads not to wait for the interpreter between them."""


def doubles(rng: np.random.Generator, out: Doubles) -> None:
    """Fill a contiguous array with standard normals in double precision."""
    rng.standard_normal(out=out)


def singles(rng: np.random.Generator, out: Singles) -> None:
    """Fill a contiguous array with standard normals in single precision, by Box & Muller's transformation (1958).

    On whole arrays it is three times as fast as a rejection method that makes one number at a time. Radii come
    from 32-bit uniforms, so no value lies beyond 6.8.
    """
    flat = out.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        _fill(rng, flat[start : start + _BLOCK])


def _fill(rng: np.random.Generator, out: Singles) -> None:
    half = (out.size + 1) // 2
    # The same bits either way: the first is quicker to begin, the second lets other threads work meanwhile.
    few = half <= _FEW
    raw = rng.bit_generator.random_raw(half) if few else rng.integers(0, _ALL, half, dtype=np.uint64, endpoint=True)
    bits = raw.view(np.uint32)
    radius = bits[:half].astype(np.float32)
    radius += np.float32(0.5)
    radius *= np.float32(2.0**-32)
    np.log(radius, out=radius)
    radius *= np.float32(-2)
    np.sqrt(radius, out=radius)
    angle = bits[half:].view(np.int32).astype(np.float32)
    angle *= np.float32(math.pi * 2.0**-31)
    cosines, sines = out[:half], out[half:]
    np.cos(angle, out=cosines)
    cosines *= radius
    np.sin(angle[: sines.size], out=sines)
    sines *= radius[: sines.size]
