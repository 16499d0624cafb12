"""The commands about what there is: list, gain."""

from __future__ import annotations

import argparse

from simulator.activations import Activation
from simulator.cli import flags, printing
from simulator.initializers import Bias, Initializer
from simulator.inputs import InputLaw
from simulator.losses import Loss
from simulator.normalization import Normalization
from simulator.residual import Residual
from simulator.settings import Part, number_text
from simulator.statistics import STATISTICS
from simulator.studies.formats import FORMATS
from simulator.theory import gains

LISTS: dict[str, tuple[type[Part], ...]] = {
    "activations": (Activation,),
    "inits": (Initializer,),
    "biases": (Bias,),
    "inputs": (InputLaw,),
    "residuals": (Residual,),
    "normalizations": (Normalization,),
    "losses": (Loss,),
}
"""The registries that can be listed, by name."""

_GAINS = {
    "signal": "keeps q = 1",
    "gradient": "keeps gradient",
    "variance": "keeps variance",
    "torch": "PyTorch",
}


def show(arguments: argparse.Namespace) -> None:
    """simulator list."""
    rows: list[tuple[str, str, tuple[str, ...]]]
    if arguments.what == "statistics":
        rows = [(name, f"{about.about} Of {', '.join(about.of)}.", ()) for name, about in STATISTICS.items()]
    elif arguments.what == "formats":
        rows = [(name, f"{about.digits} significant bits, up to {about.largest:.4g}.", ())
                for name, about in FORMATS.items()]  # fmt: skip
    else:
        rows = [
            (
                str(_signature(part)),
                part.summary(),
                tuple(alias for alias, name in base.aliases.items() if name == part.name),
            )
            for base in LISTS[arguments.what]
            for part in (base.registry[name] for name in base.menu())
        ]
    for name, about, aliases in rows:
        print(f"{name}\n    {about}" + (f" Also called {', '.join(aliases)}." if aliases else ""))


def _signature(part: type[Part]) -> str:
    given = ", ".join(f"{name}={number_text(about.default)}" for name, about in part.settings().items())
    return f"{part.name}({given})" if given else part.name


def add(command: flags.Command) -> None:
    """The commands, with their flags."""
    made = flags.add_output(command("gain", gain, "Print the gains of the activations, and where each of them leads."))
    made.add_argument("--activation", default=None, metavar="STR", help="one activation (default: all)")
    made.add_argument("--dropout", default=0.0, metavar="FLOAT", help="the rate at which units are dropped (default 0)")
    made = command("list", show, "List what can be chosen.")
    made.add_argument("what", choices=[*LISTS, "statistics", "formats"], help="what to list")


def gain(arguments: argparse.Namespace) -> None:
    """simulator gain."""
    given, rate = arguments.activation, arguments.dropout
    results = gains.every(dropout=rate) if given is None else [gains.gains(given, rate)]
    lines = [f"{result.activation}: {remark}" for result in results for remark in result.remarks]
    columns = list(_GAINS)
    cells = [["activation", *(_GAINS[purpose] for purpose in columns)]]
    for result in results:
        leads = {lead.purpose: lead.sigma_w for lead in result.leads}
        shown = [f"{leads[purpose]:.10f}" if purpose in leads else "-" for purpose in columns]
        cells.append([str(result.activation), *shown])
    settings = {} if given is None else {"activation": str(results[0].activation)}
    printing.write(arguments, settings, " ".join(lines), gains.table(results), lines, printing.aligned(cells))
