"""How the values of each layer are distributed: one map of all layers, and single layers as curves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.propagation import SYMBOLS
from simulator.figures.series import Floats, series

_ROWS = 151  # odd, so that 0 lies within a row
_LEAST_COLOR, _MOST_COLOR = -3.0, 0.5
_HIGHEST = 2.0
_FAR_APART = 1.5

_SOURCE = "Glorot & Bengio 2010"
_GAUSSIAN = "Neal 1996; Lee et al. 2018"
"""Who drew the histograms of all layers, and whose the Gaussian of a wide layer's preactivations is."""


class Histograms(Protocol):
    """Histograms of one quantity, one a layer, in units of the layer's own root mean square.

    `edges` (K, M + 1) and `density` (K, M) are in such units; `log_edges` (K, M' + 1) are log10 of the absolute
    value and `log_density` is per decade; `log10_rms` (K,) is NaN where all is zero; `zeros` (K,) fractions.
    """

    @property
    def quantity(self) -> str: ...
    @property
    def layers(self) -> Sequence[int]: ...
    @property
    def edges(self) -> Floats: ...
    @property
    def density(self) -> Floats: ...
    @property
    def log_edges(self) -> Floats: ...
    @property
    def log_density(self) -> Floats: ...
    @property
    def log10_rms(self) -> Floats: ...
    @property
    def zeros(self) -> Floats: ...


def distribution_map(
    result: Histograms, axis: str = "rms", *, name: str = "distribution-map", title: str = ""
) -> Figure:
    """Every layer's histogram as one column of a heat map, colour = density on a log scale.

    `axis` is "value", "rms" (units of each layer's root mean square) or "log10" (of the absolute value).
    """
    words = result.quantity.replace("_", " ")
    drawn = [k for k in range(len(result.layers)) if np.isfinite(result.log10_rms[k])]
    grid, columns, scale = _columns(result, axis, drawn)
    colors = np.log10(np.maximum(columns, 10.0**_LEAST_COLOR))
    trace = marks.heat(
        np.asarray(result.layers), _middles(grid), np.round(colors, 2), (_LEAST_COLOR, _MOST_COLOR),
        hover="layer %{x}<br>value %{y:.3g}<br>log<sub>10</sub> density %{z:.1f}", colorbar=_key(axis),
    )  # fmt: skip
    heading = _heading(result.quantity, axis, scale)
    notes = marks.flow(result.quantity) + _zero_note(result)
    depth = int(max(result.layers, default=1))
    xaxis = {**axes.layer_axis(depth), "range": [-0.6, depth + 0.6], "showgrid": False}
    yaxis = {**_axis(heading, grid, axis), "showgrid": False}
    layout = style.layout(xaxis, yaxis, hovermode="closest", margin={"r": 86}, annotations=notes)
    caption = f"Each column is the histogram of one layer (after {_SOURCE})"
    apart = _spread(result, drawn)
    if axis == "value" and apart > _FAR_APART:
        caption += f"; the layers' sizes differ by a factor of 10<sup>{apart:.0f}</sup>, so the small ones are a line"
    return Figure(
        [trace],
        layout,
        name=name,
        title=title or f"Distribution of the {words}s, layer by layer",
        caption=caption + ".",
        alt=f"Heat map: the histogram of the {words}s at each of {len(result.layers)} layers. " + _sizes(result, drawn),
    )


def _columns(result: Histograms, axis: str, drawn: list[int]) -> tuple[Floats, Floats, int]:
    """One grid for all layers, their densities on it (rows, layers), NaN where one is exactly 0, and `_on`'s scale."""
    edges, density, scale = _on(result, axis, drawn)
    grid = _grid(edges, axis)
    columns = np.full((len(grid) - 1, len(result.layers)), np.nan)
    for k, own, heights in zip(drawn, edges, density, strict=True):
        widths = np.diff(result.log_edges[k] if axis == "log10" else result.edges[k])
        columns[:, k] = _rebin(own, heights * widths, grid)
    if axis == "value" and drawn:  # a density has the inverse unit: here one rms of the widest layer
        columns *= 10.0 ** (float(result.log10_rms[drawn].max()) - scale)
    return grid, columns, scale


def _key(axis: str) -> Trace:
    unit = {"log10": "decade", "rms": "rms", "value": "rms of the<br>widest layer"}[axis]
    ticks = list(range(int(_LEAST_COLOR), int(_MOST_COLOR) + 1))
    return marks.key(ticks, [axes.power(k) for k in ticks], title=f"density<br>per {unit}")


def distribution_curves(
    result: Histograms,
    layers: Iterable[int],
    axis: str = "rms",
    *,
    theory: pd.DataFrame | None = None,
    name: str = "distribution-curves",
    title: str = "",
) -> Figure:
    """The histograms of some layers as curves; preactivations with the Gaussian of a theory table, dashed."""
    words = result.quantity.replace("_", " ")
    wanted = set(layers)
    chosen = [k for k, layer in enumerate(result.layers) if layer in wanted and np.isfinite(result.log10_rms[k])]
    edges, density, scale = _on(result, axis, chosen)
    relative = axis == "value"
    grid = _grid(edges, axis)
    gaussians = _gaussians(theory, result.quantity)
    traces, top = [], 0.0
    for index, (k, x, heights) in enumerate(zip(chosen, map(_middles, edges), density, strict=True)):
        layer, tone = int(result.layers[k]), style.color(index)
        label, height = f"layer {layer}", float(heights.max()) if relative else 1.0
        top = max(top, float(heights.max(initial=0.0)) / height)
        trace = marks.dotted(marks.line(x, heights / height, label, tone, hover=f"{label}: %{{y:.3g}}"), index, most=9)
        traces.append(trace)
        if layer in gaussians:
            trace["line"] = style.beneath(tone)
            y = _gaussian(result, k, axis, *gaussians[layer]) / height
            beside: Trace = {"legendgroup": label, "showlegend": False}
            traces.append(marks.line(x, y, f"{label}: theory", tone, dash=style.dash(0), **beside))
    cut = not relative and top > _HIGHEST
    unit = {"rms": "density per rms", "log10": "density per decade", "value": "density, relative to the highest"}[axis]
    yaxis = axes.positive_axis(f"{unit}", np.array([min(top, _HIGHEST)]))
    heading = _heading(result.quantity, axis, scale)
    xaxis = {**_axis(heading, grid, axis), "hoverformat": ".3g"}
    layout = style.layout(xaxis, yaxis, annotations=_zero_note(result, wanted))
    caption = f"Each curve is the histogram of one layer of the simulated network (after {_SOURCE})"
    if len(traces) > len(chosen):
        caption += f"; dashed: the Gaussian of infinite width ({_GAUSSIAN})"
    caption += "."
    if cut:
        caption += f" Peaks above {_HIGHEST:g} are cut off."
    return Figure(
        traces,
        layout,
        name=name,
        title=title or f"Distribution of the {words}s at single layers",
        caption=caption,
        alt=f"Curves: the histogram of the {words}s at single layers. " + _sizes(result, chosen),
    )


def _on(result: Histograms, axis: str, chosen: list[int]) -> tuple[list[Floats], list[Floats], int]:
    """Edges and densities of the chosen layers on this axis; "value" is in units of 10 to the third result."""
    if axis == "log10":
        return [result.log_edges[k] for k in chosen], [result.log_density[k] for k in chosen], 0
    if axis == "rms":
        return [result.edges[k] for k in chosen], [result.density[k] for k in chosen], 0
    largest = max((float(result.log10_rms[k]) for k in chosen), default=0.0)
    scale = 0 if -3 <= largest <= 4 else math.floor(largest)
    with np.errstate(under="ignore"):
        return (
            [result.edges[k] * 10.0 ** (result.log10_rms[k] - scale) for k in chosen],
            [result.density[k] for k in chosen],
            scale,
        )


def _grid(edges: list[Floats], axis: str) -> Floats:
    low, high = min((e[0] for e in edges), default=-1.0), max((e[-1] for e in edges), default=1.0)
    if axis == "log10":
        bottom, top = axes.decades(np.array([low, high]))
        return np.linspace(bottom, top, _ROWS + 1)
    end = axes.reach(max(abs(low), abs(high)))
    return np.linspace(0.0 if low >= -1e-6 * high else -end, end, _ROWS + 1)


def _rebin(edges: Floats, mass: Floats, grid: Floats) -> Floats:
    """The density on other edges, per unit of the grid, of a histogram of `mass` per bin."""
    below = np.concatenate([[0.0], np.cumsum(mass)])
    return np.asarray(np.diff(np.interp(grid, edges, below)) / np.diff(grid))


def _axis(heading: str, grid: Floats, axis: str) -> Trace:
    if axis == "log10":
        return {**axes.log_axis(heading, grid), "range": [float(grid[0]), float(grid[-1])]}
    ends = [float(grid[0]), float(grid[-1])]
    return {"title": {"text": heading}, "range": ends, "exponentformat": "power", "nticks": 9}


def _heading(quantity: str, axis: str, scale: int) -> str:
    written = SYMBOLS[quantity]
    if axis == "log10":
        return f"|{written}| (absolute value, log scale)"
    if axis == "rms":
        return f"{written} in units of the layer's root mean square"
    unit = f", in units of 10<sup>{scale}</sup>".replace("-", "−") if scale else ""
    return f"{written} ({quantity.replace('_', ' ')}{unit})"


def _gaussians(theory: pd.DataFrame | None, quantity: str) -> dict[int, tuple[float, float]]:
    """Layer -> (mean, log10 of the variance), of the preactivations alone: nothing else is Gaussian."""
    if theory is None or quantity != "preactivation":
        return {}
    variances = next((line for line in series(theory, quantity, "variance") if line.is_theory), None)
    means = next((line for line in series(theory, quantity, "mean") if line.is_theory), None)
    if variances is None:
        return {}
    mean = dict(zip(means.layers.tolist(), means.value[0].tolist(), strict=True)) if means is not None else {}
    known = zip(variances.layers.tolist(), variances.log10[0].tolist(), strict=True)
    return {layer: (mean.get(layer, 0.0), log10) for layer, log10 in known if math.isfinite(log10)}


def _gaussian(result: Histograms, k: int, axis: str, mean: float, log10_variance: float) -> Floats:
    """A Gaussian's density in the middles of layer `k`'s bins, in the units of the layer's own histogram."""
    log10_rms = float(result.log10_rms[k])
    spread = 10.0 ** (log10_variance / 2 - log10_rms)
    middle = mean / 10.0**log10_rms if mean and abs(log10_rms) < 290 else 0.0
    if axis == "log10":
        size = 10.0 ** (_middles(result.log_edges[k]) - log10_rms)
        return np.asarray(math.log(10) * size * (_bell(size, middle, spread) + _bell(-size, middle, spread)))
    return _bell(_middles(result.edges[k]), middle, spread)


def _middles(edges: Floats) -> Floats:
    return np.asarray((edges[1:] + edges[:-1]) / 2)


def _bell(x: Floats, middle: float, spread: float) -> Floats:
    with np.errstate(under="ignore", over="ignore"):
        exponent = np.minimum(((x - middle) / spread) ** 2 / 2, 700.0)
        return np.asarray(np.exp(-exponent) / (spread * math.sqrt(2 * math.pi)))


def _spread(result: Histograms, drawn: list[int]) -> float:
    sizes = result.log10_rms[drawn]
    return float(np.ptp(sizes)) if sizes.size else 0.0


def _zero_note(result: Histograms, wanted: set[int] | None = None) -> list[Trace]:
    empty = [layer for layer, size in zip(result.layers, result.log10_rms, strict=True) if not np.isfinite(size)]
    empty = [layer for layer in empty if wanted is None or layer in wanted]
    if not empty:
        return []
    text = f"all exactly 0: layer {empty[0]}" + (f" to {empty[-1]}" if len(empty) > 1 else "")
    return [style.note(text, xref="paper", yref="paper", x=0.98, y=0.97, xanchor="right", yanchor="top")]


def _sizes(result: Histograms, drawn: list[int]) -> str:
    if not drawn:
        return "Every value is exactly 0."
    ends = [f"{axes.number(float(result.log10_rms[k]))} at layer {result.layers[k]}" for k in (drawn[0], drawn[-1])]
    return f"Root mean square: {ends[0]}, {ends[1]}."
