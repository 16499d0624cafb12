"""Plain N(0, 1) weights saturate tanh, and yet its gradients explode."""

from __future__ import annotations

import math

from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import FATES, GRADIENT, SATURATED, SURE, decades, factor, fate, profile, simulate
from simulator.lessons.sketch import Sketch

_WIDTHS = (50, 256, 1000)


def _run(seed: int, *, depth: int) -> Found:
    base = Experiment(activation="tanh", init="normal(std=1)", depth=depth, batch=16, seed=seed)
    networks = simulate({f"n = {width}": base.replace(width=width, depth=depth) for width in _WIDTHS})
    numbers: dict[str, float] = {"depth": depth, "change": decades(networks["n = 256"], GRADIENT)}
    for width, network in zip(_WIDTHS, networks.values(), strict=True):
        numbers |= {
            f"saturated{width}": float(network.curves[SATURATED][0][:, 1:].mean()),
            f"factor{width}": factor(network, GRADIENT),
        }
    numbers["theory1000"] = _theory(1000)
    return numbers, (
        profile(networks, SATURATED, name="saturated", title="Saturated units",
                caption="The fraction of units on the flat parts of tanh (Glorot and Bengio 2010)."),
        profile(networks, GRADIENT, name="gradient", title="Gradient",
                caption="Read it from right to left (Schoenholz et al. 2017)."),
    )  # fmt: skip


def _theory(width: float) -> float:
    return 4 / 3 * math.sqrt(width / (2 * math.pi))


def _right(numbers: Numbers) -> str:
    return fate(numbers["change"])


def _holds(numbers: Numbers) -> bool:
    # One unit in 1.26 sqrt(n) carries the gradient, which makes a layer's factor vary by that much over n.
    per_layer = 1.26 / math.sqrt(1000)
    off = math.log(numbers["factor1000"] / numbers["theory1000"]) + per_layer / 2
    grows = all(numbers[f"factor{width}"] > 2 for width in _WIDTHS)
    return grows and abs(off) <= SURE * math.sqrt(per_layer / numbers["depth"]) and numbers["saturated256"] > 0.8


LESSON = Lesson(
    title="What happens with plain N(0, 1) weights?",
    question="Twelve tanh layers of 256 units, weights N(0, 1). Nine units in ten are saturated. On its way back the "
    "gradient will …",
    options=FATES,
    sketch=Sketch("gradient", "n = 256", fate, backward=True),
    controls=(Control("depth", "Depth L", (4, 8, 12), 12),),
    run=_run,
    right=_right,
    shown="Measured: at n = 50, 256 and 1,000 units {saturated50:.0%}, {saturated256:.0%} and {saturated1000:.0%} are "
    "saturated, and the gradient's mean square is multiplied by {factor50:.3g}, {factor256:.3g} and {factor1000:.3g} "
    "per layer (theory for 1,000: {theory1000:.3g}).",
    answer="Each h is a sum of n terms of size 1, so it is about √n large and tanh is flat there. Yet a few units lie "
    "near 0, and the large weights make more of what they let through than the others lose: saturation is not "
    "vanishing. What a framework would show is not small steps but huge ones.",
    formula="χ<sub>1</sub> = σ<sub>w</sub><sup>2</sup> E φ′<sup>2</sup> ≈ (4/3) √(n/2π) &gt; 1",
    source="Schoenholz et al. (2017) for χ₁; the question is from a course article.",
    text=Text("SDG will make very small changes", "in a deep tanh network its gradients explode"),
    claim="tanh with N(0, 1) weights saturates, and its gradient grows as (4/3) √(n/2π) per layer.",
    holds=_holds,
    page="saturation",
    lab={"activation": "tanh", "init": "normal(std=1)"},
    seconds=1.0,
)
