"""An experiment as a script for Keras 3."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.export import differentiable, script
from simulator.export.schemes import WeightLaw, bias_law, number, weight_laws
from simulator.initializers import Initializer, fixed, scaled

_WORDS = differentiable.Words(
    "ops",
    {
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
)

# Where a name of Keras's own is exactly the law; what is called normal there is cut at two deviations.
_NAMED: dict[type[Initializer], str] = {
    scaled.LecunTruncated: "LecunNormal",
    scaled.LecunUniform: "LecunUniform",
    scaled.XavierTruncated: "GlorotNormal",
    scaled.XavierUniform: "GlorotUniform",
    scaled.HeTruncated: "HeNormal",
    scaled.HeUniform: "HeUniform",
}
_DISTRIBUTIONS = {"normal": "untruncated_normal"}


def keras(experiment: Experiment, diagnosis: str = "") -> str:
    """The experiment's network as a script for Keras 3; raises SettingError for what it has no words for."""
    lines = script.head(
        experiment,
        diagnosis or script.diagnosis(experiment),
        "A network at initialization: the variance of its signal and of its gradient, layer by layer (Keras 3).",
        "The network is Keras and runs on any backend; measure() takes gradients with JAX, chosen below.",
    )
    lines += ["import math", "import os", "", 'os.environ["KERAS_BACKEND"] = "jax"', ""]
    lines += ["import jax", "import keras", "import numpy as np", "from jax import numpy as jnp"]
    lines += ["from keras import initializers, ops", *differentiable.imports(experiment), ""]
    lines += [
        'jax.config.update("jax_enable_x64", True)  # a vanishing variance would underflow single precision',
        'keras.config.set_floatx("float64")',
    ]
    lines += script.constants(experiment)
    for name, law in weight_laws(experiment).items():
        told = f"{law.about} Kernels are (fan_in, fan_out)."
        lines += script.function(f"{name}(fan_in, fan_out)", told, _weight(law))
    lines += script.function("bias(fan_in)", f"{experiment.bias}: a layer's biases.", _bias(experiment))
    lines += differentiable.functions(experiment, _WORDS) + _network(experiment)
    made = ["keras.utils.set_random_seed(seed)", "network = Network()", "network(x)  # makes the weights"]
    call = "network.signals(x, probes)"
    return script.written(lines + differentiable.measure(experiment, made, call) + script.table())


def _weight(law: WeightLaw) -> list[str]:
    gain = number(law.gain)
    plain = law.gain == 1 and not (isinstance(law.init, scaled.He) and law.init.params())
    if plain and type(law.init) in _NAMED:
        return [f"return initializers.{_NAMED[type(law.init)]}()"]
    if law.scaling is not None:
        scale = number(law.scaling.scale)
        if law.gain != 1:
            scale = f"{gain} ** 2 * {scale}"  # the scale is one of variances
        shape = _DISTRIBUTIONS.get(law.distribution, law.distribution)
        return [f'return initializers.VarianceScaling({scale}, "{law.scaling.mode}", "{shape}")']
    if law.distribution == "orthogonal":
        return [f"return initializers.Orthogonal(gain={gain})"]
    if law.distribution == "constant":
        return [f"return initializers.Constant({law.times_gain(law.deviation)})"]
    if isinstance(law.init, fixed.TruncatedNormal):
        std = law.times_gain(number(law.init.std))
        return [f"return initializers.TruncatedNormal(stddev={std})  # before the cut at two deviations"]
    lines = law.standard_deviation()
    if law.distribution == "uniform":
        return [*lines, "bound = math.sqrt(3) * std", "return initializers.RandomUniform(-bound, bound)"]
    return [*lines, "return initializers.RandomNormal(stddev=std)"]


def _bias(experiment: Experiment) -> list[str]:
    kind, value = bias_law(experiment)
    if kind == "normal":
        return [f"return initializers.RandomNormal(stddev={value})"]
    if kind == "uniform":
        return [f"bound = {value}", "return initializers.RandomUniform(-bound, bound)"]
    return [f"return initializers.Constant({value})"]


def _network(experiment: Experiment) -> list[str]:
    last = "last_weight" in weight_laws(experiment)
    draw = "(last_weight if number == DEPTH else weight)" if last else "weight"
    return [
        "",
        "",
        "class Network(keras.Model):",
        f'    """{script.formula(experiment)}"""',
        "",
        "    def __init__(self):",
        "        super().__init__()",
        "        self.linear = [",
        "            keras.layers.Dense(",
        f"                n, kernel_initializer={draw}(m, n), bias_initializer=bias(m)",
        "            )",
        "            for number, (m, n) in enumerate(zip(WIDTHS, WIDTHS[1:]), 1)",
        "        ]",
        "",
        "    def call(self, x):",
        '        """x_L."""',
        "        return self.signals(x, [0.0] * (DEPTH + 1))[-1]",
        "",
        "    def signals(self, x, probes):",
        *(f"        {line}" for line in differentiable.signals(experiment)),
    ]
