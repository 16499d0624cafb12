"""The browser's files for the charts of the app and of a report: the scripts in `browser/`, and plotly.js.

| file | what it is |
|---|---|
| `host.js` | loads Plotly, and keeps one chart for each figure of the payload |
| `chart.js` | a chart: a card whose nodes are made once and updated with `Plotly.react`, its legend and its buttons |
| `point.js` | a mark of a chart that is dragged, paced as a slider is |
| `slider.js` | a slider that moves the charts while it is moved, paced by their painting |
| `drag.js` | what the page says of a drag, and its pace |
| `sketch.js` | a curve that is drawn as a prediction |
| `memory.js` | a text that the browser keeps from visit to visit |
| `room.js` | the key that a browser keeps of a room, and the server's word that the room has changed |
| `theme.js` | Streamlit's theme, as Plotly understands it |
| `inflate.js` | unpacks what is gzip-compressed |
| `charts.css` | the cards' looks; every colour comes from Streamlit's theme |
"""

from __future__ import annotations

import gzip
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

BROWSER = Path(__file__).with_name("browser")
"""The folder of the files above."""


@cache
def plotly() -> Path:
    """The folder in which the installed plotly package keeps plotly.js: the version that its own figures speak."""
    spec = find_spec("plotly")  # without loading it, which takes a tenth of a second
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).with_name("package_data")


@cache
def plotly_version() -> str:
    """The version of plotly.js, such as "4.1.1", as the script's first lines tell it."""
    with (plotly() / "plotly.min.js").open(encoding="utf-8") as script:
        match = re.search(r"plotly\.js v(\d[\w.-]*)", script.read(1000))
    return match[1] if match else ""


@cache
def packed_plotly() -> bytes:
    """plotly.js, gzip-compressed: 1.5 MB of 4.8."""
    return gzip.compress((plotly() / "plotly.min.js").read_bytes(), 9, mtime=0)
