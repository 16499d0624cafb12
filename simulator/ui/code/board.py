"""The charts of the page Code and report, and what it hands out."""

from __future__ import annotations

from simulator import export
from simulator.experiment import Experiment
from simulator.figures import Figure
from simulator.reports import document
from simulator.studies.distributions import Distributions, distributions
from simulator.studies.propagation import Propagation
from simulator.ui import cache, host, layers


def charts(experiment: Experiment) -> bytes:
    """The two curves that every script prints."""
    return cache.payload(_charts, experiment)


def script(experiment: Experiment, framework: str, part: str) -> str:
    """The network as code, headed by the measured verdict, or its init alone; raises SettingError."""
    if part == "init":
        return export.code(experiment, framework, only_init=True)
    return cache.result(export.code, experiment, framework, cache.propagation(experiment).verdict.headline)


def report(result: Propagation) -> bytes:
    """The report as HTML, UTF-8; may be called outside of a script's run."""
    experiment = result.experiment
    return document(result, cache.theory(experiment), cache.result(_histograms, experiment)).encode()


def _histograms(experiment: Experiment) -> Distributions:
    return distributions(experiment)


def _charts(experiment: Experiment) -> bytes:
    wanted = {
        ("activation", "variance"): ("signal", "Var x, the script's first column"),
        ("activation_gradient", "variance"): ("gradient", "Var dE/dx, its second"),
    }
    shown: list[Figure] = layers.profiles(experiment, wanted)
    for figure in shown:
        figure.caption = (
            "What the simulator found; the script's draws differ slightly. Dashed: mean field "
            "(Poole et al. 2016, Schoenholz et al. 2017)."
            if "theory" in figure.caption
            else "What the simulator found; the script's draws differ slightly."
        )
    return host.encode(shown, columns=2)
