"""Equal units get equal gradients, and stay equal."""

from __future__ import annotations

from simulator import figures
from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers
from simulator.studies.training import Training, train

_WIDTH, _DEPTH = 16, 3
_ONE, _SOME, _ALL = "one", "a few", "all 16"


def _run(seed: int, *, activation: str) -> Found:
    plan = Training(
        schemes="zeros; constant(value=0.1); lecun_normal", train_depth=_DEPTH, train_width=_WIDTH, epochs=2,
        learning_rate=0.05,
    )  # fmt: skip
    result = train(Experiment(activation=activation, seed=seed), plan)
    hidden = slice(0, _DEPTH - 1)
    numbers = {
        "steps": float(result.total),
        "zeros": float(result.rank[0, hidden].max()),
        "units": float(result.units[1, hidden].max()),
        "rank": float(result.rank[1].max()),
        "random_units": float(result.units[2, hidden].min()),
        "random_rank": float(result.rank[2, hidden].min()),
        "constant_right": float(result.accuracy[1, 1, -1]),
        "random_right": float(result.accuracy[1, 2, -1]),
    }
    return numbers, (figures.change_ranks(result), figures.training_accuracy(result))


def _right(numbers: Numbers) -> str:
    return _ONE if numbers["units"] <= 1 else _ALL if numbers["units"] >= _WIDTH else _SOME


def _holds(numbers: Numbers) -> bool:
    same = numbers["zeros"] <= 1 and numbers["units"] == 1 and numbers["rank"] == 1
    return same and numbers["random_units"] == _WIDTH and numbers["random_right"] > numbers["constant_right"]


LESSON = Lesson(
    title="Why must symmetry be broken?",
    question="Two hidden layers of 16 units, every weight 0.1, trained on pictures of digits. How many different units "
    "does a hidden layer have in the end?",
    options=(_ONE, _SOME, _ALL),
    controls=(Control("activation", "Activation", ("tanh", "sigmoid", "relu"), "tanh"),),
    run=_run,
    right=_right,
    shown="Measured after {steps:.0f} steps: started from equal weights, a hidden layer ends with this many different "
    "units: {units:.0f}, and what it learnt has rank {rank:.0f}. Random weights end with {random_units:.0f} units and "
    "rank {random_rank:.0f}. Of the held-out digits {constant_right:.0%} and {random_right:.0%} are classified "
    "correctly. From zeros the hidden weights learn rank {zeros:.0f}.",
    answer="Equal units get equal gradients, so gradient descent can never make them different: a wide layer works as "
    "one unit. With zeros (and tanh or ReLU) not even that moves. Random weights are there to make units differ; their "
    "variance is a second question.",
    formula="w<sub>i</sub> = w<sub>j</sub>&emsp;⇒&emsp;∂E/∂w<sub>i</sub> = ∂E/∂w<sub>j</sub>, at every step",
    source="Goodfellow, Bengio and Courville (2016), section 8.4; the question is from a course text.",
    claim="From equal weights a hidden layer keeps one unit and learns rank 1; from zeros it learns nothing.",
    holds=_holds,
    page="training",
    lab={"activation": "tanh", "init": "constant(value=0.1)"},
    seconds=1.5,
)
