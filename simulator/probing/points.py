"""The numbers and names that a probe keeps of a model: points in order of execution, and their weights."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

INPUT = "input"
"""The name of the point in front of all modules: the batch."""


@dataclass(frozen=True)
class Point:
    """An output that was seen: of which module, of which kind, in its which call."""

    module: str
    kind: str
    call: int = 1
    type: str = ""
    part: str = ""
    """The simulator's own activation that a module is, as text; else empty."""


@dataclass(frozen=True)
class Weights:
    """A weight matrix as its law shows in it: (fan_out, fan_in) entries of variance `variance`, kernels counted in.

    `kurtosis` is E (w - mean)^4 / variance^2: 3 of a normal law, 1.8 of a uniform one.
    """

    module: str
    kind: str
    fan_in: int
    fan_out: int
    entries: int
    variance: float
    kurtosis: float
    bias: float = 0.0
    """E b^2, 0 without biases."""

    @property
    def size(self) -> float:
        """n Var W."""
        return self.fan_in * self.variance

    @classmethod
    def of(cls, module: str, kind: str, weight: NDArray[np.float64], bias: NDArray[np.float64] | None) -> Weights:
        """Of an array (fan_out, fan_in); of a kernel (channels out, channels in, ...)."""
        kernel = int(np.prod(weight.shape[2:], dtype=np.int64))
        centred = weight.astype(np.float64).ravel()
        centred -= centred.mean()
        squares = np.square(centred, out=centred)
        variance = float(np.mean(squares))
        fourth = float(np.vdot(squares, squares)) / squares.size / variance / variance if variance > 0 else 3.0
        return cls(
            module, kind, weight.shape[1] * kernel, weight.shape[0] * kernel, weight.size, variance, fourth,
            float(np.mean(np.square(bias, dtype=np.float64))) if bias is not None and bias.size else 0.0,
        )  # fmt: skip


@dataclass
class ProbedPasses:
    """One network's passes: its points, and a number for each (layer, quantity, statistic)."""

    points: list[Point] = field(default_factory=list)
    numbers: dict[tuple[int, str, str], float] = field(default_factory=dict)
    weights: list[Weights] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
