"""Every limit of a server, in one place: environment variables, with defaults for a host of 1 GB.

What Streamlit itself bounds (uploads, messages, sessions that left) is in .streamlit/config.toml.
"""

from __future__ import annotations

import os
from math import inf

from simulator.experiment import Experiment

PREFIX = "SIMULATOR_"

ABOUT: dict[str, tuple[float, str]] = {}
"""Each variable: its default and one sentence."""


def limit(name: str, default: float, about: str, *, least: float) -> float:
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


def _mebibytes(name: str, default: float, about: str, *, least: float) -> int:
    """A limit that is given in MiB, as bytes."""
    return 2**20 * int(limit(name, default, about, least=least))


RUN_SECONDS = limit(
    "RUN_SECONDS", 30, "Seconds that a run may take by its estimate; a longer one is refused.", least=0.01
)
RUN_BYTES = _mebibytes(
    "RUN_MB", 256, "Memory that a run may need by its estimate, in MiB; a larger one is refused.", least=1
)
JOB_SECONDS = limit(
    "JOB_SECONDS", 120, "Seconds that a training or a sweep of a page may compute; a longer one is refused.", least=0
)
CELL_SECONDS = limit(
    "CELL_SECONDS", 3, "Seconds that one cell of a page's sweep may take: it is not interrupted.", least=0
)
COMPARE_SECONDS = limit(
    "COMPARE_SECONDS", 20, "Seconds that compared networks may take together; others are left out.", least=0
)
MATRIX_SECONDS = limit(
    "MATRIX_SECONDS", 2.5, "Seconds that a matrix's cells may take together; its networks are made smaller.", least=0.1
)
GAINS_SECONDS = limit(
    "GAINS_SECONDS", 2, "Seconds that a chart's many gains may take together; its networks are made smaller.", least=0.1
)
ENSEMBLE_SECONDS = limit(
    "ENSEMBLE_SECONDS", 6, "Seconds that hundreds of networks of a chart may take; of more, as many as fit.", least=0
)
LONG_SECONDS = limit(
    "LONG_SECONDS",
    0.5,
    "Estimated seconds from which a run is a long one: it shows a bar, one is under way at a time, "
    "and it lets short ones by.",
    least=0,
)
ONE_THREAD = bool(
    limit("ONE_THREAD", 1, "1: a long run uses one core and leaves the others to visitors; 0: all that pay.", least=0)
)
SLICE_SECONDS = limit("SLICE_SECONDS", 0.05, "Seconds after which a long run lets those by who wait.", least=0)
PLACES = int(limit("PLACES", 1, "How many computations a process does at a time; all others queue.", least=1))
SCRIPTS = int(limit("SCRIPTS", 4, "Pages that a process draws at a time; all others queue.", least=1))
RESULT_BYTES = _mebibytes("RESULTS_MB", 64, "Results kept for everybody, in MiB.", least=0)
CHART_BYTES = _mebibytes("CHARTS_MB", 64, "Encoded charts kept for everybody, in MiB.", least=0)
UPLOAD_BYTES = _mebibytes(
    "UPLOADS_MB", 64, "Uploaded files of all sessions together, in MiB; further ones are refused.", least=4
)
SESSIONS = int(
    limit("SESSIONS", 400, "Sessions with a browser connected; a further one is told that there is no room.", least=1)
)
SOCKET_BYTES = _mebibytes(
    "SOCKETS_MB",
    48,
    "What sessions keep of browsers' messages, all together, in MiB; each has its share.",
    least=1,
)
MESSAGES_A_SECOND = limit(
    "MESSAGES",
    150,
    "Browsers' messages taken in a second, of one at most a fifth; further ones wait.",
    least=1,
)
ROOMS = os.environ.get(PREFIX + "ROOMS", "").strip()
"""The file that rooms are kept in; without one each process keeps its own, which nobody finds who comes to another."""

TABLE_BYTES = _mebibytes(
    "TABLES_MB", 128, "Loaded sweeps of all sessions together, in MiB; a further one is refused.", least=1
)


def refusal(experiment: Experiment) -> tuple[str, dict[str, str]] | None:
    """Why a run is refused here, in one sentence, with the nearest changes that fit; None if it fits."""
    return experiment.refusal(seconds=RUN_SECONDS, bytes=RUN_BYTES)
