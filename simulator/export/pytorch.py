"""An experiment as a PyTorch script."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.export import script
from simulator.export.schemes import WeightLaw, bias_law, number, unsaid, weight_laws
from simulator.initializers import fixed, scaled
from simulator.inputs import Digits, GaussianInput, UniformInput
from simulator.losses import Loss

_ACTIVATIONS = {
    "linear": "h",
    "sigmoid": "torch.sigmoid(h)",
    "tanh": "torch.tanh(h)",
    "erf": "torch.erf(h)",
    "relu": "F.relu(h)",
    "leaky_relu": "F.leaky_relu(h, {negative_slope})",
    "elu": "F.elu(h, {alpha})",
    "selu": "F.selu(h)",
    "gelu": "F.gelu(h)",
    "gelu_tanh": 'F.gelu(h, approximate="tanh")',
    "silu": "F.silu(h)",
    "softplus": "F.softplus(h)",
}

_NORMALIZATIONS = {
    "layer_norm": ["return F.layer_norm(h, h.shape[-1:], eps=EPS)"],
    "rms_norm": ["return F.rms_norm(h, h.shape[-1:], eps=EPS)"],
    "batch_norm": [
        "# nn.BatchNorm1d(affine=False) in training, which refuses a batch of one",
        "centred = h - h.mean(0)",
        "return centred / torch.sqrt(centred.square().mean(0) + EPS)",
    ],
}

_LOSSES = {
    "squared_error": ["return F.mse_loss(z, t)"],
    "sigmoid_cross_entropy": ["return F.binary_cross_entropy_with_logits(z, t)"],
    "softmax_cross_entropy": ["return F.cross_entropy(z, t)"],
}
_NAIVE = {
    "sigmoid_cross_entropy": ["a = 1 / (1 + torch.exp(-z))", "return -(t * a.log() + (1 - t) * (1 - a).log()).mean()"],
    "softmax_cross_entropy": [
        "a = z.exp() / z.exp().sum(-1, keepdim=True)",
        "return -(t * a.log()).sum(-1).mean()",
    ],
}


def pytorch(experiment: Experiment, diagnosis: str = "") -> str:
    """The experiment's network as a script for PyTorch; raises SettingError for what it has no words for."""
    loss = experiment.loss_part
    lines = script.head(experiment, diagnosis, "PyTorch")
    lines += ["import math", "", "import numpy as np", "import torch", "from torch import nn"]
    lines += ["from torch.nn import functional as F"]
    if isinstance(experiment.inputs_part, Digits):
        lines.insert(lines.index("import torch"), "from sklearn.datasets import load_digits")
    lines += ["", "torch.set_default_dtype(torch.float64)  # a vanishing variance would underflow single precision"]
    lines += script.constants(experiment)
    if experiment.normalization != "none":
        lines += [f"EPS = {script.epsilon()}"]
    for name, law in weight_laws(experiment).items():
        lines += script.function(f"{name}_(w)", law.about, _weight(law))
    lines += script.function("bias_(b, fan_in)", f"{experiment.bias}: every layer's biases.", _bias(experiment))
    lines += _functions(experiment) + _network(experiment) + _batch(experiment)
    if loss.trains:
        lines += script.numpy_targets(experiment) + script.function("loss(z, t)", str(loss), _loss(loss))
    lines += _measure(experiment)
    return script.written(lines + script.table())


def _weight(law: WeightLaw) -> list[str]:
    """nn.init's own function where it is exactly the law, else its formula."""
    init, gain = law.init, number(law.gain)
    if isinstance(init, scaled.XavierNormal | scaled.XavierUniform):
        kind = init.distribution
        return [f"nn.init.xavier_{kind}_(w{f', gain={gain}' if law.gain != 1 else ''})"]
    if isinstance(init, scaled.Orthogonal):
        return [f"nn.init.orthogonal_(w{f', gain={gain}' if law.gain != 1 else ''})"]
    if isinstance(init, fixed.Zeros | fixed.Constant):
        return [f"nn.init.constant_(w, {law.times_gain(law.deviation)})"]
    if law.gain == 1 and isinstance(init, scaled.HeNormal | scaled.HeUniform):
        slope = f'a={number(init.negative_slope)}, nonlinearity="leaky_relu"'
        kind = slope if init.negative_slope else 'nonlinearity="relu"'
        return [f'nn.init.kaiming_{init.distribution}_(w, mode="{init.mode}", {kind})']
    if law.gain == 1 and isinstance(init, scaled.LecunNormal | scaled.LecunUniform):
        return [f'nn.init.kaiming_{init.distribution}_(w, nonlinearity="linear")']
    if law.gain == 1 and isinstance(init, scaled.TorchDefault):
        return ["nn.init.kaiming_uniform_(w, a=math.sqrt(5))  # what nn.Linear does by itself"]
    fans = ["fan_out, fan_in = w.shape"] if "fan_" in law.deviation else []
    return [*fans, *law.standard_deviation(), *_DRAWS[law.distribution]]


_DRAWS = {
    "normal": ["nn.init.normal_(w, std=std)"],
    "uniform": ["bound = math.sqrt(3) * std", "nn.init.uniform_(w, -bound, bound)"],
    "truncated_normal": [
        "cut = 2 * std / 0.87962566103423978  # std is that of what is left after the cut at two deviations",
        "nn.init.trunc_normal_(w, std=cut / 2, a=-cut, b=cut)",
    ],
}


def _bias(experiment: Experiment) -> list[str]:
    kind, value = bias_law(experiment)
    if kind == "zeros":
        return ["nn.init.zeros_(b)"]
    if kind == "constant":
        return [f"nn.init.constant_(b, {value})"]
    if kind == "normal":
        return [f"nn.init.normal_(b, std={value})"]
    return [f"bound = {value}", "nn.init.uniform_(b, -bound, bound)"]


def _functions(experiment: Experiment) -> list[str]:
    """phi, the last layer's, and the norm."""
    lines = script.activations(experiment, _ACTIVATIONS)
    if experiment.normalization != "none":
        if experiment.normalization not in _NORMALIZATIONS:
            raise unsaid(experiment.normalization_part)
        about = experiment.normalization_part.summary()
        lines += script.function("norm(h)", about, _NORMALIZATIONS[experiment.normalization])
    return lines


def _network(experiment: Experiment) -> list[str]:
    every, factor = script.branches(experiment.residual_part, experiment.depth)
    last = "last_weight" in weight_laws(experiment)
    draw = "(last_weight_ if layer is self.layers[-1] else weight_)(layer.weight)" if last else "weight_(layer.weight)"
    step = script.step(experiment, "layer({x})")
    body = [
        "xs, passed = [x], x" if every else "xs = [x]",
        "for number, layer in enumerate(self.layers, 1):" if script.counts(experiment) else "for layer in self.layers:",
        *(f"    {line}" for line in step),
        *([f"    if number % {every} == 0:", f"        x = passed = passed + {number(factor)} * x"] if every else []),
        "    xs.append(x)",
        "return xs",
    ]
    return [
        "",
        "",
        "class Network(nn.Module):",
        f'    """{script.formula(experiment)}"""',
        "",
        "    def __init__(self, widths):",
        "        super().__init__()",
        "        self.layers = nn.ModuleList(nn.Linear(*fans) for fans in zip(widths, widths[1:]))",
        "        for layer in self.layers:",
        f"            {draw}",
        "            bias_(layer.bias, layer.in_features)",
        "",
        "    def forward(self, x):",
        '        """x_L."""',
        "        return self.signals(x)[-1]",
        "",
        "    def signals(self, x):",
        '        """x_0 ... x_L, each (batch, units)."""',
        *(f"        {line}" for line in body),
    ]


def _batch(experiment: Experiment) -> list[str]:
    law = experiment.inputs_part
    if isinstance(law, GaussianInput):
        lines = [f"return {script.moved(law.mean, law.std, 'torch.randn(BATCH, WIDTHS[0])')}"]
    elif isinstance(law, UniformInput):
        lines = [f"return {script.moved(law.low, law.high - law.low, 'torch.rand(BATCH, WIDTHS[0])')}"]
    else:
        return script.numpy_batch(experiment)
    return script.function("draw_inputs()", f"{law}: (BATCH, n_0).", lines)


def _loss(loss: Loss) -> list[str]:
    words = _NAIVE if getattr(loss, "naive_log", 0) else _LOSSES
    if loss.name not in words:
        raise unsaid(loss)
    return words[loss.name]


def _measure(experiment: Experiment) -> list[str]:
    top = (
        ["loss(xs[-1], torch.from_numpy(draw_targets(rng))).backward()"]
        if experiment.loss_part.trains
        else ["xs[-1].backward(torch.randn(BATCH, WIDTHS[-1]))  # dE/dx_L ~ N(0, 1)"]
    )
    drawn = isinstance(experiment.inputs_part, Digits) or script.stands_in(experiment)
    inputs = "torch.from_numpy(draw_inputs(rng))" if drawn else "draw_inputs()"
    return script.function(
        "measure(seed)",
        "Var x_l and Var dE/dx_l of one network, l = 0..L.",
        [
            "torch.manual_seed(seed)",
            *(["rng = np.random.default_rng(seed)"] if drawn or experiment.loss_part.trains else []),
            f"xs = Network(WIDTHS).signals({inputs}.requires_grad_())",
            "for x in xs:",
            "    x.retain_grad()",
            *top,
            "return [[x.var(correction=0).item() for x in xs], [x.grad.var(correction=0).item() for x in xs]]",
        ],
    )
