"""Sweeps: one colour or one line for each combination of settings, in as many panels as a setting has values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from simulator.figures import marks, measures, style
from simulator.figures.figure import Figure
from simulator.figures.lattice import Lattice, setting_words, short, ticks, title
from simulator.figures.measures import Measure, measure_of, measured_text
from simulator.figures.series import Floats
from simulator.settings import Value, number_text

MOST_PANELS = 12
"""Panels of one picture; further values of their setting are left out, and the caption says so."""

_HOLES, _GAPS = "a grey cell has no number", "where the line is broken there is no number"
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
        heat = marks.heat(
            list(range(len(across))), list(range(len(up))), np.clip(numbers, low, high), (low, high),
            signed=about.scale == measures.SIGNED, xgap=1, ygap=1, colorbar=measures.bar(about, low, high),
            customdata=[
                [[names[0][column], names[1][row], measured_text(about, number)] for column, number in enumerate(line)]
                for row, line in enumerate(numbers)
            ],
            hover=f"{title(x, across)} = %{{customdata[0]}}<br>{title(y, up)} = %{{customdata[1]}}<br>"
            f"{about.words.lower()}: %{{customdata[2]}}",
        )  # fmt: skip
        layout = style.layout(ticks(x, across), ticks(y, up), hovermode="closest", margin={"r": 96}, plot_bgcolor=_HOLE)
        where, known = _where(panels, sheet), numbers[~np.isnan(numbers)]
        made.append(
            Figure(
                [heat],
                layout,
                name=f"{name}-{place}",
                title=f"{about.words}{_at(layer)}{where}",
                caption=_caption(about, len(sheets), table.values(panels), _HOLES),
                alt=f"Heat map over {title(x, across)} and {title(y, up)}{where}: {about.words.lower()}"
                f"{_spread(about, known)}, {known.size} of {numbers.size} cells.",
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
        traces = []
        band = np.isfinite(low) & np.isfinite(high)
        if (high[band] > low[band]).any():
            traces.append(marks.band(np.array(places), low, high, "middle 68 % of networks", style.BLUE))
        traces.append(marks.dotted(
            marks.line(
                places, line, f"{about.average} of networks", style.BLUE,
                customdata=[measured_text(about, v) for v in line],
                hover=f"{title(x, across)} = %{{x}}: %{{customdata}}",
            ), 0, size=6,
        ))  # fmt: skip
        where = _where(panels, sheet)
        xaxis = {"title": {"text": title(x, across)}} if numeric else ticks(x, across)
        made.append(
            Figure(
                traces,
                style.layout(xaxis, measures.scale(about, finite), hovermode="closest"),
                name=f"{name}-{place}",
                title=f"{about.words}{_at(layer)}{where}",
                caption=_caption(about, len(sheets), table.values(panels), _GAPS),
                alt=f"{about.words} against {title(x, across)}{where}{_spread(about, line[np.isfinite(line)])}.",
            )
        )
    return made


def _where(panels: str | None, sheet: Value) -> str:
    return "" if panels is None else f", {setting_words(panels)} {number_text(sheet)}"


def _spread(about: Measure, known: Floats) -> str:
    if not known.size:
        return ""
    return f" from {measured_text(about, float(known.min()))} to {measured_text(about, float(known.max()))}"


def _at(layer: int | None) -> str:
    return "" if layer is None else f", layer {layer}"


def _caption(about: Measure, shown: int, sheets: Sequence[Value], missing: str) -> str:
    left = f" The first {shown} of {len(sheets)} panels." if shown < len(sheets) else ""
    kind = "The fraction" if about.average == "mean" else "The median"
    return f"{about.caption} {kind} over networks; {missing}.{left}"
