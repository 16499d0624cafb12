"""What the scripts of all frameworks have in common: the head, the settings, the batch, the table at the end."""

from __future__ import annotations

import math
import re
import shlex
import textwrap
from urllib.parse import urlencode

from simulator.activations import Activation
from simulator.cost import bytes_text
from simulator.experiment import Experiment
from simulator.export.schemes import number, unsaid
from simulator.inputs import Digits, GaussianInput, UniformInput
from simulator.losses import NoLoss, SigmoidCrossEntropy, SoftmaxCrossEntropy, SquaredError
from simulator.normalization import EPSILON
from simulator.residual import Residual
from simulator.studies.mean_field import mean_field
from simulator.studies.propagation import propagate

_IMPORTS = (
    ("F", "from torch.nn import functional as F\n", ""),
    ("ops", "from keras import initializers, ops\n", "from keras import initializers\n"),
)
"""A name, the line that imports it, what is left of the line without it."""

_MANY = 2**27
"""Weights from which a script says how much memory they take."""

_QUICK = 1.0
"""Seconds that a diagnosis may cost; a larger network is judged by theory."""


def diagnosis(experiment: Experiment) -> str:
    """What the initialization does, in one line: measured where that takes a second at most, else from theory."""
    cost = experiment.cost()
    if cost.fits and cost.seconds <= _QUICK:
        return propagate(experiment).verdict.headline
    theory = mean_field(experiment)
    return str(theory.outcome)


def command(experiment: Experiment, name: str = "run") -> str:
    """The experiment as a command line."""
    flags = [f"--{key.replace('_', '-')} {shlex.quote(value)}" for key, value in experiment.params().items()]
    return " ".join(["simulator", name, *flags])


def link(experiment: Experiment) -> str:
    """The experiment as the query of the app's address."""
    return "?" + urlencode(experiment.params())


def head(experiment: Experiment, said: str, framework: str, *notes: str) -> list[str]:
    """The comment that a script begins with: the diagnosis, worked out if empty, the settings, what is particular."""
    shape = experiment.shape
    if shape.weights > _MANY:
        notes = (*notes, f"Every weight matrix is formed here: {bytes_text(8 * shape.weights)}.")
    if isinstance(experiment.inputs_part, Digits):
        notes = (*notes, "The digits come with scikit-learn (load_digits): the same 1,797 images.")
    if stands_in(experiment):
        stand_in = (
            "The data stays where it is: normal inputs stand in, of its mean square and mean cosine of two examples."
        )
        notes = (*notes, stand_in)
    told = [said or diagnosis(experiment), *notes]
    wrapped = [f"# {line}" for sentence in told for line in textwrap.wrap(sentence, 108, break_on_hyphens=False)]
    title = "A network at initialization: the variance of its signal and of its gradient, layer by layer"
    address = [f"# {link(experiment)}"] if experiment.params() else []  # the defaults are the app's own address
    return [*wrapped, "#", f"# {command(experiment)}", *address, f'"""{title} ({framework})."""', ""]


def constants(experiment: Experiment) -> list[str]:
    """The sizes and seeds, as assignments."""
    widths = experiment.layer_widths
    text = f"[{widths[0]}] * {len(widths)}" if len(set(widths)) == 1 else _wrapped_list(widths)
    return [
        f"WIDTHS = {text}  # input first",
        f"DEPTH = {experiment.depth}",
        f"BATCH, SEED, NETWORKS = {experiment.batch}, {experiment.seed}, {experiment.seeds}",
    ]


def _wrapped_list(widths: tuple[int, ...]) -> str:
    text = ", ".join(map(str, widths))
    if len(text) < 90:
        return f"[{text}]"
    return "[\n" + textwrap.fill(text, 108, initial_indent="    ", subsequent_indent="    ") + ",\n]"


def branches(residual: Residual, depth: int) -> tuple[int, float]:
    """How many layers a sum reaches back, and the branch's factor; (0, 1) without branches."""
    every = next((residual.skips(layer) for layer in range(1, depth + 1) if residual.skips(layer)), 0)
    return every, residual.factor(depth)


def numpy_batch(experiment: Experiment) -> list[str]:
    """A function that draws the input batch with NumPy's `rng`."""
    law, width = experiment.inputs_part, "WIDTHS[0]"
    if isinstance(law, GaussianInput):
        lines = [f"return {moved(law.mean, law.std, f'rng.standard_normal((BATCH, {width}))')}"]
    elif isinstance(law, UniformInput):
        lines = [f"return rng.uniform({number(law.low)}, {number(law.high)}, (BATCH, {width}))"]
    elif isinstance(law, Digits):
        lines = digits(experiment)
    else:
        lines = _stand_in(experiment)
    return function("draw_inputs(rng)", f"{law}: (BATCH, n_0).", lines)


def stands_in(experiment: Experiment) -> bool:
    """Whether the inputs are data that a script cannot carry."""
    return not isinstance(experiment.inputs_part, GaussianInput | UniformInput | Digits)


def _stand_in(experiment: Experiment) -> list[str]:
    """Normal units with the mean square of the data and the mean cosine of two examples."""
    moments = experiment.inputs_part.moments(experiment.layer_widths[0])
    size, alike = math.sqrt(moments.second_moment), min(1.0, max(0.0, moments.correlation))
    shared = f"{number(math.sqrt(alike))} * rng.standard_normal((1, WIDTHS[0]))"
    own = f"{number(math.sqrt(1 - alike))} * rng.standard_normal((BATCH, WIDTHS[0]))"
    return [f"shared = {shared}  # the same for all examples", f"return {number(size)} * (shared + {own})"]


def moved(shift: float, factor: float, draw: str) -> str:
    """shift + factor * draw as Python, without what changes nothing."""
    text = draw if factor == 1 else f"{number(factor)} * {draw}"
    return f"{number(shift)} + {text}" if shift else text


def digits(experiment: Experiment) -> list[str]:
    """The lines that pick images with NumPy's `rng` and fit their 64 pixels to the input's width."""
    width = experiment.layer_widths[0]
    chosen = "rng.permutation(1797)[:BATCH]" if experiment.batch <= 1797 else "rng.integers(1797, size=BATCH)"
    fit = (
        f"return pixels[:, (2 * np.arange({width}) + 1) * 64 // {2 * width}]  # every pixel as equally often as can be"
        if width >= 64
        else f"return np.sqrt(np.repeat(pixels**2, {width}, axis=1).reshape(BATCH, {width}, 64).mean(2))"
        "  # root mean square of equal runs"
    )
    return [f"pixels = load_digits().data[{chosen}] / 16", fit]


def numpy_targets(experiment: Experiment) -> list[str]:
    """A function that draws the loss's random targets with NumPy; nothing without a loss."""
    loss, outputs = experiment.loss_part, "WIDTHS[-1]"
    if isinstance(loss, NoLoss):
        return []
    if isinstance(loss, SquaredError):
        line = f"return rng.standard_normal((BATCH, {outputs}))"
    elif isinstance(loss, SigmoidCrossEntropy):
        line = f"return rng.integers(0, 2, (BATCH, {outputs})).astype(float)"
    elif isinstance(loss, SoftmaxCrossEntropy):
        line = f"return (rng.integers(0, {outputs}, (BATCH, 1)) == np.arange({outputs})).astype(float)"
    else:
        raise unsaid(loss)
    return function("draw_targets(rng)", "Random targets, (BATCH, n_L).", [line])


def function(signature: str, about: str, lines: list[str]) -> list[str]:
    """A function's lines, two blank ones before it."""
    words = textwrap.wrap(about if about.endswith(".") else f"{about}.", 106, break_on_hyphens=False)
    told = [f'"""{words[0]}"""'] if len(words) == 1 else [f'"""{words[0]}', *words[1:], '"""']
    return ["", "", f"def {signature}:", *(f"    {line}" for line in [*told, *lines])]


def activations(experiment: Experiment, words: dict[str, str]) -> list[str]:
    """phi and, where it is another, last_phi, in a framework's `words` by activation."""
    part, last = experiment.activation_part, experiment.activation_at(experiment.depth)
    lines = function("phi(h)", experiment.activation, [f"return {_said(part, words)}"])
    if last != part:
        lines += function("last_phi(h)", f"{last}: the last layer's.", [f"return {_said(last, words)}"])
    return lines


def _said(activation: Activation, words: dict[str, str]) -> str:
    if activation.name not in words:
        raise unsaid(activation)
    return words[activation.name].format(**{name: number(getattr(activation, name)) for name in activation.settings()})


def table(call: str = "measure") -> list[str]:
    """The lines that run every network and print the medians over them."""
    return [
        "",
        "",
        'if __name__ == "__main__":',
        f"    runs = np.array([{call}(seed) for seed in range(SEED, SEED + NETWORKS)])  # (networks, 2, L + 1)",
        "    signal, gradient = np.median(runs, axis=0)",
        '    print("layer    Var x_l  Var dE/dx_l")',
        "    for layer, row in enumerate(zip(signal, gradient)):",
        '        print(f"{layer:5d} {row[0]:10.4g} {row[1]:12.4g}")',
    ]


def epsilon() -> str:
    """What is added to a variance under the root."""
    return f"{EPSILON:g}"


def written(lines: list[str]) -> str:
    """The script's text, without the imports and the depth that nothing in it asks for."""
    text = "\n".join(lines) + "\n"
    for name, line, rest in _IMPORTS:
        text = text if re.search(rf"\b{name}\.", text) else text.replace(line, rest)
    text = text if "math." in text else text.replace("import math\n\n", "").replace("import math\n", "")
    return text if text.count("DEPTH") > 1 else re.sub("DEPTH = .*\n", "", text)


def counts(experiment: Experiment) -> bool:
    """Whether the loop over layers must know their numbers."""
    return experiment.activation_at(experiment.depth) != experiment.activation_part or bool(
        branches(experiment.residual_part, experiment.depth)[0]
    )


def step(experiment: Experiment, linear: str) -> list[str]:
    """What a layer does to x before a branch joins, with the linear part in the framework's words."""
    other = experiment.activation_at(experiment.depth) != experiment.activation_part
    phi = "(last_phi if number == DEPTH else phi)" if other else "phi"
    normal = "norm({})" if experiment.normalization != "none" else "{}"
    if experiment.residual_part.before:
        opened = f"{phi}({normal.format('x')})"
        return [f"x = {linear.format(x=opened)}"]
    return [f"x = {phi}({normal.format(linear.format(x='x'))})"]


def formula(experiment: Experiment) -> str:
    """One layer in a line."""
    every, factor = branches(experiment.residual_part, experiment.depth)
    normal = "norm({})" if experiment.normalization != "none" else "{}"
    if experiment.residual_part.before:
        layer = f"W phi({normal.format('x')}) + b"
    else:
        layer = f"phi({normal.format('W x + b')})"
    if not every:
        return f"x -> {layer}."
    return f"x -> {layer}; every {every} layers the signal that went by is added, the branch times {factor:.4g}."
