"""Sweeps: one colour or one line for each combination of settings, in as many panels as a setting has values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from simulator.figures import measures, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.lattice import Lattice, setting_words, short, ticks, title
from simulator.figures.measures import Measure, measure_of, told
from simulator.settings import Value, number_text

MOST_PANELS = 12
"""Panels of one picture; further values of their setting are left out, and the caption says so."""

_HOLES = "a grey cell has no number"
_HOLE = style.translucent(style.FAINT, 0.3)


def sweep_maps(
    frame: pd.DataFrame,
    x: str,
    y: str,
    quantity: str,
    statistic: str,
    *,
    layer: int | None = None,
    panels: str | None = None,
    values: dict[str, list[Any]] | None = None,
    name: str = "sweep-map",
) -> list[Figure]:
    """A heat map over the settings `x` and `y`, one for each value of the setting `panels`, all of one scale.

    `frame` is a sweep's tidy table; `values` are the settings' values where the table has not got all of them yet.
    A cell is the median over networks and over settings that are neither axis nor panel; a hole has no number.
    """
    about, table = measure_of(quantity, statistic), Lattice(frame, quantity, statistic, layer, values)
    across, up, sheets = table.values(x), table.values(y), table.values(panels)[:MOST_PANELS]
    cells = table.average((x, y, panels), about.average)
    low, high = measures.span(about, cells)
    names = short(x, across), short(y, up)
    made = []
    for place, sheet in enumerate(sheets):
        numbers = cells[:, :, place].T
        trace: Trace = {
            "type": "heatmap", "x": list(range(len(across))), "y": list(range(len(up))),
            "z": np.clip(numbers, low, high), "zmin": low, "zmax": high, "xgap": 1, "ygap": 1,
            "colorscale": style.SIGNED if about.scale == measures.SIGNED else style.MAGNITUDE,
            "colorbar": measures.bar(about, low, high),
            "customdata": [
                [[names[0][column], names[1][row], told(about, number)] for column, number in enumerate(line)]
                for row, line in enumerate(numbers)
            ],
            "hovertemplate": f"{title(x, across)} = %{{customdata[0]}}<br>{title(y, up)} = %{{customdata[1]}}<br>"
            f"{about.words.lower()}: %{{customdata[2]}}<extra></extra>",
        }  # fmt: skip
        layout = style.layout(ticks(x, across), ticks(y, up), hovermode="closest", margin={"r": 96}, plot_bgcolor=_HOLE)
        where = "" if panels is None else f", {setting_words(panels)} {number_text(sheet)}"
        known = numbers[~np.isnan(numbers)]
        spread = f" from {told(about, float(known.min()))} to {told(about, float(known.max()))}" if known.size else ""
        made.append(
            Figure(
                [trace],
                layout,
                name=f"{name}-{place}",
                title=f"{about.words}{_at(layer)}{where}",
                caption=_caption(about, len(sheets), table.values(panels), _HOLES),
                alt=f"Heat map over {title(x, across)} and {title(y, up)}{where}: {about.words.lower()}{spread}, "
                f"{known.size} of {numbers.size} cells.",
            )
        )
    return made


def sweep_lines(
    frame: pd.DataFrame,
    x: str,
    quantity: str,
    statistic: str,
    *,
    layer: int | None = None,
    panels: str | None = None,
    values: dict[str, list[Any]] | None = None,
    name: str = "sweep-lines",
) -> list[Figure]:
    """A quantity against the setting `x`, one picture for each value of the setting `panels`, all of one scale.

    The line is the average over networks and all other settings, the band holds the middle 68 % of them.
    """
    about, table = measure_of(quantity, statistic), Lattice(frame, quantity, statistic, layer, values)
    across, sheets = table.values(x), table.values(panels)[:MOST_PANELS]
    middle, *sides = (table.average((x, panels), which) for which in (about.average, 0.16, 0.84))
    numeric = all(not isinstance(value, str) for value in across)
    places = list(across) if numeric else list(range(len(across)))
    finite = np.concatenate([part[np.isfinite(part)] for part in (middle, *sides)])
    made = []
    for place, sheet in enumerate(sheets):
        line, low, high = (part[:, place] for part in (middle, *sides))
        band = np.isfinite(low) & np.isfinite(high)
        traces: list[Trace] = []
        if (high[band] > low[band]).any():
            ends = np.flatnonzero(band)
            traces.append(
                {"type": "scatter", "x": [places[k] for k in (*ends, *ends[::-1])],
                 "y": np.concatenate([low[band], high[band][::-1]]), "mode": "lines", "line": {"width": 0},
                 "fill": "toself", "fillcolor": style.translucent(style.BLUE, 0.2), "hoverinfo": "skip",
                 "name": "middle 68 % of networks"}
            )  # fmt: skip
        traces.append(
            {"type": "scatter", "x": places, "y": np.where(np.isfinite(line), line, np.nan), "mode": "lines+markers",
             "name": f"{about.average} of networks", "line": {"color": style.BLUE, "width": 2.5},
             "marker": {"symbol": style.symbol(0), "size": 6}, "customdata": [told(about, value) for value in line],
             "hovertemplate": f"{title(x, across)} = %{{x}}: %{{customdata}}<extra></extra>"}
        )  # fmt: skip
        where = "" if panels is None else f", {setting_words(panels)} {number_text(sheet)}"
        shown = line[np.isfinite(line)]
        spread = f" from {told(about, float(shown.min()))} to {told(about, float(shown.max()))}" if shown.size else ""
        xaxis = {"title": {"text": title(x, across)}} if numeric else ticks(x, across)
        made.append(
            Figure(
                traces,
                style.layout(xaxis, measures.scale(about, finite), hovermode="closest"),
                name=f"{name}-{place}",
                title=f"{about.words}{_at(layer)}{where}",
                caption=_caption(
                    about, len(sheets), table.values(panels), "where the line is broken there is no number"
                ),
                alt=f"{about.words} against {title(x, across)}{where}{spread}.",
            )
        )
    return made


def _at(layer: int | None) -> str:
    return "" if layer is None else f", layer {layer}"


def _caption(about: Measure, shown: int, sheets: Sequence[Value], missing: str) -> str:
    left = f" The first {shown} of {len(sheets)} panels." if shown < len(sheets) else ""
    kind = "The fraction" if about.average == "mean" else "The median"
    return f"{about.caption} {kind} over networks; {missing}.{left}"
