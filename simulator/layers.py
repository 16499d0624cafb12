"""Text that has a value for every layer: layer widths, and lists such as "tanh*3 | relu*6 | linear"."""

from __future__ import annotations

import re
from collections import Counter

from simulator import part_text
from simulator.part_text import Runs
from simulator.settings import SettingError, echo

MAX_DEPTH = 2000
MAX_WIDTH = 65536


def widths(text: str, where: str) -> str:
    """Layer widths in canonical form, input first: "784-512-10", or ""; raises SettingError naming `where`."""
    if not text:
        return text
    pieces = re.split(r"\s*[-,\s]\s*", text)
    if len(pieces) < 2 or not all(re.fullmatch(r"[0-9]{1,9}", piece) for piece in pieces):
        raise SettingError(f"{where} must look like 784-512-10; got {echo(text)}.")
    if len(pieces) > MAX_DEPTH + 1:
        raise SettingError(f"{where} must name at most {MAX_DEPTH + 1} layers; got {len(pieces)}.")
    numbers = tuple(map(int, pieces))
    for width in numbers:
        if not 1 <= width <= MAX_WIDTH:
            raise SettingError(f"{where} must lie in [1, {MAX_WIDTH}]; got {width}.")
    return "-".join(map(str, numbers))


def entries(text: str, where: str) -> str:
    """A list of canonical entries as it is, if it is not longer than a network is deep; else raises SettingError."""
    if (parts := count(runs(text))) > MAX_DEPTH:
        raise SettingError(f"{where} must name at most {MAX_DEPTH} layers; got {parts}.")
    return text


def runs(text: str) -> Runs:
    """The entries of a canonical list and how many layers in a row have each."""
    return part_text.runs(text) or ()


def count(parts: Runs) -> int:
    """How many layers there are."""
    return sum(many for _, many in parts)


def commonest(parts: Runs) -> str:
    """The entry of most layers, the first among equals."""
    layers: Counter[str] = Counter()
    for entry, many in parts:
        layers[entry] += many
    return max(layers, key=lambda entry: layers[entry])


def alike(parts: Runs, last: bool) -> bool:
    """Whether all layers are alike, or all but the last one where `last` allows that."""
    return len(parts) == 1 or (last and len(parts) == 2 and parts[1][1] == 1)


def with_last(text: str, entry: str) -> str:
    """A canonical list with another entry for the last layer."""
    *before, (last, many) = runs(text)
    return part_text.listed(part_text.merged([*before, *[(last, many - 1)] * (many > 1), (entry, 1)]))
