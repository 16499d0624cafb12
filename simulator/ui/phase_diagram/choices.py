"""The choices on the page Phase diagram."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.settings import Settings, setting


@dataclass(frozen=True)
class PhaseDiagram(Settings):
    """The quantity that the plane shows."""

    plane: str = setting(
        "chi_1",
        choices=("chi_1", "q_star", "xi_c", "trainable_depth", "survival"),
        label="Colour",
        help="What the phase diagram shows at each weight and bias variance.",
    )
