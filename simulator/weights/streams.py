"""Random streams: one generator a seed, role and layer."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Role(IntEnum):
    """The purpose of a random stream."""

    INPUTS = 0
    TOP_GRADIENT = 1
    WEIGHT = 2
    BIAS = 3
    FRESH_WEIGHT = 4
    TARGETS = 5
    DROPOUT = 6


def stream(seed: int, role: Role, layer: int = 0) -> np.random.Generator:
    """The generator of one role in one layer of one network.

    Keyed streams let two experiments share their underlying draws: another gain, activation or depth
    meets the same normals, and a deeper net's first layers are the shallow net's.
    """
    return np.random.Generator(np.random.SFC64((seed, role, layer)))
