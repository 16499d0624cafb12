"""Xavier is not right for a sigmoid, and no ordinary gain is."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import FATES, GRADIENT, agrees, both_ways, decades, factor, fate, simulate
from simulator.lessons.sketch import Sketch

_GAINS = (1.0, 3.6, 4.0, 10.0)
_WIDTH = 256


def _run(seed: int, *, depth: int) -> Found:
    base = Experiment(activation="sigmoid", init="xavier_normal", depth=depth, width=_WIDTH, batch=16, seed=seed)
    networks = simulate({f"gain {gain:g}": base.replace(gain=gain) for gain in _GAINS})
    numbers: dict[str, float] = {"depth": depth, "change": decades(networks["gain 1"], GRADIENT)}
    numbers |= {f"back{i}": factor(network, GRADIENT) for i, network in enumerate(networks.values())}
    numbers["signal"] = factor(networks["gain 1"])
    return numbers, both_ways(networks, source="Schoenholz et al. 2017")


def _right(numbers: Numbers) -> str:
    return fate(numbers["change"])


def _holds(numbers: Numbers) -> bool:
    ordinary = all(numbers[f"back{i}"] < 1 for i in range(3))
    return ordinary and agrees(numbers["back0"], 0.05572, _WIDTH, numbers["depth"])


LESSON = Lesson(
    title="Is Xavier right for sigmoid?",
    question="Twenty sigmoid layers with Xavier's weights. The signal settles at once. On its way back the gradient "
    "will …",
    options=FATES,
    sketch=Sketch("gradient", "gain 1", fate, backward=True),
    controls=(Control("depth", "Depth L", (3, 5, 10, 20), 20),),
    run=_run,
    right=_right,
    shown="Measured factor of the gradient's mean square per layer: {back0:.3g} at gain 1, {back1:.2g} at gain 3.6, "
    "{back2:.2g} at gain 4 and {back3:.2g} at gain 10. The signal's factor at gain 1 is {signal:.2g}.",
    answer="No. Xavier assumes a slope of 1 at 0 and a mean of 0; a sigmoid has a slope of 1/4 and a mean of 1/2. Its "
    "gradient loses a factor of about 18 per layer. Only σ_w² = 103 would be critical, far from any usual scheme. Deep "
    "networks take another activation; a sigmoid belongs at the output.",
    formula="χ<sub>1</sub> = σ<sub>w</sub><sup>2</sup> E φ′<sup>2</sup> ≤ σ<sub>w</sub><sup>2</sup>/16 = 1/16 "
    "at gain 1",
    source="Glorot and Bengio (2010); Schoenholz et al. (2017); the question is from a course text.",
    text=Text("used for activations like Sigmoid or Tanh", "right for tanh; a sigmoid loses 18-fold per layer"),
    claim="With Xavier's weights a sigmoid layer multiplies the gradient's mean square by 0.056; gain 4 is "
    "below 1 too.",
    holds=_holds,
    page="signal",
    lab={"activation": "sigmoid", "init": "xavier_normal", "depth": 20},
    seconds=1.5,
)
