"""Simulation beside theory for every activation, scheme, branch and norm: by how many standard errors they differ.

    python -m benchmarks.theory_check [--seeds 32] [--width 512] [--depth 16] [--out FILE.csv]

Of E x^2 at the output and E (dE/dx)^2 at the input, the average over seeds beside theory for infinite width, or for
this width where there is a law of it. A difference is one of chance (within 4 standard errors), of finite width (its
logarithm below 5 L/n), or it is named.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from simulator import Activation, Experiment, SettingError, mean_field, propagate
from simulator.registry import shipped

SCHEMES = (
    "lecun_normal",
    "xavier_normal",
    "he_normal",
    "he_uniform",
    "torch_default",
    "orthogonal",
    "normal(std=0.05)",
)
BRANCHES = ("none", "post", "pre", "post(scaling=depth)")
NORMS = ("none", "layer_norm", "rms_norm", "batch_norm")
PAIRS = {"signal": ("activation", -1), "gradient": ("activation_gradient", 0)}


def experiments(options: argparse.Namespace) -> Iterator[Experiment]:
    """Every combination that can be set."""
    phis = [name for name, part in Activation.registry.items() if shipped(part)]
    for phi, init, residual, norm in itertools.product(phis, SCHEMES, BRANCHES, NORMS):
        try:
            yield Experiment(
                activation=phi, init=init, residual=residual, normalization=norm, depth=options.depth,
                width=options.width, batch=options.batch, seeds=options.seeds,
            )  # fmt: skip
        except SettingError as error:
            print(error)


def rows(experiment: Experiment) -> Iterator[dict[str, Any]]:
    """What became of signal and gradient, in simulation and theory."""
    theory = mean_field(experiment)
    if not theory.layers:
        yield {"side": "both", "verdict": "no theory"}
        return
    curves = propagate(experiment).curves
    for side, (quantity, layer) in PAIRS.items():
        pair = quantity, "second_moment"
        law = theory.at_width.get(pair, theory.curves[pair])
        logs, expected = curves[pair][1][:, layer], float(law[1][0, layer])
        ratio = 10.0 ** (logs - expected)
        error = float(ratio.std(ddof=1)) / math.sqrt(len(ratio))
        off = float(ratio.mean()) - 1
        finite = 5 * experiment.depth / experiment.width
        near = "chance" if abs(off) < 4 * error else "finite width" if abs(math.log1p(off)) < finite else "named"
        yield {"side": side, "off": off, "errors": off / error if error else math.inf, "verdict": near}


def main() -> None:
    """A table by branch and norm, and every difference that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=32)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--depth", type=int, default=16)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    counted: dict[tuple[str, str], Counter[str]] = {}
    named: list[str] = []
    lines = ["activation,init,residual,normalization,side,ratio minus 1,standard errors,verdict"]
    for experiment in experiments(options):
        for row in rows(experiment):
            place = experiment.residual, experiment.normalization
            counted.setdefault(place, Counter())[row["verdict"]] += 1
            told = f"{row.get('off', math.nan):.4g},{row.get('errors', math.nan):.1f}"
            what = f"{experiment.activation},{experiment.init},{place[0]},{place[1]},{row['side']}"
            lines.append(f"{what},{told},{row['verdict']}")
            if row["verdict"] == "named":
                named.append(lines[-1])
    for place, counts in counted.items():
        print(*place, dict(counts))
    print(*named, sep="\n")
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")
    worst = [float(line.split(",")[-3]) for line in lines[1:] if line.endswith("finite width")]
    print(f"{len(lines) - 1} comparisons; the largest of finite width {np.abs(worst).max(initial=0):.2f}")


if __name__ == "__main__":
    main()
