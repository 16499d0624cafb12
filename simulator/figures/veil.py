"""A chart that waits for a prediction: its title and its axes, and nothing drawn."""

from __future__ import annotations

from simulator.figures import style
from simulator.figures.figure import Figure, Trace


def veiled(figure: Figure) -> Figure:
    """The frame of `figure`, without its numbers."""
    blank = {"range": [-1, 1], "showticklabels": False, "showgrid": False, "fixedrange": True}
    axes: list[Trace] = []
    for name in ("xaxis", "yaxis"):
        title = figure["layout"].get(name, {}).get("title", {}).get("text", "")
        axes.append({"title": {"text": title}, **blank})
    mark: Trace = {"type": "scatter", "x": [0], "y": [0], "mode": "text", "text": ["?"], "hoverinfo": "skip",
                   "textfont": {"size": 72, "color": style.FAINT}, "showlegend": False}  # fmt: skip
    return Figure([mark], style.layout(*axes, hovermode=False), name=f"{figure.name}-veiled", title=figure.title,
                  caption="Drawn once you have said what you expect.",
                  alt=f"Empty chart, {figure.title}: it is drawn after your prediction.")  # fmt: skip
