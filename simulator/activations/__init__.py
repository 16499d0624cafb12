"""Activation functions: phi, its derivative, their behavior at zero and infinity, and where they are flat.

A new activation is one class in the file of its kind.
"""

from simulator.activations.base import Activation as Activation
from simulator.activations.bounded import Erf as Erf
from simulator.activations.bounded import Sigmoid as Sigmoid
from simulator.activations.bounded import Tanh as Tanh
from simulator.activations.formula import Formula as Formula
from simulator.activations.gated import GELU as GELU
from simulator.activations.gated import GELUTanh as GELUTanh
from simulator.activations.gated import SiLU as SiLU
from simulator.activations.hard import HardSigmoid as HardSigmoid
from simulator.activations.hard import HardSwish as HardSwish
from simulator.activations.hard import HardTanh as HardTanh
from simulator.activations.hard import PReLU as PReLU
from simulator.activations.hard import ReLU6 as ReLU6
from simulator.activations.own import activation as activation
from simulator.activations.rectified import ELU as ELU
from simulator.activations.rectified import SELU as SELU
from simulator.activations.rectified import LeakyReLU as LeakyReLU
from simulator.activations.rectified import Linear as Linear
from simulator.activations.rectified import ReLU as ReLU
from simulator.activations.rectified import Softplus as Softplus
from simulator.activations.smooth import CELU as CELU
from simulator.activations.smooth import LogSigmoid as LogSigmoid
from simulator.activations.smooth import Mish as Mish
from simulator.activations.smooth import QuickGELU as QuickGELU
from simulator.activations.smooth import SoftSign as SoftSign
from simulator.activations.smooth import Squareplus as Squareplus
from simulator.activations.tails import quiet as quiet
