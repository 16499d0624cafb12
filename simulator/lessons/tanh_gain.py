"""tanh cannot keep both its signal and its gradient: which gain keeps which."""

from __future__ import annotations

import math

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import FATES, GRADIENT, SURE, agrees, both_ways, decades, factor, fate, last, simulate
from simulator.lessons.sketch import Sketch

_WIDTH = 256


def _run(seed: int, *, depth: int) -> Found:
    base = Experiment(activation="tanh", init="lecun_normal", depth=depth, width=_WIDTH, batch=32, seed=seed)
    networks = simulate(
        {
            "Var w = 1/n": base,
            "Var w = 2/n": base.replace(gain=math.sqrt(2)),
            "gain 5/3": base.replace(gain=5 / 3),
        }
    )
    one, two, three = networks.values()
    numbers = {
        "depth": depth,
        "one": math.sqrt(last(one)),
        "three": math.sqrt(last(three)),
        "one_back": factor(one, GRADIENT),
        "two_back": factor(two, GRADIENT),
        "three_back": factor(three, GRADIENT),
        "one_change": decades(one, GRADIENT),
        "change": decades(three, GRADIENT),
    }
    return numbers, both_ways(networks, source="Schoenholz et al. 2017")


def _right(numbers: Numbers) -> str:
    return fate(numbers["change"])


def _holds(numbers: Numbers) -> bool:
    keeps = abs(numbers["three"] / 0.65 - 1) <= SURE * math.sqrt(2 / _WIDTH) / 2
    # Theory: the gradient of the critical network falls like a power, to about 10^-1.7 after 50 layers.
    return (
        keeps and agrees(numbers["three_back"], 1.2098, _WIDTH, numbers["depth"]) and -2.5 < numbers["one_change"] < 0
    )


LESSON = Lesson(
    title="tanh: 1/n, 2/n or gain 5/3?",
    question="Fifty tanh layers with PyTorch's gain of 5/3, which keeps the signal at a steady size. On its way back "
    "the gradient will …",
    options=FATES,
    sketch=Sketch("gradient", "gain 5/3", fate, backward=True),
    controls=(Control("depth", "Depth L", (10, 20, 50, 100), 50),),
    run=_run,
    right=_right,
    shown="Measured after {depth:.0f} layers: root mean square of x {one:.2g} with 1/n and {three:.2g} with gain 5/3; "
    "factor of the gradient's mean square per layer {one_back:.3g} with 1/n, {two_back:.3g} with 2/n and "
    "{three_back:.3g} with gain 5/3.",
    answer="No gain keeps both. With 1/n the signal shrinks, but ever more slowly, like 1/l, and the gradient's factor "
    "tends to 1. Gain 5/3 holds the signal near 0.65 and multiplies the gradient's variance by 1.21 in every layer. "
    "For a deep network 1/n is the safer choice; 2/n lies in between.",
    formula="χ<sub>1</sub> = σ<sub>w</sub><sup>2</sup> E φ′(√q z)<sup>2</sup>: 1 at σ<sub>w</sub> = 1, "
    "1.21 at σ<sub>w</sub> = 5/3",
    source="Schoenholz et al. (2017); the gain is that of PyTorch's calculate_gain; the question is from a Q&A site.",
    text=Text("TanH … sqrt(2/n) works better", "1/n, or Xavier's 2/(n_in + n_out)"),
    claim="Gain 5/3 holds x near 0.65 and multiplies the gradient's mean square by 1.21 per layer.",
    holds=_holds,
    page="signal",
    lab={"activation": "tanh", "init": "xavier_normal", "gain": 5 / 3, "width": 512, "depth": 50},
    seconds=1.5,
)
