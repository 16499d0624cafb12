"""Marks that figures are made of: lines, bands, points, heat maps, the key of their colours, lines of reference."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.curves import SIMULATION, THEORY
from simulator.figures import style
from simulator.figures.figure import Trace
from simulator.figures.series import Floats

FLOW = "gradient: output to input"


class Mark(dict[str, Any]):
    """A Plotly trace that knows whether it shows a simulation or theory, and of which network (`label`)."""

    def __init__(self, trace: Trace, *, source: str = SIMULATION, label: str = "") -> None:
        super().__init__(trace)
        self.source = source
        self.label = label

    @property
    def is_theory(self) -> bool:
        """Whether it is computed, not measured."""
        return self.source == THEORY


def finite(values: ArrayLike) -> Floats:
    """The values with NaN, which draws nothing, for infinite ones."""
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def line(
    x: ArrayLike, y: ArrayLike, name: str, tone: str, *, width: float = 2.5, dash: str = "", hover: str = "",
    **more: Any,
) -> Trace:  # fmt: skip
    """A line with gaps where a value is not finite; `hover` is what it says of a point, nothing by default.

    One without a `name` is another's: a legend does not list it.
    """
    stroke = {"color": tone, "width": width} | ({"dash": dash} if dash else {})
    return {"type": "scatter", "x": x, "y": finite(y), "mode": "lines", "line": stroke, **_hover(hover),
            **({"name": name} if name else {}), **more}  # fmt: skip


def points(
    x: ArrayLike, y: ArrayLike, name: str, tone: str, *, symbol: str = style.SYMBOLS[0], size: float = 7,
    hover: str = "", ring: Trace | None = None, **more: Any,
) -> Trace:  # fmt: skip
    """Marks without a line between them, with a `ring` around each."""
    marker = {"color": tone, "symbol": symbol, "size": size} | ({"line": ring} if ring else {})
    return {"type": "scatter", "x": x, "y": y, "mode": "markers", "name": name, "marker": marker, **_hover(hover),
            **more}  # fmt: skip


def dotted(trace: Trace, index: int, *, size: float = 7, most: int = 0) -> Trace:
    """The line of series number `index` with its marks on it, at most `most` of them where that is not 0."""
    marker = {"color": style.color(index), "symbol": style.symbol(index), "size": size}
    return trace | {"mode": "lines+markers", "marker": marker | ({"maxdisplayed": most} if most else {})}


def band(
    x: NDArray[Any], low: Floats, high: Floats, name: str, tone: str, *, opacity: float = 0.2, **more: Any
) -> Trace:  # fmt: skip
    """The shade between two lines."""
    # One closed outline in place of two traces joined by a fill: it has one legend entry, and gaps don't confuse it.
    there = np.isfinite(low) & np.isfinite(high)
    return {
        "type": "scatter", "mode": "lines", "name": name, "hoverinfo": "skip", "line": {"width": 0},
        "x": np.concatenate([x[there], x[there][::-1]]), "y": np.concatenate([high[there], low[there][::-1]]),
        "fill": "toself", "fillcolor": style.translucent(tone, opacity), **more,
    }  # fmt: skip


def heat(
    x: Any, y: Any, z: Floats, span: tuple[float, float], *, signed: bool = False, hover: str = "", **more: Any
) -> Trace:  # fmt: skip
    """A heat map whose colours span `span`: of magnitudes, or about 0 where `signed`."""
    return {"type": "heatmap", "x": x, "y": y, "z": z, "zmin": span[0], "zmax": span[1],
            "colorscale": style.SIGNED if signed else style.MAGNITUDE, **_hover(hover), **more}  # fmt: skip


def key(ticks: Any = None, texts: Any = None, *, title: str | None = None, **more: Any) -> Trace:
    """The key of a heat map's colours."""
    made: Trace = {"thickness": 12, "outlinewidth": 0, **more}
    made |= {} if title is None else {"title": {"text": title}}
    return made | ({} if ticks is None else {"tickvals": ticks, "ticktext": texts})


def diagonal(ends: Floats) -> Trace:
    """Where a map changes nothing."""
    return line(ends, ends, "diagonal: no change", style.FAINT, width=1.5)


def rule(place: float, tone: str, *, across: bool = False, width: float = 2, dash: str = "", **more: Any) -> Trace:
    """A line of reference through the whole plot, upright at `place` or `across` it."""
    along, through = ("x", "y") if across else ("y", "x")
    stroke = {"color": tone, "width": width} | ({"dash": dash} if dash else {})
    return {"type": "line", f"{along}0": 0, f"{along}1": 1, f"{along}ref": "paper", f"{through}0": place,
            f"{through}1": place, "line": stroke, **more}  # fmt: skip


def zone(low: float, high: float, tone: str = style.GREEN) -> Trace:
    """A shade over part of the horizontal axis, below all lines."""
    return {"type": "rect", "x0": low, "x1": high, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
            "line": {"width": 0}, "fillcolor": style.translucent(tone, 0.15)}  # fmt: skip


def flow(quantity: str) -> list[Trace]:
    """The note that tells which way gradients travel, of a gradient."""
    return [style.note(FLOW, **style.FLOW_ARROW)] if quantity.endswith("gradient") else []


def _hover(hover: str) -> Trace:
    return {"hovertemplate": f"{hover}<extra></extra>"} if hover else {"hoverinfo": "skip"}
