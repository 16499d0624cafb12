"""Published numbers beside the same numbers worked out here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.series import Floats

_ROW, _FRAME = 18, 110
"""Pixels: the height of a row, and of what surrounds the rows."""
_VERDICTS = ((True, "agrees", style.BLUE, "circle"), (False, "differs", style.VERMILLION, "x"))


def published_table(
    rows: Sequence[tuple[str, Floats, Floats | None]], *, source: str, name: str = "published", title: str
) -> Figure:
    """Standard deviations by layer 1..L: (name, published, ours or None where nothing has been worked out yet)."""
    traces: list[Trace] = []
    depth = max(len(published) for _, published, _ in rows)
    for index, (label, published, ours) in enumerate(rows):
        tone, layers = style.color(index), np.arange(1, len(published) + 1)
        if ours is not None:
            text, hover = [f"{v:.6f}" for v in ours], f"{label}: ours %{{text}}"
            traces.append(
                marks.line(layers, _log10(ours), label, tone, hover=hover, text=text, legendgroup=label,
                           showlegend=False)
            )  # fmt: skip
        text, hover = [f"{v:g}" for v in published], f"{label}: published %{{text}}"
        place, symbol = (layers, _log10(published)), style.symbol(index)
        traces.append(
            marks.points(*place, label, tone, symbol=symbol, size=9, hover=hover, text=text, legendgroup=label)
        )
    shown = np.concatenate([_log10(side) for _, *sides in rows for side in sides if side is not None])
    xaxis = {**axes.layer_axis(depth), "title": {"text": "layer l"}, "range": [0.7, depth + 0.3], "dtick": 1}
    yaxis = axes.log_axis("sd x<sub>l</sub> (standard deviation of activations)", shown)
    drawn = any(ours is not None for *_, ours in rows)
    ends = "; ".join(
        f"{label}: published {published[-1]:g}" + ("" if ours is None else f", ours {ours[-1]:.3g}")
        for label, published, ours in rows
    )
    return Figure(
        traces,
        style.layout(xaxis, yaxis, height=400),
        name=name,
        title=title,
        caption=f"Marks: published; {'lines: worked out here' if drawn else 'ours follow by themselves'}."
        f" Below 10<sup>−6</sup> the print has no digits left. Source: {source}.",
        alt=f"Standard deviation of activations by layer. At layer {depth}: {ends}.",
    )  # fmt: skip


def published_offsets(
    rows: Sequence[tuple[str, Floats]], *, name: str = "offsets", title: str = "How far off, in units of the tolerance"
) -> Figure:
    """(Found - published) / tolerance of every number, a row a claim; within -1..1 they agree."""
    traces: list[Trace] = []
    worst = max(float(np.abs(off).max()) for _, off in rows)
    reach = max(1.3, min(1.1 * worst, 10.0))
    for agrees, words, tone, symbol in _VERDICTS:
        chosen = [
            (float(v), -place, label) for place, (label, off) in enumerate(rows) for v in off
            if (abs(v) <= 1) == agrees
        ]  # fmt: skip
        if chosen:
            x, y, labels = zip(*chosen, strict=True)
            text = [f"{label}: {v:+.2f} tolerances" for v, label in zip(x, labels, strict=True)]
            place = np.clip(x, -reach, reach), np.array(y)
            trace = marks.points(*place, words, tone, symbol=symbol, size=9, hover="%{text}", text=text)
            trace["marker"]["opacity"] = 0.8
            traces.append(trace)
    layout = style.layout(
        {"title": {"text": "(ours − published) / tolerance"}, "range": [-reach, reach]},
        {"title": {"text": "claim (its number in the table)"}, "range": [-len(rows) + 0.4, 0.6],
         "tickvals": [-place for place in range(len(rows))],
         "ticktext": [str(place + 1) for place in range(len(rows))]},
        hovermode="closest", height=_FRAME + _ROW * len(rows),
        shapes=[marks.zone(-1, 1)],
    )  # fmt: skip
    count = sum(len(off) for _, off in rows)
    good = sum(int((np.abs(off) <= 1).sum()) for _, off in rows)
    return Figure(
        traces,
        layout,
        name=name,
        title=title,
        caption=f"{good} of {count} numbers lie in the shaded band, where ours and the published one agree.",
        alt=f"{good} of {count} numbers agree; the largest difference is {worst:.2g} tolerances.",
    )


def _log10(values: Floats) -> Floats:
    """log10, missing for a number that is printed as 0."""
    return np.log10(values, out=np.full(len(values), np.nan), where=values > 0)
