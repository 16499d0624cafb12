"""An experiment as a script for JAX and Flax."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.export import differentiable, script
from simulator.export.schemes import WeightLaw, bias_law, number, weight_laws
from simulator.initializers import fixed

_WORDS = differentiable.Words(
    "jnp",
    {
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
)


def flax(experiment: Experiment, diagnosis: str = "") -> str:
    """The experiment's network as a script for Flax (Linen); raises SettingError for what it has no words for."""
    lines = script.head(
        experiment,
        diagnosis or script.diagnosis(experiment),
        "A network at initialization: the variance of its signal and of its gradient, layer by layer (JAX, Flax).",
    )
    lines += ["import math", "", "import jax", "import numpy as np", "from flax import linen as nn"]
    lines += ["from jax import numpy as jnp", *differentiable.imports(experiment), ""]
    lines += ['jax.config.update("jax_enable_x64", True)  # a vanishing variance would underflow single precision']
    lines += script.constants(experiment)
    for name, law in weight_laws(experiment).items():
        told = f"{law.about} Kernels are (fan_in, fan_out)."
        lines += script.function(f"{name}(fan_in, fan_out)", told, _weight(law))
    lines += script.function("bias(fan_in)", f"{experiment.bias}: a layer's biases.", _bias(experiment))
    lines += differentiable.functions(experiment, _WORDS) + _network(experiment)
    made = [
        "network = Network()",
        "params = network.init(jax.random.key(seed), x)",
    ]
    call = 'network.apply(params, x, probes, method="signals")'
    return script.written(lines + differentiable.measure(experiment, made, call) + script.table())


def _weight(law: WeightLaw) -> list[str]:
    if law.scaling is not None:
        scale = number(law.scaling.scale)
        if law.gain != 1:
            scale = f"{number(law.gain)} ** 2 * {scale}"  # the scale is one of variances
        return [
            f'return nn.initializers.variance_scaling({scale}, "{law.scaling.mode}", "{law.distribution}")',
        ]
    gain = number(law.gain)
    if law.distribution == "orthogonal":
        return [f"return nn.initializers.orthogonal({gain})"]
    if law.distribution == "constant":
        return [f"return nn.initializers.constant({law.times_gain(law.deviation)})"]
    if isinstance(law.init, fixed.TruncatedNormal):
        std = law.times_gain(number(law.init.std))
        return [f"return nn.initializers.truncated_normal({std})  # before the cut at two deviations"]
    lines = law.standard_deviation()
    if law.distribution == "uniform":
        return [*lines, "bound = math.sqrt(3) * std", *_UNIFORM]
    return [*lines, "return nn.initializers.normal(std)"]


_UNIFORM = ["return lambda key, shape, dtype=float: jax.random.uniform(key, shape, dtype, -bound, bound)"]


def _bias(experiment: Experiment) -> list[str]:
    kind, value = bias_law(experiment)
    if kind == "normal":
        return [f"return nn.initializers.normal({value})"]
    if kind == "uniform":
        return [f"bound = {value}", *_UNIFORM]
    return [f"return nn.initializers.constant({value})"]


def _network(experiment: Experiment) -> list[str]:
    last = "last_weight" in weight_laws(experiment)
    draw = "(last_weight if number == DEPTH else weight)" if last else "weight"
    return [
        "",
        "",
        "class Network(nn.Module):",
        f'    """{script.formula(experiment)}"""',
        "",
        "    def setup(self):",
        "        self.linear = [",
        "            nn.Dense(",
        "                n,",
        f"                kernel_init={draw}(m, n),",
        "                bias_init=bias(m),",
        "                param_dtype=jnp.float64,",
        "            )",
        "            for number, (m, n) in enumerate(zip(WIDTHS, WIDTHS[1:]), 1)",
        "        ]",
        "",
        "    def __call__(self, x):",
        '        """x_L."""',
        "        return self.signals(x, [0.0] * (DEPTH + 1))[-1]",
        "",
        "    def signals(self, x, probes):",
        *(f"        {line}" for line in differentiable.signals(experiment)),
    ]
