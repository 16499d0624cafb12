"""Commands that write files to take away: code and report."""

from __future__ import annotations

import argparse
import sys

from simulator import export, frames
from simulator.cli import flags, networks, printing
from simulator.reports import document, dump
from simulator.settings import SettingError
from simulator.studies.distributions import distributions
from simulator.studies.propagation import propagate
from simulator.theory.mean_field import mean_field


def code(arguments: argparse.Namespace) -> None:
    """The network as a script, or its init alone."""
    text = export.code(flags.experiment(arguments), arguments.framework, only_init=arguments.only_init)
    printing.deliver(text, arguments.output)


def report(arguments: argparse.Namespace) -> None:
    """One HTML file, and the tables beside it if asked."""
    experiment = flags.experiment(arguments)
    result = propagate(experiment, progress=networks.progress if sys.stderr.isatty() else None)
    theory = mean_field(experiment)
    if not arguments.output:
        raise SettingError("--output must name a file.")
    printing.deliver(document(result, theory, distributions(experiment)), arguments.output)
    frame = frames.concat(result, theory)
    if arguments.csv is not None:
        printing.deliver(frame.to_csv(index=False, lineterminator="\n"), arguments.csv, "csv")
    if arguments.json is not None:
        rows = frames.records(frame)
        answer = {"experiment": flags.settings(experiment), "outcome": str(result.outcome), "rows": rows}
        printing.deliver(dump(answer) + "\n", arguments.json, "json")
