"""The plane of (sigma_w^2, sigma_b^2) as a heat map with the edge of chaos over it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.figures import marks, style
from simulator.figures.figure import Figure, Layout, Trace
from simulator.figures.series import Floats

_W = "σ<sub>w</sub><sup>2</sup>"
_B = "σ<sub>b</sub><sup>2</sup>"
_HEIGHT = 420
_POOLE, _SCHOENHOLZ = "Poole et al. 2016", "Schoenholz et al. 2017"


@dataclass(frozen=True)
class _Quantity:
    """How a quantity of the plane is drawn: its symbol, its title, the range of log10 that colours span, a caption."""

    symbol: str
    title: str
    low: float
    high: float
    caption: str


QUANTITIES = {
    "chi_1": _Quantity(
        "χ<sub>1</sub>", "Phase diagram, gradient factor χ₁ per layer", -0.5, 0.5,
        f"Gradients vanish where χ<sub>1</sub> is below 1 and explode where it is above; the edge lies between "
        f"({_SCHOENHOLZ}).",
    ),
    "q_star": _Quantity(
        "q*", "Phase diagram, settled variance q*", -2.0, 2.0,
        f"The preactivations' variance settles at q*, whatever the inputs' size was ({_POOLE}).",
    ),
    "xi_c": _Quantity(
        "ξ<sub>c</sub>", "Phase diagram, depth scale ξ of correlations in layers", -0.3, 3.0,
        f"Depth scales diverge towards the edge of chaos: near it a signal comes far ({_SCHOENHOLZ}).",
    ),
    "trainable_depth": _Quantity(
        "6 ξ<sub>c</sub>", "Phase diagram, trainable depth in layers", 0.0, 3.0,
        f"Networks up to about six depth scales deep could be trained, deeper ones not ({_SCHOENHOLZ}).",
    ),
    "survival": _Quantity(
        "survival depth", "Phase diagram, simulated survival depth in layers", 0.0, math.log10(200),
        "Colour: simulated layers until a similar and a different pair of inputs look the same (5 % of the "
        f"difference left) or the signal has grown a millionfold; dashed: the same from theory (after {_SCHOENHOLZ}).",
    ),
}  # fmt: skip
"""The quantities that the plane can show."""

LEVELS = (5, 10, 20, 40, 80)
"""Survival depths that theory draws lines at."""


def phase_plane(
    sigma_w2: Floats,
    sigma_b2: Floats,
    values: Floats,
    quantity: str,
    *,
    extent: tuple[float, float],
    chi_1: Floats,
    q_star: Floats,
    edge: tuple[Floats, Floats, NDArray[np.bool_]],
    point: tuple[float, float] | None = None,
    theory: tuple[Floats, Floats, Floats] | None = None,
    activation: str = "",
    name: str = "phase-plane",
) -> Figure:
    """One of QUANTITIES over the plane, (rows, columns), with the edge of chaos and the experiment as a point.

    `chi_1` and `q_star` name the phases; `edge` is its sigma_w2, sigma_b2 and whether it is stable, NaN between
    pieces; `theory` is a finer plane's sigma_w2, sigma_b2 and expected survival depths. A point beyond `extent` is
    marked at the border.
    """
    about = QUANTITIES[quantity]
    with np.errstate(divide="ignore", invalid="ignore"):
        colors = np.clip(np.log10(values), about.low, about.high)
    hover = f"{_W} = %{{x:.4g}}, {_B} = %{{y:.3g}}<br>{about.symbol} = %{{customdata[0]}}"
    heat = marks.heat(
        sigma_w2, sigma_b2, np.round(colors, 3), (about.low, about.high), signed=quantity == "chi_1",
        customdata=_cell_texts(values, chi_1), colorbar=_bar(about),
        hover=hover + ("" if quantity == "chi_1" else "<br>χ<sub>1</sub> = %{customdata[1]}"),
    )  # fmt: skip
    traces = [heat, *_contours(theory), *_edges(edge)]
    notes = _phases(sigma_w2, sigma_b2, chi_1, q_star)
    drags = None if point is None else (len(traces), len(notes))
    if point is not None:
        marker, beyond = _point(point, extent)
        traces.append(marker)
        notes += beyond
    none = "" if np.isfinite(edge[0]).any() else f" {activation} has no edge of chaos here."
    caption = f"{about.caption}{none} Drag the point, or click anywhere to go there."
    return Figure(
        traces,
        _layout(extent, notes),
        name=name,
        title=f"{about.title}: {activation}" if activation else about.title,
        caption=caption,
        alt=_plane_alt(about, values, edge, point, activation),
        clickable=True,
        drags=drags,
    )


def _cell_texts(values: Floats, chi_1: Floats) -> list[list[list[str]]]:
    return [
        [[_number(value), _number(slope)] for value, slope in zip(*rows, strict=True)]
        for rows in zip(values.tolist(), chi_1.tolist(), strict=True)
    ]


def _number(value: float) -> str:
    return "∞" if math.isinf(value) else "none" if math.isnan(value) else f"{value:.3g}"


def _layout(extent: tuple[float, float], notes: list[Trace]) -> Layout:
    words = f"{_W} = n Var W (weight variance times fan-in)", f"{_B} = Var b (bias variance)"
    xaxis, yaxis = (
        {"title": {"text": text}, "range": [0, end], "showgrid": False} for text, end in zip(words, extent, strict=True)
    )
    return style.layout(xaxis, yaxis, hovermode="closest", margin={"r": 96}, height=_HEIGHT, annotations=notes)


def _bar(about: _Quantity) -> Trace:
    ticks = [base * 10.0**k for k in range(-2, 4) for base in (1, 2, 5)]
    if about.high == math.log10(200):
        ticks = [1, 2, *LEVELS, 200]
    ends = about.low - 1e-9, about.high + 1e-9
    shown = [tick for tick in ticks if ends[0] <= math.log10(tick) <= ends[1]]
    if about.high - about.low > 2.5:
        shown = [tick for tick in shown if f"{tick:e}"[0] == "1" or tick in LEVELS]
    places = [round(math.log10(tick), 4) for tick in shown]
    words = about.symbol.replace("survival depth", "layers")
    return marks.key(places, [f"{tick:g}" for tick in shown], title=words)


def _contours(theory: tuple[Floats, Floats, Floats] | None) -> list[Trace]:
    if theory is None:
        return []
    x, y, depth = theory
    logs = np.log10(np.maximum(depth, 0.1))
    contour: Trace = {
        "type": "contour", "x": x, "y": y, "z": np.round(logs, 3), "showscale": False, "hoverinfo": "skip",
        "autocontour": False, "showlegend": False,
        "contours": {"coloring": "none", "start": math.log10(LEVELS[0]), "end": math.log10(LEVELS[-1]),
                     "size": math.log10(2)},
    }  # fmt: skip
    words = "theory: " + ", ".join(map(str, LEVELS)) + " layers"
    return [
        {**contour, "line": {"color": style.HALO, "width": 4}, "legendgroup": words},
        {**contour, "line": {"color": style.ON_MAP, "width": 2, "dash": style.dash(0)}, "legendgroup": words},
        _entry(words, style.dash(0)),
    ]


def _entry(words: str, dash: str) -> Trace:
    """A legend's entry alone: the page may be dark where the map is light."""
    return marks.line([math.nan], [math.nan], words, style.INK, dash=dash, legendgroup=words)


def _edges(edge: tuple[Floats, Floats, NDArray[np.bool_]]) -> list[Trace]:
    x, y, stable = edge
    lines = []
    for words, chosen, dash in (("edge of chaos", stable, "solid"), ("edge, q* unstable", ~stable, "dot")):
        if np.isfinite(x[chosen]).any():
            place = np.where(chosen, x, np.nan), np.where(chosen, y, np.nan)
            common: Trace = {"legendgroup": words, "showlegend": False}
            hover = f"{words}<br>{_W} = %{{x:.5g}}, {_B} = %{{y:.3g}}"
            lines += [
                marks.line(*place, "", style.HALO, width=6, **common),
                marks.line(*place, "", style.ON_MAP, width=3, dash=dash, hover=hover, **common),
                _entry(words, dash),
            ]
    return lines


def _point(point: tuple[float, float], extent: tuple[float, float]) -> tuple[Trace, list[Trace]]:
    x, y = (min(value, end) for value, end in zip(point, extent, strict=True))
    beyond = point[0] > extent[0] or point[1] > extent[1]
    text = f"{_W} = {point[0]:.4g}, {_B} = {point[1]:.3g}"
    marker = marks.points(
        [x], [y], "this experiment", style.GREEN, symbol="diamond", size=15, ring={"color": style.ON_MAP, "width": 2},
        hover=f"this experiment<br>{text}", cliponaxis=False,
    )  # fmt: skip
    words = f"{'beyond the border: ' if beyond else ''}{text}"
    right = x > 0.5 * extent[0]
    note = style.note(
        words, x=x, y=y, xanchor="right" if right else "left", xshift=-12 if right else 12,
        yshift=28 if y < 0.85 * extent[1] else -14, bgcolor=style.HALO,
    )  # fmt: skip
    return marker, [{**note, "font": {"color": style.ON_MAP}}]


def _phases(sigma_w2: Floats, sigma_b2: Floats, chi_1: Floats, q_star: Floats) -> list[Trace]:
    """The phases' names, where the plane has them."""
    rows, columns = chi_1.shape
    places = {"ordered": (int(0.85 * rows), 1, "left"), "chaotic": (int(0.35 * rows), columns - 2, "right")}
    notes = []
    for phase, (row, column, anchor) in places.items():
        if (chi_1[row, column] < 1) == (phase == "ordered") and chi_1[row, column] != 1:
            words = "exploding" if np.isinf(q_star[row, column]) else phase
            note = style.note(words, x=float(sigma_w2[column]), y=float(sigma_b2[row]), xanchor=anchor)
            notes.append({**note, "bgcolor": style.HALO, "font": {"color": style.ON_MAP}})
    return notes


def _plane_alt(
    about: _Quantity,
    values: Floats,
    edge: tuple[Floats, Floats, NDArray[np.bool_]],
    point: tuple[float, float] | None,
    activation: str,
) -> str:
    finite = values[np.isfinite(values)]
    spread = f" from {finite.min():.3g} to {finite.max():.3g}" if finite.size else ""
    line = "" if not np.isfinite(edge[0]).any() else (
        f" The edge of chaos runs from sigma_w^2 {np.nanmin(edge[0]):.4g} to {np.nanmax(edge[0]):.4g}."
    )  # fmt: skip
    here = "" if point is None else f" The experiment is at ({point[0]:.4g}, {point[1]:.3g})."
    symbol = _plain(about.symbol)
    return f"Heat map over the plane of weight and bias variance, {activation}: {symbol}{spread}.{line}{here}"


def _plain(text: str) -> str:
    for tag, plain in (("<sub>", "_"), ("</sub>", ""), ("<sup>", "^"), ("</sup>", "")):
        text = text.replace(tag, plain)
    return text
