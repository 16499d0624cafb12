"""What a deep network's initialization does to the signal, simulated and predicted."""

from simulator.activations import Activation
from simulator.experiment import Cost, Experiment
from simulator.explicit import Network
from simulator.frames import concat
from simulator.initializers import Bias, Initializer
from simulator.inputs import InputLaw
from simulator.settings import SettingError
from simulator.studies.distributions import distributions
from simulator.studies.mean_field import mean_field
from simulator.studies.propagation import propagate

__all__ = [
    "Activation",
    "Bias",
    "Cost",
    "Experiment",
    "Initializer",
    "InputLaw",
    "Network",
    "SettingError",
    "concat",
    "distributions",
    "mean_field",
    "propagate",
]
