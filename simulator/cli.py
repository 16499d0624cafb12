"""The command line: every setting is a flag of the same name, with - for _."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

import pandas as pd

from simulator import frames
from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.initializers import Bias, Initializer
from simulator.inputs import InputLaw
from simulator.settings import Part, SettingError, number_text
from simulator.statistics import STATISTICS
from simulator.studies import gains
from simulator.studies.mean_field import mean_field
from simulator.studies.propagation import propagate

_LISTS: dict[str, tuple[type[Part], ...]] = {
    "activations": (Activation,),
    "inits": (Initializer,),
    "biases": (Bias,),
    "inputs": (InputLaw,),
}

_TABLE = (
    ("activation", "variance"),
    ("activation", "saturated_fraction"),
    ("activation_gradient", "variance"),
    ("weight_gradient", "variance"),
)

_GAINS = {
    "signal": "keeps q = 1",
    "gradient": "keeps gradient",
    "variance": "keeps variance",
    "torch": "PyTorch",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 2 after one sentence on standard error for bad input."""
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.command(arguments) or 0)
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as head, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingError(f"{message[0].upper()}{message[1:]}. See {self.prog} --help.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="simulator", description="What a deep network's initialization does to the signal.", allow_abbrev=False
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], Any], about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        made.set_defaults(command=run)
        return made

    app = command("app", _app, "Start the app in a browser.")
    app.add_argument("--port", default="8501", help="port to listen on (default 8501)")
    app.add_argument(
        "--address", default="localhost", help="address to listen on (default localhost: this machine only)"
    )
    _add_settings(_add_output(command("run", _run, "Simulate and print every statistic of every layer and seed.")))
    theory = command("theory", _theory, "Print what infinite-width theory predicts of the same statistics.")
    _add_settings(_add_output(theory))
    for name, about in _CURVE_FLAGS.items():
        theory.add_argument(f"--{name}", default=None, metavar="NUMBER", help=about)
    gain = _add_output(command("gain", _gain, "Print the gains of the activations, and where each of them leads."))
    gain.add_argument("--activation", default=None, metavar="STR", help="one activation (default: all)")
    lists = command("list", _list, "List what can be chosen.")
    lists.add_argument("what", choices=[*_LISTS, "statistics"], help="what to list")
    _add_settings(command("link", _link, "Print the URL query of an experiment."))
    return parser


_CURVE_FLAGS = {
    "sigma-w2": "n Var W, in place of an init scheme: the plain infinite-width curves",
    "sigma-b2": "Var b that goes with --sigma-w2 (default 0)",
    "q0": "mean square of the input that goes with --sigma-w2 (default 1)",
    "c0": "correlation of two inputs that goes with --sigma-w2 (default 0)",
}


def _add_settings(parser: argparse.ArgumentParser) -> None:
    for name, about in Experiment.settings().items():
        default = f" (default {number_text(about.default)})" if about.default != "" else ""
        text = f"{about.help}{default}".replace("%", "%%")
        parser.add_argument(
            f"--{name.replace('_', '-')}", dest=name, default=None, metavar=about.kind.__name__.upper(), help=text
        )


def _add_output(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument(
        "--format", choices=["table", "csv", "json"], default="table", help="what to print (default table)"
    )
    parser.add_argument("--output", metavar="FILE", default=None, help="write to a file in place of standard output")
    return parser


def _experiment(arguments: argparse.Namespace) -> Experiment:
    given = {name: getattr(arguments, name) for name in Experiment.settings()}
    return Experiment(**{name: value for name, value in given.items() if value is not None})


def _run(arguments: argparse.Namespace) -> None:
    experiment = _experiment(arguments)
    result = propagate(experiment, progress=_progress if sys.stderr.isatty() else None)
    verdict = result.verdict
    lines = (verdict.headline, *verdict.details, *verdict.remarks, verdict.cause)
    _write(arguments, _settings(experiment), str(result.outcome), result.to_frame(), lines)


def _theory(arguments: argparse.Namespace) -> None:
    experiment = _experiment(arguments)
    given = {name.replace("-", "_"): getattr(arguments, name.replace("-", "_")) for name in _CURVE_FLAGS}
    given = {name: _number(name, text) for name, text in given.items() if text is not None}
    if given and "sigma_w2" not in given:
        raise SettingError(f"--{next(iter(given)).replace('_', '-')} goes with --sigma-w2.")
    settings = _settings(experiment)
    if given:
        theory = mean_field(activation=experiment.activation, depth=experiment.depth, **given)
        settings = {"activation": experiment.activation, "depth": experiment.depth, **given}
    else:
        theory = mean_field(experiment)
    _write(arguments, settings, str(theory.outcome), theory.to_frame(), (str(theory.outcome),))


def _gain(arguments: argparse.Namespace) -> None:
    given = arguments.activation
    results = gains.every() if given is None else [gains.gains(given)]
    lines = [f"{result.activation}: {remark}" for result in results for remark in result.remarks]
    columns = list(_GAINS)
    cells = [["activation", *(_GAINS[purpose] for purpose in columns)]]
    for result in results:
        leads = {lead.purpose: lead.sigma_w for lead in result.leads}
        told = [f"{leads[purpose]:.10f}" if purpose in leads else "-" for purpose in columns]
        cells.append([str(result.activation), *told])
    settings = {} if given is None else {"activation": str(results[0].activation)}
    _write(arguments, settings, " ".join(lines), gains.table(results), lines, _aligned(cells))


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SettingError(f"--{name.replace('_', '-')} must be a number; got {text!r}.") from None


def _settings(experiment: Experiment) -> dict[str, Any]:
    return {name: getattr(experiment, name) for name in Experiment.settings()}


def _write(
    arguments: argparse.Namespace,
    settings: Mapping[str, Any],
    outcome: str,
    frame: pd.DataFrame,
    lines: Sequence[str],
    table: Sequence[str] | None = None,
) -> None:
    if arguments.format == "csv":
        text = frame.to_csv(index=False, lineterminator="\n")
    elif arguments.format == "json":
        document = {"experiment": dict(settings), "outcome": outcome, "rows": frames.records(frame)}
        text = json.dumps(document, allow_nan=False, ensure_ascii=False) + "\n"
    else:
        text = "\n".join([*(_table(frame) if table is None else table), "", *lines]) + "\n"
    if arguments.output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(arguments.output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingError(f"--output {arguments.output} cannot be written: {error.strerror}.") from None


def _table(frame: pd.DataFrame) -> list[str]:
    """The main statistics by layer, the median over seeds, as aligned text."""
    columns = [pair for pair in _TABLE if ((frame.quantity == pair[0]) & (frame.statistic == pair[1])).any()]
    cells = [["layer", *(" ".join(pair).replace("_", " ") for pair in columns)]]
    median = {
        pair: frame[(frame.quantity == pair[0]) & (frame.statistic == pair[1])]
        .groupby("layer")[["value", "log10"]]
        .median()
        for pair in columns
    }
    layers = sorted(frame.layer.unique())
    cells += [[str(layer), *(_cell(median[pair], layer) for pair in columns)] for layer in layers]
    return _aligned(cells)


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]


def _cell(median: pd.DataFrame, layer: int) -> str:
    if layer not in median.index:
        return ""
    value, log10 = median.loc[layer]
    if value != value:  # outside the double range: only the logarithm says it
        return f"10^{log10:.2f}"
    return f"{value:.4g}"


def _list(arguments: argparse.Namespace) -> None:
    if arguments.what == "statistics":
        rows: list[tuple[str, str, tuple[str, ...]]] = [
            (name, f"{about.about} Of {', '.join(about.of)}.", ()) for name, about in STATISTICS.items()
        ]
    else:
        rows = [
            (
                str(_signature(part)),
                part.summary(),
                tuple(alias for alias, name in base.aliases.items() if name == part.name),
            )
            for base in _LISTS[arguments.what]
            for part in base.registry.values()
        ]
    for name, about, aliases in rows:
        print(f"{name}\n    {about}" + (f" Also called {', '.join(aliases)}." if aliases else ""))


def _signature(part: type[Part]) -> str:
    given = ", ".join(f"{name}={number_text(about.default)}" for name, about in part.settings().items())
    return f"{part.name}({given})" if given else part.name


def _link(arguments: argparse.Namespace) -> None:
    print("?" + urlencode(_experiment(arguments).params()))


def _app(arguments: argparse.Namespace) -> int:
    if not arguments.port.isdecimal() or not 0 < int(arguments.port) < 65536:
        raise SettingError(f"--port must lie in [1, 65535]; got {arguments.port!r}.")
    here = Path(__file__).resolve().parent
    root = next((place for place in (here.parent, here / "bundle") if (place / "app.py").is_file()), None)
    if root is None:
        raise SettingError("app.py was not found beside the simulator package.")
    # Streamlit reads .streamlit/config.toml from the folder it is started in.
    where = ["--server.port", arguments.port, "--server.address", arguments.address]
    return subprocess.call([sys.executable, "-m", "streamlit", "run", "app.py", *where], cwd=root)


def _progress(done: int, total: int) -> None:
    end = "\r\033[K" if done == total else ""
    print(f"\r{done}/{total} layers{end}", end="", file=sys.stderr, flush=True)
