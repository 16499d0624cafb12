"""The network as a strip: a column a layer, coloured by what has become of the signal and of the gradient there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure
from simulator.figures.series import Floats, Series

_LEAST, _MOST = 2, 12
"""Decades at the ends of the colours: less would make chance look like a trend, more would make a trend pale."""
_GAP, _FEW = 1.5, 30
"""px between layers, where there are few enough of them for a phone."""
_SIGNAL, _GRADIENT = "signal →", "← gradient"


def network_strip(forward: Sequence[Series], backward: Sequence[Series], *, name: str = "network") -> Figure:
    """Each layer's variance of the signal and of the gradient, as a factor of that where its pass begins.

    Lines are of one network each, median over seeds; an exact 0 has no colour.
    """
    rows = [_changes(list(forward), 0), _changes(list(backward), -1)]
    depth = max((int(layers[-1]) for layers, _ in rows if layers.size), default=1)
    cells = np.full((2, depth + 1), np.nan)
    for row, (layers, changes) in zip(cells, rows, strict=True):
        row[layers] = changes
    known = np.abs(cells[np.isfinite(cells)])
    end = min(max(_LEAST, int(np.ceil(known.max(initial=0)))), _MOST)
    texts = [[_change_text(value) for value in row] for row in cells]
    ticks = [-end, 0, end]
    gap = _GAP if depth <= _FEW else 0
    heat = marks.heat(
        list(range(depth + 1)), [_SIGNAL, _GRADIENT], marks.finite(cells), (-end, end), signed=True, xgap=gap, ygap=6,
        text=texts, hover="layer %{x}, %{y}: %{text}",
        colorbar=marks.key(ticks, [axes.power(tick) for tick in ticks], len=1.1, x=1.01),
    )  # fmt: skip
    yaxis = {"title": {"text": ""}, "autorange": "reversed", "fixedrange": True, "showgrid": False}
    return Figure(
        [heat],
        style.layout(axes.layer_axis(depth), yaxis, height=145, hovermode="closest", margin={"l": 88, "r": 76}),
        name=name,
        title="The network, layer by layer",
        caption="Variance as a factor of that where the pass begins: at the input for the signal, at the output for "
        "the gradient. A click adds a layer to the curves below, or takes it away.",
        alt=f"Strip of {depth} layers. {_ends(rows[0], 'Signal')} {_ends(rows[1], 'Gradient')}",
        clickable=True,
    )


def _changes(lines: Sequence[Series], start: int) -> tuple[NDArray[np.int64], Floats]:
    """Layers, and log10 of each one's factor; from where the pass begins, at index `start`."""
    if not lines:
        return np.empty(0, dtype=np.int64), np.empty(0)
    middle = lines[0].quantiles(0.5, log=True)[0]
    begin = middle[start]
    return lines[0].layers, middle - begin if np.isfinite(begin) else np.full_like(middle, np.nan)


def _change_text(change: float) -> str:
    if np.isnan(change):
        return "not known"
    return "exactly 0" if np.isinf(change) else f"× {axes.number(change)}"


def _ends(row: tuple[NDArray[np.int64], Floats], words: str) -> str:
    layers, changes = row
    if not layers.size:
        return f"{words}: nothing is known."
    first, last = (0, -1) if words == "Signal" else (-1, 0)
    return f"{words}: from layer {layers[first]} to layer {layers[last]} {_change_text(changes[last])}."
