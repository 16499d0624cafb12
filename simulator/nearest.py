"""The way down from a run that is too large: to the nearest sizes that fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from simulator.settings import SettingError, Settings

SIZES = {"seeds": 2.0, "width": 1.0, "batch": 1.0, "depth": 0.25}
"""The sizes of an experiment, and how willingly each is given up."""

_MODEST = 64
"""From this size on down, half as willingly."""

Sized = TypeVar("Sized", bound=Settings)


def nearest(asked: Sized, share: Callable[[Sized], float]) -> Sized | None:
    """A copy of `asked` with some sizes smaller, of which `share` is at most 1; None if that of the least is not.

    Down by halves, each time of the size whose halving pays most, then up again by sixteenths.
    """
    best, left = asked, share(asked)
    while left > 1:
        steps = []
        for name, will in SIZES.items():
            size = getattr(best, name)
            # Down to a power of two: 1 << bits.
            half = None if size == 1 else _resized(best, name, 1 << (size - 1).bit_length() - 1)
            if half is not None:
                then = share(half)
                pays = math.log(left / then) / math.log(size / getattr(half, name))
                steps.append((will * pays / (2 if size <= _MODEST else 1), half, then))
        if not steps:
            return None
        _, best, left = max(steps, key=lambda step: step[0])
    for name in reversed(SIZES):
        step = getattr(best, name)
        least = max(1, step // 16)
        while step >= least and getattr(best, name) < getattr(asked, name):
            more = _resized(best, name, min(getattr(best, name) + step, getattr(asked, name)))
            if more is not None and share(more) <= 1:
                best = more
            else:
                step //= 2
    return best


def _resized(one: Sized, name: str, size: int) -> Sized | None:
    """With another size, of equal widths if that is depth or width; None where other settings forbid it."""
    try:
        return one.replace(**{name: size})
    except SettingError:
        return None
