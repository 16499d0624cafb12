"""Vanishing and exploding are one thing on a log axis, and number formats end on both sides."""

from __future__ import annotations

import math

import numpy as np

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers
from simulator.lessons.networks import SIGNAL, both_ways, simulate
from simulator.scaled import Floats
from simulator.studies.formats import FORMATS

_DEPTH = 320
_DOWN, _SAME, _UP = "vanishing, much sooner", "both after about as many layers", "exploding, much sooner"
_MUCH = 1.5


def _run(seed: int, *, width: int) -> Found:
    base = Experiment(activation="relu", depth=_DEPTH, width=width, batch=8, seed=seed)
    low = base.replace(init="variance_scaling(scale=1)")
    networks = simulate({"Var w = 1/n": low, "Var w = 2/n": base.replace(init="he_normal"),
                      "Var w = 4/n": base.replace(init="variance_scaling(scale=4)")})  # fmt: skip
    down, _, up = (network.curves[SIGNAL][1][0] / 2 for network in networks.values())  # log10 of the root mean square
    numbers: dict[str, float] = {}
    for name in ("float16", "float32"):
        kind = FORMATS[name]
        numbers |= {
            f"{name}_down": _first(down < math.log10(kind.smallest)),
            f"{name}_up": _first(up > math.log10(kind.largest)),
        }
    return numbers, both_ways(networks, source="He et al. 2015")


def _first(gone: Floats) -> float:
    return float(np.argmax(gone)) if gone.any() else float(_DEPTH)


def _right(numbers: Numbers) -> str:
    ratio = numbers["float32_up"] / numbers["float32_down"]
    return _SAME if 1 / _MUCH <= ratio <= _MUCH else _DOWN if ratio > 1 else _UP


def _holds(numbers: Numbers) -> bool:
    return _right(numbers) == _SAME and all(value < _DEPTH for value in numbers.values())


LESSON = Lesson(
    title="Is vanishing less of a problem than exploding?",
    question="One ReLU network halves its mean square per layer (1/n), another doubles it (4/n). Which of them leaves "
    "what float32 can hold first?",
    options=(_DOWN, _SAME, _UP),
    scale=False,
    controls=(Control("width", "Width n", (32, 64, 128), 64),),
    run=_run,
    right=_right,
    shown="Measured: the halving network's typical number drops below float16's smallest at layer {float16_down:.0f} "
    "and float32's at layer {float32_down:.0f}; the doubling one's exceeds their largest at layers {float16_up:.0f} "
    "and {float32_up:.0f}. (320 is as deep as this goes.)",
    answer="They mirror each other: so many factors of 1/2 lead as far from 1 as so many factors of 2. An overflow is "
    "noticed, as NaN; a vanished gradient is not, and the lower layers silently stay as they were drawn.",
    formula="(n Var w / 2)<sup>L</sup>: on a log axis a straight line, down or up",
    source="Glorot and Bengio (2010); IEEE 754 for the formats; the question is from a course forum.",
    claim="Halving and doubling networks leave float32 after about as many layers.",
    holds=_holds,
    page="precision",
    lab={"activation": "relu", "init": "variance_scaling(scale=4)", "depth": 50},
    seconds=2.0,
)
