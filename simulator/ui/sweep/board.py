"""The charts of the page Sweep."""

from __future__ import annotations

from typing import Any

import pandas as pd

from simulator import figures
from simulator.ui import host

Values = dict[str, list[Any]]


def charts(
    frame: pd.DataFrame,
    values: Values,
    pair: tuple[str, str],
    x: str,
    y: str | None = None,
    panels: str | None = None,
    *,
    layer: int | None = None,
    name: str = "sweep",
) -> bytes:
    """A map over x and y, or lines over x, for each value of the setting `panels`."""
    if y is None:
        drawn = figures.sweep_lines(frame, x, *pair, layer=layer, panels=panels, values=values, name=name)
    else:
        drawn = figures.sweep_maps(frame, x, y, *pair, layer=layer, panels=panels, values=values, name=name)
    return host.encode(drawn, columns=1 if len(drawn) == 1 else 2)
