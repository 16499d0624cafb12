"""Several networks in one chart, or one chart each on the same axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from simulator.figures.figure import Figure, Trace
from simulator.figures.propagation import FLOW, layer_profile, medians, theory
from simulator.figures.series import Series, series

_ONE = "One network"
_MANY = "Networks of one seed share their random numbers: what differs comes from the settings alone"

_FRACTION: Trace = {
    "title": {"text": "l/L (fraction of the depth, 0 = input, 1 = output)"},
    "range": [-0.02, 1.02],
    "tick0": 0,
    "dtick": 0.25,
}


def overlay(
    frame: pd.DataFrame,
    quantity: str,
    statistic: str,
    *,
    depths: Mapping[str, int],
    relative: bool = False,
    name: str = "overlay",
    title: str = "",
) -> Figure:
    """One statistic by layer, a line a label of a tidy table; `relative` puts all `depths` on one axis from 0 to 1."""
    figure = layer_profile(frame, quantity, statistic, name=name, title=title)
    alone = len(depths) == 1
    lines = list(series(frame, quantity, statistic))
    drawn = list(dict.fromkeys(line.label for line in lines))
    if not alone:  # a legend's entry stands for all lines of its network
        for trace in figure["data"]:
            trace["legendgroup"] = drawn[0] if len(drawn) == 1 else trace.get("legendgroup") or trace["name"]
    figure.caption = _caption(figure["data"], lines, quantity, depths, alone=alone)
    notes = _notes(frame, quantity, statistic, depths, relative=relative)
    common = [note for note in figure["layout"]["annotations"] if note["text"] == FLOW]
    silent = [(label, note) for label, own in notes.items() for note in own if note.get("xref") == "paper"]
    for place, (label, note) in enumerate(silent):  # without a line to point at
        note |= {"text": note["text"] if alone else f"{label}: {note['text']}", "y": 0.5 - 0.09 * place}
    figure["layout"]["annotations"] = [*common, *(note for own in notes.values() for note in own)]
    if relative:
        for trace in figure["data"]:
            trace["x"] = np.asarray(trace["x"]) / depths[_label(trace, depths)]
        figure["layout"] |= {"xaxis": {"zeroline": False, **_FRACTION}, "hovermode": "closest"}
    return figure


def multiples(
    frame: pd.DataFrame,
    quantity: str,
    statistic: str,
    *,
    depths: Mapping[str, int],
    relative: bool = False,
    name: str = "network",
) -> list[Figure]:
    """The lines of `overlay`, a figure a label, all on the same axes and in the same colours."""
    figures = []
    for index, label in enumerate(depths):
        figure = overlay(frame, quantity, statistic, depths=depths, relative=relative, name=f"{name}-{index}")
        figure["data"] = [{**trace, "showlegend": False} for trace in figure["data"] if _label(trace, depths) == label]
        common = [note for note in figure["layout"]["annotations"] if note["text"] == FLOW]
        own = _notes(frame, quantity, statistic, {label: depths[label]}, relative=relative)[label]
        figure["layout"]["annotations"] = [*common, *own]
        figure.title = label
        lines = [line for line in series(frame, quantity, statistic) if line.label == label]
        figure.caption = _caption(figure["data"], lines, quantity, depths, alone=True)
        figure.alt = _alt(figure, label)
        figures.append(figure)
    return figures


def _label(trace: Trace, depths: Mapping[str, int]) -> str:
    """The network that a line is of."""
    return next(iter(depths)) if len(depths) == 1 else str(trace["legendgroup"])


def _caption(
    traces: Sequence[Trace], lines: Sequence[Series], quantity: str, depths: Mapping[str, int], *, alone: bool
) -> str:
    """What the lines that are drawn are."""
    seen = [trace for trace in traces if np.isfinite(np.asarray(trace["y"], dtype=np.float64)).any()]
    dashed = {_label(trace, depths) for trace in seen if "theory" in trace.get("name", "")}
    measured = dict.fromkeys(_label(trace, depths) for trace in seen)
    without = [label for label in measured if label not in dashed]
    seeds = max((len(line.seeds) for line in lines), default=1)
    told = [_ONE if alone else _MANY, *([medians(seeds)] if seeds > 1 else [])]
    if dashed:
        told.append(theory(quantity) + (f", none for {' and '.join(without)}" if without else ""))
    return "; ".join(told) + "."


def _notes(
    frame: pd.DataFrame, quantity: str, statistic: str, depths: Mapping[str, int], *, relative: bool
) -> dict[str, list[Trace]]:
    """What is written at the lines of each network."""
    found = {}
    for label, depth in depths.items():
        alone = layer_profile(frame[(frame["label"] == label).to_numpy()], quantity, statistic)
        found[label] = [note for note in alone["layout"]["annotations"] if note["text"] != FLOW]
        for note in found[label]:
            if relative and note.get("xref") != "paper":
                note["x"] = note["x"] / depth
    return found


def _alt(figure: Figure, label: str) -> str:
    ends = [
        f"{'theory' if 'theory' in trace.get('name', '') else 'simulation'} {trace['text'][0]} at the first layer "
        f"drawn, {trace['text'][-1]} at the last"
        for trace in figure["data"]
        if "text" in trace and len(trace["text"])
    ]
    return f"Line chart of {label}: {'; '.join(ends) or 'nothing to draw'}."
