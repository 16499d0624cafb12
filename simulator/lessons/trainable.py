"""Beyond a depth that the initialization sets, nothing moves at all."""

from __future__ import annotations

from simulator import figures
from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.studies.training import Training, train

_ALIKE, _FASTER, _POSSIBLE = "it learns as well", "it learns more slowly", "it does not learn at all"
_LESS = 0.1
"""More accuracy than chance takes from one of two equal runs."""

_CHANCE = 0.2
"""Ten kinds of digits are guessed right in a tenth of cases; twice that is not nothing."""


def _run(seed: int, *, depth: int) -> Found:
    plan = Training(
        schemes="lecun_normal; variance_scaling(scale=0.5); normal(std=0.01)", train_depth=depth, train_width=32,
        epochs=3, learning_rate=0.02,
    )  # fmt: skip
    result = train(Experiment(activation="tanh", seed=seed), plan)
    right = result.accuracy[1, :, -1]
    numbers = {"depth": depth, "steps": float(result.total)}
    numbers |= {name: float(value) for name, value in zip(("critical", "half", "small"), right, strict=True)}
    return numbers, (figures.training_accuracy(result), figures.training_loss(result))


def _right(numbers: Numbers) -> str:
    if numbers["half"] < _CHANCE:
        return _POSSIBLE
    return _FASTER if numbers["half"] < numbers["critical"] - _LESS else _ALIKE


def _holds(numbers: Numbers) -> bool:
    wanted = {3: _ALIKE, 10: _FASTER, 20: _POSSIBLE}[int(numbers["depth"])]
    return numbers["critical"] > 2 * _CHANCE and _right(numbers) == wanted


LESSON = Lesson(
    title="Does good init make training faster, or possible?",
    question="Twenty tanh layers learn to read digits. With Var w = 1/n it works. With half that variance …",
    options=(_ALIKE, _FASTER, _POSSIBLE),
    controls=(Control("depth", "Depth L", (3, 10, 20), 20),),
    run=_run,
    right=_right,
    shown="Measured at {depth:.0f} layers after {steps:.0f} steps: of the held-out digits {critical:.0%} are "
    "classified correctly with Var w = 1/n (lecun_normal), {half:.0%} with 1/(2n) and {small:.0%} with 0.01 · N(0, 1); "
    "guessing gives 10%.",
    answer="In a shallow network a wrong scale costs time. In a deep one it costs everything: what distinguishes two "
    "inputs, and the gradient, fade within a few times ξ layers, and beyond that there is nothing to learn from.",
    formula="ξ = −1/ln χ: trainable up to about 6ξ layers; χ = 1/2 gives ξ = 1.4, χ = 1 no bound",
    source="Schoenholz et al. (2017), figure 5; the question is from course texts.",
    text=Text("Ensures faster convergence", "in deep networks it decides whether there is any"),
    claim="With half of Var w = 1/n three tanh layers learn as well, ten more slowly, twenty not at all.",
    holds=_holds,
    page="training",
    lab={"activation": "tanh", "init": "variance_scaling(scale=0.5)", "depth": 20},
    minutes=1,
    seconds=3.0,
)
