"""The one function that draws: charts, and below them what can be taken home."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from simulator.figures import Figure
from simulator.ui import host

Table = pd.DataFrame | Callable[[], pd.DataFrame]


def show(
    figures: bytes | Sequence[Figure],
    *,
    key: str,
    columns: int = 2,
    fill: bool = False,
    table: Table | None = None,
    filename: str = "simulation",
    on_click: host.OnClick | None = None,
) -> host.Clicked | None:
    """Draw figures (or their encoded bytes) in a grid, offer `table` as CSV, and return a clicked point.

    `key` must be the same on every run: it keeps the charts mounted. The CSV is made only when
    somebody asks for it; `table` may be a function for the same reason. `on_click` is given a clicked
    point before the page is drawn again: the place to change settings.
    """
    payload = figures if isinstance(figures, bytes) else host.encode(figures, columns, fill=fill)
    clicked = host.draw(payload, key, on_click)
    if table is not None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.download_button(
                "Download CSV",
                data=lambda: csv(table),
                file_name=f"{filename}.csv",
                mime="text/csv",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
                key=f"{key}-csv",
                help="The numbers behind these charts, one row per seed, layer, quantity and statistic.",
            )
            st.caption("Save a chart with its camera icon")
    return clicked


def csv(table: Table) -> bytes:
    """The table as CSV, UTF-8, every digit kept."""
    frame = table if isinstance(table, pd.DataFrame) else table()
    return frame.to_csv(index=False).encode()
