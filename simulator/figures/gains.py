"""Gains beside each other: how large they are, and how they leave the gradient."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Layout, Trace
from simulator.figures.series import Floats

NAMES = {
    "signal": "keeps q = 1",
    "gradient": "keeps the gradient at q = 1",
    "variance": "keeps the centred variance",
    "torch": "PyTorch's calculate_gain",
}
_SHIFT = {"signal": 0.24, "gradient": 0.08, "variance": -0.08, "torch": -0.24}
_DIGITS = (1, 2, 5)
_LEAST = 1e-6  # a gradient that is gone: still a place on the axis
_ROW, _FRAME, _LABELS = 30, 66, 112
"""Pixels: the height of a row, of what surrounds the rows, and the width of the rows' names."""


def gain_sizes(frame: pd.DataFrame, own: str = "", *, name: str = "gain-sizes", title: str = "") -> Figure:
    """sigma_w of every activation's gains, from rows of activation, purpose, sigma_w; `own` is marked."""
    xaxis = axes.positive_axis("σ<sub>w</sub> (gain, weights of variance 1/n<sub>in</sub>)", np.empty(0))
    top = float(frame.sigma_w.max())
    xaxis |= {"range": [0, 1.06 * top], "nticks": 8}
    return Figure(
        _traces(frame, frame.sigma_w.to_numpy(np.float64), [f"{value:.4f}" for value in frame.sigma_w]),
        _layout(frame, own, xaxis),
        name=name,
        title=title or "The gain that each activation asks for",
        caption="Where the marks of a row lie apart, no one gain keeps both signal and gradient "
        "(He et al. 2015; Schoenholz et al. 2017; PyTorch's documentation of calculate_gain).",
        alt="Gains by activation. " + _gains_text(frame, "sigma_w"),
    )


def gain_gradients(frame: pd.DataFrame, own: str = "", *, name: str = "gain-gradients", title: str = "") -> Figure:
    """chi_1 where each gain's variance settles, on a log scale, hollow where it does not stay; `own` is marked.

    Rows of activation, purpose, chi_1, stable.
    """
    logs = np.log10(np.maximum(frame.chi_1.to_numpy(np.float64), _LEAST))
    low, high = min(float(logs.min()), -0.1) - 0.08, max(float(logs.max()), 0.1) + 0.08
    ticks = [
        math.log10(digit) + power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for digit in _DIGITS
        if low <= math.log10(digit) + power <= high
    ]
    xaxis: Layout = {
        "title": {"text": "χ<sub>1</sub> (gradient variance, factor per layer)"},
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": [f"{10**tick:.3g}" for tick in ticks],
    }
    layout = _layout(frame, own, xaxis)
    layout["shapes"] = [marks.rule(0, style.FAINT, dash="dot", layer="below")]
    texts = [f"{value:.4g}" for value in frame.chi_1]
    caption = "Where the variance settles, gradients vanish left of the dotted line and explode right of it "
    caption += "(Schoenholz et al. 2017)."
    if not frame.stable.all():
        caption += " Hollow: the variance does not stay at q*."
    return Figure(
        _traces(frame, logs, texts, frame.stable.to_numpy(bool)),
        layout,
        name=name,
        title=title or "What each gain does to the gradient",
        caption=caption,
        alt="Factor of the gradient variance per layer by activation and gain. " + _gains_text(frame, "chi_1"),
    )


def _traces(frame: pd.DataFrame, x: Floats, texts: list[str], solid: NDArray[np.bool_] | None = None) -> list[Trace]:
    rows = {activation: -place for place, activation in enumerate(dict.fromkeys(frame.activation))}
    y = np.array([rows[name] + _SHIFT[purpose] for name, purpose in zip(frame.activation, frame.purpose, strict=True)])
    solid = np.ones(len(frame), dtype=bool) if solid is None else solid
    traces: list[Trace] = []
    for index, (purpose, words) in enumerate(NAMES.items()):
        tone = style.color(index)
        for hollow in (False, True):
            chosen = np.flatnonzero((frame.purpose == purpose).to_numpy() & (solid != hollow))
            if not chosen.size:
                continue
            text = [f"{frame.activation[row]}, {words}: {texts[row]}" for row in chosen]
            traces.append(
                marks.points(
                    x[chosen], y[chosen], words, tone, symbol=style.symbol(index) + "-open" * hollow, size=9,
                    ring={"width": 1.6, "color": tone}, hover="%{text}", text=text, legendgroup=purpose,
                    showlegend=not hollow,
                )
            )  # fmt: skip
    return traces


def _layout(frame: pd.DataFrame, own: str, xaxis: Layout) -> Layout:
    names = list(dict.fromkeys(frame.activation))
    yaxis: Layout = {
        "title": {"text": "φ (activation)"},
        "range": [-len(names) + 0.4, 0.6],
        "tickvals": [-place for place in range(len(names))],
        "ticktext": [f"<b>▸ {_short(name)}</b>" if name == own else _short(name) for name in names],
    }
    return style.layout(xaxis, yaxis, hovermode="closest", margin={"l": _LABELS}, height=_FRAME + _ROW * len(names))


def _short(name: str) -> str:
    """An activation's text without the names of its parameters: leaky_relu(0.2)."""
    return re.sub(r"\w+=", "", name)


def _gains_text(frame: pd.DataFrame, column: str) -> str:
    parts = []
    for activation, rows in frame.groupby("activation", sort=False):
        parts.append(
            f"{activation}: " + ", ".join(f"{p} {v:.3g}" for p, v in zip(rows.purpose, rows[column], strict=True))
        )
    return "; ".join(parts) + "."
