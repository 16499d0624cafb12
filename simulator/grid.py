"""A grid: an experiment of which some settings take several values, in every combination."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator import part_text
from simulator.experiment import Experiment
from simulator.settings import Setting, SettingError, Value, check_names, echo, number_text

Integers = NDArray[np.int64]

MAX_CELLS = 10_000_000
"""More cells than this are taken for a slip of the pen."""

_MAX_VALUES = 100_000
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
# A range begins where a number begins: tried within one, long digits would take a time that grows with their square.
_RANGE = re.compile(rf"(?<![0-9.])({_NUMBER}):({_NUMBER}):([0-9]{{1,9}})(?![0-9])(:log)?")
_DIGITS = 12


class Grid:
    """Every combination of the values of `axes`, on top of `experiment`; the last axis varies fastest.

    Values are canonical, an axis has each of them once. Raises SettingError, one sentence, for a name or a single
    value that cannot be used; a combination that cannot is found when its cell is made.
    """

    def __init__(self, experiment: Experiment | None = None, /, **axes: Iterable[Any]) -> None:
        self.experiment = experiment or Experiment()
        check_names(axes, Experiment.settings(), "Grid")
        for name in axes:
            if both := set(Experiment.settings()[name].overrides) & set(axes):
                raise SettingError(f"Grid cannot vary {name} together with {min(both)}, which {name} overrides.")
        self.axes: dict[str, tuple[Value, ...]] = {
            name: _canonical(Experiment.settings()[name], values) for name, values in axes.items()
        }
        if len(self) > MAX_CELLS:
            raise SettingError(f"Grid must have at most {MAX_CELLS:,} cells; got {len(self):,}.")

    @classmethod
    def parse(cls, texts: Iterable[str], experiment: Experiment | None = None) -> Grid:
        """A grid from texts such as "gain=0.5:2:7" and "init=he_normal, normal(std=0.01)"; raises SettingError.

        start:stop:count is so many numbers evenly spaced, both ends included, start:stop:count:log evenly in their
        logarithm; within the brackets of a part too, as in "bias=normal(std=0:0.5:6)".
        """
        axes: dict[str, list[str]] = {}
        for text in texts:
            name, values = part_text.assignment(text) or ("", "")
            name = name.replace("-", "_")
            if not name or not values:
                raise SettingError(f"Grid must look like gain=0.5:2:7 or init=he_normal,zeros; got {echo(text)}.")
            check_names([name], Experiment.settings(), "Grid")
            if name in axes:
                raise SettingError(f"Grid names {name} twice; give all its values at once, as {name}=A,B.")
            kind = Experiment.settings()[name].kind
            axes[name] = [
                value for piece in part_text.split(values, ",") for value in _expanded(piece.strip(), kind, name)
            ]
        return cls(experiment, **axes)

    def __len__(self) -> int:
        return math.prod(map(len, self.axes.values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grid) and (self.experiment, self.axes) == (other.experiment, other.axes)

    def __hash__(self) -> int:
        return hash((self.experiment, tuple(self.axes.items())))

    def __repr__(self) -> str:
        sizes = " x ".join(f"{name} ({len(values)})" for name, values in self.axes.items())
        return f"<Grid of {len(self):,} cells: {sizes or 'one experiment'}>"

    @cached_property
    def _strides(self) -> tuple[int, ...]:
        sizes = [len(values) for values in self.axes.values()]
        return tuple(math.prod(sizes[place + 1 :]) for place in range(len(sizes)))

    def codes(self, name: str, cells: Integers) -> Integers:
        """Which value of an axis each cell takes."""
        stride = self._strides[list(self.axes).index(name)]
        return cells // stride % len(self.axes[name])

    def values(self, cell: int) -> dict[str, Value]:
        """The varied settings of cell 0 .. len - 1."""
        return {
            name: values[cell // stride % len(values)]
            for (name, values), stride in zip(self.axes.items(), self._strides, strict=True)
        }

    def cell(self, cell: int) -> Experiment:
        """The experiment of a cell; raises SettingError where its settings do not go together."""
        return self.experiment.replace(**self.values(cell))

    def extends(self, smaller: Grid) -> bool:
        """Whether every cell of `smaller` is a cell of this grid too."""
        return all(set(smaller.taken(name)) <= set(self.taken(name)) for name in Experiment.settings())

    def taken(self, name: str) -> tuple[Value, ...]:
        """The values that a setting takes, varied or not."""
        return self.axes.get(name) or (getattr(self.experiment, name),)

    def places(self, other: Grid, cells: Sequence[int] | Integers) -> Integers:
        """Which cells of this grid some cells of `other` are, a grid that this one extends."""
        asked = np.asarray(cells, dtype=np.int64)
        indices = np.zeros(asked.size, dtype=np.int64)
        theirs = dict(zip(other.axes, other._strides, strict=True))
        for (name, values), stride in zip(self.axes.items(), self._strides, strict=True):
            index = {value: place for place, value in enumerate(values)}
            where = np.array([index[value] for value in other.taken(name)])
            indices += stride * where[asked // theirs[name] % len(where) if name in theirs else np.zeros_like(asked)]
        return indices

    def document(self) -> dict[str, Any]:
        """The grid as JSON has it, for `from_document`."""
        return {
            "experiment": self.experiment.params(),
            "axes": {name: list(map(number_text, values)) for name, values in self.axes.items()},
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Grid:
        """The grid of a document; raises SettingError or KeyError where it is not one."""
        return cls(Experiment(**document["experiment"]), **document["axes"])


def _canonical(about: Setting, values: Iterable[Any]) -> tuple[Value, ...]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise SettingError(f"Grid.{about.name} must be a list of values; got {echo(values)}.")
    checked = []
    for value in values:
        checked.append(about.check(value, "Grid"))
        if len(checked) > _MAX_VALUES:
            raise SettingError(f"Grid.{about.name} must have at most {_MAX_VALUES:,} values.")
    if not checked:
        raise SettingError(f"Grid.{about.name} must have at least one value.")
    return tuple(dict.fromkeys(checked))


def _expanded(text: str, kind: type[Value], name: str) -> list[str]:
    """A value's text, once for every combination of the numbers that its ranges stand for."""
    if not text:
        raise SettingError(f"Grid.{name} has an empty value between its commas.")
    pieces = _RANGE.split(text)
    if len(pieces) == 1:
        return [text]
    fixed, ranges = pieces[::5], [pieces[k : k + 4] for k in range(1, len(pieces), 5)]
    choices = [_numbers(*values, whole=kind is int, name=name) for values in ranges]
    if math.prod(map(len, choices)) > _MAX_VALUES:
        raise SettingError(f"Grid.{name} must have at most {_MAX_VALUES:,} values.")
    return [
        "".join(side + middle for side, middle in zip(fixed, (*numbers, ""), strict=True))
        for numbers in product(*choices)
    ]


def _numbers(start: str, stop: str, count: str, log: str | None, *, whole: bool, name: str) -> list[str]:
    low, high, many = float(start), float(stop), int(count)
    given = f"{start}:{stop}:{count}{log or ''}"
    if not (math.isfinite(low) and math.isfinite(high)) or not 1 <= many <= _MAX_VALUES:
        raise SettingError(f"Grid.{name} must have between 1 and {_MAX_VALUES:,} finite numbers; got {echo(given)}.")
    if log and min(low, high) <= 0:
        raise SettingError(f"Grid.{name} must be above 0 to be spaced by its logarithm; got {echo(given)}.")
    places = np.geomspace(low, high, many) if log else np.linspace(low, high, many)
    values = [float(round(place)) if whole else float(f"{place:.{_DIGITS}g}") for place in places.tolist()]
    return [number_text(value) for value in dict.fromkeys(values)]
