"""A ReLU's slope is 0 or 1, but the weights are in the product too."""

from __future__ import annotations

from simulator import figures
from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import FATES, GRADIENT, agrees, decades, factor, fate, profile, simulate
from simulator.lessons.sketch import Sketch

_GAINS = (0.7, 0.85, 1.0, 1.2, 1.5)
_WIDTH = 128


def _run(seed: int, *, depth: int) -> Found:
    base = Experiment(activation="relu", init="he_normal", depth=depth, width=_WIDTH, batch=32, seed=seed)
    networks = simulate({f"gain {gain:g}": base.replace(gain=gain) for gain in _GAINS})
    factors = [factor(network, GRADIENT) for network in networks.values()]
    numbers: dict[str, float] = {f"factor{place}": value for place, value in enumerate(factors)}
    numbers |= {
        "depth": depth,
        "open": 1 - float(networks["gain 1"].curves["activation", "inactive_fraction"][0][:, 1:].mean()),
        "change": decades(networks["gain 1.5"], GRADIENT),
    }
    chart = figures.line_chart(
        _GAINS, {"measured": factors, "n Var w / 2 = gain²": [gain**2 for gain in _GAINS]},
        across="gain (times He's √(2/n))",
        up="factor of E (∂E/∂x)² (gradient, per layer)", name="factors", title="Gradient factor per layer",
        caption="Above 1 it explodes, below 1 it vanishes (He et al. 2015).", dashed=("n Var w / 2 = gain²",),
    )  # fmt: skip
    caption = "Read it from right to left (He et al. 2015)."
    return numbers, (profile(networks, GRADIENT, name="gradient", title="Gradient by layer", caption=caption), chart)


def _right(numbers: Numbers) -> str:
    return fate(numbers["change"])


def _holds(numbers: Numbers) -> bool:
    return all(
        agrees(numbers[f"factor{place}"], gain**2, _WIDTH, numbers["depth"]) for place, gain in enumerate(_GAINS)
    )


LESSON = Lesson(
    title="ReLU's gradient is 0 or 1: doesn't it vanish? And it can't explode, can it?",
    question="Fifty ReLU layers, He's weights times 1.5. On its way back the gradient will …",
    options=FATES,
    sketch=Sketch("gradient", "gain 1.5", fate, backward=True),
    controls=(Control("depth", "Depth L", (10, 20, 50, 100), 50),),
    run=_run,
    right=_right,
    shown="Measured: {open:.0%} of the gates are open, and the gradient's factor per layer is {factor0:.3g} at gain "
    "0.7, {factor2:.3g} at gain 1 and {factor4:.3g} at gain 1.5.",
    answer="Half the gates are shut, which costs a factor 2; the 2 in He's 2/n pays for it. The open gates pass the "
    "weights' product on as it is, and nothing saturates to stop it: it vanishes or explodes as (n Var w / 2)ᴸ.",
    formula="E (∂E/∂x<sub>l−1</sub>)<sup>2</sup> = ½ · n Var w · E (∂E/∂x<sub>l</sub>)<sup>2</sup>",
    source="He et al. (2015), equation 13; the question is from course forums.",
    text=Text("our gradients never explode on ReLU", "the weights are factors too, and ReLU lets them through"),
    claim="A ReLU gradient grows by the squared gain per layer.",
    holds=_holds,
    page="compare",
    lab={"activation": "relu", "init": "he_normal", "gain": 1.5, "depth": 50},
    view={"sheet": "gain"},
    seconds=1.0,
)
