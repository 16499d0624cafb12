"""Simulate and predict what a deep network's initialization does to the signal.

A name is imported when it is first asked for: whoever wants gains needs no tables, and no app.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from simulator.version import __version__ as __version__

if TYPE_CHECKING:
    from simulator import export as export
    from simulator.activations import Activation as Activation
    from simulator.activations import activation as activation
    from simulator.cost import Cost as Cost
    from simulator.experiment import Experiment as Experiment
    from simulator.explicit import Network as Network
    from simulator.frames import concat as concat
    from simulator.grid import Grid as Grid
    from simulator.initializers import Bias as Bias
    from simulator.initializers import Initializer as Initializer
    from simulator.inputs import InputLaw as InputLaw
    from simulator.probing import Probe as Probe
    from simulator.probing import probe as probe
    from simulator.reports import report as report
    from simulator.settings import SettingError as SettingError
    from simulator.studies.distributions import distributions as distributions
    from simulator.studies.ensemble import ensemble as ensemble
    from simulator.studies.finite_width import finite_width as finite_width
    from simulator.studies.jacobian import jacobian as jacobian
    from simulator.studies.precision import precision as precision
    from simulator.studies.propagation import propagate as propagate
    from simulator.studies.sweep import load as load_sweep  # noqa: F401
    from simulator.studies.sweep import sweep as sweep
    from simulator.studies.training import Training as Training
    from simulator.studies.training import train as train
    from simulator.theory.gains import gains as gains
    from simulator.theory.mean_field import mean_field as mean_field

_HOMES = {
    "Activation": "simulator.activations:Activation",
    "Bias": "simulator.initializers:Bias",
    "Cost": "simulator.cost:Cost",
    "Experiment": "simulator.experiment:Experiment",
    "Grid": "simulator.grid:Grid",
    "Initializer": "simulator.initializers:Initializer",
    "InputLaw": "simulator.inputs:InputLaw",
    "Network": "simulator.explicit:Network",
    "Probe": "simulator.probing:Probe",
    "SettingError": "simulator.settings:SettingError",
    "Training": "simulator.studies.training:Training",
    "activation": "simulator.activations:activation",
    "concat": "simulator.frames:concat",
    "distributions": "simulator.studies.distributions:distributions",
    "ensemble": "simulator.studies.ensemble:ensemble",
    "finite_width": "simulator.studies.finite_width:finite_width",
    "gains": "simulator.theory.gains:gains",
    "jacobian": "simulator.studies.jacobian:jacobian",
    "load_sweep": "simulator.studies.sweep:load",
    "mean_field": "simulator.theory.mean_field:mean_field",
    "precision": "simulator.studies.precision:precision",
    "probe": "simulator.probing:probe",
    "propagate": "simulator.studies.propagation:propagate",
    "report": "simulator.reports:report",
    "sweep": "simulator.studies.sweep:sweep",
    "train": "simulator.studies.training:train",
}
"""Where each public name lives: the module, and its name there."""

__all__ = ["__version__", "export", *_HOMES]


def __getattr__(name: str) -> Any:
    module, _, inside = _HOMES.get(name, "").partition(":")
    if module:
        value = getattr(import_module(module), inside)
    elif not name.startswith("_") and find_spec(f"{__name__}.{name}") is not None:
        return import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
