"""Signal and gradient at the end of the network over the gain, with the gain that suits both best."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.series import Floats

SIDES = {"forward": "signal", "backward": "gradient"}
_TICKS = (1, 1.5, 2, 3, 5, 7)
_RATIO = "Var x<sub>L</sub> / Var x<sub>1</sub>, Var ∂E/∂x<sub>0</sub> / Var ∂E/∂x<sub>L</sub> (factor of the variance)"
_MOST = 40.0
"""Decades to either side of 0 that are drawn."""

_MARKS = 17
"""Markers on a line, few enough that theory's dashes are seen between them."""


def gain_survival(
    gains: Floats,
    changes: dict[str, Floats],
    *,
    theory: dict[str, Floats],
    present: float,
    spot: float | None,
    saved: tuple[float, float] | None,
    name: str = "gain-survival",
    title: str = "What is left at the other end, by gain",
) -> Figure:
    """log10 changes of the variances over the whole depth by gain; SIDES name `changes` and `theory` (dashed).

    `spot` is the Goldilocks gain, `saved` the range in which both survive, `present` the experiment's own gain.
    """
    x = np.log10(gains)
    traces = [trace for index in range(len(SIDES)) for trace in _side(index, gains, changes, theory)]
    shown = np.concatenate([np.array([0.0]), *(marks.finite(side) for side in (*changes.values(), *theory.values()))])
    low, high = float(x[0]), float(x[-1])
    pad = 0.03 * max(high - low, 0.1)
    layout = style.layout(
        {"title": {"text": "gain (multiplies the weights' standard deviation)"}, "range": [low - pad, high + pad],
         **_ticks(low, high)},
        axes.log_axis(axes.two_lines(_RATIO, 60), np.clip(shown, -_MOST, _MOST)),
        shapes=_shapes(spot, saved), annotations=_notes(spot, present, (low, high)),
        hovermode="closest",
    )  # fmt: skip
    dashed = "; dashed: theory for infinite width" if len(traces) > len(SIDES) else ""
    survivor = "no gain here leaves both a number" if spot is None else (
        f"the dotted line is the gain, {spot:.4g}, at which the worse of the two is nearest to 1"
    )  # fmt: skip
    band = "; shaded: both change by less than a factor of 1,000" if saved else ""
    return Figure(
        traces,
        layout,
        name=name,
        title=title,
        caption=f"How far the variances end from where they began, 1 being no change: {survivor}{band}{dashed} "
        "(after Schoenholz et al. 2017).",
        alt=f"Line chart over gains from {gains[0]:.4g} to {gains[-1]:.4g}: {_ends(changes)}. "
        + ("No best gain." if spot is None else f"Best for both: {spot:.4g}."),
    )


def _side(index: int, gains: Floats, changes: dict[str, Floats], theory: dict[str, Floats]) -> list[Trace]:
    """Signal or gradient: what was measured, and theory upon it where there is any."""
    side, words = list(SIDES.items())[index]
    x, tone = np.log10(gains), style.color(index)
    common: Trace = {"customdata": gains, "legendgroup": side}

    def drawn(logs: Floats, name: str, **more: Any) -> Trace:
        hover = f"gain %{{customdata:.4g}}, {name} × %{{text}}"
        return marks.line(x, logs, name, tone, hover=hover, text=[axes.number(v) for v in logs], **common, **more)

    measured = marks.dotted(drawn(changes[side], words), index, most=_MARKS)
    if not np.isfinite(theory[side]).any():
        return [measured]
    measured["line"] = style.beneath(tone)
    return [measured, drawn(theory[side], f"{words}, theory", width=2, dash=style.dash(0), showlegend=False)]


def _ticks(low: float, high: float) -> Trace:
    ticks = [
        digit * 10.0**power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for digit in _TICKS
        if low - 1e-9 <= math.log10(digit) + power <= high + 1e-9
    ]
    return {"tickvals": [math.log10(tick) for tick in ticks], "ticktext": [f"{tick:g}" for tick in ticks]}


def _shapes(spot: float | None, saved: tuple[float, float] | None) -> list[Trace]:
    shapes = []
    if saved is not None and saved[0] < saved[1]:
        shapes.append(marks.zone(math.log10(saved[0]), math.log10(saved[1])))
    if spot is not None:
        shapes.append(marks.rule(math.log10(spot), style.INK, dash="dot"))
    return [*shapes, marks.rule(0, style.FAINT, across=True, width=1.5, layer="below")]


def _notes(spot: float | None, present: float, ends: tuple[float, float]) -> list[Trace]:
    notes = []
    if spot is not None:
        place = (math.log10(spot) - ends[0]) / max(ends[1] - ends[0], 1e-9)
        side: Trace = {"xanchor": "right", "xshift": -5} if place > 0.5 else {"xanchor": "left", "xshift": 5}
        notes.append(style.note(f"Goldilocks: {spot:.4g}", x=math.log10(spot), y=0.98, yref="paper",
                                yanchor="top", **side))  # fmt: skip
    if present > 0 and ends[0] <= math.log10(present) <= ends[1]:
        notes.append(style.note(f"▲ present: {present:.4g}", x=math.log10(present), y=0.01, yref="paper",
                                yanchor="bottom"))  # fmt: skip
    return notes


def _ends(changes: dict[str, Floats]) -> str:
    return "; ".join(
        f"{side} from {axes.number(float(logs[0])) or 'no number'} to {axes.number(float(logs[-1])) or 'no number'}"
        for side, logs in changes.items()
    )
