"""Hundreds of networks of one kind, layer by layer: their fan, their mean and their median."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.propagation import SYMBOLS
from simulator.figures.series import Floats

Numbers = NDArray[Any]

FINITE = "Hanin & Nica 2020"
SAMPLED = "sampled as in Bolthausen 2014, Yang 2019"
INFINITE = "Poole et al. 2016, Schoenholz et al. 2017"

_LINES = 60
_POINTS = 20_000
_FAR_BELOW = float(np.log10(0.5))
_BANDS = ((0, 4, 0.16, "95 %"), (1, 3, 0.26, "68 %"))


def network_fan(
    quantity: str,
    log10: Floats,
    quantiles: Floats,
    *,
    theory: Floats | None = None,
    infinite: Floats | None = None,
    examples: int = 1,
    source: str = FINITE,
    name: str = "fan",
) -> Figure:
    """Each network's mean square by layer, log10 (K, L + 1), with quantiles 2.5, 16, 50, 84, 97.5 % (5, L + 1).

    `theory` are the same quantiles as predicted for that width, `infinite` (L + 1,) is the curve of infinite width.
    """
    count, depth = len(log10), log10.shape[1] - 1
    shown = log10[: max(8, min(_LINES, _POINTS // (depth + 1)))]
    drawn = [shown, quantiles, *(part for part in (theory, infinite) if part is not None)]
    floor = min((float(part[np.isfinite(part)].min()) for part in drawn if np.isfinite(part).any()), default=0.0)
    traces = [*_measured(shown, quantiles, floor, count), *_expected(theory, infinite)]
    heading = axes.two_lines(_second_moment(quantity, examples))
    middle = quantiles[2][np.isfinite(quantiles[2])]
    ends = f"{axes.number(middle[0])} to {axes.number(middle[-1])}" if middle.size else "0"
    caption = f"Each thin line is one network ({len(shown)} of {count} drawn); what separates them is chance alone"
    if theory is not None:
        caption += f". Dashed: what theory expects of networks of this width ({source})"
    if infinite is not None:
        caption += f". Dotted: infinite width ({INFINITE})"
    return Figure(
        traces,
        style.layout(
            axes.layer_axis(depth),
            axes.log_axis(heading, np.concatenate([part.ravel() for part in drawn])),
            annotations=marks.flow(quantity),
        ),
        name=name,
        title=f"{count} networks of one kind",
        caption=f"{caption}.",
        alt=f"Line chart of the {_words(quantity)} of {count} networks by layer; their median goes from {ends}.",
    )


def mean_and_median(
    quantity: str,
    mean: Floats,
    median: Floats,
    *,
    layer: int,
    theory: tuple[Floats, Floats] | None = None,
    infinite: Floats | None = None,
    examples: int = 1,
    source: str = FINITE,
    name: str = "typical",
) -> Figure:
    """Mean and median over networks by layer, log10 (L + 1,), with theory's (mean, median); told at `layer`."""
    layers = np.arange(len(mean))
    traces = [
        line(layers, mean, "mean of the networks", style.VERMILLION, width=2.5),
        line(layers, median, "median", style.BLUE, width=2.5),
    ]
    drawn = [mean, median]
    if theory is not None:
        for trace, values, label in zip(tuple(traces), theory, ("mean", "median"), strict=True):
            tone = trace["line"]["color"]
            traces.append(line(layers, values, f"{label}: theory for this width", tone, width=2, dash=style.dash(0)))
            trace["line"] = style.beneath(tone)
        drawn += theory
    if infinite is not None:
        traces.append(line(layers, infinite, "infinite width", style.INK, width=2, dash=style.dash(1)))
        drawn.append(infinite)
    known = bool(np.isfinite(mean[layer]))
    ratio = axes.number(float(median[layer] - mean[layer])) if known else ""
    caption = f"At layer {layer} the median is {ratio} of the mean" if known else f"At layer {layer} all is exactly 0"
    if known and theory is not None and np.isfinite(theory[0][layer]):
        caption += f", in theory {axes.number(float(theory[1][layer] - theory[0][layer]))} ({source})"
    if known and median[layer] - mean[layer] < _FAR_BELOW:
        caption += ": the mean rests on the few largest networks, the typical one is the median"
    return Figure(
        traces,
        style.layout(
            axes.layer_axis(len(mean) - 1),
            axes.log_axis(axes.two_lines(_second_moment(quantity, examples)), np.concatenate(drawn)),
            annotations=marks.flow(quantity),
        ),
        name=name,
        title="Mean and median of the networks",
        caption=f"{caption}.",
        alt=f"Line chart of mean and median {_words(quantity)} over networks by layer."
        + (f" Median over mean at layer {layer}: {ratio}." if ratio else ""),
    )


def _second_moment(quantity: str, examples: int) -> str:
    pooled = "units of one example" if examples == 1 else f"units and {examples} examples"
    return f"E {SYMBOLS[quantity]}² ({_words(quantity)}, pooled over {pooled})"


def _words(quantity: str) -> str:
    return f"{quantity.replace('_', ' ')} second moment"


def _measured(shown: Floats, quantiles: Floats, floor: float, count: int) -> list[Trace]:
    """Threads, bands and median of the networks."""
    layers = np.arange(shown.shape[1])
    traces = [_threads(layers, shown)]
    for low, high, opacity, words in _BANDS:
        # Where a quantile falls on networks that are exactly 0, the ribbon has no lower edge in sight.
        bottom, label = np.where(np.isneginf(quantiles[low]), floor, quantiles[low]), f"{words} of {count} networks"
        traces.append(marks.band(layers, bottom, quantiles[high], label, style.BLUE, opacity=opacity))
    return [*traces, line(layers, quantiles[2], "median", style.BLUE, width=2.5)]


def _expected(theory: Floats | None, infinite: Floats | None) -> list[Trace]:
    """Theory's quantiles for the width, of which the median alone is told, and the curve of infinite width."""
    traces = []
    if theory is not None:
        for row, width in ((0, 1.2), (1, 1.2), (3, 1.2), (4, 1.2), (2, 2.5)):
            main, layers = row == 2, np.arange(theory.shape[1])
            label = "theory for this width: median, 68 %, 95 %"
            dashed = line(layers, theory[row], label, style.INK, width=width, dash=style.dash(0), named=main)
            traces.append({**dashed, "showlegend": main, "legendgroup": "theory"})
    if infinite is not None:
        layers = np.arange(len(infinite))
        traces.append(line(layers, infinite, "infinite width", style.VERMILLION, width=2, dash=style.dash(1)))
    return traces


def line(
    x: Numbers, y: Floats, label: str, tone: str, *, width: float = 2.0, dash: str = "", named: bool = True,
    log: bool = True,
) -> Trace:  # fmt: skip
    """A line of log10 values whose hover reads the numbers; of plain values where not `log`; silent if not `named`."""
    hover = (f"{label} %{{text}}" if log else f"{label} %{{y:.3g}}") if named else ""
    text = {"text": [axes.number(float(value)) for value in y]} if named and log else {}
    return marks.line(x, y, label, tone, width=width, dash=dash, hover=hover, **text)


def _threads(layers: Numbers, logs: Floats) -> Trace:
    """Many thin lines as one trace, with a gap after each."""
    gap, tone = np.full((len(logs), 1), np.nan), style.translucent(style.BLUE, 0.38)
    x = np.tile(np.append(layers, layers[-1]), len(logs))
    return marks.line(x, np.hstack([logs, gap]).ravel(), "one network each", tone, width=0.8)
