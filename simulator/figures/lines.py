"""Lines over any number that is not a layer: what lessons draw beside the charts of other pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simulator.figures import axes, marks, style
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
        texts = [axes.number(float(v)) if logs else f"{v:.0%}" if fractions else f"{v:.3g}" for v in y]
        tone, dash = (style.INK, style.dash(0)) if label in dashed else (style.color(index), "")
        trace = marks.line(list(x), y, label, tone, dash=dash, hover=f"{label} %{{text}}", text=texts)
        traces.append(marks.dotted(trace, index) if not dash and len(x) <= 40 else trace)
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
