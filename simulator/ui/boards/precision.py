"""The charts of the page Number formats."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.studies.formats import FORMATS
from simulator.studies.precision import Precision, precision, seconds
from simulator.studies.thresholds import losses, thresholds
from simulator.ui import cache, host

_LOGITS = np.linspace(0, 45, 361)


def result(experiment: Experiment) -> Precision:
    """The network in every format."""
    wait = seconds(experiment)
    return cache.result(precision, experiment, seconds=wait, text="Running the network in four number formats")


def charts(experiment: Experiment) -> bytes:
    """The largest values by layer and format, forward and backward, and what was lost on either way."""
    return cache.payload(_charts, experiment)


def loss(experiment: Experiment) -> bytes:
    """Cross-entropy and its gradient at the output, naive and from the logit; the same for every experiment."""
    return cache.payload(_loss, experiment)


def table(experiment: Experiment) -> pd.DataFrame:
    """What was measured in every format as a tidy table."""
    return result(experiment).to_frame()


def _charts(experiment: Experiment) -> bytes:
    found = result(experiment)
    frame, formats = found.to_frame(), list(FORMATS.values())
    predicted = {name: found.predicted(name, "overflow") if found.expected else None for name in FORMATS}
    downward = {name: found.predicted(name, "gradient_overflow") if found.expected else None for name in FORMATS}
    ends = "Horizontal: the ends of each format's range (IEEE 754; bfloat16: Kalamkar et al. 2019)"
    dashed = "; dashed: √(2 ln nB) standard deviations of infinite-width theory (Poole et al. 2016)"
    back = "; dashed: the same for gradients (Schoenholz et al. 2017)"
    crosses = "; crosses: overflow predicted."
    shown = [
        figures.format_profile(
            frame,
            "preactivation",
            formats,
            predicted=predicted,
            name="formats-signal",
            title="Largest preactivation",
            caption=f"A line ends where its format overflows or all is 0. {ends}"
            + (dashed if found.expected else "")
            + (crosses if any(predicted.values()) else "."),
        ),
        figures.format_profile(
            frame,
            "preactivation_gradient",
            formats,
            predicted=downward,
            name="formats-gradient",
            title="Largest gradient, dE/dh",
            caption=f"Read from the output down. {ends}"
            + (back if found.expected else "")
            + (crosses if any(downward.values()) else "."),
        ),
        figures.lost_map(
            frame,
            "activation",
            name="lost-signal",
            title="What became of the activations",
            caption="Share of a layer's x that are no number, that became 0 by underflow, or that are "
            "exactly a limit of φ (IEEE 754 rounding to nearest).",
        ),
        figures.lost_map(
            frame,
            "preactivation_gradient",
            name="lost-gradient",
            title="What became of the gradients, dE/dh",
            caption="A unit whose x rounded to ±1 has φ′ = 0: its gradient becomes exactly 0 (Micikevicius et al. 2018 "
            "on gradients that underflow in float16).",
        ),
    ]
    return host.encode(shown, columns=2)


def _loss(experiment: Experiment) -> bytes:
    made = {name: losses(name, _LOGITS) for name in FORMATS}
    stable = losses("float64", _LOGITS)
    infinite = {name: thresholds(name)["−log(1 − a) = inf"] for name in FORMATS}
    source = "Goodfellow et al. 2016, section 6.2.2"
    shown = [
        figures.cross_entropy_curves(
            _LOGITS,
            {name: curves["naive"] for name, curves in made.items()},
            stable["stable"],
            infinite,
            heading="cross-entropy E of one example",
            stable_name="from the logit, log(1 + exp z)",
            name="loss",
            title="Naive cross-entropy, −log(1 − a), a = sigmoid(z)",
            caption=f"A naive line ends where a rounds to 1 and the loss is infinite; dashed: stable ({source}).",
        ),
        figures.cross_entropy_curves(
            _LOGITS,
            {name: curves["naive gradient"] for name, curves in made.items()},
            stable["stable gradient"],
            infinite,
            heading="∂E/∂z (gradient at the logit)",
            stable_name="from the logit, a − y",
            name="loss-gradient",
            title="Its gradient: the chain rule against a − y",
            caption=f"1/(1 − a) times a(1 − a) is ∞ · 0 = NaN once a = 1; a − y is 1 there, as it should ({source}).",
        ),
    ]
    return host.encode(shown, columns=2)
