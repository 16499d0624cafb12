"""What Phase diagram lets one choose."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.settings import Settings, setting


@dataclass(frozen=True)
class PhaseDiagram(Settings):
    """What the plane shows."""

    plane: str = setting(
        "chi_1",
        choices=("chi_1", "q_star", "xi_c", "trainable_depth", "survival"),
        label="Colour",
        help="What the phase diagram shows at each weight and bias variance.",
    )
