"""The charts of the page Number formats."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.studies.formats import COMPUTED, FORMATS
from simulator.studies.precision import Precision, precision, seconds
from simulator.studies.thresholds import losses, thresholds
from simulator.ui import cache, host

_LOGITS = np.linspace(0, 45, 361)

_ENDS = "Horizontal: the ends of each format's range (IEEE 754; bfloat16: Kalamkar et al. 2019)"

_PROFILES = {
    "formats-signal": (
        "preactivation",
        "overflow",
        "Largest preactivation",
        "A line ends where its format overflows or all is 0.",
        "√(2 ln nB) standard deviations of infinite-width theory (Poole et al. 2016)",
    ),
    "formats-gradient": (
        "preactivation_gradient",
        "gradient_overflow",
        "Largest gradient, dE/dh",
        "Read from the output down.",
        "the same for gradients (Schoenholz et al. 2017)",
    ),
}
"""The largest values by the chart's name: quantity, event, title, what to see, what theory's dashed line is."""

_MAPS = {
    "lost-signal": (
        "activation",
        "What became of the activations",
        "Share of a layer's x that are no number, that became 0 by underflow, or that are exactly a limit of φ (IEEE "
        "754 rounding to nearest).",
    ),
    "lost-gradient": (
        "preactivation_gradient",
        "What became of the gradients, dE/dh",
        "A unit whose x rounded to ±1 has φ′ = 0: its gradient becomes exactly 0 (Micikevicius et al. 2018 on "
        "gradients that underflow in float16).",
    ),
}
"""The losses by the chart's name: quantity, title, caption."""

_LOSSES = {
    "loss": (
        "",
        "cross-entropy E of one example",
        "from the logit, log(1 + exp z)",
        "Naive cross-entropy, −log(1 − a), a = sigmoid(z)",
        "A naive line ends where a rounds to 1 and the loss is infinite; dashed: stable",
    ),
    "loss-gradient": (
        " gradient",
        "∂E/∂z (gradient at the logit)",
        "from the logit, a − y",
        "Its gradient: the chain rule against a − y",
        "1/(1 − a) times a(1 − a) is ∞ · 0 = NaN once a = 1; a − y is 1 there, as it should",
    ),
}
"""The loss by the chart's name: what of it, axis, name of the stable line, title, caption."""


def result(experiment: Experiment) -> Precision:
    """The network in every format."""
    wait = seconds(experiment)
    return cache.result(precision, experiment, seconds=wait, text="Running the network in every number format")


def charts(experiment: Experiment) -> bytes:
    """The largest values by layer and format, forward and backward, and what was lost on either way."""
    return cache.payload(_charts, experiment)


def loss(experiment: Experiment) -> bytes:
    """Cross-entropy and its gradient at the output, naive and from the logit; the same for every experiment."""
    return cache.payload(_loss, experiment)


def table(experiment: Experiment) -> pd.DataFrame:
    """The measurements in every format as a tidy table."""
    return result(experiment).to_frame()


def _charts(experiment: Experiment) -> bytes:
    run = result(experiment)
    frame, formats = run.to_frame(), list(FORMATS.values())
    shown = []
    for name, (quantity, event, title, about, dashed) in _PROFILES.items():
        predicted = {kind: run.predicted(kind, event) if run.expected else None for kind in FORMATS}
        caption = f"{about} {_ENDS}"
        caption += f"; dashed: {dashed}" if run.expected else ""
        caption += "; crosses: overflow predicted." if any(predicted.values()) else "."
        shown.append(
            figures.format_profile(
                frame, quantity, formats, predicted=predicted, name=name, title=title, caption=caption
            )
        )
    for name, (quantity, title, about) in _MAPS.items():
        shown.append(figures.lost_map(frame, quantity, name=name, title=title, caption=about))
    return host.encode(shown, columns=2)


def _loss(experiment: Experiment) -> bytes:
    made, stable = {name: losses(name, _LOGITS) for name in COMPUTED}, losses("float64", _LOGITS)
    infinite = {name: thresholds(name)["−log(1 − a) = inf"] for name in COMPUTED}
    shown = [
        figures.cross_entropy_curves(
            _LOGITS,
            {kind: curves[f"naive{which}"] for kind, curves in made.items()},
            stable[f"stable{which}"],
            infinite,
            heading=heading,
            stable_name=stable_name,
            name=name,
            title=title,
            caption=f"{about} (Goodfellow et al. 2016, section 6.2.2).",
        )
        for name, (which, heading, stable_name, title, about) in _LOSSES.items()
    ]
    return host.encode(shown, columns=2)
