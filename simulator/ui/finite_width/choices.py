"""The choices on the page Finite width."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.settings import Settings, setting


@dataclass(frozen=True)
class FiniteWidthView(Settings):
    """How many networks, and over what their mean squares are."""

    networks: int = setting(
        200, bounds=(10, 1000), label="Networks", help="How many networks of one kind, each with its own seed."
    )
    examples: str = setting(
        "one",
        choices=("one", "batch"),
        label="Mean square over",
        help="The units of one example, for which the finite-width law is exact, or the whole batch.",
    )
