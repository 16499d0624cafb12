"""A lesson: a question, a prediction, an experiment, the answer, and a claim that a test executes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from simulator.experiment import Experiment
from simulator.figures import Figure
from simulator.lessons.sketch import Sketch
from simulator.settings import Value

_EXPONENT = re.compile(r"(?<=\d)e([-+]?)0*(?=\d)")

Numbers = Mapping[str, float]
Found = tuple[Numbers, tuple[Figure, ...]]
"""The outcome of an experiment: the numbers that the lesson speaks of, and its charts."""


@dataclass(frozen=True)
class Control:
    """A value that the reader may change: a few `values`, in order, `start` among them."""

    name: str
    label: str
    values: tuple[Value, ...]
    start: Value


@dataclass(frozen=True)
class Text:
    """A course text's `own` few words where they are wrong, beside the `right` ones."""

    own: str
    right: str


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One student question; every number it states comes from its run.

    `run(seed, **choices)` makes the experiment; `right` reads the right one of `options` off its numbers, `holds` says
    whether they bear out `claim`. `shown` has a field for each number it tells; `formula` is HTML of this repository.
    """

    title: str
    question: str
    options: tuple[str, ...]
    run: Callable[..., Found]
    right: Callable[[Numbers], str]
    shown: str
    answer: str
    formula: str
    source: str
    claim: str
    holds: Callable[[Numbers], bool]
    page: str
    lab: Mapping[str, Value]
    view: Mapping[str, Value] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    sketch: Sketch | None = None
    """The curve that can be drawn as the prediction."""
    scale: bool = True
    """Whether the options have an order of their own; others are shuffled."""
    text: Text | None = None
    minutes: int = 2
    chance: bool = True
    """Whether another seed gives other numbers."""
    seconds: float = 0.5
    """About how long a run takes."""
    slug: str = ""
    part: str = ""
    number: int = 0
    """Its address, chapter and place: they follow from `ORDER` in `simulator/lessons/__init__.py`."""

    def shuffled(self, seed: str) -> tuple[str, ...]:
        """The options in the order that they are shown in: with one `seed` always the same."""
        order = Random(f"{self.slug} {seed}")
        return self.options if self.scale else tuple(order.sample(self.options, len(self.options)))

    def choices(self) -> dict[str, Value]:
        """The value that each control begins with."""
        return {control.name: control.start for control in self.controls}

    def sentence(self, numbers: Numbers) -> str:
        """The sentence about what was measured."""
        sentence = self.shown.format(**numbers).replace("10^-", "10^−")
        return _EXPONENT.sub(lambda match: "e" + match[1].replace("+", "").replace("-", "−"), sentence)

    @property
    def experiment(self) -> Experiment:
        """The settings that the laboratory opens with."""
        return Experiment().replace(**self.lab)
