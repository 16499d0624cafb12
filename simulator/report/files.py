"""What a report carries inside: the app's own chart scripts, Plotly, and its styles, as text for one HTML file."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable


def read(name: str) -> str:
    """A file that lies beside this module."""
    return resources.files("simulator").joinpath("report", name).read_text(encoding="utf-8")


def _charts() -> Traversable:
    return resources.files("simulator").joinpath("ui", "charts")


def _bundle() -> Traversable:
    return next(file for file in _charts().iterdir() if re.fullmatch(r"plotly-[\w.-]+\.min\.js", file.name))


@cache
def plotly() -> str:
    """Plotly's script, 1.5 MB."""
    return inert(_bundle().read_text(encoding="utf-8"))


def plotly_version() -> str:
    """The version that the script's name says."""
    found = re.search(r"\d+\.\d+\.\d+", _bundle().name)
    return found[0] if found else ""


@cache
def sheets() -> str:
    """The charts' style and the report's."""
    return _charts().joinpath("charts.css").read_text(encoding="utf-8") + read("report.css")


@cache
def scripts() -> str:
    """The app's chart modules and the report's own script as one module."""
    modules = [_charts().joinpath(name).read_text(encoding="utf-8") for name in ("theme.js", "chart.js")]
    joined = "\n".join([*modules, read("report.js")])
    joined = re.sub(r"^import .*\n", "", joined, flags=re.MULTILINE)
    return inert(re.sub(r"^export (?=function|class|const)", "", joined, flags=re.MULTILINE))


def inert(text: str, quoted: bool = True) -> str:
    """Text that cannot end the script element it stands in; `quoted` where a "<" only stands in JSON or JS strings."""
    if quoted:
        return re.sub(r"<(?=/script|!--)", r"\\u003c", text, flags=re.IGNORECASE)
    return re.sub(r"<(?=/script|!--)", "", text, flags=re.IGNORECASE)
