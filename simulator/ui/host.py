"""The chart host: charts whose nodes stay mounted, updated in place with Plotly.react.

`st.plotly_chart` identifies a chart by its figure, so each change of data throws the chart away and
draws a new one: a blank flash, a lost zoom, twice the time. This component keeps the nodes.

Its files are served from inside the package. A packaged v2 component may name an `asset_dir` in
pyproject.toml, but Streamlit finds that only through an installed distribution whose name is the
import name and whose wheel carries its pyproject.toml: a clone that is merely on the path has
neither. `streamlit.components.v1.declare_component(path=)` is public and serves a directory in all
three cases, so the folder is declared there, and the v2 component's own script is two lines that
import the real one; an inline script travels with every update, hence its length. The same way plotly.js
comes out of the installed package, under an address that holds its version.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import streamlit as st
from streamlit.components import v1

from simulator import charts
from simulator.figures.notation import untagged
from simulator.figures.payload import encode as encode
from simulator.figures.payload import round_significant as round_significant
from simulator.ui.whole import whole

Clicked = dict[str, Any]
OnClick = Callable[[Clicked], None]

CHARTS = "charts"
PLOTLY = f"plotly-{charts.plotly_version()}"
"""The names under which the scripts' folder and Plotly's are declared."""


def address(served: str) -> str:
    """The path on this server below which a declared folder's files are."""
    return f"/component/{__name__}.{served}/"


def draw(payload: bytes, key: str, on_click: OnClick | None = None) -> Clicked | None:
    """Show encoded figures and return the point that was just clicked, if a clickable figure was.

    With the same `key`, charts of the same name are updated in place. A clicked point has "figure"
    (its name), "x", "y", "z", "customdata", "curve" and "point"; `on_click` is given it ahead of the run
    that follows, while settings can still be changed.
    """
    if not persistent():
        return _draw_afresh(payload, key, on_click)
    serve()
    callback = _no_callback if on_click is None else partial(_tell, key, on_click)
    result = _charts()(key=key, data=payload, on_clicked_change=callback)
    return cast("Clicked | None", result.clicked)


def serve() -> None:
    """Declare the folders that the browser's scripts come from."""
    # In each run, since a script's first run in a new server must declare them again; it costs 10 microseconds.
    v1.declare_component(CHARTS, path=charts.BROWSER)
    v1.declare_component(PLOTLY, path=_plotly())


def persistent() -> bool:
    """Whether charts keep their nodes: not in a Streamlit without v2 components, nor where SIMULATOR_CHARTS says so."""
    return hasattr(st.components, "v2") and os.environ.get("SIMULATOR_CHARTS") != "plotly_chart"


@whole
def _no_callback() -> None:
    """A trigger value is handed over only to a component that has a callback for it."""


@whole
def _tell(key: str, on_click: OnClick) -> None:
    clicked = st.session_state[key].clicked
    if clicked:
        on_click(clicked)


@cache
def _plotly() -> Path:
    """A folder with plotly.js compressed once: Streamlit would do so for each visitor. Else the package's own."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="simulator-plotly-"))
    except OSError:
        return charts.plotly()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "plotly.min.js.gz").write_bytes(charts.packed_plotly())
    return folder


@cache
def _charts() -> Any:
    return component("simulator_charts", "host.js", '<div class="sim-charts"></div>')


def component(name: str, module: str, html: str) -> Any:
    """A v2 component whose script is a module of charts/browser, called with a finder of the declared folders."""
    # A module's blob URL cannot resolve a relative one, and a page's own address may end in its name: the app's root
    # is where Streamlit's own script came from. The digest makes a browser fetch a changed script.
    # Text of one line would be taken for a file's name.
    script = (
        f"const at = (path) => new URL('../..' + path, document.querySelector('script[src*=\"/static/js/\"]').src);\n"
        f"export default (c) => import(at('{address(CHARTS)}{module}?{_digest()}'))"
        f".then((m) => m.default(c, at('{address(PLOTLY)}'), at));"
    )
    return st.components.v2.component(name, html=html, js=script, isolate_styles=False)


def _digest() -> str:
    parts = [path.read_bytes() for path in sorted(charts.BROWSER.glob("*.js"))]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def _draw_afresh(payload: bytes, key: str, on_click: OnClick | None) -> Clicked | None:
    """The same figures through `st.plotly_chart`."""
    import plotly.graph_objects as go

    parsed = json.loads(payload)
    count = parsed["columns"]
    clicked: Clicked | None = None
    for index, figure in enumerate(parsed["figures"]):
        if index % count == 0:
            columns = st.columns(count)
        with columns[index % count].container(border=True):
            st.markdown(f"**{figure['title']}**", help=untagged(figure["caption"]) or None)
            chart = go.Figure({"data": figure["data"], "layout": figure["layout"]})
            own = f"{key}-{figure['name']}"
            callback = "rerun" if on_click is None else partial(_tell_selected, own, figure["name"], on_click)
            choose: dict[str, Any] = {"on_select": callback, "selection_mode": "points"} if figure["clickable"] else {}
            state = st.plotly_chart(chart, key=own, alt=figure["alt"], **choose)
            points = state.selection.points if choose else []
            if points:
                clicked = {"figure": figure["name"], **points[0]}
    return clicked


@whole
def _tell_selected(key: str, name: str, on_click: OnClick) -> None:
    points = st.session_state[key].selection.points
    if points:
        on_click({"figure": name, **points[0]})
