"""Where a layer's preactivations lie on its activation: the curve, its slope, and the flat part shaded."""

from __future__ import annotations

import math

import numpy as np

from simulator.activations import Activation
from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Layout, Trace
from simulator.figures.series import Floats

_POINTS = 241
_LEAST_REACH = 4.0
_LARGEST = 280.0


def activation_profile(
    activation: Activation,
    tau: float,
    *,
    layer: int,
    edges: Floats,
    density: Floats,
    log10_rms: float = 0.0,
    fraction: float | None = None,
    name: str = "activation-profile",
    title: str = "",
) -> Figure:
    """phi and phi' over the histogram of layer `layer`'s preactivations, flat intervals shaded.

    `edges` (M + 1,) and `density` (M,) are in units of 10**log10_rms; `fraction` is the measured
    saturated fraction, told in the caption.
    """
    far = not math.isfinite(log10_rms) or log10_rms > _LARGEST
    with np.errstate(under="ignore"):
        own = edges * (0.0 if far else 10.0 ** max(log10_rms, -300.0))
    end = axes.reach(max(_LEAST_REACH, float(np.abs(own).max())))
    h = np.union1d(np.linspace(-end, end, _POINTS), np.asarray(activation.kinks, dtype=np.float64))
    value, slope = (np.asarray(curve(h), dtype=np.float64) for curve in (activation.function, activation.derivative))
    shaded = [(max(low, -end), min(high, end)) for low, high in activation.flat_intervals(tau)]
    shaded = [(low, high) for low, high in shaded if low < high]
    share = "" if fraction is None else f"{fraction:.1%} of the layer's units and examples lie on the shaded part. "
    traces = [*_flat(shaded), _histogram(own, density, layer, far), *_curves(h, value, slope)]
    layout = _layout(layer, end, value, slope)
    if far:
        nothing = math.isnan(log10_rms) or log10_rms < 0
        size = "" if nothing else axes.power(round(log10_rms))
        words = f"the preactivations are of size {size}: far outside this picture"
        words = "every preactivation is exactly 0" if nothing else words
        layout["annotations"] = [style.note(words, xref="paper", yref="paper", x=0.5, y=0.95)]
    return Figure(
        traces,
        layout,
        name=name,
        title=title or f"Layer {layer} on its activation, {activation}",
        caption=f"{share}Flat: |φ′(h)| below {tau:g} of its largest value (after Glorot & Bengio 2010).",
        alt=f"{activation} and its derivative over the histogram of layer {layer}'s preactivations. {share}".strip(),
    )


def _layout(layer: int, end: float, value: Floats, slope: Floats) -> Layout:
    largest = float(np.max(np.abs(slope), initial=0.0)) or 1.0
    low, high = float(value.min()), float(value.max())
    room = 0.08 * max(high - low, 1e-3)
    over: Layout = {"overlaying": "y", "tickmode": "auto", "nticks": 6, "fixedrange": True}
    # The histogram and the shading have the first axis, so that the curves lie above them.
    return style.layout(
        {"title": {"text": f"preactivation h at layer {layer}"}, "range": [-end, end], "exponentformat": "power"},
        {"range": [0, 1], "visible": False, "fixedrange": True},
        yaxis2={"title": {"text": "φ(h), the activation (left axis)"}, "side": "left",
                "range": [low - room, high + room], "exponentformat": "power", **over},
        yaxis3={"side": "right", "range": [min(0.0, 1.1 * float(slope.min())), 1.12 * largest], "showgrid": False,
                "zeroline": False, **over},
        margin={"r": 52},
        annotations=[],
    )  # fmt: skip


def _curves(h: Floats, value: Floats, slope: Floats) -> list[Trace]:
    return [
        marks.line(h, value, "φ(h)", style.BLUE, width=3, hover="φ = %{y:.3g}", yaxis="y2"),
        marks.line(h, slope, "φ′(h), right axis", style.VERMILLION, dash="dash", hover="φ′ = %{y:.3g}", yaxis="y3"),
    ]


def _histogram(edges: Floats, density: Floats, layer: int, far: bool) -> Trace:
    peak = float(np.max(density, initial=0.0))
    heights = density / peak * 0.94 if peak > 0 and not far else np.zeros_like(density)
    return marks.line(
        np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(heights, 2), [0.0]]), f"preactivations of layer {layer}",
        style.translucent(style.FAINT, 0.8), width=1, fill="tozeroy", fillcolor=style.translucent(style.FAINT, 0.35),
    )  # fmt: skip


def _flat(intervals: list[tuple[float, float]]) -> list[Trace]:
    # One outline; the gaps between intervals are missing points.
    x = [corner for low, high in intervals for corner in (low, low, high, high, math.nan)]
    y = [corner for _ in intervals for corner in (0.0, 1.0, 1.0, 0.0, math.nan)]
    shade = {"line": {"width": 0}, "fill": "toself", "fillcolor": style.translucent(style.ORANGE, 0.22)}
    return [marks.line(np.array(x), y, "flat part", style.ORANGE) | shade] if intervals else []
