"""A sweep's picture as a web page."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from simulator import figures
from simulator.figures import Figure
from simulator.grid import Grid
from simulator.settings import SettingError, echo
from simulator.studies.sweep.ready import Picture


def check(path: str, grid: Grid, picture: Picture | None) -> None:
    """Raise SettingError, before any work, where a picture could not be drawn or written."""
    if not path.endswith(".html"):
        raise SettingError(f"--picture must end in .html; got {echo(path)}.")
    if picture is None and not 1 <= len(grid.axes) <= 3:
        raise SettingError(f"--picture can show one to three varied settings; the grid has {len(grid.axes)}.")
    if Path(path).parent != Path() and not Path(path).parent.is_dir():
        raise SettingError(f"--picture {path} cannot be written: no such directory.")


def drawn(frame: pd.DataFrame, grid: Grid, picture: Picture | None) -> list[Figure]:
    """The study's own picture, or the gradient's change over the varied settings."""
    if picture is None:
        names = [*grid.axes][::-1]  # the last varies fastest: it lies across
        picture = Picture(names[0], ("gradient", "decades"), *names[1:])
    draw: Callable[..., list[Figure]] = figures.sweep_lines
    ways: dict[str, Any] = {"panels": picture.panels, "values": {name: list(v) for name, v in grid.axes.items()}}
    places: tuple[str, ...] = (picture.x,)
    if picture.y is not None:
        draw, places = figures.sweep_maps, (picture.x, picture.y)
    return draw(frame, *places, *picture.pair, **ways)


def _page(shown: list[Figure]) -> str:
    """A web page that needs nothing else."""
    drawn = [
        f"<h2>{html.escape(figure.title)}</h2>"
        + figure.to_plotly()
        .update_layout(title_text=None, margin={"t": 20})
        .to_html(full_html=False, include_plotlyjs=index == 0)
        for index, figure in enumerate(shown)
    ]
    caption = f"<p>{shown[0].caption}</p>"
    style = "body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}h2{font-size:1.1rem}"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{style}</style>'
    head = f'<!doctype html><html lang="en"><head>{head}<title>Sweep</title></head>'
    return f"{head}<body>{caption}{''.join(drawn)}</body></html>"


def write(path: str, shown: list[Figure]) -> None:
    """Write the figures as one web page; raises SettingError."""
    try:
        Path(path).write_text(_page(shown), encoding="utf-8")
    except OSError as error:
        raise SettingError(f"--picture {path} cannot be written: {error.strerror}.") from None
