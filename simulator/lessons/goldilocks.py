"""The sweet spot of the gain, and how depth narrows it."""

from __future__ import annotations

import math

import numpy as np

from simulator import figures
from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers
from simulator.lessons.networks import GRADIENT, SIGNAL, SURE, decades
from simulator.scaled import Floats
from simulator.studies.propagation import propagate

_DEPTHS = (10, 20, 40)
_WIDTH, _NETWORKS = 64, 6
_GAINS = tuple(float(gain) for gain in np.round(10 ** np.linspace(-0.2, 0.2, 9), 4))
_DECADES = 3.0
_SHRINKS = {"it stays as wide": 1.0, "half as wide": 0.5, "a quarter as wide": 0.25}


def _run(seed: int, *, activation: str) -> Found:
    init = "he_normal" if activation == "relu" else "lecun_normal"
    base = Experiment(activation=activation, init=init, width=_WIDTH, batch=4, seed=seed, seeds=_NETWORKS)
    changes: dict[int, Floats] = {}
    for depth in _DEPTHS:
        runs = [propagate(base.replace(gain=gain, depth=depth)) for gain in _GAINS]
        pair = [[decades(run, GRADIENT), decades(run, SIGNAL)] for run in runs]
        changes[depth] = np.array([max(both, key=abs) for both in pair])
    widths = {depth: _spot(change) for depth, change in changes.items()}
    numbers = {f"spot{depth}": 10**width for depth, width in widths.items()} | {"shrink": widths[40] / widths[20]}
    lines = {f"L = {depth}": change for depth, change in changes.items()}
    lines |= {"thousandfold, up": np.full(len(_GAINS), _DECADES), "thousandfold, down": np.full(len(_GAINS), -_DECADES)}
    chart = figures.line_chart(
        _GAINS, lines, across="gain (times the scheme's own)",
        up="log₁₀ of the larger change of a mean square (decades)",
        name="goldilocks", title="What the gain does at three depths",
        dashed=("thousandfold, up", "thousandfold, down"),
        caption="The good gains lie between the dashed lines; deeper networks cross them more steeply "
        "(after Schoenholz et al. 2017).",
    )  # fmt: skip
    return numbers, (chart,)


def _spot(change: Floats) -> float:
    """How wide the range of good gains is, in log10, for changes that rise with the gain."""
    logs, rising = np.log10(_GAINS), np.maximum.accumulate(change)
    low, high = np.interp([-_DECADES, _DECADES], rising, logs)
    return float(max(high - low, 1e-3))


def _right(numbers: Numbers) -> str:
    return min(_SHRINKS, key=lambda text: abs(math.log(numbers["shrink"] / _SHRINKS[text])))


def _holds(numbers: Numbers) -> bool:
    # In theory half. Where chance sets signal and gradient apart at the greater depth, the range loses that much: each
    # one's log has variance 5/n a layer, and the median of networks scatters by 1.25 / sqrt(networks) of one.
    offset = 1.25 * math.sqrt(2 * 5 * _DEPTHS[-1] / (_WIDTH * _NETWORKS)) / math.log(10)
    return abs(numbers["shrink"] / 0.5 - 1) <= SURE * offset / (2 * _DECADES)


LESSON = Lesson(
    title="Can't I tune the multiplier as a hyperparameter, and find the Goldilocks spot?",
    question="A ReLU network of 20 layers survives a range of gains. In a network of 40 layers, how wide is that range "
    "(on a log axis)?",
    options=tuple(_SHRINKS),
    controls=(Control("activation", "Activation", ("relu", "linear"), "relu"),),
    run=_run,
    right=_right,
    shown="Measured: between the smallest and the largest good gain lies a factor of {spot10:.3g} at 10 layers, "
    "{spot20:.3g} at 20 and {spot40:.3g} at 40; from 20 to 40 layers the range shrinks to {shrink:.2g} of its width.",
    answer="You can, but the spot shrinks as 1/L, so that a search would have to be ever finer, while theory says "
    "where its middle is: at χ₁ = 1. Tune what is left, such as the learning rate.",
    formula="(gain<sup>2</sup>)<sup>L</sup> within 10<sup>±3</sup>&emsp;⇔&emsp;|log<sub>10</sub> gain| ≤ 3/(2L)",
    source="Schoenholz et al. (2017); the questions are from a Q&A site and a course forum.",
    claim="Twice as deep a network has half the range of good gains.",
    holds=_holds,
    page="compare",
    lab={"activation": "relu", "init": "he_normal", "depth": 40, "width": 64},
    view={"sheet": "gain"},
    seconds=2.0,
)
