"""How results show themselves: a chart of their own, and what notebooks ask an object for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_CHARTS = "simulator.displays"
"""Where results of studies are drawn, imported when one is: numbers know no figures."""


class Displayed:
    """A result that draws itself, in a notebook too (Jupyter, marimo, nbconvert's HTML)."""

    def chart(self, *arguments: Any, **named: Any) -> Any:
        """The figure that says most of this result; its arguments choose what of it."""
        return import_module(_CHARTS).chart(self, *arguments, **named)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The chart by mime type, the verdict's headline above it where there is one."""
        figure, verdict = self.chart(), getattr(self, "verdict", None)
        if verdict is not None:
            figure.title = f"{verdict.headline}<br><sup>{figure.title}</sup>"
        bundle: dict[str, Any] = figure._repr_mimebundle_(include, exclude)
        return bundle
