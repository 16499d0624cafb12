"""Neither ReLU nor the init scheme alone: it is the pair."""

from __future__ import annotations

import numpy as np

from simulator import figures
from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.scaled import Floats
from simulator.studies.matrix import matrix

_ACTIVATIONS = ("sigmoid", "tanh", "relu", "linear")
_SCHEMES = ("normal(std=0.01)", "lecun_normal", "he_normal", "normal(std=1)")
_RELU, _HE, _PAIR = "ReLU, with any weights", "He's weights, with any activation", "only some pairs"
_DECADES = 3.0


def _run(seed: int, *, depth: int) -> Found:
    result = matrix(Experiment(depth=depth, width=128, batch=16, seed=seed), _ACTIVATIONS, _SCHEMES)
    change = result.gradient * depth  # decades over all layers
    held = np.abs(change) <= _DECADES
    relu, he = _ACTIVATIONS.index("relu"), _SCHEMES.index("he_normal")
    numbers = {
        "depth": depth,
        "held": int(held.sum()),
        "cells": held.size,
        "relu_held": int(held[:, relu].sum()),
        "schemes": len(_SCHEMES),
        "he_held": int(held[he].sum()),
        "activations": len(_ACTIVATIONS),
        "relu_he": float(change[he, relu]),
        "sigmoid_he": float(change[he, 0]),
        "relu_lecun": float(change[he - 1, relu]),
        "tanh_lecun": float(change[he - 1, 1]),
    }
    captions = {
        "gradient": "White hands the gradient on as it is; blue loses, orange gains (Schoenholz et al. 2017).",
        "last": "log₁₀ of what is left at the end: 0 is a variance of 1 (after Glorot and Bengio 2010).",
    }
    cells = {"gradient": result.gradient, "last": result.last}
    return numbers, tuple(_small(cells[kind], kind, caption) for kind, caption in captions.items())


def _small(cells: Floats, kind: str, caption: str) -> figures.Figure:
    """The matrix with few columns: names lie flat, and every cell says its number, so that no key is needed."""
    figure = figures.cell_matrix(cells, kind, activations=_ACTIVATIONS, schemes=_SCHEMES, name=f"matrix-{kind}")
    figure.caption, figure.clickable = caption, False
    for trace in figure["data"]:
        trace["showscale"] = False
    figure["layout"]["xaxis"]["tickangle"] = 0
    figure["layout"].pop("height")
    figure["layout"]["margin"] = {"l": 120, "r": 12, "b": 50}
    return figure


def _right(numbers: Numbers) -> str:
    if numbers["relu_held"] == numbers["schemes"]:
        return _RELU
    return _HE if numbers["he_held"] == numbers["activations"] else _PAIR


def _holds(numbers: Numbers) -> bool:
    kept = abs(numbers["relu_he"]) <= _DECADES and abs(numbers["tanh_lecun"]) <= _DECADES
    return kept and abs(numbers["sigmoid_he"]) > _DECADES and abs(numbers["relu_lecun"]) > _DECADES


LESSON = Lesson(
    title="Is it ReLU or the initialization that solves it?",
    question="Thirty layers, four activations, four init schemes. Which of them keep the gradient within a factor "
    "of 1,000?",
    options=(_RELU, _HE, _PAIR),
    scale=False,
    controls=(Control("depth", "Depth L", (20, 30, 50), 30),),
    run=_run,
    right=_right,
    shown="Measured over {depth:.0f} layers: {held:.0f} of {cells:.0f} pairs hold; of ReLU's {relu_held:.0f} of "
    "{schemes:.0f}, of He's {he_held:.0f} of {activations:.0f}. ReLU changes the gradient's mean square by "
    "10^{relu_he:.1f} with He and by 10^{relu_lecun:.1f} with 1/n; a sigmoid by 10^{sigmoid_he:.1f} with He.",
    answer="Neither alone. One number decides, and both are in it: the weights' variance and the activation's slope. "
    "ReLU passes the scale of its weights straight through, so it suffers most from a wrong one; no usual scheme helps "
    "a deep sigmoid network.",
    formula="χ<sub>1</sub> = σ<sub>w</sub><sup>2</sup> · E φ′(h)<sup>2</sup>; the gradient changes by "
    "χ<sub>1</sub><sup>L</sup>",
    source="Schoenholz et al. (2017); the question is from a Q&A site.",
    text=Text(
        "This works in every case: … too high or too small", "ReLU scales with its weights: 1/n halves, 4/n doubles"
    ),
    claim="ReLU holds with He and not with 1/n, tanh holds with 1/n, a sigmoid with neither.",
    holds=_holds,
    page="compare",
    lab={"activation": "relu", "init": "he_normal"},
    view={"sheet": "matrix"},
    seconds=1.5,
)
