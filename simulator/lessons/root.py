"""2/n is the variance, its root the standard deviation."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import agrees, both_ways, decades, factor, simulate

_DEPTH = 10
_LITTLE, _SOME, _MUCH = "by less than 1,000", "by about a million", "by more than 10¹²"


def _run(seed: int, *, width: int) -> Found:
    base = Experiment(activation="relu", depth=_DEPTH, width=width, batch=32, seed=seed)
    networks = simulate(
        {
            "Var w = 2/n (He)": base.replace(init="he_normal"),
            "sd w = 2/n": base.replace(init="slip_std_2_over_n"),
            "sd w = 1/n": base.replace(init="slip_std_1_over_n"),
            "Var w = √(2/n)": base.replace(init="slip_variance_sqrt_2_over_n"),
        }
    )
    right, low, lower, high = networks.values()
    numbers = {
        "width": width,
        "right": factor(right),
        "low": factor(low),
        "lower": factor(lower),
        "high": factor(high),
        "fall": decades(low),
    }
    return numbers, both_ways(networks, source="He et al. 2015")


def _right(numbers: Numbers) -> str:
    return _LITTLE if numbers["fall"] > -3 else _SOME if numbers["fall"] > -12 else _MUCH


def _holds(numbers: Numbers) -> bool:
    n = numbers["width"]
    expected = {"right": 1.0, "low": 2 / n, "lower": 1 / (2 * n), "high": (n / 2) ** 0.5}
    return all(agrees(numbers[name], value, n, _DEPTH - 1) for name, value in expected.items())


LESSON = Lesson(
    title="Variance 2/n or √(2/n)? Multiply by 1/n or √(1/n)?",
    question="Ten ReLU layers of 256 units. Somebody takes He's 2/n for the standard deviation. By how much does the "
    "signal's mean square fall from the first layer to the last?",
    options=(_LITTLE, _SOME, _MUCH),
    controls=(Control("width", "Width n", (64, 128, 256, 512), 256),),
    run=_run,
    right=_right,
    shown="Measured factor per layer at n = {width:.0f}: {right:.2g} with Var w = 2/n; {low:.2g} with sd w = 2/n; "
    "{lower:.2g} with sd w = 1/n; {high:.3g} with Var w = √(2/n).",
    answer="2/n is the variance. N(0, 1) draws are multiplied by its root, √(2/n). A slip between the two costs a "
    "factor in every layer, and ten layers are enough to lose everything.",
    formula="Var w = 2/n&emsp;⇔&emsp;w = √(2/n) · N(0, 1)",
    source="He et al. (2015), equation 10; the question is from a Q&A site and a course article.",
    text=Text("variance of Wi to be equal to sqrt(2/n)", "variance 2/n; √(2/n) is the standard deviation"),
    claim="Misreading 2/n multiplies every layer's mean square by 2/n or by √(n/2) in place of 1.",
    holds=_holds,
    page="signal",
    lab={"activation": "relu", "init": "slip_std_2_over_n", "depth": 10},
)
