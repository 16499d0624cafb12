"""The record of a training run so far."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator import frames
from simulator.curves import Curve
from simulator.display import Displayed

Floats = NDArray[np.float64]
Pair = tuple[str, str]

PARTS = ("training", "held_out")
"""The rows that loss and accuracy are measured on: learnt from, and held out."""


@dataclass(frozen=True, eq=False)
class Record(Displayed):
    """K networks over E moments of a run, L layers.

    `steps` (E,); `loss` and `accuracy` (2, K, E) on training and held-out rows, accuracy NaN for a target of numbers;
    `series` by (quantity, statistic): (E, K, L), NaN where there is none. `pictures` (E, K, units, features) are rows
    of W^1. `rank` and `units` (K, L): the rank of what was added to the weights, and the different rows of W, at the
    last moment that they were counted; -1 where a weight is no number. `even` is the loss of equal probabilities, NaN
    for a loss of numbers.
    """

    schemes: tuple[str, ...]
    seed: int
    total: int
    layer_widths: tuple[int, ...]
    steps: NDArray[np.int64]
    loss: Floats = field(repr=False)
    accuracy: Floats = field(repr=False)
    series: Mapping[Pair, Floats] = field(repr=False)
    pictures: Floats | None = field(repr=False)
    rank: NDArray[np.int64] = field(repr=False)
    units: NDArray[np.int64] = field(repr=False)
    even: float = math.nan

    @property
    def depth(self) -> int:
        return len(self.layer_widths) - 1

    @property
    def finite(self) -> NDArray[np.bool_]:
        """(K,): whether the loss is still a number."""
        return np.isfinite(self.loss[0, :, -1])

    @property
    def sentences(self) -> list[str]:
        """A sentence on each scheme."""
        lines = []
        if not math.isnan(self.even):
            lines.append(
                f"Equal probabilities have a loss of ln {math.exp(self.even):.0f} = {self.even:.4g}: a network that "
                "begins far above it is sure of what it has not learnt (after Karpathy, CS231n, 2015)."
            )
        for k, scheme in enumerate(self.schemes):
            if not self.finite[k]:
                known = [step for step, value in zip(self.steps, self.loss[0, k], strict=True) if value == value]
                last = f"it was one at step {known[-1]:,}" if known else "it never was one"
                lines.append(f"{scheme}: the loss is no number any more; {last}.")
                continue
            result = f"loss {self.loss[0, k, 0]:.3g} → {self.loss[0, k, -1]:.3g}"
            if (accuracy := self.accuracy[1, k, -1]) == accuracy:
                result += f", {accuracy:.1%} of the held-out rows right"
            inner = slice(0, max(1, self.depth - 1))
            same = ""
            if self.units[k, inner].max() == 1 and self.layer_widths[1] > 1:
                most = self.rank[k, inner].max()
                same = f"; symmetric: all units of a hidden layer are the same, and learn at most rank {most}"
            lines.append(f"{scheme}: {result} after {self.steps[-1]:,} steps{same}.")
        return lines

    def to_frame(self) -> pd.DataFrame:
        """A tidy table with a column `step`: loss and accuracy at the last layer, the rest layer by layer."""
        columns, steps = [], self.steps.tolist()
        for k, scheme in enumerate(self.schemes):
            inner = {pair: Curve.of(values[:, k]) for pair, values in self.series.items()}
            ends = {
                (name, part): Curve.of(values[p, k][:, None])
                for name, values in (("loss", self.loss), ("accuracy", self.accuracy))
                for p, part in enumerate(PARTS)
            }
            # The table's axis of networks serves as that of the steps.
            for layers, curves in ((range(1, self.depth + 1), inner), ([self.depth], ends)):
                frame = frames.tidy(scheme, frames.SIMULATION, steps, layers, curves)
                columns.append(frame.assign(step=frame["seed"], seed=self.seed))
        return frames.concat(*columns)
