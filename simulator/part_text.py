"""Text that holds values: `name(param=value)`, lists of such values, and `name=value`, with nested brackets.

Links, flags, grids, comparisons and scenes all read their text here. Brackets that have no partner are letters like
any other, and every function's time grows with the length of the text, not with its square.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

Runs = tuple[tuple[str, int], ...]
"""Entries and how many times in a row each stands."""

_BRACKETS = re.compile(r"[()]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COUNT = re.compile(r"[0-9]{1,9}")
_LISTING = ",;|\n"
"""The separators of values anywhere; a value that has one at bracket level zero is enclosed in brackets of its own."""


def split(text: str, separators: str) -> list[str]:
    """The pieces of `text` between the separators, single characters, that stand outside all pairs of brackets."""
    if "(" not in text and len(separators) == 1:
        return text.split(separators)
    pairs, start, place, pieces = _pairs(text), 0, 0, []
    mark = re.compile(rf"[({re.escape(separators)}]")
    while match := mark.search(text, place):
        place = match.start() + 1
        if match[0] == "(":
            place = pairs.get(match.start(), match.start()) + 1
        else:
            pieces.append(text[start : match.start()])
            start = place
    return [*pieces, text[start:]]


def part(text: str) -> tuple[str, dict[str, str]] | None:
    """The name and the parameters of `name(param=value, ...)`; None where the text does not look like that."""
    text = text.strip()
    name, bracket, rest = text.partition("(")
    if not _NAME.fullmatch(name.strip()) or (bracket and _pairs(text).get(len(name)) != len(text) - 1):
        return None
    given: dict[str, str] = {}
    for piece in split(rest[:-1], ",") if bracket else ():
        if piece.strip():
            key, equals, value = (side.strip() for side in piece.partition("="))
            if not equals or not key or key in given:
                return None
            given[key] = value
    return name.strip(), given


def whole(text: str) -> bool:
    """Whether `text` can be the value of a part's parameter: its brackets are paired and no comma ends it early."""
    brackets = len(_BRACKETS.findall(text))
    return 2 * len(_pairs(text)) == brackets and len(split(text, ",")) == 1


def runs(text: str) -> Runs | None:
    """The entries of `entry | entry*3`, equal neighbors as one; None where an entry or its number is missing."""
    pairs: list[tuple[str, int]] = []
    for piece in split(text, "|"):
        entry, star, count = (side.strip() for side in piece.rpartition("*"))
        if not star or not _COUNT.fullmatch(count):
            entry, count = piece.strip(), "1"
        if not entry or not int(count):
            return None
        pairs.append((entry, int(count)))
    return merged(pairs)


def merged(pieces: Iterable[tuple[str, int]]) -> Runs:
    """Runs in which no entry stands beside itself."""
    kept: list[tuple[str, int]] = []
    for entry, count in pieces:
        count += kept.pop()[1] if kept and kept[-1][0] == entry else 0
        kept.append((entry, count))
    return tuple(kept)


def listed(parts: Runs) -> str:
    """The shortest text of runs."""
    return " | ".join(entry if count == 1 else f"{entry}*{count}" for entry, count in parts)


def by_layer(entries: Iterable[str]) -> str:
    """The shortest text of one entry a layer.

    >>> by_layer(["relu", "relu", "linear"])
    'relu*2 | linear'
    """
    return listed(merged((entry, 1) for entry in entries))


def assignment(text: str) -> tuple[str, str] | None:
    """The sides of `name=value`, the value without brackets all around it; None where there is no name or no sign."""
    name, equals, value = (side.strip() for side in text.partition("="))
    if not equals or not name:
        return None
    return name, value[1:-1].strip() if _enclosed(value) else value


def assigned(name: str, value: str) -> str:
    """`name=value` as `assignment` and `split` read it back."""
    return f"{name}=({value})" if len(split(value, _LISTING)) > 1 or _enclosed(value) else f"{name}={value}"


def _enclosed(value: str) -> bool:
    return value.startswith("(") and _pairs(value).get(0) == len(value) - 1


def _pairs(text: str) -> dict[int, int]:
    """Where each bracket that opens is closed; one without a partner is left out."""
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for match in _BRACKETS.finditer(text):
        if match[0] == "(":
            opened.append(match.start())
        elif opened:
            pairs[opened.pop()] = match.start()
    return pairs
