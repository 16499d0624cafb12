"""Small weights keep tanh off its flat parts, and that is not enough."""

from __future__ import annotations

import math

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import (
    FATES,
    SATURATED,
    SIGNAL,
    agrees,
    decades,
    factor,
    fate,
    last,
    profile,
    simulate,
)
from simulator.lessons.sketch import Sketch

_WIDTH, _DEPTH = 500, 10


def _run(seed: int, *, std: float) -> Found:
    base = Experiment(activation="tanh", depth=_DEPTH, width=_WIDTH, batch=100, seed=seed)
    label = f"{std:g} · N(0, 1)"
    networks = simulate(
        {label: base.replace(init=f"normal(std={std})"), "N(0, 1/n)": base.replace(init="lecun_normal")}
    )
    own = networks[label]
    numbers = {
        "std": std,
        "saturated": float(own.curves[SATURATED][0][:, 1:].max()),
        "factor": factor(own),
        "size": math.sqrt(last(own)),
        "scaled": math.sqrt(last(networks["N(0, 1/n)"])),
        "change": decades(own),
    }
    source = "after the table of 10 layers of 500 in Stanford's CS231n"
    return numbers, (
        profile(networks, SIGNAL, name="signal", title="Signal", caption=f"Falling though nothing saturates ({source})."
                if fate(numbers["change"]) == "vanish" else f"Mean square by layer ({source})."),
        profile(networks, SATURATED, name="saturated", title="Saturated units",
                caption="The fraction of units on the flat parts of tanh (Glorot and Bengio 2010)."),
    )  # fmt: skip


def _right(numbers: Numbers) -> str:
    return fate(numbers["change"])


def _holds(numbers: Numbers) -> bool:
    below = _WIDTH * numbers["std"] ** 2
    if below > 1:
        return abs(numbers["change"]) < 1 and numbers["scaled"] / 3 < numbers["size"] < 1  # as large as tanh can
    return numbers["saturated"] == 0 and agrees(numbers["factor"], below, _WIDTH, _DEPTH - 1)


LESSON = Lesson(
    title="Why keep initial weights small?",
    question="Ten tanh layers of 500 units, weights 0.01 · N(0, 1): no unit comes near a flat part. The signal will …",
    options=FATES,
    sketch=Sketch("signal", "0.01 · N(0, 1)", fate),
    controls=(Control("std", "Standard deviation of w", (0.01, 0.02, 0.05, 0.1, 1.0), 0.01),),
    run=_run,
    right=_right,
    shown="Measured with sd w = {std:g}: at most {saturated:.0%} of a layer's units are saturated; the signal's factor "
    "per layer is {factor:.2g}, and it ends at a root mean square of {size:.2g}. With Var w = 1/n it ends at "
    "{scaled:.2g}.",
    answer="Small weights keep tanh away from its flat parts, and that much is true. But a signal can also die without "
    "any saturation: with n Var w far below 1 it shrinks by that factor in every layer. The right size is 1/√n.",
    formula="tanh h ≈ h for small h:&emsp;E x<sub>l</sub><sup>2</sup> ≈ n Var w · E x<sub>l−1</sub><sup>2</sup>",
    source="The experiment is that of Stanford's course CS231n; the question is from a course forum.",
    text=Text("keeping the magnitudes … small", "not small: of variance 1/n, neither smaller nor larger"),
    claim="With n Var w below 1 tanh does not saturate, and dies by n Var w per layer; above 1 the signal is kept.",
    holds=_holds,
    page="saturation",
    lab={"activation": "tanh", "init": "normal(std=0.01)", "depth": 10, "width": 500},
)
