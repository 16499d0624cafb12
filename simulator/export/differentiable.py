"""What the two scripts share that take gradients with JAX: Keras 3 and Flax."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.experiment import Experiment
from simulator.export import script
from simulator.export.schemes import WeightLaw, bias_law, number, unsaid, weight_laws
from simulator.initializers import Initializer, fixed
from simulator.inputs import Digits
from simulator.losses import Loss


@dataclass(frozen=True)
class Words:
    """A framework's names: its array module, phi by activation, its initializers, its class of networks.

    `initializers` are formats: "scaling" of scale, fan and distribution, "uniform" of nothing (it has `bound`), the
    others of one number. `distributions` are a variance scaling's by ours where they differ; `named` are laws that have
    a name of their own. `network` is the base class, `made` the lines that begin the method that makes the layers,
    `dense` those of a layer from m units to n, with a field for what draws its weights, `call` the method of x_L.
    """

    arrays: str
    activations: dict[str, str]
    initializers: dict[str, str]
    network: str
    made: tuple[str, ...]
    dense: tuple[str, ...]
    call: str
    distributions: dict[str, str] = field(default_factory=dict)
    named: dict[type[Initializer], str] = field(default_factory=dict)


def imports(experiment: Experiment) -> list[str]:
    """The line that the digits need."""
    return ["from sklearn.datasets import load_digits"] if isinstance(experiment.inputs_part, Digits) else []


def network(experiment: Experiment, words: Words) -> list[str]:
    """The constants, what draws weights and biases, phi, the norm, and the class `Network`."""
    lines = script.constants(experiment)
    laws = weight_laws(experiment)
    for name, law in laws.items():
        told = f"{law.about} Kernels are (fan_in, fan_out)."
        lines += script.function(f"{name}(fan_in, fan_out)", told, _weight(law, words))
    lines += script.function("bias(fan_in)", f"{experiment.bias}: a layer's biases.", _bias(experiment, words))
    lines += script.activations(experiment, words.activations)
    if experiment.normalization != "none":
        lines += script.function("norm(h)", experiment.normalization_part.summary(), _norm(experiment, words.arrays))
    draw = "(last_weight if number == DEPTH else weight)" if "last_weight" in laws else "weight"
    return [
        *lines,
        "",
        "",
        f"class Network({words.network}):",
        f'    """{script.formula(experiment)}"""',
        "",
        *(f"    {line}" for line in words.made),
        "        self.linear = [",
        *(f"            {line}".format(draw=draw) for line in words.dense),
        "            for number, (m, n) in enumerate(zip(WIDTHS, WIDTHS[1:]), 1)",
        "        ]",
        "",
        f"    def {words.call}(self, x):",
        '        """x_L."""',
        "        return self.signals(x, [0.0] * (DEPTH + 1))[-1]",
        "",
        "    def signals(self, x, probes):",
        *(f"        {line}" for line in _signals(experiment)),
    ]


def _weight(law: WeightLaw, words: Words) -> list[str]:
    said = words.initializers
    if law.gain == 1 and type(law.init) in words.named and not law.init.params():
        return [f"return {words.named[type(law.init)]}"]
    if law.scaling is not None:
        # The gain is one of weights, the scale one of variances.
        scale = f"{number(law.gain)} ** 2 * " if law.gain != 1 else ""
        shape = words.distributions.get(law.distribution, law.distribution)
        return [f"return {said['scaling'].format(scale + number(law.scaling.scale), law.scaling.mode, shape)}"]
    if law.distribution == "orthogonal":
        return [f"return {said['orthogonal'].format(number(law.gain))}"]
    if law.distribution == "constant":
        return [f"return {said['constant'].format(law.times_gain(law.deviation))}"]
    if isinstance(law.init, fixed.TruncatedNormal):
        std = law.times_gain(number(law.init.std))
        return [f"return {said['truncated'].format(std)}  # before the cut at two deviations"]
    if law.distribution == "uniform":
        return [*law.standard_deviation(), "bound = math.sqrt(3) * std", f"return {said['uniform']}"]
    return [*law.standard_deviation(), f"return {said['normal'].format('std')}"]


def _bias(experiment: Experiment, words: Words) -> list[str]:
    kind, value = bias_law(experiment)
    if kind == "uniform":
        return [f"bound = {value}", f"return {words.initializers['uniform']}"]
    return [f"return {words.initializers['normal' if kind == 'normal' else 'constant'].format(value)}"]


def _norm(experiment: Experiment, xp: str) -> list[str]:
    axis = {"layer_norm": -1, "rms_norm": -1, "batch_norm": 0}.get(experiment.normalization)
    if axis is None:
        raise unsaid(experiment.normalization_part)
    centred = [] if experiment.normalization == "rms_norm" else [f"h = h - {xp}.mean(h, {axis}, keepdims=True)"]
    return [*centred, f"return h / {xp}.sqrt({xp}.mean(h**2, {axis}, keepdims=True) + {script.epsilon()})"]


def _signals(experiment: Experiment) -> list[str]:
    """The body of a method `signals(self, x, probes)` over `self.linear`."""
    every, factor = script.branches(experiment.residual_part, experiment.depth)
    join = [f"    if number % {every} == 0:", f"        x = passed + {number(factor)} * x"] if every else []
    again = [f"    if number % {every} == 0:", "        passed = x"] if every else []
    return [
        '"""x_0 ... x_L; what is added to each, zeros, is what a gradient can be taken of."""',
        "xs = [x + probes[0]]",
        *(["passed = xs[0]"] if every else []),
        "for number, layer in enumerate(self.linear, 1):",
        "    x = xs[-1]",
        *(f"    {line}" for line in script.step(experiment, "layer({x})")),
        *join,
        "    x = x + probes[number]",
        *again,
        "    xs.append(x)",
        "return xs",
    ]


def _loss(part: Loss) -> list[str]:
    """A function of the loss in JAX."""
    naive = bool(getattr(part, "naive_log", 0))
    lines = {
        ("squared_error", False): ["return jnp.mean((z - t) ** 2)"],
        ("sigmoid_cross_entropy", False): ["return jnp.mean(jax.nn.softplus(z) - t * z)"],
        ("sigmoid_cross_entropy", True): [
            "a = 1 / (1 + jnp.exp(-z))",
            "return -jnp.mean(t * jnp.log(a) + (1 - t) * jnp.log(1 - a))",
        ],
        ("softmax_cross_entropy", False): ["return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(z), -1))"],
        ("softmax_cross_entropy", True): [
            "a = jnp.exp(z) / jnp.exp(z).sum(-1, keepdims=True)",
            "return -jnp.mean(jnp.sum(t * jnp.log(a), -1))",
        ],
    }.get((part.name, naive))
    if lines is None:
        raise unsaid(part)
    return script.function("loss(z, t)", str(part), lines)


def measure(experiment: Experiment, made: list[str], call: str) -> list[str]:
    """A function that takes dE/dx_l of every layer; `call` is the network's signals as Python of x and probes."""
    trains = experiment.loss_part.trains
    batch = [*script.numpy_batch(experiment)]
    if trains:
        batch += script.numpy_targets(experiment) + _loss(experiment.loss_part)
    energy = "loss(xs[-1], top)" if trains else "(xs[-1] * top).sum()"
    top = "draw_targets(rng)" if trains else "rng.standard_normal((BATCH, WIDTHS[-1]))  # dE/dx_L ~ N(0, 1)"
    return batch + script.function(
        "measure(seed)",
        "Var x_l and Var dE/dx_l of one network, l = 0..L.",
        [
            "rng = np.random.default_rng(seed)",
            "x = draw_inputs(rng)",
            f"top = {top}",
            *made,
            "",
            "def energy(probes):",
            f"    xs = {call}",
            f"    return {energy}, xs",
            "",
            "probes = [jnp.zeros((BATCH, width)) for width in WIDTHS]",
            "gradients, xs = jax.grad(energy, has_aux=True)(probes)",
            "return [[float(x.var()) for x in xs], [float(g.var()) for g in gradients]]",
        ],
    )
