"""The chart host: charts whose nodes stay mounted, updated in place with Plotly.react.

`st.plotly_chart` identifies a chart by its figure, so each change of data throws the chart away and
draws a new one: a blank flash, a lost zoom, twice the time. This component keeps the nodes.

Its files are served from inside the package. A packaged v2 component may name an `asset_dir` in
pyproject.toml, but Streamlit finds that only through an installed distribution whose name is the
import name and whose wheel carries its pyproject.toml: a clone that is merely on the path has
neither. `streamlit.components.v1.declare_component(path=)` is public and serves a directory in all
three cases, so the folder is declared there, and the v2 component's own script is one line that
imports the real one; an inline script travels with every update, hence its length.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components import v1

from simulator.figures import Figure, style

Clicked = dict[str, Any]

FOLDER = Path(__file__).parent / "charts"
DIGITS = 5
"""Significant digits of a number in a payload: a tenth of a pixel on any screen."""

_SERVED = "charts"


def encode(figures: Sequence[Figure], columns: int = 2) -> bytes:
    """The figures as bytes for `draw`: cache these, not the figures."""
    payload = {
        "columns": columns,
        "dark": style.DARK,
        "figures": [
            {
                "name": figure.name,
                "title": figure.title,
                "caption": figure.caption,
                "alt": figure.alt,
                "clickable": figure.clickable,
                **cast(dict[str, Any], _plain(figure)),
            }
            for figure in figures
        ],
    }
    return json.dumps(payload, allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode()


def draw(payload: bytes, key: str) -> Clicked | None:
    """Show encoded figures and return the point that was just clicked, if a clickable figure was.

    With the same `key`, charts of the same name are updated in place. A clicked point has "figure"
    (its name), "x", "y", "z", "customdata", "curve" and "point".
    """
    if not persistent():
        return _draw_afresh(payload, key)
    # Called in each run, since a script's first run in a new server must declare it again; it costs 10 microseconds.
    v1.declare_component(_SERVED, path=FOLDER)
    result = _component()(key=key, data=payload, on_clicked_change=_no_callback)
    return cast("Clicked | None", result.clicked)


def persistent() -> bool:
    """Whether charts keep their nodes: not in a Streamlit without v2 components, nor where SIMULATOR_CHARTS says so."""
    return hasattr(st.components, "v2") and os.environ.get("SIMULATOR_CHARTS") != "plotly_chart"


def _no_callback() -> None:
    """A trigger value is handed over only to a component that has a callback for it."""


@cache
def _component() -> Any:
    # A module's blob URL cannot resolve a relative one, and a page's own address may end in its name: the app's root
    # is where Streamlit's own script came from. The digest makes a browser fetch a changed script.
    address = f"../../component/{__name__}.{_SERVED}/host.js?{_digest()}"
    # Text of one line would be taken for a file's name.
    script = (
        "const root = document.querySelector('script[src*=\"/static/js/\"]').src;\n"
        f"export default (c) => import(new URL('{address}', root)).then((m) => m.default(c));"
    )
    return st.components.v2.component(
        "simulator_charts",
        html='<div class="sim-charts" style="min-height:24rem"></div>',
        js=script,
        isolate_styles=False,
    )


def _digest() -> str:
    parts = [path.read_bytes() for path in sorted(FOLDER.glob("*.js")) if not path.name.startswith("plotly")]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def _draw_afresh(payload: bytes, key: str) -> Clicked | None:
    """The same figures through `st.plotly_chart`."""
    import plotly.graph_objects as go

    parsed = json.loads(payload)
    count = parsed["columns"]
    clicked: Clicked | None = None
    for index, figure in enumerate(parsed["figures"]):
        if index % count == 0:
            columns = st.columns(count)
        with columns[index % count].container(border=True):
            st.markdown(f"**{figure['title']}**", help=figure["caption"] or None)
            chart = go.Figure({"data": figure["data"], "layout": figure["layout"]})
            choose: dict[str, Any] = {"on_select": "rerun", "selection_mode": "points"} if figure["clickable"] else {}
            state = st.plotly_chart(chart, key=f"{key}-{figure['name']}", alt=figure["alt"], **choose)
            points = state.selection.points if choose else []
            if points:
                clicked = {"figure": figure["name"], **points[0]}
    return clicked


def _plain(value: Any) -> Any:
    """`value` as what JSON has: arrays become lists of rounded numbers, NaN and infinities null."""
    if isinstance(value, np.ndarray):
        return _numbers(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
    return value


def _numbers(array: NDArray[Any]) -> list[Any]:
    if array.dtype.kind != "f":
        return cast(list[Any], array.tolist())
    known = np.isfinite(array)
    rounded = round_significant(np.where(known, array, 0.0))
    if known.all():
        return cast(list[Any], rounded.tolist())
    plain = rounded.astype(object)
    plain[~known] = None
    return cast(list[Any], plain.tolist())


def round_significant(array: NDArray[np.floating[Any]], digits: int = DIGITS) -> NDArray[np.float64]:
    """Finite numbers of any shape, rounded to so many significant digits."""
    numbers = np.asarray(array, dtype=np.float64)
    size = np.abs(numbers)
    ordinary = (size > 1e-280) & (size < 1e280)
    places = digits - 1 - np.floor(np.log10(np.where(ordinary, size, 1.0)))
    # Powers of ten above 1 are exact up to 1e22, those below never: divide, lest 0.3 become 0.30000000000000004.
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    rounded = np.rint(np.where(ordinary, numbers, 0.0) * up / down) / up * down
    return np.where(ordinary, rounded, numbers)
