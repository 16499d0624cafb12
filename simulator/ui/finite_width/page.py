"""The page Finite width in words and widgets: how many networks, of how many examples, and what came of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from simulator.experiment import Experiment
from simulator.scaled import Floats
from simulator.serving import limits
from simulator.studies.ensemble import Ensemble, log10_mean
from simulator.studies.finite_width import Law, Source, ending
from simulator.theory.layer_gains import kappa
from simulator.ui import chooser, notices, state
from simulator.ui.finite_width import board
from simulator.ui.view import View

COUNTS = (10, 20, 50, 100, 200, 300, 500, 1000)
_EXAMPLES = {"one": "one example", "batch": "the batch"}
_RARE = 1e-3


def networks(view: View) -> int:
    """A choice of how many networks."""
    about = View.settings()["networks"]
    rungs = tuple(sorted({*COUNTS, view.networks}))
    chosen: int = st.select_slider(
        about.title, rungs, key=state.show("networks", view.networks, len(rungs)), help=notices.escape(about.help)
    )
    return chosen


def examples(experiment: Experiment, view: View) -> str:
    """A choice between one example a network and the whole batch."""
    if board.pooled(experiment, "one") == experiment.batch:
        return "one"
    return chooser.among("examples", _EXAMPLES, view)


def typical(experiment: Experiment, quantity: str, networks: int, examples: str) -> list[str]:
    """Depth over width, and what it does to the typical network."""
    ensemble, theory = board.simulated(experiment, networks, examples), board.law(experiment, examples)
    law, end = theory.laws.get(quantity), ending(quantity, experiment.depth)
    logs = ensemble.log10[quantity][:, end]
    return [_shape(experiment), *_typical(logs, law, end), *_dead(logs, law, end)]


def beside(experiment: Experiment, quantity: str, networks: int, examples: str) -> list[str]:
    """Why not the mean, which networks these are, and which theory is dashed."""
    ensemble, theory = board.simulated(experiment, networks, examples), board.law(experiment, examples)
    law = theory.laws.get(quantity)
    source = Source.POOLED if law is None and theory.laws else theory.source
    caveat = "" if law is None or all(init.gaussian for init in experiment.init_parts) else _caveat(experiment)
    return [
        *_mean(experiment, ensemble, law, quantity),
        networks_shown(experiment, ensemble, networks),
        f"Theory of finite width: {source}.{caveat}",
    ]


def _shape(experiment: Experiment) -> str:
    widths = experiment.layer_widths[1:]
    total = sum(1 / n for n in widths)
    fraction = f" = {len(widths)}/{widths[0]}" if len(set(widths)) == 1 else ""
    return f"Depth over width: Σ 1/n{fraction} = {total:.3g} over the {_count(len(widths), 'layer')}."


def _typical(logs: Floats, law: Law | None, end: int) -> list[str]:
    """The median beside the mean, and how many lie far below it."""
    logs = logs[~np.isnan(logs)]
    if not logs.size:
        return [f"Typical network: what reaches layer {end} is too large to be a number."]
    mean = float(law.log10_mean[end]) if law is not None else float(log10_mean(logs[:, None])[0])
    if not np.isfinite(mean):
        return ["Typical network: its mean square is exactly 0."]
    measured = float(np.mean(logs < mean - 1))
    median = _ratio(float(np.median(logs)) - mean)
    if law is None:
        return [
            f"Typical network: at layer {end} the median is {median} of the networks' mean; "
            f"{measured:.1%} lie below a tenth of it."
        ]
    expected = _ratio(float(law.quantiles[2, end]) - mean)
    return [
        f"Typical network: at layer {end} the median should be {expected} of the expected mean; here it is {median}.",
        f"By chance alone: {law.below(mean - 1, end):.1%} should lie below a tenth of the expected mean; "
        f"here {measured:.1%} do.",
    ]


def _mean(experiment: Experiment, ensemble: Ensemble, law: Law | None, quantity: str) -> list[str]:
    """Why a mean over networks says little, for activations whose mean square of M is a plain product."""
    if law is None or law.ending is not None or ensemble.experiment.batch > 1 or quantity != "activation":
        return []
    excess = [kappa(activation.slopes_at_infinity) - 1 for activation in experiment.activation_parts]
    each = f"{excess[0]:.3g}" if len(set(excess)) == 1 else f"{min(excess):.3g}…{max(excess):.3g}"
    log10 = sum(float(np.log10(1 + own / n)) for own, n in zip(excess, experiment.layer_widths[1:], strict=True))
    if log10 > 12:
        return [f"The mean misleads: Π(1 + {each}/n) is over 10^12, a mean over networks rests on one of them."]
    product = 10**log10
    share = np.sqrt((product - 1) / ensemble.experiment.seeds)
    return [
        f"The mean misleads: E M²/(E M)² = Π(1 + {each}/n) = {product:.4g} for M = E x² given the input, so a "
        f"mean over {ensemble.experiment.seeds} networks has a standard error of {share:.2g} times itself."
    ]


def _dead(logs: Floats, law: Law | None, end: int) -> list[str]:
    zero = float(np.mean(np.isneginf(logs)))
    expected = float(law.zero[end]) if law is not None else 0.0
    if max(zero, expected) < _RARE:
        return []
    should = f"{expected:.1%} of networks should be" if law is not None else "no expectation;"
    return [f"Exactly 0: {should} silent at layer {end}, here {zero:.1%} are."]


def networks_shown(experiment: Experiment, ensemble: Ensemble, asked: int) -> str:
    """Say which networks are shown, and why fewer than were `asked` for."""
    count, batch = ensemble.experiment.seeds, ensemble.experiment.batch
    seeds = f"seeds {experiment.seed} to {experiment.seed + count - 1}"
    each = "one example" if batch == 1 else f"{batch} examples"
    other = f" in place of the batch of {experiment.batch}" if batch < experiment.batch else ""
    fewer = f"; of {asked} asked for, as many as take {limits.ENSEMBLE_SECONDS:g} s" if count < asked else ""
    return f"Networks: {count}, {seeds}, each with its own weights and {each}{other}{fewer}."


def _caveat(experiment: Experiment) -> str:
    laws = dict.fromkeys(init.distribution.replace("_", " ") for init in experiment.init_parts if not init.gaussian)
    return f" It takes weights to be normal; for {' or '.join(laws)} ones it is right in the limit of large width."


def _ratio(log10: float) -> str:
    return f"{10**log10:.3g}" if log10 > -300 else "0"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
