"""How figures look: the only place with colours.

Lines take the palette of Okabe and Ito (2008), magnitudes take cividis (Nunez et al. 2018); both
are safe for colour-blind readers. Series also differ in marker and dash, so that nothing hangs on
colour alone. `DARK` maps each colour to its counterpart on a dark page.
"""

from __future__ import annotations

from typing import Any

INK = "#1F2933"
FAINT = "#7B8794"
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY = "#E69F00", "#56B4E9"

SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot", "8px,3px,2px,3px")
MAGNITUDE = "Cividis"
SIGNED = [[0.0, BLUE], [0.5, "#FFFFFF"], [1.0, VERMILLION]]
"""Values about 0: negative, zero, positive."""
ON_MAP, HALO = "#101418", "#FFFFFFC8"
"""Lines and words over a heat map, and what sets them off from it: the same on either page, as the map is."""

# Deep tones turn lighter on a dark page.
DARK = {INK: "#F0F4F8", FAINT: "#9AA5B1", BLUE: "#4DB2F0", VERMILLION: "#FF8A3D", GREEN: "#2CC295", PURPLE: "#E29BC4",
        ORANGE: "#F2B632", SKY: "#9AD5F8"}  # fmt: skip


def color(index: int) -> str:
    """The colour of series number `index`."""
    return SERIES[index % len(SERIES)]


def symbol(index: int) -> str:
    """The marker of series number `index`."""
    return SYMBOLS[index % len(SYMBOLS)]


def dash(index: int) -> str:
    """The dash of the theory line of series number `index`."""
    return DASHES[index % len(DASHES)]


def translucent(tone: str, opacity: float) -> str:
    """`tone` with an opacity in [0, 1], as #RRGGBBAA."""
    return f"{tone}{round(opacity * 255):02X}"


def beneath(tone: str) -> dict[str, Any]:
    """A measured line that theory of the same `tone`, dashed, lies upon: broad and pale, so that both are seen."""
    return {"color": translucent(tone, 0.4), "width": 6}


def layout(xaxis: dict[str, Any], yaxis: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A layout with these axes, a legend below the plot and one hover box for all series."""
    return {
        "xaxis": {"zeroline": False, **xaxis},
        "yaxis": {"zeroline": False, **yaxis},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.22, "yanchor": "top"},
        "hovermode": "x unified",
        **more,
    }


FLOW_ARROW: dict[str, Any] = {
    "showarrow": True, "arrowhead": 2, "arrowwidth": 1.6, "arrowcolor": INK, "ax": 36, "ay": 0,
    "xref": "paper", "x": 0, "yref": "paper", "y": 1, "yshift": 13, "xanchor": "left",
}  # fmt: skip
"""Place and arrow of the note that tells which way gradients travel: above the plot, pointing left."""


def band(low: float, high: float) -> dict[str, Any]:
    """A shade over part of the vertical axis, below all lines."""
    return {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": low, "y1": high, "layer": "below",
            "line": {"width": 0}, "fillcolor": translucent(VERMILLION, 0.13)}  # fmt: skip


def note(text: str, **place: Any) -> dict[str, Any]:
    """A short text in the plot, without an arrow unless `place` gives one."""
    return {"text": text, "showarrow": False, "font": {"color": INK}, **place}
