"""The commands about one experiment: run, theory, link."""

from __future__ import annotations

import argparse
import sys
from urllib.parse import urlencode

from simulator.cli import flags, printing
from simulator.settings import SettingError
from simulator.studies.mean_field import mean_field
from simulator.studies.propagation import propagate

CURVE_FLAGS = {
    "sigma-w2": "n Var W, in place of an init scheme: the plain infinite-width curves",
    "sigma-b2": "Var b that goes with --sigma-w2 (default 0)",
    "q0": "mean square of the input that goes with --sigma-w2 (default 1)",
    "c0": "correlation of two inputs that goes with --sigma-w2 (default 0)",
}
"""What `simulator theory` takes beside an experiment's settings."""


def run(arguments: argparse.Namespace) -> None:
    """simulator run."""
    experiment = flags.experiment(arguments)
    result = propagate(experiment, progress=progress if sys.stderr.isatty() else None)
    verdict = result.verdict
    lines = (verdict.headline, *verdict.details, *verdict.remarks, verdict.cause)
    printing.write(arguments, flags.settings(experiment), str(result.outcome), result.to_frame(), lines)


def theory(arguments: argparse.Namespace) -> None:
    """simulator theory."""
    experiment = flags.experiment(arguments)
    given = {name.replace("-", "_"): getattr(arguments, name.replace("-", "_")) for name in CURVE_FLAGS}
    given = {name: flags.number(name, text) for name, text in given.items() if text is not None}
    if given and "sigma_w2" not in given:
        raise SettingError(f"--{next(iter(given)).replace('_', '-')} goes with --sigma-w2.")
    settings = flags.settings(experiment)
    if given:
        found = mean_field(activation=experiment.activation, depth=experiment.depth, **given)
        settings = {"activation": experiment.activation, "depth": experiment.depth, **given}
    else:
        found = mean_field(experiment)
    printing.write(
        arguments, settings, str(found.outcome), found.to_frame(), [str(found.outcome), *filter(None, [found.remark])]
    )


def link(arguments: argparse.Namespace) -> None:
    """simulator link."""
    print("?" + urlencode(flags.experiment(arguments).params()))


def progress(done: int, total: int) -> None:
    """How far a run is, on one line of standard error."""
    end = "\r\033[K" if done == total else ""
    print(f"\r{done}/{total} layers{end}", end="", file=sys.stderr, flush=True)
