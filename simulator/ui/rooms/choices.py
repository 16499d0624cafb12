"""The room that a screen is in."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.serving import rooms
from simulator.settings import Settings, setting


@dataclass(frozen=True)
class InRoom(Settings):
    """The class that a screen is in."""

    room: str = setting(
        "",
        label="Room",
        help="The code of the class that this screen is in; empty: none.",
        reads=lambda text, where: rooms.code_of(text, where) if text else text,
    )
