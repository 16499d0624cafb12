"""Batch normalization fixes the forward pass, and makes gradients grow."""

from __future__ import annotations

import math

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers
from simulator.lessons.networks import FATES, GRADIENT, agrees, both_ways, decades, factor, fate, last, simulate
from simulator.lessons.sketch import Sketch

_WIDTH = 256
_THEORY = math.pi / (math.pi - 1)


def _run(seed: int, *, gain: float) -> Found:
    base = Experiment(activation="relu", init="he_normal", gain=gain, depth=30, width=_WIDTH, batch=128, seed=seed)
    networks = simulate(
        {
            "no normalization": base,
            "BatchNorm": base.replace(normalization="batch_norm"),
            "LayerNorm": base.replace(normalization="layer_norm"),
        }
    )
    plain, batch, layer = networks.values()
    numbers = {
        "gain": gain,
        "plain": factor(plain),
        "forward": factor(batch),
        "size": last(batch),
        "back": factor(batch, GRADIENT),
        "layer_back": factor(layer, GRADIENT),
        "theory": _THEORY,
        "change": decades(batch, GRADIENT),
    }
    return numbers, both_ways(networks, source="Yang et al. 2019")


def _right(numbers: Numbers) -> str:
    return fate(numbers["change"])


def _holds(numbers: Numbers) -> bool:
    level = abs(numbers["size"] - 0.5) < 0.05 and agrees(numbers["forward"], 1.0, _WIDTH, 29)
    return level and agrees(numbers["back"], _THEORY, _WIDTH, 30) and agrees(numbers["layer_back"], 1.0, _WIDTH, 30)


LESSON = Lesson(
    title="Does BatchNorm fix it?",
    question="Thirty ReLU layers with BatchNorm before every activation. Every layer's variance is set right. On its "
    "way back, at initialization, the gradient will …",
    options=FATES,
    sketch=Sketch("gradient", "BatchNorm", fate, backward=True),
    controls=(Control("gain", "Gain (times He's)", (0.5, 1.0, 2.0), 1.0),),
    run=_run,
    right=_right,
    shown="Measured at gain {gain:g}: without normalization the signal's factor per layer is {plain:.3g}; with "
    "BatchNorm {forward:.3g}, and the gradient's is {back:.3g} (theory: {theory:.3g}). With LayerNorm it is "
    "{layer_back:.3g}.",
    answer="Forward yes: whatever the gain, every layer is brought back to variance 1. Backward no: a wide ReLU "
    "network with BatchNorm multiplies its gradient's variance by π/(π − 1) in every layer. Skip connections around "
    "it, or LayerNorm, do not have this.",
    formula="χ = E φ′<sup>2</sup> / Var φ = (1/2) / (1/2 − 1/(2π)) = π/(π − 1) = 1.467",
    source="Yang, Pennington, Rao, Sohl-Dickstein and Schoenholz (2019).",
    claim="With BatchNorm a ReLU network's gradient grows by 1.467 per layer, whatever its forward pass.",
    holds=_holds,
    page="signal",
    lab={"activation": "relu", "init": "he_normal", "normalization": "batch_norm", "batch": 128},
    seconds=1.5,
)
