"""Of the inputs' law only the mean square counts for size, and the mean for likeness."""

from __future__ import annotations

import math

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers
from simulator.lessons.networks import SURE, profile, simulate

_SIZE, _LIKENESS = ("preactivation", "second_moment"), ("preactivation", "correlation")
_CANDIDATES = {
    "the variance of x": "variance",
    "the squared mean of x": "squared_mean",
    "the mean square of x": "square",
}
_WIDTH, _NETWORKS = 256, 8


def _run(seed: int, *, law: str) -> Found:
    base = Experiment(activation="relu", init="he_normal", depth=10, width=_WIDTH, batch=32, seeds=_NETWORKS, seed=seed)
    networks = simulate({"N(0, 1)": base, law: base.replace(inputs=law)})
    other = networks[law]
    square, variance = (
        float(other.curves["activation", name][0][:, 0].mean()) for name in ("second_moment", "variance")
    )
    numbers = {
        "square": square,
        "variance": variance,
        "squared_mean": square - variance,
        "size": float(other.curves[_SIZE][0][:, 1].mean()) / 2,  # He's weights have n Var w = 2
        "likeness": float(other.curves[_LIKENESS][0][:, 1].mean()),
        "alike": float(other.curves["activation", "correlation"][0][:, 0].mean()),
        "unlike": round(float(networks["N(0, 1)"].curves[_LIKENESS][0][:, 1].mean()), 2) + 0.0,  # no -0.00
        "error": math.sqrt(2 / (_WIDTH * _NETWORKS)),
    }
    return numbers, (
        profile(networks, _SIZE, name="size", title="Preactivations",
                caption="A line starts where the mean square of its inputs puts it (He et al. 2015)."),
        profile(networks, _LIKENESS, name="likeness", title="How alike two examples are", caption="1 is: the same "
                "direction for every example (Poole et al. 2016)."),
    )  # fmt: skip


def _right(numbers: Numbers) -> str:
    def distance(name: str) -> float:
        return abs(math.log(numbers["size"] / max(numbers[_CANDIDATES[name]], 1e-300)))

    return min(_CANDIDATES, key=distance)


def _holds(numbers: Numbers) -> bool:
    size = abs(numbers["size"] / numbers["square"] - 1) <= SURE * numbers["error"]
    # A correlation c from n units of each network has a standard error of (1 - c^2) / sqrt(n networks) at most.
    return size and abs(numbers["likeness"] - numbers["alike"]) <= SURE / math.sqrt(_WIDTH * _NETWORKS) * (
        1 - numbers["alike"] ** 2
    )


LESSON = Lesson(
    title="What do we know about x's distribution? Pixels in [0, 1]?",
    question="Pixels lie in [0, 1]: variance 1/12, squared mean 1/4, mean square 1/3. Which of the three sets the size "
    "of the first layer's z?",
    options=tuple(_CANDIDATES),
    scale=False,
    controls=(Control("law", "Inputs", ("uniform", "gaussian(mean=2, std=1)", "digits"), "uniform"),),
    run=_run,
    right=_right,
    shown="Measured: E z²/(n Var w) = {size:.3g}; the inputs have a mean square of {square:.3g}, a variance of "
    "{variance:.3g} and a squared mean of {squared_mean:.3g}. Two examples have a correlation of {likeness:.2f} in the "
    "first layer; for N(0, 1) inputs it is {unlike:.2f}.",
    answer="No law need be known: weights of mean 0 see only the mean square of x. But a mean that is not 0 makes z "
    "nearly the same for every example, which is why inputs are standardized.",
    formula="E z<sup>2</sup> = n · Var w · E x<sup>2</sup>,&emsp;E x<sup>2</sup> = Var x + (E x)<sup>2</sup>",
    source="He et al. (2015), equation 7; LeCun et al. (1998), section 4.3; the question is from a course forum.",
    claim="The first layer's size follows the mean square of x, and two examples stay as alike as they came.",
    holds=_holds,
    page="distributions",
    lab={"activation": "relu", "init": "he_normal", "inputs": "uniform", "depth": 10},
    seconds=1.0,
)
