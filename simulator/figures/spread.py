"""Where hundreds of networks of one kind end, and how their spread grows with depth over width."""

from __future__ import annotations

import math

import numpy as np

from simulator.figures import axes, marks, style
from simulator.figures.ensemble import FINITE, line
from simulator.figures.figure import Figure, Trace
from simulator.figures.propagation import SYMBOLS
from simulator.figures.series import Floats

_NARROW = 1e-6


def ending_histogram(
    quantity: str,
    layer: int,
    values: Floats,
    *,
    reference: str,
    density: tuple[Floats, Floats] | None = None,
    log_normal: bool = False,
    source: str = FINITE,
    name: str = "ending",
) -> Figure:
    """Where networks end: the natural logarithm of each one's mean square over a `reference`, (K,), -inf for zeros.

    `density` is what theory expects, (x, per unit of x); `log_normal` says that it is a normal law of the logarithm.
    """
    alive = values[np.isfinite(values)]
    dead = int(np.isneginf(values).sum())
    traces, top = _ending(alive, len(values), density, log_normal)
    notes = []
    if dead:
        text = f"exactly 0: {dead} of {len(values)} networks"
        notes.append(style.note(text, xref="paper", yref="paper", x=0.02, y=0.98, xanchor="left", yanchor="top"))
    symbol = SYMBOLS[quantity].replace(">l<", f">{layer}<")
    heading = f"ln(E {symbol}² / {reference})"
    caption = "Every network adds one value"
    if alive.size:
        below = float(np.mean(values < 0))
        caption += f"; {below:.0%} lie left of 0, below {reference}"
    if density is not None:
        caption += f". Dashed: the law that theory expects at this width ({source})"
    spread = f"{np.ptp(alive):.3g}" if alive.size else "0"
    return Figure(
        traces,
        style.layout(
            {"title": {"text": f"{heading} (log ratio)"}, "hoverformat": ".3g", "zeroline": True},
            _from_zero("density (networks per unit of log ratio)", np.array([top])),
            annotations=notes,
            bargap=0,
            hovermode="closest",
        ),
        name=name,
        title=f"Where they end: layer {layer}",
        caption=f"{caption}.",
        alt=f"Histogram over {len(values)} networks of {heading} at layer {layer}, {spread} wide.",
    )


def log_spread(
    quantity: str,
    passed: Floats,
    variance: Floats,
    *,
    theory: Floats | None = None,
    leading: float | None = None,
    source: str = FINITE,
    name: str = "spread",
) -> Figure:
    """The variance over networks of the logarithm of the mean square against the sum of 1/n over the layers passed.

    `leading` is the slope to first order in 1/n: 5 for ReLU, 2 for a linear network.
    """
    order = np.argsort(passed, kind="stable")
    x, variance = passed[order], variance[order]
    measured = line(x, variance, "simulation", style.BLUE, width=2.5, log=False)
    measured |= {"customdata": order, "hovertemplate": "layer %{customdata}: %{y:.3g}<extra></extra>"}
    traces = [marks.dotted(measured, 0, size=6, most=24)]
    if theory is not None:
        theory = theory[order]
        label = "theory for this width"
        traces.append(line(x, theory, label, style.INK, width=2.5, dash=style.dash(0), log=False))
    if leading is not None:
        label = f"{leading:.3g} × Σ 1/n"
        traces.append(line(x, leading * x, label, style.VERMILLION, width=2, dash=style.dash(1), log=False))
    drawn = np.concatenate([np.asarray(trace["y"], dtype=np.float64) for trace in traces])
    known = np.isfinite(variance)
    last, total = _last(variance), float(x[known][-1] if known.any() else x[-1])
    way = "from the output" if quantity.endswith("gradient") else "from the input"
    caption = _grown(last, total, None if theory is None else _last(theory), leading, source)
    return Figure(
        traces,
        style.layout(
            {"title": {"text": f"Σ 1/n (layers passed {way})"}, "hoverformat": ".3g", "rangemode": "tozero"},
            _from_zero(f"Var ln E {SYMBOLS[quantity]}² (over networks)", drawn),
        ),
        name=name,
        title="Spread against depth over width",
        caption=f"{caption if known.any() else 'Every value is exactly 0'}.",
        alt=f"Line chart: the variance of the logarithm over networks, {last:.3g} at a sum of 1/n of {total:.3g}.",
    )


def _ending(
    alive: Floats, count: int, density: tuple[Floats, Floats] | None, log_normal: bool
) -> tuple[list[Trace], float]:
    """Bars of the networks that are not 0 with theory's law, and the height of the highest."""
    traces: list[Trace] = []
    top = 0.0
    if alive.size:
        middles, heights, width = _bins(alive, count)
        top = float(heights.max())
        tone = {"color": style.translucent(style.BLUE, 0.55)}
        traces.append(
            {"type": "bar", "x": middles, "y": heights, "width": width, "marker": tone,
             "name": f"{len(alive)} networks", "hovertemplate": "%{x:.3g}: %{y:.3g}<extra></extra>"}
        )  # fmt: skip
    if density is not None:
        label = "theory (log-normal)" if log_normal else "theory (sampled)"
        traces.append(line(*density, label, style.INK, width=2.5, dash=style.dash(0), log=False))
        top = max(top, float(density[1].max(initial=0.0)))
    return traces or [line(np.zeros(1), np.zeros(1), "networks", style.BLUE, log=False)], top


def _grown(last: float, total: float, theory: float | None, leading: float | None, source: str) -> str:
    """Say how large the spread has become, beside theory's and its first order."""
    sentence = f"Where Σ 1/n, depth over width, comes to {total:.3g} the variance of the logarithm is {last:.3g}"
    if theory is not None:
        sentence += f", in theory {theory:.3g}"
    if leading is not None:
        sentence += f", to which layers add {leading:.3g} × {total:.3g} = {leading * total:.3g} to first order"
    return sentence if theory is None and leading is None else f"{sentence} ({source})"


def _bins(alive: Floats, count: int) -> tuple[Floats, Floats, float]:
    """Middles, densities (of all `count` networks) and width of the bins."""
    low, high = float(alive.min()), float(alive.max())
    if high - low < _NARROW:  # all alike: one bar of some width
        low, high = low - _NARROW / 2, low + _NARROW / 2
    number = int(np.clip(1.5 * math.sqrt(alive.size), 5, 40))
    width = (high - low) / number
    places = np.clip(((alive - low) / width).astype(int), 0, number - 1)
    heights = np.asarray(np.bincount(places, minlength=number) / (count * width), dtype=np.float64)
    return np.asarray(low + width * (np.arange(number) + 0.5), dtype=np.float64), heights, width


def _last(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if known.size else math.nan


def _from_zero(title: str, values: Floats) -> Trace:
    """A linear axis from 0 that ends close above the largest value and changes in few steps."""
    finite = values[np.isfinite(values)]
    end = axes.reach(float(finite.max(initial=0.0))) if finite.max(initial=0.0) > 0 else 1.0
    return {**axes.positive_axis(title, values), "range": [-0.04 * end, 1.04 * end]}
