"""What a deep network's initialization does to the signal, simulated and predicted."""

from simulator import export
from simulator.activations import Activation, activation
from simulator.cost import Cost
from simulator.experiment import Experiment
from simulator.explicit import Network
from simulator.frames import concat
from simulator.grid import Grid
from simulator.initializers import Bias, Initializer
from simulator.inputs import InputLaw
from simulator.report import report
from simulator.settings import SettingError
from simulator.studies.distributions import distributions
from simulator.studies.ensemble import ensemble
from simulator.studies.finite_width import finite_width
from simulator.studies.gains import gains
from simulator.studies.jacobian import jacobian
from simulator.studies.mean_field import mean_field
from simulator.studies.precision import precision
from simulator.studies.propagation import propagate
from simulator.studies.sweep import load as load_sweep
from simulator.studies.sweep import sweep
from simulator.studies.training import Training, train
from simulator.version import __version__

__all__ = [
    "Activation",
    "Bias",
    "Cost",
    "Experiment",
    "Grid",
    "Initializer",
    "InputLaw",
    "Network",
    "SettingError",
    "Training",
    "__version__",
    "activation",
    "concat",
    "distributions",
    "ensemble",
    "export",
    "finite_width",
    "gains",
    "jacobian",
    "load_sweep",
    "mean_field",
    "precision",
    "propagate",
    "report",
    "sweep",
    "train",
]
