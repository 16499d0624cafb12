"""The commands about one question of an experiment: precision, jacobian, train."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from simulator import tables
from simulator.cli import flags, networks, printing
from simulator.settings import SettingError
from simulator.studies.fates import fate, first_layer
from simulator.studies.formats import FORMATS
from simulator.studies.jacobian import GAUSSIAN, ORTHOGONAL, OWN, QUANTITY, jacobian
from simulator.studies.precision import EVENTS, precision
from simulator.studies.training import Dataset, Training, digits, of_table, train
from simulator.values import one_of

LAWS = (OWN, GAUSSIAN, ORTHOGONAL)
_JACOBIAN = ("mean_square", "relative_variance", "condition")


def add(command: flags.Command) -> None:
    """The commands, with their flags."""
    made = command("precision", run_precision, "Print what becomes of a network in each number format.")
    flags.add_settings(flags.add_output(made))
    made = command("jacobian", run_jacobian, "Print the singular values of dx_l/dx_0, layer by layer.")
    about = "the experiment's own law of weights, or another with the same variance"
    made.add_argument("--law", default=OWN, metavar="STR", help=f"{about}; one of {', '.join(LAWS)} (default {OWN})")
    flags.add_settings(flags.add_output(made))
    made = command("train", run_training, "Train several init schemes side by side and print how they fare.")
    made.add_argument("--data", metavar="FILE", default=None, help="CSV, last column the target (default digits)")
    flags.add_settings(flags.add_output(made))
    flags.add_settings(made, Training)


def run_precision(arguments: argparse.Namespace) -> None:
    """simulator precision."""
    experiment = flags.experiment(arguments)
    result = precision(experiment)
    lines = [f"{name}: {fate(result, name)}." for name in FORMATS]
    if result.reduced:
        made = result.experiment
        lines.append(f"Run with at most {max(made.layer_widths)} units a layer and {made.batch} examples.")
    beside = " (predicted)" if result.expected else ""
    cells = [[f"first layer where{beside}", *FORMATS]]
    cells += [[about, *(first_layer(result, name, event) for name in FORMATS)] for event, about in EVENTS.items()]
    settings = flags.settings(experiment)
    printing.write(arguments, settings, " ".join(lines), result.to_frame(), lines, printing.aligned(cells))


def run_jacobian(arguments: argparse.Namespace) -> None:
    """simulator jacobian."""
    experiment = flags.experiment(arguments)
    result = jacobian(experiment, one_of(arguments.law, LAWS, "--law"))
    frame = result.to_frame()
    last = frame[frame.statistic == "mean_square"].groupby("source", observed=True).log10.last()
    lines = [f"Mean squared singular value at layer {experiment.depth}, {source}: 10^{log10:.4g}."
             for source, log10 in last.items() if log10 == log10]  # fmt: skip
    if result.narrowed:
        lines.append(f"Worked out with at most {max(result.widths)} units a layer.")
    table = printing.by_layer(frame[frame.source == "simulation"], [(QUANTITY, name) for name in _JACOBIAN])
    printing.write(arguments, flags.settings(experiment), " ".join(lines), frame, lines, table)


def run_training(arguments: argparse.Namespace) -> None:
    """simulator train."""
    experiment = flags.experiment(arguments)
    training = Training(**flags.chosen(arguments, Training))
    data = digits() if arguments.data is None else flags.parsed("data", arguments.data, partial(_data, arguments.data))
    refused = training.refusal(experiment, data)
    if refused:
        raise SettingError(refused)
    progress = partial(networks.progress, noun="steps") if sys.stderr.isatty() else None
    result = train(experiment, training, data, progress=progress)
    cells = [["step", *(f"loss, {scheme}" for scheme in result.schemes)]]
    rows = zip(result.steps, result.loss[0].T, strict=True)
    cells += [[str(step), *(f"{loss:.4g}" for loss in losses)] for step, losses in rows]
    settings = flags.settings(experiment) | flags.settings(training)
    lines = result.sentences
    printing.write(arguments, settings, " ".join(lines), result.to_frame(), lines, printing.aligned(cells))


def _data(file: str, raw: bytes) -> Dataset:
    return of_table(tables.parse(raw), Path(file).name)
