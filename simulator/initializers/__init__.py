"""The laws that initial weights and biases are drawn from, each registered under its name."""

from simulator.initializers import bounded as bounded
from simulator.initializers import fixed as fixed
from simulator.initializers import placed as placed
from simulator.initializers import scaled as scaled
from simulator.initializers import slips as slips
from simulator.initializers.base import Initializer as Initializer
from simulator.initializers.base import Place as Place
from simulator.initializers.biases import Bias as Bias
from simulator.initializers.normal import normal_like as normal_like
from simulator.initializers.scaled import VarianceScaling as VarianceScaling
