"""Every limit of a server, in one place: environment variables, with defaults for a host of 1 GB.

What Streamlit itself bounds (uploads, messages, sessions that left) is in .streamlit/config.toml.
"""

from __future__ import annotations

import os
from math import inf

from simulator.cost import bytes_text
from simulator.experiment import Experiment

PREFIX = "SIMULATOR_"

ABOUT: dict[str, tuple[float, str]] = {}
"""Each variable: its default and one sentence."""


def _limit(name: str, default: float, about: str, *, least: float) -> float:
    """The number that the environment gives, or the default; raises ValueError where it is none or too small."""
    ABOUT[PREFIX + name] = default, about
    text = os.environ.get(PREFIX + name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = -inf
    if not least <= value < inf:
        raise ValueError(f"{PREFIX}{name} must be a number from {least:g} on; got {text!r}.")
    return value


RUN_SECONDS = _limit(
    "RUN_SECONDS", 30, "Seconds that a run may take by its estimate; a longer one is refused.", least=0
)
RUN_BYTES = 2**20 * int(
    _limit("RUN_MB", 256, "Memory that a run may need by its estimate, in MiB; a larger one is refused.", least=1)
)
LONG_SECONDS = _limit(
    "LONG_SECONDS",
    0.5,
    "Estimated seconds from which a run is a long one: it shows a bar, one is under way at a time, "
    "and it lets short ones by.",
    least=0,
)
ONE_THREAD = bool(
    _limit("ONE_THREAD", 1, "1: a long run uses one core and leaves the others to visitors; 0: all that pay.", least=0)
)
SLICE_SECONDS = _limit("SLICE_SECONDS", 0.05, "Seconds after which a long run lets those by who wait.", least=0)
PLACES = int(_limit("PLACES", 1, "How many computations a process does at a time; all others queue.", least=1))
RESULT_BYTES = 2**20 * int(_limit("RESULTS_MB", 64, "Results kept for everybody, in MiB.", least=0))
CHART_BYTES = 2**20 * int(_limit("CHARTS_MB", 64, "Encoded charts kept for everybody, in MiB.", least=0))


def refusal(experiment: Experiment) -> tuple[str, dict[str, str]] | None:
    """Why a run is refused here, in one sentence, with the nearest changes that fit; None if it fits."""
    found = experiment.refusal(seconds=RUN_SECONDS)
    if found is not None:
        fits = experiment.replace(**found[1])
        return found if fits.cost().bytes <= RUN_BYTES else _over_memory(experiment, fits)
    return None if experiment.cost().bytes <= RUN_BYTES else _over_memory(experiment, experiment)


def _over_memory(experiment: Experiment, start: Experiment) -> tuple[str, dict[str, str]]:
    smaller = start
    while smaller.cost().bytes > RUN_BYTES:
        smaller = _smaller(smaller)
    names = ("widths", "width", "depth", "batch", "seeds")
    changes = {
        name: str(getattr(smaller, name)) for name in names if getattr(smaller, name) != getattr(experiment, name)
    }
    wanted = ", ".join(f"{name}={value}" for name, value in changes.items() if value)
    bound = bytes_text(RUN_BYTES)
    said = f"This run would take {experiment.cost()}, over the bound of {bound}; the nearest that fits: {wanted}."
    return said, changes


def _smaller(experiment: Experiment) -> Experiment:
    """The one step down, in width, batch, depth or seeds, after which least memory is needed."""
    halves = {
        name: getattr(experiment, name) // 2
        for name in ("width", "batch", "depth", "seeds")
        if getattr(experiment, name) > 1
    }
    kept = {name: getattr(experiment, name) for name in ("width", "depth")}  # both, where widths said them
    steps = [experiment.replace(**{**kept, name: half}) for name, half in halves.items()]
    return min(steps, key=lambda step: step.cost().bytes)
