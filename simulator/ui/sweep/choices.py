"""The choices on the page Sweep."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.grid import Grid
from simulator.settings import SettingError, Settings, setting
from simulator.studies.sweep.rows import PAIRS


def _grid(text: str, where: str) -> str:
    if text:
        Grid.parse([text])
    return text


def _across(text: str, where: str) -> str:
    if not text:
        raise SettingError(f"{where} must name a setting and its values; got ''.")
    return _grid(text, where)


@dataclass(frozen=True)
class Swept(Settings):
    """The settings that vary from cell to cell, and the statistic on the map."""

    sweep_across: str = setting(
        "gain=0.6:2:8",
        label="Across",
        help="A setting and its values, from left to right: gain=0.6:2:8, or depth=5,10.",
        reads=_across,
    )
    sweep_up: str = setting(
        "depth=5,10,20,40",
        label="Up",
        help="A setting and its values, from bottom to top; empty: lines, not a map.",
        reads=_grid,
    )
    sweep_panels: str = setting(
        "",
        label="Panels",
        help="A setting and its values, a chart for each: init=he_normal,normal(std=0.05).",
        reads=_grid,
    )
    sweep_shown: str = setting(
        "gradient decades", choices=tuple(map(" ".join, PAIRS)), label="Shown", help="What a sweep's charts show."
    )
