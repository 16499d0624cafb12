"""Curves that people drew, beside the one that was measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.marks import Mark
from simulator.figures.series import Floats

_MOST = 200
"""Curves of a class that are drawn: more would be one grey area, and a long payload."""


def with_drawn(
    figure: Figure, label: str, own: Sequence[float] = (), others: Sequence[Sequence[float]] = (), *,
    backward: bool = False,
) -> Figure:  # fmt: skip
    """The figure with curves over the line of the network `label`, given as decades from where its pass begins."""
    layers, measured = _pass(figure, label, backward)
    if not layers.size:
        return figure
    made: list[Trace] = []
    if others:
        made.append(_bundle(layers, measured[0], others[:_MOST], f"drawn by the room ({len(others)})"))
    if own:
        x, y = _curve(layers, measured[0], own)
        made.append(marks.line(x, y, "drawn by you", style.INK, width=3, dash="dot"))
    traces = [*made, *figure["data"]]
    heights = np.concatenate([np.asarray(trace["y"], dtype=float) for trace in traces])
    yaxis = axes.log_axis(figure["layout"]["yaxis"]["title"]["text"], heights)
    return Figure(
        traces, {**figure["layout"], "yaxis": yaxis}, name=figure.name, title=figure.title,
        caption=figure.caption, alt=figure.alt, clickable=figure.clickable,
    )  # fmt: skip


def curve_distances(figure: Figure, label: str, own: Sequence[float], *, backward: bool = False) -> Floats:
    """Decades between a drawn curve and the measured one, at the drawn curve's places where there is something."""
    layers, measured = _pass(figure, label, backward)
    if not layers.size:
        return np.empty(0)
    x, y = _curve(layers, measured[0], own)
    order = np.argsort(layers)
    gaps: Floats = np.abs(y - np.interp(x, layers[order], measured[order]))
    return gaps[np.isfinite(gaps)]


def curve_layers(figure: Figure, label: str, *, backward: bool = False) -> tuple[int, int]:
    """The layer where the pass of a network begins, and the one where it ends."""
    layers, _ = _pass(figure, label, backward)
    return (int(layers[0]), int(layers[-1])) if layers.size else (0, 0)


def _pass(figure: Figure, label: str, backward: bool) -> tuple[Floats, Floats]:
    """Layers and log10 of the measured line, in the order of the pass; an exact 0 ends it."""
    lines = [
        mark for mark in figure["data"]
        if isinstance(mark, Mark) and (mark.source, mark.label) == ("simulation", label) and "fill" not in mark
    ]  # fmt: skip
    if not lines:
        return np.empty(0), np.empty(0)
    layers, heights = (np.asarray(lines[-1][name], dtype=float) for name in "xy")
    if backward:
        layers, heights = layers[::-1], heights[::-1]
    else:
        layers, heights = layers[layers >= 1], heights[layers >= 1]
    return (layers, heights) if np.isfinite(heights[:1]).all() else (np.empty(0), np.empty(0))


def _curve(layers: Floats, start: float, decades: Sequence[float]) -> tuple[Floats, Floats]:
    return np.linspace(layers[0], layers[-1], len(decades)), start + np.asarray(decades, dtype=float)


def _bundle(layers: Floats, start: float, curves: Sequence[Sequence[float]], name: str) -> Trace:
    """Many curves as one trace, with a gap after each."""
    drawn = [_curve(layers, start, curve) for curve in curves]
    x, y = (np.concatenate([np.append(pair[side], np.nan) for pair in drawn]) for side in (0, 1))
    return marks.line(x, y, name, style.FAINT, width=1.5, opacity=max(0.25, 1 / np.sqrt(len(curves))))
