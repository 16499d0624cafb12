"""Work that most lessons share: simulate a few networks, draw them in one chart, read off a factor per layer."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from simulator import figures, frames
from simulator.experiment import Experiment
from simulator.figures import Figure
from simulator.scaled import Floats
from simulator.studies.propagation import Propagation, propagate

Pair = tuple[str, str]
Networks = Mapping[str, Propagation]

SIGNAL: Pair = ("activation", "second_moment")
GRADIENT: Pair = ("activation_gradient", "second_moment")
SATURATED: Pair = ("activation", "saturated_fraction")

SURE = 4.0
"""Standard errors that a measured number may lie from what is claimed."""

VANISH, HOLD, EXPLODE = "vanish", "hold", "explode"
FATES = (VANISH, HOLD, EXPLODE)
FATE_DECADES = 2.0
"""Decades up to which a signal holds."""
_NOTHING = 300.0
"""Decades that stand for a signal that is exactly 0."""


def simulate(networks: Mapping[str, Experiment]) -> dict[str, Propagation]:
    """Every network by its label."""
    return {label: propagate(experiment) for label, experiment in networks.items()}


def profile(networks: Networks, pair: Pair, *, name: str, title: str, caption: str, log: bool | None = None) -> Figure:
    """One statistic by layer, a line a network."""
    frame = frames.concat(*(series.to_frame(label, only=[pair]) for label, series in networks.items()))
    return figures.layer_profile(frame, *pair, name=name, title=title, caption=caption, log=log)


def both_ways(networks: Networks, *, source: str) -> tuple[Figure, Figure]:
    """The signal's and the gradient's mean square by layer."""
    return (
        profile(networks, SIGNAL, name="signal", title="Signal, forward", caption=f"Mean square by layer ({source})."),
        profile(
            networks,
            GRADIENT,
            name="gradient",
            title="Gradient, back to the input",
            caption=f"Read it from right to left: the gradient starts at the output ({source}).",
        ),
    )


def decades(result: Propagation, pair: Pair = SIGNAL) -> float:
    """The change of log10 over the whole pass, median over networks: from layer 1 on, or from the output back."""
    logs = log10(result, pair)
    first, last = (-1, 0) if pair[0].endswith("gradient") else (1, -1)
    start, end = (float(np.median(logs[:, layer])) for layer in (first, last))
    return -_NOTHING if start == -math.inf else max(end - start, -_NOTHING)


def log10(result: Propagation, pair: Pair = SIGNAL) -> Floats:
    """log10 by network and layer, -inf for an exact 0."""
    values, logs = result.curves[pair]
    return np.where(values == 0, -np.inf, logs)


def factor(result: Propagation, pair: Pair = SIGNAL) -> float:
    """The factor per layer, its geometric mean over the pass."""
    depth = result.experiment.depth
    steps = depth if pair[0].endswith("gradient") else depth - 1
    return float(10.0 ** (decades(result, pair) / max(1, steps)))


def last(result: Propagation, pair: Pair = SIGNAL) -> float:
    """A statistic's value at the last layer, median over networks."""
    return float(np.median(result.curves[pair][0][:, -1]))


def fate(change: float) -> str:
    """The name of a change of so many decades."""
    if abs(change) <= FATE_DECADES:
        return HOLD
    return VANISH if change < 0 else EXPLODE


def agrees(measured: float, expected: float, width: float, depth: float) -> bool:
    """Whether a ReLU network's factor per layer is the expected one, up to the chance of its width.

    Its logarithm has mean ln(expected) - 5/(2n) and variance 5/n a layer (theory of finite width).
    """
    if measured <= 0:
        return False
    return abs(math.log(measured / expected) + 2.5 / width) <= SURE * math.sqrt(5 / (width * depth))
