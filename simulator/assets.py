"""Files that come with the package."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


def asset(name: str) -> Traversable:
    """A file of the top-level folder assets: an installed package carries it inside."""
    packaged = resources.files("simulator").joinpath("data", name)
    return packaged if packaged.is_file() else Path(__file__).parents[1] / "assets" / name
