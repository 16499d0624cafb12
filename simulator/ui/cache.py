"""What is kept between runs and shared between visitors: the only caches, and the gate in front of the work."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from threading import Lock, RLock
from typing import Any, TypeVar, cast

import streamlit as st

from simulator.experiment import Experiment
from simulator.studies.distributions import Distributions
from simulator.studies.distributions import distributions as _distributions
from simulator.studies.mean_field import MeanField
from simulator.studies.mean_field import mean_field as _mean_field
from simulator.studies.propagation import Propagation
from simulator.studies.propagation import propagate as _propagate
from simulator.ui import waiting

Board = Callable[..., bytes]
Made = TypeVar("Made")

_RESULTS = 48
_PAYLOADS = 600


class Store:
    """At most `limit` values by key, the least recently used dropped first; what is missing is made behind the gate.

    `st.cache_resource` would do, but a function it caches may not draw a progress bar.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """The value of `key`, made if it is not there; visitors who ask for the same one wait for each other."""
        kept = self._find(key)
        if kept is None:
            with gate():
                kept = self._find(key) or self._keep(key, make())
        return cast(Made, kept[0])

    def _find(self, key: Hashable) -> tuple[Any] | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return (self._kept[key],)

    def _keep(self, key: Hashable, value: object) -> tuple[Any]:
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self.limit:
                self._kept.popitem(last=False)
        return (value,)


@st.cache_resource(show_spinner=False)
def _turn() -> AbstractContextManager[object]:
    return RLock()  # reentrant: figures ask for results


@st.cache_resource(show_spinner=False)
def _results() -> Store:
    return Store(_RESULTS)


@st.cache_resource(show_spinner=False)
def _payloads() -> Store:
    return Store(_PAYLOADS)


def gate() -> AbstractContextManager[object]:
    """One computation at a time in this process: script threads would otherwise fight for the interpreter."""
    return nullcontext() if sys.platform == "emscripten" else _turn()  # a browser has one thread


def propagation(experiment: Experiment) -> Propagation:
    """The simulated networks of an experiment, judged."""
    return result(_judged, experiment, seconds=experiment.cost().seconds, text=f"Simulating: {experiment.cost()}")


def theory(experiment: Experiment) -> MeanField:
    """The infinite-width prediction for an experiment."""
    return result(_mean_field, experiment)


def distributions(experiment: Experiment, quantity: str) -> Distributions:
    """The histograms of one quantity at every layer of the first network."""
    cost = experiment.cost()
    return result(_distributions, experiment, quantity, seconds=cost.seconds, text=f"Simulating: {cost}")


def result(study: Callable[..., Made], *arguments: Hashable, seconds: float = 0.0, text: str = "") -> Made:
    """What `study(*arguments)` returns, kept by the study's name and its arguments.

    A study that says how many `seconds` it will take is also given `progress=`, a callback, or None for a short one.
    """

    def make() -> Made:
        if not seconds:
            return study(*arguments)
        with waiting.bar(seconds, text) as progress:
            return study(*arguments, progress=progress)

    return _results().get((_name(study), *arguments), make)


def payload(board: Board, experiment: Experiment, *choices: str | float) -> bytes:
    """Encoded figures of an experiment, by the function that makes them."""
    return _payloads().get((_name(board), experiment, *choices), lambda: board(experiment, *choices))


def _judged(experiment: Experiment, progress: waiting.Progress | None) -> Propagation:
    """The result with its verdict, worked out behind the gate and not at first sight."""
    found = _propagate(experiment, progress=progress)
    _ = found.verdict
    return found


def _name(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
