"""Zero for one input is not dead, and why deep units look dead all the same."""

from __future__ import annotations

import math

from simulator import figures, frames
from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.lessons.networks import SIGNAL, SURE, agrees, factor, profile, simulate

_INACTIVE, _DEAD = ("activation", "inactive_fraction"), ("activation", "dead_fraction")
_LIKENESS = ("preactivation", "correlation")
_WIDTH, _NETWORKS = 128, 4
_NONE, _QUARTER, _HALF = "hardly any", "about a quarter", "about half"


def _run(seed: int, *, slope: float, depth: int) -> Found:
    base = Experiment(
        activation="relu", init="he_normal", depth=depth, width=_WIDTH, batch=64, seed=seed, seeds=_NETWORKS
    )
    leaky = {"activation": f"leaky_relu(negative_slope={slope})", "init": f"he_normal(negative_slope={slope})"}
    networks = simulate({"ReLU": base, f"leaky ReLU, a = {slope:g}": base.replace(**leaky)})
    relu, other = networks.values()
    numbers = {
        "slope": slope,
        "depth": depth,
        "zero": float(relu.curves[_INACTIVE][0][:, 1].mean()),
        "dead": float(relu.curves[_DEAD][0][:, 1].mean()),
        "dead_deep": float(relu.curves[_DEAD][0][:, -1].mean()),
        "likeness": float(relu.curves[_LIKENESS][0][:, -1].mean()),
        "leaky": factor(other, SIGNAL),
    }
    parts = {"h < 0 for an example": _INACTIVE, "h < 0 for all 64: dead": _DEAD}
    table = frames.concat(
        *(relu.to_frame(label, only=[pair]).assign(statistic="inactive_fraction") for label, pair in parts.items())
    )
    return numbers, (
        figures.layer_profile(table, *_INACTIVE, name="dead", title="Units of the ReLU network that give 0",
                              caption="Half are 0 for one example at every depth; few are 0 for all, until examples "
                              "are alike (He et al. 2015)."),
        profile(networks, _LIKENESS, name="likeness", title="How alike two examples are",
                caption="At 1 all examples take the same side of every unit (Poole et al. 2016)."),
        profile(networks, SIGNAL, name="signal", title="Signal",
                caption="Each with its own n Var w: 2, and 2/(1 + a²) for the leaky one (He et al. 2015)."),
    )  # fmt: skip


def _right(numbers: Numbers) -> str:
    return _NONE if numbers["dead"] < 0.1 else _QUARTER if numbers["dead"] < 0.38 else _HALF


def _holds(numbers: Numbers) -> bool:
    half = abs(numbers["zero"] - 0.5) <= SURE * 0.5 / math.sqrt(_WIDTH * _NETWORKS)
    kept = agrees(numbers["leaky"], 1.0, _WIDTH * _NETWORKS / 2, numbers["depth"] - 1)
    return half and kept and numbers["dead"] == 0 and (numbers["dead_deep"] > 0.1 or numbers["depth"] < 10)


LESSON = Lesson(
    title="Too many dead neurons: does Leaky ReLU help?",
    question="He's weights, biases 0, a batch of 64. What fraction of the first layer's ReLU units is 0 for every "
    "example of the batch?",
    options=(_NONE, _QUARTER, _HALF),
    controls=(
        Control("slope", "Leaky slope a", (0.01, 0.1, 0.2, 0.5), 0.2),
        Control("depth", "Depth L", (5, 10, 20, 40), 20),
    ),
    run=_run,
    right=_right,
    shown="Measured: in layer 1 {zero:.0%} of the outputs are 0, but {dead:.0%} of the units are 0 for the whole "
    "batch. In layer {depth:.0f} that is {dead_deep:.0%}, where two examples have a correlation of {likeness:.2f}. The "
    "leaky network's signal changes by a factor of {leaky:.3g} per layer.",
    answer="A unit that is 0 for one example is not dead: another example opens it. At initialization almost none is "
    "dead for a whole batch. Deep down examples have become alike, and units seem dead because all take the same side. "
    "Leaky ReLU keeps a slope there, but needs its own factor.",
    formula="leaky ReLU: Var w = 2/((1 + a<sup>2</sup>) n)",
    source="He et al. (2015), section 2.2; the question is from a course forum.",
    text=Text(
        "more likely to have vanishing gradients at the hidden layers",
        "at He's scale the factor is 1; a shut gate is no dead unit",
    ),
    claim="In layer 1 half the outputs are 0 and no unit is dead; from layer 10 on more than a tenth seem dead.",
    holds=_holds,
    page="saturation",
    lab={"activation": "relu", "init": "he_normal", "depth": 20},
    seconds=1.0,
)
