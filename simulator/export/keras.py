"""An experiment as a script for Keras 3."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.export import differentiable, script
from simulator.initializers import scaled

_WORDS = differentiable.Words(
    arrays="ops",
    activations={
        "linear": "h",
        "sigmoid": "ops.sigmoid(h)",
        "tanh": "ops.tanh(h)",
        "erf": "ops.erf(h)",
        "relu": "ops.relu(h)",
        "leaky_relu": "ops.leaky_relu(h, negative_slope={negative_slope})",
        "elu": "ops.elu(h, alpha={alpha})",
        "selu": "ops.selu(h)",
        "gelu": "ops.gelu(h, approximate=False)",
        "gelu_tanh": "ops.gelu(h, approximate=True)",
        "silu": "ops.silu(h)",
        "softplus": "ops.softplus(h)",
    },
    initializers={
        "scaling": 'initializers.VarianceScaling({}, "{}", "{}")',
        "orthogonal": "initializers.Orthogonal(gain={})",
        "constant": "initializers.Constant({})",
        "truncated": "initializers.TruncatedNormal(stddev={})",
        "normal": "initializers.RandomNormal(stddev={})",
        "uniform": "initializers.RandomUniform(-bound, bound)",
    },
    network="keras.Model",
    made=("def __init__(self):", "    super().__init__()"),
    dense=(
        "keras.layers.Dense(",
        "    n, kernel_initializer={draw}(m, n), bias_initializer=bias(m)",
        ")",
    ),
    call="call",
    distributions={"normal": "untruncated_normal"},
    # Where a name of Keras's own is exactly the law; what is called normal there is cut at two deviations.
    named={
        scaled.LecunTruncated: "initializers.LecunNormal()",
        scaled.LecunUniform: "initializers.LecunUniform()",
        scaled.XavierTruncated: "initializers.GlorotNormal()",
        scaled.XavierUniform: "initializers.GlorotUniform()",
        scaled.HeTruncated: "initializers.HeNormal()",
        scaled.HeUniform: "initializers.HeUniform()",
    },
)


def keras(experiment: Experiment, diagnosis: str = "") -> str:
    """The experiment's network as a script for Keras 3; raises SettingError for what it has no words for."""
    backend = "The network is Keras and runs on any backend; measure() takes gradients with JAX, chosen below."
    lines = script.head(experiment, diagnosis, "Keras 3", backend)
    lines += ["import math", "import os", "", 'os.environ["KERAS_BACKEND"] = "jax"', ""]
    lines += ["import jax", "import keras", "import numpy as np", "from jax import numpy as jnp"]
    lines += ["from keras import initializers, ops", *differentiable.imports(experiment), ""]
    lines += [
        'jax.config.update("jax_enable_x64", True)  # a vanishing variance would underflow single precision',
        'keras.config.set_floatx("float64")',
    ]
    lines += differentiable.network(experiment, _WORDS)
    made = ["keras.utils.set_random_seed(seed)", "network = Network()", "network(x)  # makes the weights"]
    call = "network.signals(x, probes)"
    return script.written(lines + differentiable.measure(experiment, made, call) + script.table())
