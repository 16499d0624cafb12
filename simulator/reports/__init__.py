"""A report: one self-contained HTML file about an experiment, with charts that stay interactive without a network."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.network import Progress
from simulator.reports.document import document as document
from simulator.reports.document import dump as dump
from simulator.studies.distributions import distributions
from simulator.studies.propagation import propagate
from simulator.theory.mean_field import mean_field


def report(experiment: Experiment, progress: Progress | None = None) -> str:
    """Simulate the experiment and write its report as HTML; raises SettingError where it is too large."""
    return document(propagate(experiment, progress=progress), mean_field(experiment), distributions(experiment))
