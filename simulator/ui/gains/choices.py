"""The choices on the page Gains."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.settings import Settings, setting
from simulator.theory.fans import EXAMPLE, shared_layer


@dataclass(frozen=True)
class Fans(Settings):
    """A layer whose fans are counted."""

    shared: str = setting(
        EXAMPLE,
        label="A layer of your own",
        help="Its line in PyTorch: Linear(784, 10), Conv2d(64, 64, 3, groups=2), ConvTranspose2d(64, 32, 4, stride=2).",
        reads=lambda text, where: shared_layer(text, where).text,
    )
