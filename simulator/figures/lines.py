"""Lines over any number that is not a layer: what lessons draw beside the charts of other pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simulator.figures import axes, style
from simulator.figures.figure import Figure, Trace


def line_chart(
    x: Sequence[float],
    lines: Mapping[str, ArrayLike],
    *,
    across: str,
    up: str,
    name: str,
    title: str,
    caption: str,
    logs: bool = False,
    fractions: bool = False,
    dashed: Sequence[str] = (),
) -> Figure:
    """Lines by label over `x`; with `logs` they are log10 of what is drawn, with `fractions` parts of 1.

    A value that is not finite leaves a gap; lines named in `dashed` are theory.
    """
    traces: list[Trace] = []
    shown = np.concatenate([np.asarray(values, dtype=np.float64).ravel() for values in lines.values()])
    for index, (label, values) in enumerate(lines.items()):
        y = np.asarray(values, dtype=np.float64)
        told = [axes.number(float(v)) if logs else f"{v:.0%}" if fractions else f"{v:.3g}" for v in y]
        tone = style.INK if label in dashed else style.color(index)
        trace: Trace = {"type": "scatter", "x": list(x), "y": np.where(np.isfinite(y), y, np.nan), "name": label,
                        "mode": "lines", "line": {"color": tone, "width": 2.5}, "text": told,
                        "hovertemplate": f"{label} %{{text}}<extra></extra>"}  # fmt: skip
        if label in dashed:
            trace["line"] |= {"dash": style.dash(0)}
        elif len(x) <= 40:
            trace |= {"mode": "lines+markers", "marker": {"color": tone, "symbol": style.symbol(index), "size": 7}}
        traces.append(trace)
    heading = axes.two_lines(up)
    yaxis: dict[str, Any]
    if logs:
        yaxis = axes.log_axis(heading, shown)
    elif fractions:
        yaxis = axes.fraction_axis(heading)
    else:
        small = bool((shown[np.isfinite(shown)] < 0).any())
        yaxis = axes.signed_axis(heading, shown) if small else axes.positive_axis(heading, shown)
    ends = "; ".join(f"{t['name']}: {t['text'][0]} at {x[0]:.4g}, {t['text'][-1]} at {x[-1]:.4g}" for t in traces)
    return Figure(traces, style.layout({"title": {"text": across}}, yaxis), name=name, title=title, caption=caption,
                  alt=f"Line chart, {title}. {ends}.")  # fmt: skip
