"""The sums of w_i x_i: how they are spread, and how they grow with the number of their terms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.series import Floats

_BINS = 41
_SOURCE = "LeCun et al. (1998)"


def sum_histogram(
    drawn: Mapping[str, Floats], *, symbol: str = "z", name: str = "sum-histogram", title: str = "Histogram of z"
) -> Figure:
    """How often each size comes, a line a label, on one axis that holds 99 % of the widest."""
    reach = max(float(np.quantile(np.abs(values), 0.99)) for values in drawn.values())
    end = axes.round_up(reach if reach > 0 else 1.0)
    edges = np.linspace(-end, end, _BINS + 1)
    traces: list[Trace] = []
    sentences, top = [], 0.0
    for index, (label, values) in enumerate(drawn.items()):
        counts = np.histogram(values, edges)[0] / (len(values) * (edges[1] - edges[0]))
        top, deviation = max(top, float(counts.max())), float(np.sqrt(np.mean(values**2)))
        sentences.append(f"{label}: root mean square {deviation:.3g}")
        middles, hover = (edges[1:] + edges[:-1]) / 2, f"{label}: %{{y:.3g}}"
        traces.append(marks.line(middles, counts, label, style.color(index), hover=hover))
        traces[-1]["line"]["shape"] = "hvh"
    layout = style.layout(
        {"title": {"text": f"{symbol} (drawn anew every time)"}, "range": [-end, end], "hoverformat": ".3g"},
        axes.positive_axis(f"density of {symbol} (draws per unit)", np.array([top])),
    )
    return Figure(traces, layout, name=name, title=title,
                  caption=f"Wider means larger: {'; '.join(sentences)} ({_SOURCE}).",
                  alt=f"Histogram lines of {symbol}. {'; '.join(sentences)}.")  # fmt: skip


def sum_sizes(
    counts: tuple[int, ...], totals: Floats, terms: Floats, expected: Floats, *, name: str = "sum-sizes"
) -> Figure:
    """Root mean squares of the sum and of one term by the number n of terms; theory dashed."""
    x = np.log10(counts)
    traces: list[Trace] = []
    lines = {"sum z": totals, "one term wᵢxᵢ": terms, "theory, z": expected}
    for index, (label, squares) in enumerate(lines.items()):
        logs = np.log10(squares) / 2
        about: Trace = {"hover": f"{label}: %{{text}}", "text": [axes.number(v) for v in logs]}
        if index == 2:
            traces.append(marks.line(x, logs, label, style.INK, width=2, dash=style.dash(0), **about))
        else:
            traces.append(marks.dotted(marks.line(x, logs, label, style.color(index), **about), index, size=8))
    shown = np.concatenate([np.log10(totals) / 2, np.log10(terms) / 2])
    first, last = np.sqrt(totals[0]), np.sqrt(totals[-1])
    layout = style.layout(
        {"title": {"text": "n (number of terms)"}, "tickvals": list(x), "ticktext": [str(n) for n in counts]},
        axes.log_axis("root mean square (over draws)", shown),
    )
    return Figure(traces, layout, name=name, title="The sum and its terms, by n",
                  caption=f"The sum is Σ of n terms; dashed: √(n Var w E x²) ({_SOURCE}).",
                  alt=f"Line chart: the sum's root mean square is {first:.3g} at n = {counts[0]} and {last:.3g} at "
                      f"n = {counts[-1]}; a term's {np.sqrt(terms[0]):.3g} and {np.sqrt(terms[-1]):.3g}.")  # fmt: skip
