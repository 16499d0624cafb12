"""Activations by init schemes as a heat map, a cell a network."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulator import part_text
from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Layout, Trace
from simulator.figures.series import Floats

_ROW, _ABOVE, _BELOW, _LETTER = 25, 40, 82, 6.8
"""Pixels: a row's height, the room above the rows and below the columns' names, and a letter of these."""

_SPAN = {"gradient": 1.0, "signal": 1.0, "last": 4.0}
"""Decades to either side of 1 that colours tell apart."""

# Plotly sizes the text of all cells by the longest one, tags counted as letters.
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

KINDS = {
    "gradient": (
        "Gradient factor per layer",
        "Var ∂E/∂x, factor per layer on the way back",
        "White: gradient unchanged; blue loses, orange gains at every layer "
        "(after Glorot & Bengio 2010; Schoenholz et al. 2017).",
    ),
    "last": (
        "Last-layer activation variance",
        "log<sub>10</sub> Var x<sub>L</sub> (activation variance of layer L)",
        "How much signal is left at the end: white is a variance of 1 (0 in the cell), blue less, orange more "
        "(after Glorot & Bengio 2010).",
    ),
}
"""The number in a cell: its title, its symbol, what to see."""


def cell_matrix(
    values: Floats,
    kind: str,
    *,
    activations: Sequence[str],
    schemes: Sequence[str],
    own: tuple[str, str] | None = None,
    theory: bool = False,
    name: str = "",
) -> Figure:
    """log10 values (schemes, activations) of one of KINDS, the number in every cell; `own` (activation, scheme) is
    framed. A cell that is exactly 0 (-inf) says 0, one with nothing to tell stays empty.
    """
    title, symbol, caption = KINDS[kind]
    span = _SPAN[kind]
    texts = [[axes.number(value).replace("e-", "e−") if value == value else "" for value in row] for row in values]
    shown = np.where(np.isnan(values), np.nan, np.clip(np.maximum(values, -1e9), -span, span))
    ticks = np.linspace(-span, span, 5)
    key = marks.key(ticks, [_power(tick) for tick in ticks], orientation="h", yref="container", y=0, yanchor="bottom",
                    ypad=6)  # fmt: skip
    heat = marks.heat(
        np.arange(len(activations)), np.arange(len(schemes)), shown, (-span, span), signed=True, xgap=1, ygap=1,
        text=[[_SHORT[kind](value) for value in row] for row in values.tolist()], texttemplate="%{text}",
        customdata=[
            [[activation, scheme, texts[row][column] or "no theory"] for column, activation in enumerate(activations)]
            for row, scheme in enumerate(schemes)
        ],
        hover=f"%{{customdata[0]}} + %{{customdata[1]}}<br>{_bare(symbol)}: %{{customdata[2]}}",
        hoverongaps=False, colorbar=key | {"thickness": 10},
    )  # fmt: skip
    layout = _layout(activations, schemes)
    if own is not None and own[0] in activations and own[1] in schemes:
        layout["shapes"] = _frame(activations.index(own[0]), schemes.index(own[1]))
    how = "theory for infinite width" if theory else "simulated"
    return Figure(
        [heat],
        layout,
        name=name or f"matrix-{kind}",
        title=f"{title}, {how}",
        caption=f"{caption} Click a cell to go there.",
        alt=_alt(values, title, how, activations, schemes),
        clickable=True,
    )


def _layout(activations: Sequence[str], schemes: Sequence[str]) -> Layout:
    names = [_label(text) for text in activations]
    below = round(_BELOW + _LETTER * max(map(len, names), default=0))
    fixed: Layout = {"showgrid": False, "fixedrange": True}
    return style.layout(
        {"title": {"text": "φ (activation)"}, "tickvals": list(range(len(activations))), "ticktext": names,
         "range": [-0.5, len(activations) - 0.5], "tickangle": -90, **fixed},
        {"title": {"text": "W (init scheme)"}, "tickvals": list(range(len(schemes))),
         "ticktext": [_label(text) for text in schemes], "range": [len(schemes) - 0.5, -0.5], **fixed},
        hovermode="closest", margin={"l": 140, "r": 12, "b": below}, height=_ABOVE + below + _ROW * len(schemes),
    )  # fmt: skip


def _frame(x: int, y: int) -> list[Trace]:
    return [
        {"type": "rect", "x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5,
         "line": {"color": tone, "width": width}}
        for tone, width in ((style.HALO, 6), (style.ON_MAP, 3))
    ]  # fmt: skip


def _label(text: str) -> str:
    """A part's text as a tick: normal(std=0.01) as normal(0.01), a slip as its formula."""
    if text.startswith("slip_"):
        words = text.replace("_", " ").replace("sqrt 2 over n", "√(2/n)")
        return words.replace("2 over n", "2/n").replace("1 over n", "1/n")
    head, given = part_text.part(text) or (text, {})
    if head == "normal" and not given:
        return "normal(1)"
    return f"{head}({', '.join(given.values())})" if given else head


def _short(log10: float) -> str:
    """A number as short as a cell is narrow: two digits or a power of ten, in at most five letters."""
    if math.isnan(log10):
        return ""
    if log10 == -math.inf:
        return "0"
    if -2 <= log10 < 3:
        value = 10**log10
        return f"{value:.2f}" if value < 9.995 else f"{value:.0f}"
    power = round(log10)
    return "10" + str(power).translate(_RAISED) if abs(power) < 100 else "→0" if power < 0 else "→∞"


def _exponent(log10: float) -> str:
    """A log10 in at most four letters."""
    if math.isinf(log10):
        return "−∞" if log10 < 0 else "∞"
    text = "" if math.isnan(log10) else f"{log10:.1f}" if abs(log10) < 9.95 else f"{log10:.0f}"
    return text.replace("-0.0", "0.0").replace("-", "−")


_SHORT = {"gradient": _short, "last": _exponent}


def _bare(symbol: str) -> str:
    """The quantity itself, told as a number and not as its logarithm."""
    return symbol.removeprefix("log<sub>10</sub> ")


def _power(decades: float) -> str:
    return axes.power(round(decades)) if decades == round(decades) else f"{10**decades:.2g}"


def _alt(values: Floats, title: str, how: str, activations: Sequence[str], schemes: Sequence[str]) -> str:
    size = np.where(np.isfinite(values), np.abs(values), np.inf)
    rows = [
        f"{activation} with {schemes[int(np.argmin(size[:, column]))]}"
        for column, activation in enumerate(activations)
        if np.isfinite(size[:, column]).any()
    ]
    nearest = f" Nearest to 1: {'; '.join(rows)}." if rows else ""
    return f"Heat map of {len(schemes)} init schemes by {len(activations)} activations, {how}: {title}.{nearest}"
