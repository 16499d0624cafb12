"""Results kept between runs and shared between visitors: the only caches, and the gate in front of the work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

from simulator.experiment import Experiment
from simulator.registry import generation
from simulator.serving import jobs, limits
from simulator.serving.store import Store
from simulator.serving.turns import Gate
from simulator.studies.advice import Advice
from simulator.studies.distributions import Distributions
from simulator.studies.distributions import distributions as _distributions
from simulator.studies.propagation import Propagation
from simulator.studies.propagation import propagate as _propagate
from simulator.theory.mean_field import MeanField
from simulator.theory.mean_field import mean_field as _mean_field
from simulator.ui import waiting

Board = Callable[..., bytes]
Made = TypeVar("Made")

# Of the module and not st.cache_resource's: any visitor's browser can tell Streamlit to clear that.
RESULTS, PAYLOADS = Store(limits.RESULT_BYTES), Store(limits.CHART_BYTES)
JOBS = jobs.Jobs(Gate(limits.PLACES), waiting)


@contextmanager
def gate() -> Iterator[None]:
    """So many computations at a time in this process: script threads would otherwise fight for the interpreter."""
    if sys.platform == "emscripten":  # a browser has one thread
        yield
        return
    turn = waiting.Turn()
    with waiting.aside(), JOBS.gate.turn(turn.show_place):
        turn.come()
        yield


def state() -> dict[str, int]:
    """How many wait and how many bytes are kept: what a health check is told."""
    return {
        "waiting": JOBS.gate.waiting,
        "under_way": len(JOBS),
        "result_bytes": RESULTS.nbytes,
        "chart_bytes": PAYLOADS.nbytes,
    }


def propagation(experiment: Experiment) -> Propagation:
    """The simulated networks of an experiment, judged."""
    return result(_judged, experiment, seconds=experiment.cost().seconds, text=f"Simulating: {experiment.cost()}")


def theory(experiment: Experiment) -> MeanField:
    """The infinite-width prediction for an experiment."""
    return result(_mean_field, experiment)


def advice(experiment: Experiment) -> Advice | None:
    """Advice that would help the experiment's network most, tried by simulation where that is quick."""
    return result(_advice, experiment)


def distributions(experiment: Experiment, quantity: str) -> Distributions:
    """The histograms of one quantity at every layer of the first network."""
    cost = experiment.cost()
    return result(_distributions, experiment, quantity, seconds=cost.seconds, text=f"Simulating: {cost}")


def result(study: Callable[..., Made], *arguments: Hashable, seconds: float = 0.0, text: str = "") -> Made:
    """Return `study(*arguments)`, kept by the study's name and its arguments.

    A study that says how many `seconds` it will take is also given `progress=`, a callback or None.
    """

    def make() -> Made:
        if not seconds:
            return study(*arguments)
        with JOBS.reporting(seconds, text) as progress:
            return study(*arguments, progress=progress)

    return _shared(RESULTS, (_name(study), *arguments), make)


def payload(board: Board, experiment: Experiment, *choices: str | float) -> bytes:
    """Encoded figures of an experiment, by the function that makes them; it runs outside of Streamlit's script."""
    return _shared(PAYLOADS, (_name(board), experiment, *choices), lambda: board(experiment, *choices))


def _shared(store: Store, key: Hashable, make: Callable[[], Made]) -> Made:
    """Return what the store has, or one visitor's job makes for all who ask, of the parts as they are defined now."""
    key = generation(), key
    kept = store.find(key)
    if kept is None:
        # Found once more behind the gate: it may have come as a part of somebody else's job.
        kept = JOBS.share(key, lambda: store.find(key) or store.keep(key, make()))
    return cast(Made, kept[0])


def _judged(experiment: Experiment, progress: jobs.Progress | None) -> Propagation:
    """The result with its verdict, worked out behind the gate and not at first sight."""
    propagated = _propagate(experiment, progress=progress)
    _ = propagated.verdict
    return propagated


def _advice(experiment: Experiment) -> Advice | None:
    return propagation(experiment).verdict.advice


def _name(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
