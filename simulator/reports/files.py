"""The files inside a report: the app's own chart scripts, Plotly, and its styles, as text for one HTML file."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path

from simulator import charts


def read(name: str) -> str:
    """A file that lies beside this module."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


@cache
def plotly() -> str:
    """Plotly's script, gzip-compressed, in base64: 2 MB in place of 4.8."""
    return base64.b64encode(charts.packed_plotly()).decode()


@cache
def sheets() -> str:
    """The charts' style and the report's."""
    return (charts.BROWSER / "charts.css").read_text(encoding="utf-8") + read("report.css")


@cache
def scripts() -> str:
    """The app's chart modules and the report's own script as one module."""
    modules = [(charts.BROWSER / name).read_text(encoding="utf-8") for name in ("inflate.js", "theme.js", "chart.js")]
    joined = "\n".join([*modules, read("report.js")])
    joined = re.sub(r"^import .*\n", "", joined, flags=re.MULTILINE)
    return inert(re.sub(r"^export (?=async function|function|class|const)", "", joined, flags=re.MULTILINE))


def inert(text: str, quoted: bool = True) -> str:
    """Text that cannot end the script element it stands in; `quoted` where a "<" only stands in JSON or JS strings."""
    if quoted:
        return re.sub(r"<(?=/script|!--)", r"\\u003c", text, flags=re.IGNORECASE)
    return re.sub(r"<(?=/script|!--)", "", text, flags=re.IGNORECASE)
