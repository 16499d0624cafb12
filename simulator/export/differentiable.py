"""What the two scripts share that take gradients with JAX: Keras 3 and Flax."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.experiment import Experiment
from simulator.export import script
from simulator.export.pytorch import expression
from simulator.export.schemes import number, unsaid
from simulator.inputs import Digits
from simulator.losses import Loss


@dataclass(frozen=True)
class Words:
    """A framework's names: its array module, phi by activation, the norms' means."""

    arrays: str
    activations: dict[str, str]


def imports(experiment: Experiment) -> list[str]:
    """The line that the digits need."""
    return ["from sklearn.datasets import load_digits"] if isinstance(experiment.inputs_part, Digits) else []


def functions(experiment: Experiment, words: Words) -> list[str]:
    """phi, the last layer's, and the norm."""
    last = experiment.activation_at(experiment.depth)
    lines = script.function(
        "phi(h)", experiment.activation, [f"return {expression(experiment.activation_part, words.activations)}"]
    )
    if last != experiment.activation_part:
        told = f"{last}: the last layer's."
        lines += script.function("last_phi(h)", told, [f"return {expression(last, words.activations)}"])
    if experiment.normalization != "none":
        lines += script.function("norm(h)", experiment.normalization_part.summary(), _norm(experiment, words.arrays))
    return lines


def _norm(experiment: Experiment, xp: str) -> list[str]:
    axis = {"layer_norm": -1, "rms_norm": -1, "batch_norm": 0}.get(experiment.normalization)
    if axis is None:
        raise unsaid(experiment.normalization_part)
    centred = [] if experiment.normalization == "rms_norm" else [f"h = h - {xp}.mean(h, {axis}, keepdims=True)"]
    return [*centred, f"return h / {xp}.sqrt({xp}.mean(h**2, {axis}, keepdims=True) + {script.epsilon()})"]


def signals(experiment: Experiment) -> list[str]:
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


def loss(part: Loss) -> list[str]:
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
        batch += script.numpy_targets(experiment) + loss(experiment.loss_part)
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
