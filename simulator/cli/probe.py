"""The command about a model of one's own: probe."""

from __future__ import annotations

import argparse
import sys

import numpy as np

from simulator import probing
from simulator.cli import flags, printing
from simulator.settings import SettingError

ABOUT = "Measure a PyTorch model of your own: the signal at every module, and the gradient."
_COLUMNS = (("activation", "variance"), ("activation", "dead_fraction"), ("activation_gradient", "variance"))


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags."""
    parser.add_argument("model", metavar="MODULE:FACTORY", help="what makes the model, as package.module:factory")
    parser.add_argument("--batch", metavar="FILE", help="an .npz file: the batch, or arrays by argument, and target")
    parser.add_argument("--shape", metavar="SIZES", help="in place of a batch: N(0, 1) numbers, as 64x3x32x32")
    parser.add_argument("--loss", metavar="NAME", help="a loss of torch.nn.functional with the target (cross_entropy)")
    parser.add_argument("--seeds", metavar="INT", default="1", help="how often it is initialized anew (default 1)")
    parser.add_argument("--reinit", metavar="INIT", help="a scheme to try on a copy, as he_normal")
    parser.add_argument("--learning-rate", metavar="NUMBER", help="adds update_ratio, that of an SGD step")
    parser.add_argument("--saturation", metavar="NUMBER", default="0.05", help="tau of the saturation rule (0.05)")
    parser.add_argument("--format", choices=["table", "csv", "json"], default="table", help="what to print")
    parser.add_argument(
        "--output", metavar="FILE", help="a .parquet file, which the page Your network opens; any other gets the format"
    )


def run(arguments: argparse.Namespace) -> None:
    """simulator probe."""
    probing.require_torch()
    if (arguments.batch is None) == (arguments.shape is None):
        raise SettingError("probe needs --batch FILE or --shape SIZES, one of them.")
    from simulator.probing.in_torch import given

    numbers = {name: flags.number(name, getattr(arguments, name)) for name in ("seeds", "saturation")}
    rate = arguments.learning_rate
    if numbers["seeds"] != int(numbers["seeds"]):
        raise SettingError(f"--seeds must be a whole number; got {arguments.seeds}.")
    model = given.model(arguments.model)
    if arguments.batch is None:
        batch, target = given.noise(arguments.shape, model), None
    else:
        batch, target = given.batch(arguments.batch, model)
    result = probing.probe(
        model, batch, target, arguments.loss, seeds=int(numbers["seeds"]), reinit=arguments.reinit,
        saturation=numbers["saturation"], learning_rate=None if rate is None else flags.number("learning_rate", rate),
    )  # fmt: skip
    verdict, advice = result.verdict, result.verdict.advice
    lines = [verdict.headline, *verdict.details, *verdict.remarks, verdict.cause, *result.notes]
    lines += [f"{advice.label}: {advice.reason}"] if advice else []
    if str(arguments.output or "").endswith(".parquet"):
        try:
            result.save(arguments.output)
        except OSError as error:
            raise SettingError(f"--output {arguments.output} cannot be written: {error.strerror}.") from None
    else:
        frame = result.to_frame()
        frame["call"] = frame["call"].astype(np.int64)
        printing.write(arguments, {"model": arguments.model}, verdict.headline, frame, table=_table(result))
    print(*lines, sep="\n", file=sys.stderr)


def _table(result: probing.Probe) -> list[str]:
    """A line a point: its module, kind and main numbers, the median over networks."""
    shown = [pair for pair in _COLUMNS if pair in result.curves]
    rows = [["module", "kind", *(" ".join(pair).replace("_", " ") for pair in shown)]]
    middle = {pair: np.median(result.curves[pair][0], axis=0) for pair in shown}
    for place, point in enumerate(result.points):
        name = point.module if point.call == 1 else f"{point.module} (call {point.call})"
        numbers = [middle[pair][place] for pair in shown]
        rows.append([name, point.kind, *("" if np.isnan(each) else f"{each:.4g}" for each in numbers)])
    return printing.aligned(rows)
