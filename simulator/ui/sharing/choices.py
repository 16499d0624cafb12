"""The settings that a link keeps others from moving or seeing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.experiment import Experiment
from simulator.settings import Settings, one_of, setting

ALL = "all"
"""Stands for every setting in a list of locked ones."""

PLACES = ("navigation", "sidebar", "presets")
"""The parts of a page that a link may hide beside single settings."""


def _locked(text: str, where: str) -> str:
    return "-".join(_names(text, where, (ALL, *Experiment.settings())))


def _hidden(text: str, where: str) -> str:
    return "-".join(_names(text, where, (*PLACES, *Experiment.settings())))


def _names(text: str, where: str, known: tuple[str, ...]) -> list[str]:
    given = [name for name in re.split(r"[-,\s]+", text) if name]
    return list(dict.fromkeys(one_of(name, known, where) for name in given))


@dataclass(frozen=True)
class Shared(Settings):
    """The locked and the hidden settings."""

    lock: str = setting(
        "", help="The settings that this link does not let others move, as text: depth-width; or all.", reads=_locked
    )
    hide: str = setting("", help="What this link does not show, as text: sidebar-presets-depth.", reads=_hidden)

    @property
    def locked(self) -> list[str]:
        """The settings that stay as they are."""
        return self.lock.split("-") if self.lock else []

    @property
    def hidden(self) -> list[str]:
        """The settings and places that are not shown."""
        return self.hide.split("-") if self.hide else []

    def locks(self, name: str) -> bool:
        """Whether a setting stays as it is."""
        return name in self.locked or ALL in self.locked
