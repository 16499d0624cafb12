"""A network in several number formats: sizes against the formats' ranges, what was lost, and the loss that breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.propagation import SYMBOLS
from simulator.figures.series import Floats, Series, series

_LEAST_RANGE = (-8.0, 5.0)
"""log10 that is always in sight: what the narrowest format reaches."""

_APART = 0.11
"""Labels of the formats' ends nearer than this part of the axis are joined."""

LOST = {
    "overflowed_fraction": "inf or NaN",
    "underflowed_fraction": "became 0",
    "rounded_fraction": "exactly φ’s limit",
}
"""The fates of a value, by statistic."""


class NumberRange(Protocol):
    """A number format: its name, its largest, smallest normal and smallest subnormal number."""

    @property
    def name(self) -> str: ...
    @property
    def largest(self) -> float: ...
    @property
    def smallest_normal(self) -> float: ...
    @property
    def smallest(self) -> float: ...


def format_profile(
    frame: pd.DataFrame,
    quantity: str,
    formats: Sequence[NumberRange],
    *,
    predicted: Mapping[str, int | None] | None = None,
    name: str,
    title: str,
    caption: str = "",
) -> Figure:
    """log10 of the largest value by layer, a line a format, with the ends of the formats' ranges.

    `frame` is a tidy table labelled by format, statistic "largest", theory dashed; `predicted` has the layer at which
    theory sees each format's first overflow. A line ends where a value is infinite, NaN, or all are 0.
    """
    lines = list(series(frame, quantity, "largest"))
    depth = max((int(line.layers[-1]) for line in lines if line.layers.size), default=1)
    low, high = _reach(lines)
    traces = [_line(line, formats, depth) for line in lines]
    for index, kind in enumerate(formats):
        layer = (predicted or {}).get(kind.name)
        if layer is not None:
            traces.append(_crossing(kind, index, layer))
    shapes, notes = _ends(formats, low, high)
    notes += marks.flow(quantity)
    words = quantity.replace("_", " ")
    heading = f"max |{SYMBOLS[quantity]}| (largest {words} of the batch)"
    yaxis = axes.log_axis(axes.two_lines(heading), np.array([low, high]))
    layout = style.layout(axes.layer_axis(depth), yaxis, annotations=notes, shapes=shapes, margin={"r": 96})
    return Figure(traces, layout, name=name, title=title, caption=caption, alt=_alt(words, lines))


def lost_map(frame: pd.DataFrame, quantity: str, *, name: str, title: str, caption: str = "") -> Figure:
    """The fates of the values as a heat map: a column a layer, a row a format and fate, colour = the fraction."""
    rows = [
        (line.label, fate, line)
        for statistic, fate in LOST.items()
        for line in series(frame, quantity, statistic)
        if line.layers.size
    ]
    order = list(dict.fromkeys(label for label, _, _ in rows))
    rows.sort(key=lambda row: order.index(row[0]), reverse=True)
    depth = max((int(line.layers[-1]) for _, _, line in rows), default=1)
    z = np.full((len(rows), depth + 1), np.nan)
    for row, (_, _, line) in enumerate(rows):
        z[row, line.layers] = line.value[0]
    labels = [f"{label} {fate}" for label, fate, _ in rows]
    heat = marks.heat(np.arange(depth + 1), labels, z, (0, 1), ygap=1, hover="layer %{x}<br>%{y}: %{z:.2%}",
                      colorbar=marks.key(title="share", tickformat=".0%"))  # fmt: skip
    xaxis = {**axes.layer_axis(depth), "range": [-0.6, depth + 0.6], "showgrid": False}
    yaxis = {"title": {"text": "format and fate"}, "showgrid": False, "automargin": True, "tickfont": {"size": 12}}
    layout = style.layout(xaxis, yaxis, hovermode="closest", annotations=marks.flow(quantity), margin={"r": 70})
    most = [f"{labels[row]} up to {np.nanmax(z[row]):.0%}" for row in range(len(rows)) if np.nanmax(z[row]) > 0]
    summary = "; ".join(most) or "nothing was lost in any format"
    alt = f"Heat map of what became of the {quantity.replace('_', ' ')}s by layer and format: {summary}."
    return Figure([heat], layout, name=name, title=title, caption=caption, alt=alt)


def cross_entropy_curves(
    z: Floats,
    naive: Mapping[str, Floats],
    stable: Floats,
    broken: Mapping[str, float],
    *,
    heading: str,
    stable_name: str,
    name: str,
    title: str,
    caption: str = "",
) -> Figure:
    """A loss or its gradient over the logit z: naive, a line a format that ends where it breaks, and the stable one.

    `broken` has the z from which the naive one of a format is infinite or NaN.
    """
    traces = [marks.line(z, stable, stable_name, style.INK, width=2, dash="dash", hover="stable %{y:.4g}")]
    for index, (label, values) in enumerate(naive.items()):
        tone, there = style.color(index), np.isfinite(values)
        about: Trace = {"hover": f"{label} %{{y:.4g}}", "legendgroup": label}
        traces.append(marks.line(z, values, f"naive, {label}", tone, **about))
        if there.any() and not there.all():
            last = int(np.flatnonzero(there)[-1])
            end, hover = slice(last, last + 1), f"{label}: broken from z = {broken[label]:.4g}"
            traces.append(
                marks.points(z[end], values[end], label, tone, symbol=style.symbol(index), size=11, hover=hover,
                             legendgroup=label, showlegend=False)
            )  # fmt: skip
    known = np.concatenate([stable, *(values[np.isfinite(values)] for values in naive.values())])
    layout = style.layout(
        {"title": {"text": "logit z (of a wrong answer, target y = 0)"}, "range": [float(z[0]), float(z[-1])]},
        axes.positive_axis(heading, known),
    )
    ends = ", ".join(f"{label} from z = {broken[label]:.4g}" for label in naive)
    alt = f"{title}: the naive formula is infinite or NaN in {ends}; the stable one stays finite."
    return Figure(traces, layout, name=name, title=title, caption=caption, alt=alt)


def _reach(lines: Sequence[Series]) -> tuple[float, float]:
    known = np.concatenate([line.log10.ravel() for line in lines if not line.is_theory] or [np.empty(0)])
    known = known[np.isfinite(known)]
    if not known.size:
        return _LEAST_RANGE
    return min(_LEAST_RANGE[0], float(known.min()) - 1), max(_LEAST_RANGE[1], float(known.max()) + 1)


def _line(line: Series, formats: Sequence[NumberRange], depth: int) -> Trace:
    logs = line.log10[0]
    place, text = (line.layers, logs), [axes.number(log) for log in logs]
    if line.is_theory:
        return marks.line(*place, "expected (infinite width)", style.INK, width=1.5, dash="dash",
                          hover="expected %{text}", text=text, zorder=len(formats) + 1)  # fmt: skip
    index = [kind.name for kind in formats].index(line.label.split()[-1])
    tone = style.color(index)
    # The formats lie upon each other until one fails: wider ones are drawn beneath, as broader lines.
    main = marks.line(*place, line.label, tone, width=2.0 + 1.8 * index, hover=f"{line.label} %{{text}}", text=text,
                      zorder=len(formats) - index)  # fmt: skip
    return marks.dotted(main, index, size=8, most=16 if depth > 16 else 0)


def _crossing(kind: NumberRange, index: int, layer: int) -> Trace:
    name = f"{kind.name}: overflow predicted"
    return marks.points(
        [layer], [float(np.log10(kind.largest))], name, style.color(index), symbol="x-thin-open", size=13,
        ring={"width": 3}, hover=f"{name} here", showlegend=False,
    )  # fmt: skip


def _ends(formats: Sequence[NumberRange], low: float, high: float) -> tuple[list[Trace], list[Trace]]:
    """Horizontal lines at the ends of the ranges in sight, and their labels on the right, joined where they meet."""
    limits = [
        (float(np.log10(value)), index, kind.name, what)
        for index, kind in enumerate(formats)
        for what, value in (("max", kind.largest), ("min normal", kind.smallest_normal), ("min", kind.smallest))
    ]
    limits = sorted(item for item in limits if low <= item[0] <= high)
    shapes = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "layer": "below",
         "line": {"color": style.translucent(style.color(index), 0.7), "width": 1.2,
                  "dash": "dot" if what == "min normal" else "solid"}}
        for y, index, _, what in limits
    ]  # fmt: skip
    groups: list[list[tuple[float, int, str, str]]] = []
    for item in limits:
        if groups and item[0] - groups[-1][-1][0] < _APART * (high - low):
            groups[-1].append(item)
        else:
            groups.append([item])
    notes = [
        style.note(_named(group), xref="paper", x=1.01, xanchor="left", y=float(np.mean([y for y, *_ in group])),
                   align="left", font={"size": 12, "color": style.FAINT})
        for group in groups
    ]  # fmt: skip
    return shapes, notes


def _named(group: Sequence[tuple[float, int, str, str]]) -> str:
    names = list(dict.fromkeys(name for _, _, name, _ in group))
    whats = list(dict.fromkeys(what for *_, what in group))
    if len(names) > 1:  # beside others a float8 is known by its bits, and there is room for both
        names = [name.removeprefix("float8_") for name in names]
    return f"{', '.join(names)}<br>{' / '.join(whats) if len(whats) < 3 else 'ends'}"


def _alt(words: str, lines: Sequence[Series]) -> str:
    sentences = []
    for line in lines:
        there = np.flatnonzero(np.isfinite(line.log10[0]))
        if there.size:
            first, last = there[0], there[-1]
            ends = [f"{axes.number(line.log10[0, k])} at layer {line.layers[k]}" for k in (first, last)]
            sentences.append(f"{line.label} {ends[0]}, {ends[1]}")
    return f"Line chart of the largest {words} by layer and number format. " + "; ".join(sentences) + "."
