"""How far signal and gradient come as the gain changes, and the gain at which both come furthest."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from simulator import layers, part_text
from simulator.experiment import Experiment
from simulator.network import Progress
from simulator.scaled import Floats
from simulator.settings import SettingError, number_text
from simulator.studies.direction import DECADES
from simulator.studies.ends import Ends, measured, predicted

POINTS = 33
OCTAVES = 2
"""The sweep reaches this many doublings to either side of the present gain."""

_DIGITS = 4


@dataclass(frozen=True)
class GainSweep:
    """Changes of log10 variance over the whole depth by gain, (gains,): `forward` of x, `backward` of dE/dx.

    -inf for an exact 0, NaN where there is nothing; theory's are NaN where there is none.
    """

    experiment: Experiment
    gains: Floats
    forward: Floats = field(repr=False)
    backward: Floats = field(repr=False)
    theory_forward: Floats = field(repr=False)
    theory_backward: Floats = field(repr=False)

    @property
    def worst(self) -> Floats:
        """The larger of the two changes, in decades; infinite where one is no number."""
        sizes = np.abs([self.forward, self.backward])
        return np.where(np.isnan(sizes).any(axis=0), math.inf, sizes.max(axis=0))

    @property
    def spot(self) -> int | None:
        """The place of the gain whose worse change is the least, the Goldilocks spot; None where all are lost."""
        worst = self.worst
        return int(np.argmin(worst)) if np.isfinite(worst).any() else None

    @property
    def saved(self) -> tuple[float, float] | None:
        """The least and the largest gain around the spot at which both variances change by less than 10**DECADES."""
        spot, good = self.spot, self.worst <= DECADES
        if spot is None or not good[spot]:
            return None
        low = high = spot
        while low > 0 and good[low - 1]:
            low -= 1
        while high + 1 < len(good) and good[high + 1]:
            high += 1
        return float(self.gains[low]), float(self.gains[high])

    def to_frame(self) -> pd.DataFrame:
        """A row a gain: the four changes in decades."""
        names = ("forward", "backward", "theory_forward", "theory_backward")
        return pd.DataFrame({"gain": self.gains, **{f"{name}_decades": getattr(self, name) for name in names}})


def grid(experiment: Experiment) -> Floats:
    """The gains of the sweep: evenly spaced in their logarithm around the present one, or around 1 if that is 0."""
    multipliers = 2.0 ** np.linspace(-OCTAVES, OCTAVES, POINTS)
    gains = (experiment.gain or 1.0) * multipliers
    highest = (Experiment.settings()["gain"].bounds or (0.0, math.inf))[1]
    return np.array([float(f"{gain:.{_DIGITS}g}") for gain in gains if gain <= highest])


def affordable(experiment: Experiment, *, seconds: float) -> Experiment:
    """The experiment with networks as many and as large as a sweep may have in `seconds` by the estimate."""
    refusal = experiment.refusal(seconds=seconds / POINTS)
    return experiment if refusal is None else experiment.replace(engine="auto").replace(**refusal[1])


def with_gain(experiment: Experiment, gain: float) -> Experiment:
    """The experiment with this gain in most layers, those of other layers multiplied alike; raises SettingError."""
    if not experiment.gains:
        return experiment.replace(gain=gain)
    factor = gain / (experiment.gain or 1.0)
    each = [(float(f"{float(own) * factor:.{_DIGITS}g}"), many) for own, many in layers.runs(experiment.gains)]
    return experiment.replace(gains=part_text.listed(part_text.merged((number_text(own), many) for own, many in each)))


def gain_sweep(experiment: Experiment, progress: Progress | None = None) -> GainSweep:
    """Simulate and predict the experiment at every gain of `grid`, the same random numbers at each."""
    gains = grid(experiment)
    changes = np.full((4, len(gains)), math.nan)
    for place, gain in enumerate(gains):
        try:
            one = with_gain(experiment, float(gain))
        except SettingError:  # weights too small to square
            continue
        for row, ends in ((0, measured(one)), (2, predicted(one))):
            if isinstance(ends, Ends):
                changes[row : row + 2, place] = ends.forward, ends.backward
        if progress is not None:
            progress(place + 1, len(gains))
    return GainSweep(experiment, gains, *changes)
