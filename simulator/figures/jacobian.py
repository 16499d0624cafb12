"""The singular values of an input-output Jacobian: all of them at several depths, and what sums them up by layer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.series import Floats, Series, series

QUANTITY = "jacobian"

_HEADINGS = {
    "mean_square": "|J<sub>l</sub>|<sub>F</sub><sup>2</sup>/n<sub>0</sub> (mean squared singular value)",
    "relative_variance": "Var(s<sup>2</sup>) / (mean s<sup>2</sup>)<sup>2</sup> (relative variance)",
    "condition": "s<sub>max</sub> / s<sub>min</sub> (condition number)",
}
_TITLES = {
    "mean_square": "Mean squared singular value",
    "relative_variance": "Relative variance of s²",
    "condition": "Condition number",
}
_CAPTIONS = {
    "mean_square": "How a small change of the input grows on average{theory} (Schoenholz et al. 2017).",
    "relative_variance": "0 is an isometry: every direction grows alike{theory} (Pennington et al. 2018).",
    "condition": "1 is an isometry; a line ends where the smallest value is 0 or lost in rounding (Saxe et al. 2014).",
}
_THEORY = {
    "mean_square": "; dashed: χ<sub>1</sub> multiplied over the layers",
    "relative_variance": "; dashed: the sum over layers of E φ′<sup>4</sup>/(E φ′<sup>2</sup>)<sup>2</sup> − 1 − "
    "s<sub>1</sub>, s<sub>1</sub> = 0 if orthogonal, else −1",
    "condition": "",
}
_MARKED, _MARKS = 60, 9
_NOTHING: Trace = {"type": "scatter", "x": np.empty(0), "y": np.empty(0), "mode": "lines", "showlegend": False}


def singular_values(spectra: pd.DataFrame, label: str, *, name: str = "", title: str = "") -> Figure:
    """All singular values of one label at several depths, largest first; the range is that of all labels.

    `spectra` has the columns label, layer, index (from 1), log10 and resolved.
    """
    rows = spectra[(spectra.label == label) & np.isfinite(spectra.log10)]
    shown = spectra.loc[spectra.resolved & np.isfinite(spectra.log10), "log10"].to_numpy(np.float64)
    traces: list[Trace] = []
    sentences, cut = [], False
    for index, (layer, values) in enumerate(rows.groupby("layer")):
        kept = values[values.resolved]
        cut |= len(kept) < len(values)
        logs, who = kept.log10.to_numpy(np.float64), f"layer {layer}"
        x, text = (kept["index"].to_numpy(np.float64) - 0.5) / len(values), [axes.number(value) for value in logs]
        trace = marks.line(x, logs, who, style.color(index), hover=f"{who}: %{{text}}", text=text)
        traces.append(marks.dotted(trace, index, most=9))
        sentences.append(f"{who}: from {axes.number(logs[0])} to {axes.number(logs[-1])}")
    notes = []
    if not traces:
        traces = [_NOTHING]
        notes = [style.note("every singular value is exactly 0", xref="paper", yref="paper", x=0.5, y=0.5)]
    caption = "Level is an isometry; the steeper a curve, the fewer directions get through (Saxe et al. 2014)."
    if cut:
        caption += " A curve ends where the rest is 0 or lost in rounding."
    xaxis = {**axes.fraction_axis("i/n (rank i of the singular value, largest first)"), "hoverformat": ".1%"}
    yaxis = axes.log_axis("s<sub>i</sub> (singular values of ∂x<sub>l</sub>/∂x<sub>0</sub>)", shown)
    return Figure(
        traces,
        style.layout(xaxis, yaxis, annotations=notes),
        name=name or f"spectrum-{label}",
        title=title or f"Singular values: {label}",
        caption=caption,
        alt=f"Singular values of the Jacobian, {label}, largest first. "
        + ("; ".join(sentences) or "All are zero")
        + ".",
    )


def jacobian_profile(frame: pd.DataFrame, statistic: str, *, name: str = "", title: str = "") -> Figure:
    """ "mean_square", "relative_variance" or "condition" by layer, a line a label, theory dashed."""
    lines = list(series(frame, QUANTITY, statistic))
    labels = list(dict.fromkeys(line.label for line in lines))
    log = statistic != "relative_variance"
    theories = [line for line in lines if line.is_theory]
    # One dashed line in ink where the theory of all is the same.
    shared = len(theories) > 1 and all(_same(line, theories[0]) for line in theories[1:])
    drawn = [line for line in lines if not (shared and line.is_theory and line is not theories[0])]
    foretold = {line.label for line in theories if np.isfinite(_values(line, log)).any()}
    own = set() if shared else foretold
    traces = [
        _line(line, labels.index(line.label), log=log, shared=shared, beneath=line.label in own) for line in drawn
    ]
    depth = max((int(rows) for rows in frame["layer"]), default=1)
    values = np.concatenate([_values(line, log) for line in drawn] or [np.empty(0)])
    heading = axes.two_lines(_HEADINGS[statistic])
    yaxis = axes.log_axis(heading, values) if log else axes.positive_axis(heading, values)
    notes = []
    if not np.isfinite(values).any():
        word = "the smallest is 0 or lost in rounding" if statistic == "condition" else "every singular value is 0"
        notes = [style.note(word, xref="paper", yref="paper", x=0.5, y=0.5)]
    if not traces:
        traces = [_NOTHING]
    return Figure(
        traces,
        style.layout(axes.layer_axis(max(1, depth)), yaxis, annotations=notes),
        name=name or statistic,
        title=title or _TITLES[statistic],
        caption=_CAPTIONS[statistic].format(theory=_THEORY[statistic] if foretold else ""),
        alt=f"Line chart by layer: {_TITLES[statistic].lower()}. " + "; ".join(map(_end_text, drawn)) + ".",
    )


def _line(line: Series, index: int, *, log: bool, shared: bool, beneath: bool) -> Trace:
    y, name, tone, dash = _values(line, log), line.label, style.color(index), ""
    if line.is_theory:
        name = "theory (infinite width)" if shared else f"{line.label}: theory"
        tone, dash = style.INK if shared else tone, style.dash(index)
    text = [axes.number(value) for value in y] if log else [f"{value:.3g}" for value in y]
    trace = marks.line(line.layers, y, name, tone, dash=dash, hover=f"{name} %{{text}}", text=text)
    if line.is_theory:
        return trace
    most = (_MARKS if beneath else 16) if line.layers[-1] > (_MARKS if beneath else _MARKED) else 0
    trace = marks.dotted(trace, index, most=most)
    return trace | {"line": style.beneath(tone)} if beneath else trace


def _values(line: Series, log: bool) -> Floats:
    return marks.finite((line.log10 if log else line.value)[0])


def _same(one: Series, other: Series) -> bool:
    return one.value.shape == other.value.shape and bool(
        np.allclose(one.log10, other.log10, rtol=1e-9, atol=1e-9, equal_nan=True)
        and np.allclose(one.value, other.value, rtol=1e-9, atol=0, equal_nan=True)
    )


def _end_text(line: Series) -> str:
    last = line.log10[0][-1] if np.isfinite(line.log10[0][-1]) else -np.inf
    return f"{line.label} {line.source}: {axes.number(float(last))} at layer {line.layers[-1]}"
