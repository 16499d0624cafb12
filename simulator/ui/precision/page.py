"""Sentences and tables of the page Number formats, made from the numbers that its charts show."""

from __future__ import annotations

import html
import math

import pandas as pd
import streamlit as st

from simulator.experiment import Experiment
from simulator.studies.fates import fate, first_layer
from simulator.studies.formats import COMPUTED, FORMATS
from simulator.studies.precision import EVENTS, Precision
from simulator.studies.thresholds import PYTORCH, rules, thresholds
from simulator.ui import notices
from simulator.ui.precision.board import result


def summary(experiment: Experiment) -> None:
    """Say what happens to the network in each format."""
    run = result(experiment)
    notices.facts([*(f"{name}: {fate(run, name)}." for name in FORMATS), *how_measured(run)])


def events(experiment: Experiment) -> None:
    """At which layer it happens first, measured and predicted: a row an event, a column a format."""
    run = result(experiment)
    rows = [{name: first_layer(run, name, event) for name in FORMATS} for event in EVENTS]
    beside = ", measured (predicted)" if run.expected else ""
    _titled(f"First layer where …{beside}; gradients from the output down")
    st.table(pd.DataFrame(rows, index=[text[0].upper() + text[1:] for text in EVENTS.values()]))


def limits() -> None:
    """The smallest z at which the formats round sigmoid and tanh to their limits."""
    _titled("Smallest z at which …")
    made = {name: thresholds(name).measured for name in COMPUTED}
    rows = []
    for statement in made["float16"]:
        rows.append((statement, [made[name][statement] for name in COMPUTED]))
        if statement in _RULES:
            rows.append((f"rule: {_RULES[statement]}", [rules(name)[statement] for name in COMPUTED]))
        if statement in PYTORCH:
            rows.append(("PyTorch 2.13 on a CPU", list(PYTORCH[statement])))
    shown = [[_number(value) for value in values] for _, values in rows]
    st.table(pd.DataFrame(shown, index=[about for about, _ in rows], columns=list(COMPUTED)))
    ones = ", ".join(f"{_number(made[name]['sigmoid(z) = 1'])} in {name}" for name in COMPUTED)
    lost = ", ".join(f"{_number(made[name]['naive loss NaN, y = 1'])} in {name}" for name in COMPUTED)
    notices.facts(
        [
            f"Rounding: with t significant bits (11, 8, 24, 53) 1 + exp(−z) is 1 from z = t ln 2 on; sigmoid(z) is 1 "
            f"from {ones}.",
            f"The naive loss: −(y log a + (1 − y) log(1 − a)) is infinite there for a wrong answer and NaN, 0 · log 0, "
            f"for a right one, y = 1: from {lost}.",
            "The saturated output is not the problem: a − y, the gradient at the logit, stays right; the naive log is. "
            "Frameworks take the loss from the logit for this reason.",
        ]
    )


_RULES = {
    "sigmoid(z) = 1": "t ln 2, half formats (t + 1) ln 2",
    "naive 1/(1 + exp(−z)) = 1": "t ln 2",
    "tanh(z) = 1": "(t + 2) ln 2 / 2",
}


def how_measured(run: Precision) -> list[str]:
    """Say how the formats are run, and what is left out, a sentence each."""
    made = run.experiment
    sentences = [
        "How: weights, drawn as the dense engine draws them, inputs and every operation's result are rounded to the "
        "format; products are summed in single precision, in double for float64, and the sum is rounded, as on "
        "accelerators; subnormal numbers are kept. float8 is used as the others are, without the scaling by tensor "
        "that training in float8 relies on."
    ]
    if run.reduced:
        sentences.append(
            f"Smaller: run with at most {max(made.layer_widths)} units a layer and {made.batch} examples, to bound the "
            f"time that all formats take; the predictions are for these."
        )
    if run.asked != run.asked.bare():
        sentences.append(
            "Plain layers: branches, normalization, dropout and a loss are left out here; the backward pass starts "
            "from N(0, 1) gradients."
        )
    masks = dict.fromkeys(str(part) for part in made.activation_parts if part.homogeneous and part.rectifier)
    early = [name for name in FORMATS if masks and run.expected and _sooner(run, name)]
    if early:
        sentences.append(
            f"Sooner than predicted: where h is NaN the mask of {' or '.join(masks)} lets every gradient through, so "
            f"gradients overflow nearer to the output in {', '.join(early)}."
        )
    return sentences


def _sooner(run: Precision, name: str) -> bool:
    """Whether gradients overflow sooner than predicted, above layers whose h overflowed."""
    measured, predicted = (of(name, "gradient_overflow") for of in (run.measured, run.predicted))
    return run.measured(name, "overflow") is not None and (measured or 0) > (predicted or 0)


def _titled(title: str) -> None:
    st.html(f'<h2 class="group">{html.escape(title)}</h2>')


def _number(value: float) -> str:
    return "never" if math.isnan(value) else f"{value:.6g}"
