"""The commands about one experiment: run, theory, link."""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any
from urllib.parse import urlencode

from simulator.cli import flags, printing
from simulator.settings import SettingError
from simulator.studies.propagation import propagate
from simulator.studies.verdict import Verdict
from simulator.theory.mean_field import mean_field

CURVE_FLAGS = {
    "sigma-w2": "n Var W, in place of an init scheme: the plain infinite-width curves",
    "sigma-b2": "Var b that goes with --sigma-w2 (default 0)",
    "q0": "mean square of the input that goes with --sigma-w2 (default 1)",
    "c0": "correlation of two inputs that goes with --sigma-w2 (default 0)",
}
"""Flags of `simulator theory` beside an experiment's settings."""


def run(arguments: argparse.Namespace) -> None:
    """simulator run."""
    experiment = flags.experiment(arguments)
    result = propagate(experiment, progress=progress if sys.stderr.isatty() else None)
    verdict = result.verdict
    advice = verdict.advice
    lines = [verdict.headline, *verdict.details, *verdict.remarks, verdict.cause]
    if advice is not None:
        lines.append(f"{advice.label}: {advice.reason}")
    said = {"label": advice.label, "reason": advice.reason, "changes": advice.changes} if advice else None
    fields = {"verdict": _fields(verdict), "advice": said}
    printing.write(arguments, flags.settings(experiment), str(result.outcome), result.to_frame(), fields=fields)
    if arguments.format != "json":
        print(*lines, sep="\n", file=sys.stderr)


def _fields(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON has it: its sentences, and each row in numbers, null for what is none."""
    sides = {"signal": verdict.signal, "gradient": verdict.gradient, "apart": verdict.apart}
    rows = {
        name: {
            "factor": side.factor if math.isfinite(side.factor) else None,
            "decades": side.decades if math.isfinite(side.decades) else None,
            "zero": side.zero,
            "survives": side.survives,
            "layers": side.steps,
        }
        for name, side in sides.items()
    }
    outcome, level = str(verdict.outcome), str(verdict.level)
    return {"headline": verdict.headline, "cause": verdict.cause, "outcome": outcome, "level": level, **rows}


def theory(arguments: argparse.Namespace) -> None:
    """simulator theory."""
    experiment = flags.experiment(arguments)
    given = {name.replace("-", "_"): getattr(arguments, name.replace("-", "_")) for name in CURVE_FLAGS}
    given = {name: flags.number(name, text) for name, text in given.items() if text is not None}
    if given and "sigma_w2" not in given:
        raise SettingError(f"--{next(iter(given)).replace('_', '-')} goes with --sigma-w2.")
    settings = flags.settings(experiment)
    if given:
        prediction = mean_field(activation=experiment.activation, depth=experiment.depth, **given)
        settings = {"activation": experiment.activation, "depth": experiment.depth, **given}
    else:
        prediction = mean_field(experiment)
    printing.write(
        arguments,
        settings,
        str(prediction.outcome),
        prediction.to_frame(),
        [str(prediction.outcome), *filter(None, [prediction.remark])],
    )


def link(arguments: argparse.Namespace) -> None:
    """simulator link."""
    print("?" + urlencode(flags.experiment(arguments).params()))


def progress(done: int, total: int, noun: str = "layers") -> None:
    """How far a run is, on one line of standard error."""
    end = "\r\033[K" if done == total else ""
    print(f"\r{done}/{total} {noun}{end}", end="", file=sys.stderr, flush=True)
