"""Skip connections turn decay into growth; a factor of 1/√L bounds it."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import FATES, GRADIENT, HOLD, agrees, both_ways, decades, factor, fate, simulate
from simulator.lessons.sketch import Sketch

_WIDTH = 128


def _run(seed: int, *, depth: int) -> Found:
    base = Experiment(activation="relu", init="lecun_normal", depth=depth, width=_WIDTH, batch=32, seed=seed)
    he = {"init": "he_normal"}
    networks = simulate(
        {
            "no skip, 1/n": base,
            "skip, He, α = 1": base.replace(residual="pre", **he),
            "skip, He, α = 1/√L": base.replace(residual="pre(scaling=depth)", **he),
        }
    )
    plain, skip, scaled = networks.values()
    numbers = {
        "depth": depth,
        "plain": factor(plain),
        "skip": factor(skip),
        "back": factor(skip, GRADIENT),
        "change": decades(skip),
        "scaled_change": decades(scaled),
        "scaled": 10.0 ** decades(scaled),
        "scaled_back": 10.0 ** decades(scaled, GRADIENT),
    }
    return numbers, both_ways(networks, source="Yang and Schoenholz 2017")


def _right(numbers: Numbers) -> str:
    return fate(numbers["change"])


def _holds(numbers: Numbers) -> bool:
    depth = numbers["depth"]
    grows = agrees(numbers["skip"], 2.0, _WIDTH, depth - 1) and agrees(numbers["back"], 2.0, _WIDTH, depth)
    bounded = fate(numbers["scaled_change"]) == HOLD  # (1 + 1/L)^L is about e
    return grows and bounded and agrees(numbers["plain"], 0.5, _WIDTH, depth - 1)


LESSON = Lesson(
    title="Do skip connections fix it?",
    question="Fifty ReLU layers with He's weights, each added to what passes by it: x + α W φ(x), α = 1. The signal "
    "will …",
    options=FATES,
    sketch=Sketch("signal", "skip, He, α = 1", fate),
    controls=(Control("depth", "Depth L", (10, 20, 50, 100), 50),),
    run=_run,
    right=_right,
    shown="Measured: without skips and with 1/n the signal's factor per layer is {plain:.2g}. With skips it is "
    "{skip:.3g} forward and {back:.3g} back; with α = 1/√L signal and gradient end at {scaled:.2g} and "
    "{scaled_back:.2g} times their start.",
    answer="They end the vanishing: the sum never has less than what passes by. But every branch adds its own "
    "variance, and the sum grows by 1 + α² per layer. A branch factor of 1/√L, or normalization in the branch, "
    "bounds the whole.",
    formula="E x<sub>l+1</sub><sup>2</sup> = (1 + α<sup>2</sup>) E x<sub>l</sub><sup>2</sup>;&emsp;"
    "(1 + 1/L)<sup>L</sup> → e for α = 1/√L",
    source="Yang and Schoenholz (2017); He et al. (2016); the question is from a course forum.",
    text=Text(
        "skip connection architectures … to get the gradients to behave better", "they stop decay and bring growth"
    ),
    claim="With He and α = 1 a residual ReLU network doubles per layer; α = 1/√L holds.",
    holds=_holds,
    page="signal",
    lab={"activation": "relu", "init": "he_normal", "residual": "pre", "depth": 50},
    seconds=1.0,
)
