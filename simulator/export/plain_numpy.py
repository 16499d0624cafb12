"""An experiment as a script that needs NumPy alone, its backward pass by hand."""

from __future__ import annotations

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.export import script
from simulator.export.schemes import WeightLaw, bias_law, number, unsaid, weight_laws
from simulator.inputs import Digits
from simulator.losses import Loss
from simulator.settings import SettingError

_SIGMOID = "0.5 + 0.5 * np.tanh({} / 2)"
_ERF = "np.vectorize(math.erf, otypes=[float])({})"
_BELL = "np.exp(-(np.clip(h, -40, 40) ** 2) / 2) / math.sqrt(2 * math.pi)"

_ACTIVATIONS: dict[str, tuple[list[str], list[str]]] = {
    "linear": (["return h"], ["return np.ones_like(h)"]),
    "sigmoid": ([f"return {_SIGMOID.format('h')}"], [f"a = {_SIGMOID.format('h')}", "return a * (1 - a)"]),
    "tanh": (["return np.tanh(h)"], ["return 1 - np.tanh(h) ** 2"]),
    "erf": (
        [f"return {_ERF.format('h')}"],
        ["return 2 / math.sqrt(math.pi) * np.exp(-(np.clip(h, -30, 30) ** 2))"],
    ),
    "relu": (["return np.maximum(h, 0)"], ["return (h > 0) * 1.0"]),
    "leaky_relu": (
        ["return np.where(h > 0, h, {negative_slope} * h)"],
        ["return np.where(h > 0, 1.0, {negative_slope})"],
    ),
    "elu": (
        ["return np.where(h > 0, h, {alpha} * np.expm1(np.minimum(h, 0)))"],
        ["return np.where(h > 0, 1.0, {alpha} * np.exp(np.minimum(h, 0)))"],
    ),
    "selu": (
        ["return {scale} * np.where(h > 0, h, {alpha} * np.expm1(np.minimum(h, 0)))"],
        ["return {scale} * np.where(h > 0, 1.0, {alpha} * np.exp(np.minimum(h, 0)))"],
    ),
    "gelu": (
        [f"return h * (0.5 + 0.5 * {_ERF.format('h / math.sqrt(2)')})"],
        [f"bell = {_BELL}", f"return 0.5 + 0.5 * {_ERF.format('h / math.sqrt(2)')} + h * bell"],
    ),
    "gelu_tanh": (
        ["u = math.sqrt(2 / math.pi) * (h + 0.044715 * h**3)", "return h * (0.5 + 0.5 * np.tanh(u))"],
        [
            "t = np.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3))",
            "return 0.5 + 0.5 * t + 0.5 * h * (1 - t**2) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * h**2)",
        ],
    ),
    "silu": (
        [f"return h * ({_SIGMOID.format('h')})"],
        [f"gate = {_SIGMOID.format('h')}", "return gate * (1 + h * (1 - gate))"],
    ),
    "softplus": (["return np.logaddexp(0, h)"], [f"return {_SIGMOID.format('h')}"]),
}

_DRAWS = {
    "normal": ["return std * rng.standard_normal((fan_out, fan_in))"],
    "uniform": ["bound = math.sqrt(3) * std", "return rng.uniform(-bound, bound, (fan_out, fan_in))"],
    "truncated_normal": [
        "w = rng.standard_normal((fan_out, fan_in))",
        "while (far := np.abs(w) > 2).any():  # redrawn beyond two deviations",
        "    w[far] = rng.standard_normal(far.sum())",
        "return std / 0.87962566103423978 * w  # std is that of what is left after the cut",
    ],
}

# Which mean is taken off, and along which axis the mean square is 1.
_NORMALIZATIONS = {"layer_norm": (-1, True), "rms_norm": (-1, False), "batch_norm": (0, True)}

_LOSSES = {
    "squared_error": "2 * (z - t) / z.size",
    "sigmoid_cross_entropy": "(0.5 + 0.5 * np.tanh(z / 2) - t) / z.size",
    "softmax_cross_entropy": "(softmax / softmax.sum(1, keepdims=True) - t) / len(z)",
}


def plain_numpy(experiment: Experiment, diagnosis: str = "") -> str:
    """The experiment's network as a script for NumPy; raises SettingError for what it has no words for."""
    lines = script.head(experiment, diagnosis, "NumPy")
    lines += ["import math", "", "import numpy as np"]
    if isinstance(experiment.inputs_part, Digits):
        lines += ["from sklearn.datasets import load_digits"]
    lines += ["", 'np.seterr(all="ignore")  # what explodes prints as inf, what underflows as 0']
    lines += script.constants(experiment)
    if experiment.normalization != "none":
        lines += [f"EPS = {script.epsilon()}"]
    for name, law in weight_laws(experiment).items():
        lines += script.function(f"draw_{name}(rng, fan_out, fan_in)", law.about, _weight(law))
    lines += script.function(
        "draw_bias(rng, fan_out, fan_in)", f"{experiment.bias}: a layer's biases.", _bias(experiment)
    )
    lines += _activation("", experiment.activation_part)
    last = experiment.activation_at(experiment.depth)
    if last != experiment.activation_part:
        lines += _activation("last_", last)
    lines += _normalization(experiment) + _layer(experiment) + _network(experiment) + script.numpy_batch(experiment)
    if experiment.loss_part.trains:
        lines += script.numpy_targets(experiment) + _loss(experiment.loss_part)
    return script.written(lines + _measure(experiment) + script.table())


def _weight(law: WeightLaw) -> list[str]:
    if law.distribution == "constant":
        return [f"return np.full((fan_out, fan_in), {law.times_gain(law.deviation)})"]
    if law.distribution == "orthogonal":
        return [
            "q, r = np.linalg.qr(rng.standard_normal((max(fan_out, fan_in), min(fan_out, fan_in))))",
            "q *= np.copysign(1.0, np.diag(r))  # uniform among orthogonal matrices (Mezzadri 2007)",
            f"return {law.times_gain('(q if fan_out >= fan_in else q.T)')}",
        ]
    return [*law.standard_deviation(), *_DRAWS[law.distribution]]


def _bias(experiment: Experiment) -> list[str]:
    kind, value = bias_law(experiment)
    if kind == "normal":
        return [f"return {value} * rng.standard_normal(fan_out)"]
    if kind == "uniform":
        return [f"bound = {value}", "return rng.uniform(-bound, bound, fan_out)"]
    return [f"return np.full(fan_out, {value})"]


def _activation(prefix: str, activation: Activation) -> list[str]:
    if activation.name not in _ACTIVATIONS:
        raise unsaid(activation)
    values = {name: number(getattr(activation, name)) for name in (*activation.settings(), "alpha", "scale")
              if hasattr(activation, name)}  # fmt: skip
    value, slope = ([line.format(**values) for line in lines] for lines in _ACTIVATIONS[activation.name])
    return [
        *script.function(f"{prefix}phi(h)", str(activation), value),
        *script.function(f"{prefix}slope(h)", "Its derivative.", slope),
    ]


def _normalization(experiment: Experiment) -> list[str]:
    if experiment.normalization == "none":
        return []
    if experiment.normalization not in _NORMALIZATIONS:
        raise unsaid(experiment.normalization_part)
    axis, centres = _NORMALIZATIONS[experiment.normalization]
    mean = f".mean({axis}, keepdims=True)"
    lines = [
        f"c = h - h{mean}" if centres else "c = h",
        f"deviation = np.sqrt((c**2){mean} + EPS)",
        "n = c / deviation",
        "",
        "def undo(g):",
        f"    return (g - n * (g * n){mean}{f' - g{mean}' if centres else ''}) / deviation",
        "",
        "return n, undo",
    ]
    return script.function("norm(h)", f"{experiment.normalization}: n, and what takes dE/dn back to dE/dh.", lines)


def _layer(experiment: Experiment) -> list[str]:
    """One layer and its vector-Jacobian product."""
    normal = experiment.normalization != "none"
    if experiment.residual_part.before:
        lines = ["n, undo = norm(x)" if normal else "n = x"]
        back = "(g @ W) * slope(n)"
        lines += [f"return phi(n) @ W.T + b, lambda g: {f'undo({back})' if normal else back}"]
    else:
        lines = ["h = x @ W.T + b", *(["n, undo = norm(h)"] if normal else [])]
        name = "n" if normal else "h"
        back = f"g * slope({name})"
        lines += [f"return phi({name}), lambda g: {f'undo({back})' if normal else f'({back})'} @ W"]
    about = f"{script.formula(experiment).split(';')[0].removesuffix('.')}; and what takes the gradient back."
    return script.function("layer(W, b, x, phi, slope)", about, lines)


def _network(experiment: Experiment) -> list[str]:
    every, factor = script.branches(experiment.residual_part, experiment.depth)
    other = experiment.activation_at(experiment.depth) != experiment.activation_part
    functions = "*((last_phi, last_slope) if number == DEPTH else (phi, slope))" if other else "phi, slope"
    last = "last_weight" in weight_laws(experiment)
    draw = "(draw_last_weight if number == DEPTH else draw_weight)" if last else "draw_weight"
    forward = [
        *(["passed = x"] if every else []),
        "xs, self.pulls = [x], []",
        "for number, (W, b) in enumerate(zip(self.weights, self.biases), 1):",
        f"    x, pull = layer(W, b, x, {functions})",
        *([f"    if number % {every} == 0:", f"        x = passed = passed + {number(factor)} * x"] if every else []),
        "    xs.append(x)",
        "    self.pulls.append(pull)",
        "return xs",
    ]
    backward = [
        "gradients = [0.0] * DEPTH + [top]",
        "for number in range(DEPTH, 0, -1):",
        "    g = gradients[number]",
        *(
            [
                f"    if number % {every} == 0:",
                f"        gradients[number - {every}] = gradients[number - {every}] + g",
                f"        g = {number(factor)} * g",
            ]
            if every
            else []
        ),
        "    gradients[number - 1] = gradients[number - 1] + self.pulls[number - 1](g)",
        "return gradients",
    ]
    return [
        "",
        "",
        "class Network:",
        f'    """{script.formula(experiment)}"""',
        "",
        "    def __init__(self, widths, rng):",
        "        fans = list(enumerate(zip(widths[1:], widths), 1))",
        f"        self.weights = [{draw}(rng, *pair) for number, pair in fans]",
        "        self.biases = [draw_bias(rng, *pair) for number, pair in fans]",
        "",
        "    def forward(self, x):",
        '        """x_0 ... x_L, each (batch, units)."""',
        *(f"        {line}" for line in forward),
        "",
        "    def backward(self, top):",
        '        """dE/dx_0 ... dE/dx_L, from dE/dx_L."""',
        *(f"        {line}" for line in backward),
    ]


def _loss(loss: Loss) -> list[str]:
    if getattr(loss, "naive_log", 0):
        raise SettingError(f"The NumPy script has no naive logarithm; got the loss {loss}.")
    if loss.name not in _LOSSES:
        raise unsaid(loss)
    before = ["softmax = np.exp(z - z.max(1, keepdims=True))"] if "softmax" in loss.name else []
    return script.function("loss_gradient(z, t)", f"dE/dz of {loss}.", [*before, f"return {_LOSSES[loss.name]}"])


def _measure(experiment: Experiment) -> list[str]:
    top = (
        "loss_gradient(xs[-1], draw_targets(rng))"
        if experiment.loss_part.trains
        else "rng.standard_normal((BATCH, WIDTHS[-1]))"
    )
    return script.function(
        "measure(seed)",
        "Var x_l and Var dE/dx_l of one network, l = 0..L.",
        [
            "rng = np.random.default_rng(seed)",
            "network = Network(WIDTHS, rng)",
            "xs = network.forward(draw_inputs(rng))",
            f"gradients = network.backward({top})",
            "return [[x.var() for x in xs], [g.var() for g in gradients]]",
        ],
    )
