"""Several networks in one chart, or one chart each on the same axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from simulator.figures import marks
from simulator.figures.figure import Figure, Trace
from simulator.figures.marks import Mark
from simulator.figures.propagation import layer_profile, medians, theory, zeros
from simulator.figures.series import Series, series
from simulator.statistics import STATISTICS

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
    if not alone:  # a legend's entry stands for all lines of its network
        for mark in figure["data"]:
            mark["legendgroup"] = mark.label
    figure.caption = _caption(figure["data"], lines, quantity, alone=alone)
    notes = _notes(lines, statistic, depths, relative=relative)
    silent = [(label, note) for label, own in notes.items() for note in own if note.get("xref") == "paper"]
    for place, (label, note) in enumerate(silent):  # without a line to point at
        note |= {"text": note["text"] if alone else f"{label}: {note['text']}", "y": 0.5 - 0.09 * place}
    figure["layout"]["annotations"] = [*marks.flow(quantity), *(note for own in notes.values() for note in own)]
    if relative:
        for mark in figure["data"]:
            mark["x"] = np.asarray(mark["x"]) / depths[mark.label]
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
    lines, figures = list(series(frame, quantity, statistic)), []
    for index, (label, depth) in enumerate(depths.items()):
        figure = overlay(frame, quantity, statistic, depths=depths, relative=relative, name=f"{name}-{index}")
        figure["data"] = [mark for mark in figure["data"] if mark.label == label]
        for mark in figure["data"]:
            mark["showlegend"] = False
        own = [line for line in lines if line.label == label]
        notes = _notes(own, statistic, {label: depth}, relative=relative)[label]
        figure["layout"]["annotations"] = [*marks.flow(quantity), *notes]
        figure.title = label
        figure.caption = _caption(figure["data"], own, quantity, alone=True)
        figure.alt = _alt(figure, label)
        figures.append(figure)
    return figures


def _caption(drawn: Sequence[Mark], lines: Sequence[Series], quantity: str, *, alone: bool) -> str:
    """Say what the lines are."""
    seen = [mark for mark in drawn if np.isfinite(np.asarray(mark["y"], dtype=np.float64)).any()]
    dashed = {mark.label for mark in seen if mark.is_theory}
    without = [label for label in dict.fromkeys(mark.label for mark in seen) if label not in dashed]
    seeds = max((len(line.seeds) for line in lines), default=1)
    sentences = [_ONE if alone else _MANY, *([medians(seeds)] if seeds > 1 else [])]
    if dashed:
        sentences.append(theory(quantity) + (f", none for {' and '.join(without)}" if without else ""))
    return "; ".join(sentences) + "."


def _notes(
    lines: Sequence[Series], statistic: str, depths: Mapping[str, int], *, relative: bool
) -> dict[str, list[Trace]]:
    """Labels at the lines of each network."""
    log = STATISTICS[statistic].kind == "positive"
    zero_layers = {label: zeros([line for line in lines if line.label == label]) if log else [] for label in depths}
    for label, notes in zero_layers.items():
        for note in notes:
            if relative and note.get("xref") != "paper":
                note["x"] = note["x"] / depths[label]
    return zero_layers


def _alt(figure: Figure, label: str) -> str:
    ends = [
        f"{mark.source} {mark['text'][0]} at the first layer drawn, {mark['text'][-1]} at the last"
        for mark in figure["data"]
        if "text" in mark and len(mark["text"])
    ]
    return f"Line chart of {label}: {'; '.join(ends) or 'nothing to draw'}."
