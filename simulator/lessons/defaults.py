"""The init that frameworks start from when nobody says otherwise."""

from __future__ import annotations

import math

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import FATES, GRADIENT, SURE, agrees, decades, factor, fate, last, profile, simulate
from simulator.lessons.sketch import Sketch

_WIDTH = 128
_LIKENESS, _SIZE = ("preactivation", "correlation"), ("preactivation", "second_moment")


def _run(seed: int, *, depth: int) -> Found:
    base = Experiment(activation="relu", depth=depth, width=_WIDTH, batch=32, seed=seed)
    networks = simulate(
        {
            "He": base.replace(init="he_normal"),
            "Keras Dense": base.replace(init="keras_default"),
            "PyTorch nn.Linear": base.replace(init="torch_default", bias="torch_default"),
        }
    )
    _, keras, torch = networks.values()
    numbers = {
        "depth": depth,
        "keras": factor(keras),
        "keras_back": factor(keras, GRADIENT),
        "torch_back": factor(torch, GRADIENT),
        "change": decades(torch, GRADIENT),
        "size": last(torch, _SIZE),
        "floor": 2 / (5 * _WIDTH),
        "likeness": last(torch, _LIKENESS),
    }
    source = "He et al. 2015; the frameworks' documentation"
    return numbers, (
        profile(networks, _SIZE, name="size", title="Preactivations", caption=f"Level is good ({source})."),
        profile(
            networks, GRADIENT, name="gradient", title="Gradient", caption=f"Read it from right to left ({source})."
        ),
        profile(networks, _LIKENESS, name="likeness", title="How alike two examples are",
                caption="At 1 the network has forgotten its input (Poole et al. 2016)."),
    )  # fmt: skip


def _right(numbers: Numbers) -> str:
    return fate(numbers["change"])


def _holds(numbers: Numbers) -> bool:
    depth = numbers["depth"]
    halves = agrees(numbers["keras"], 0.5, _WIDTH, depth - 1) and agrees(numbers["keras_back"], 0.5, _WIDTH, depth)
    sixth = agrees(numbers["torch_back"], 1 / 6, _WIDTH, depth)
    # All examples are alike there, so that a mean square is one over a single layer's units: 2/n, and the bias's part.
    floor = abs(numbers["size"] / numbers["floor"] - 1) <= SURE * math.sqrt(2 / _WIDTH)
    forgotten = floor and numbers["likeness"] > 0.999
    return halves and sixth and (forgotten or depth < 10)


LESSON = Lesson(
    title="My framework's default: is it fine?",
    question="Thirty ReLU layers as PyTorch's nn.Linear makes them by default. On its way back the gradient will …",
    options=FATES,
    sketch=Sketch("gradient", "PyTorch nn.Linear", fate, backward=True),
    controls=(Control("depth", "Depth L", (5, 10, 20, 30, 50), 30),),
    run=_run,
    right=_right,
    shown="Measured with ReLU: Keras Dense multiplies the signal by {keras:.3g} per layer and the gradient by "
    "{keras_back:.3g}; PyTorch's nn.Linear multiplies the gradient by {torch_back:.3g}. Its preactivations end at a "
    "mean square of {size:.2g} (bias floor: {floor:.2g}), where two examples have a correlation of {likeness:.4f}.",
    answer="For two or three layers either is fine. Deeper, Keras' glorot_uniform halves per ReLU layer, and PyTorch's "
    "Var w = 1/(3n) divides by six until only the biases are left: the network has forgotten its input.",
    formula="Keras: n Var w / 2 = 1/2&emsp;PyTorch: n Var w / 2 = 1/6, down to E h<sup>2</sup> = 2/(5n)",
    source="The documentation of Keras (Dense) and PyTorch (nn.Linear); the question is from a course article.",
    text=Text("activation='relu', kernel_initializer='glorot_uniform'", "for ReLU: kernel_initializer='he_normal'"),
    claim="With ReLU Keras' default halves per layer, and PyTorch's divides the gradient by six; "
    "from ten layers on only its biases are left.",
    holds=_holds,
    page="signal",
    lab={"activation": "relu", "init": "torch_default", "bias": "torch_default"},
    seconds=1.0,
)
