"""An experiment as a script for JAX and Flax."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.export import differentiable, script

_WORDS = differentiable.Words(
    arrays="jnp",
    activations={
        "linear": "h",
        "sigmoid": "jax.nn.sigmoid(h)",
        "tanh": "jnp.tanh(h)",
        "erf": "jax.scipy.special.erf(h)",
        "relu": "jax.nn.relu(h)",
        "leaky_relu": "jax.nn.leaky_relu(h, {negative_slope})",
        "elu": "jax.nn.elu(h, {alpha})",
        "selu": "jax.nn.selu(h)",
        "gelu": "jax.nn.gelu(h, approximate=False)",
        "gelu_tanh": "jax.nn.gelu(h, approximate=True)",
        "silu": "jax.nn.silu(h)",
        "softplus": "jax.nn.softplus(h)",
    },
    initializers={
        "scaling": 'nn.initializers.variance_scaling({}, "{}", "{}")',
        "orthogonal": "nn.initializers.orthogonal({})",
        "constant": "nn.initializers.constant({})",
        "truncated": "nn.initializers.truncated_normal({})",
        "normal": "nn.initializers.normal({})",
        "uniform": "lambda key, shape, dtype=float: jax.random.uniform(key, shape, dtype, -bound, bound)",
    },
    network="nn.Module",
    made=("def setup(self):",),
    dense=(
        "nn.Dense(",
        "    n,",
        "    kernel_init={draw}(m, n),",
        "    bias_init=bias(m),",
        "    param_dtype=jnp.float64,",
        ")",
    ),
    call="__call__",
)


def flax(experiment: Experiment, diagnosis: str = "") -> str:
    """The experiment's network as a script for Flax (Linen); raises SettingError for what it has no words for."""
    lines = script.head(experiment, diagnosis, "JAX, Flax")
    lines += ["import math", "", "import jax", "import numpy as np", "from flax import linen as nn"]
    lines += ["from jax import numpy as jnp", *differentiable.imports(experiment), ""]
    lines += ['jax.config.update("jax_enable_x64", True)  # a vanishing variance would underflow single precision']
    lines += differentiable.network(experiment, _WORDS)
    made = ["network = Network()", "params = network.init(jax.random.key(seed), x)"]
    call = 'network.apply(params, x, probes, method="signals")'
    return script.written(lines + differentiable.measure(experiment, made, call) + script.table())
