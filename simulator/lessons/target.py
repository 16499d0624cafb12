"""2/n is a target with two sides, not a ceiling."""

from __future__ import annotations

import math

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import FATES, GRADIENT, agrees, both_ways, decades, factor, fate, simulate
from simulator.lessons.sketch import Sketch

_SCALES = (1, 2, 4)


def _run(seed: int, *, depth: int, width: int) -> Found:
    base = Experiment(activation="relu", depth=depth, width=width, batch=32, seed=seed)
    networks = simulate({f"Var w = {c}/n": base.replace(init=f"variance_scaling(scale={c})") for c in _SCALES})
    numbers: dict[str, float] = {"depth": depth, "width": width}
    for c, network in zip(_SCALES, networks.values(), strict=True):
        numbers |= {f"forward{c}": factor(network), f"backward{c}": factor(network, GRADIENT)}
    numbers["change"] = decades(next(iter(networks.values())))
    numbers["chance"] = math.sqrt(5 / (width * (depth - 1)))  # theory of finite width
    return numbers, both_ways(networks, source="He et al. 2015")


def _right(numbers: Numbers) -> str:
    return fate(numbers["change"])


def _holds(numbers: Numbers) -> bool:
    return all(
        agrees(numbers[f"{way}{c}"], c / 2, numbers["width"], numbers["depth"] - 1)
        for c in _SCALES
        for way in ("forward", "backward")
    )


LESSON = Lesson(
    title="Var w = 2/n keeps the signal from exploding, but what keeps it from vanishing?",
    question="Fifty ReLU layers with Var w = 1/n, half of He's 2/n. What will the signal do: vanish, hold or explode?",
    options=FATES,
    sketch=Sketch("signal", "Var w = 1/n", fate),
    controls=(
        Control("depth", "Depth L", (10, 20, 50, 100), 50),
        Control("width", "Width n", (64, 128, 256), 128),
    ),
    run=_run,
    right=_right,
    shown="Measured factor per layer, forward and back: {forward1:.3g} and {backward1:.3g} with 1/n; {forward2:.3g} "
    "and {backward2:.3g} with 2/n; {forward4:.3g} and {backward4:.3g} with 4/n. One network's factor scatters by "
    "{chance:.1%}.",
    answer="2/n is a target, not a ceiling. Every ReLU layer multiplies signal and gradient alike by n Var w / 2. "
    "Below 2/n both vanish, above it both explode; at 2/n the factor is 1, and neither happens.",
    formula="E x<sub>l</sub><sup>2</sup> = (n Var w / 2) · E x<sub>l−1</sub><sup>2</sup>, and the same for the "
    "gradient",
    source="He et al. (2015), equations 9 and 13; the question is from a course forum.",
    text=Text(
        "prevent the algorithm from exploding (and not vanishing!)", "it prevents both: in the mean the factor is 1"
    ),
    claim="ReLU layers multiply signal and gradient by c/2 for Var w = c/n.",
    holds=_holds,
    page="signal",
    lab={"activation": "relu", "init": "variance_scaling(scale=1)", "depth": 50},
    seconds=1.0,
)
