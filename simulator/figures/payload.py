"""Figures as what a browser is sent: JSON with short numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from simulator.figures import style
from simulator.figures.figure import Figure

DIGITS = 5
"""Significant digits of a number in a payload: a tenth of a pixel on any screen."""


def encode(figures: Sequence[Figure], columns: int = 2, *, row: bool = False, fill: bool = False) -> bytes:
    """The figures as JSON bytes: cache these, not the figures.

    A `row` of figures by layer is one picture: one legend, as high as the screen has room for, what was there before a
    change in grey, a layer under the mouse marked in all of them; one at a time on a phone. Those that `fill` are side
    by side, each for itself, and as high as the screen has room for.
    """
    payload = {
        "columns": columns,
        **({"row": True} if row else {}),
        **({"fill": True} if fill else {}),
        "dark": style.DARK,
        "figures": [
            {
                "name": figure.name,
                "title": figure.title,
                "caption": figure.caption,
                "alt": figure.alt,
                "clickable": figure.clickable,
                **({"drags": figure.drags} if figure.drags else {}),
                **cast(dict[str, Any], plain(figure)),
            }
            for figure in figures
        ],
    }
    return json.dumps(payload, allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode()


def plain(value: Any) -> Any:
    """`value` as what JSON has: arrays become lists of rounded numbers, NaN and infinities null."""
    if value is None or isinstance(value, (str, int)):  # most of what a figure has; other mappings are slow to tell
        return value
    if isinstance(value, np.ndarray):
        return _numbers(value)
    if isinstance(value, (dict, Mapping)):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
    return value


def _numbers(array: NDArray[Any]) -> list[Any]:
    if array.dtype.kind != "f":
        return cast(list[Any], array.tolist())
    known = np.isfinite(array)
    rounded = round_significant(np.where(known, array, 0.0))
    if known.all():
        return cast(list[Any], rounded.tolist())
    plain = rounded.astype(object)
    plain[~known] = None
    return cast(list[Any], plain.tolist())


def round_significant(array: NDArray[np.floating[Any]], digits: int = DIGITS) -> NDArray[np.float64]:
    """Finite numbers of any shape, rounded to so many significant digits."""
    numbers = np.asarray(array, dtype=np.float64)
    size = np.abs(numbers)
    ordinary = (size > 1e-280) & (size < 1e280)
    places = digits - 1 - np.floor(np.log10(np.where(ordinary, size, 1.0)))
    # Powers of ten above 1 are exact up to 1e22, those below never: divide, lest 0.3 become 0.30000000000000004.
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    rounded = np.rint(np.where(ordinary, numbers, 0.0) * up / down) / up * down
    return np.where(ordinary, rounded, numbers)
