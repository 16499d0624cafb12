"""The settings of a training run, and what it would cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from simulator import part_text
from simulator.experiment import Experiment
from simulator.initializers import Initializer
from simulator.layered import LISTS
from simulator.layers import with_last
from simulator.losses import Loss
from simulator.registry import kept_property
from simulator.settings import SettingError, Settings, setting
from simulator.studies.training.data import Dataset
from simulator.studies.training.optimizers import Optimizer

MOST_SCHEMES = 4
COMPARED = 3
"""How many schemes are compared where none is named."""

SKIP, NORM = "pre(scaling=depth)", "batch_norm"
"""The wirings compared where the experiment has none of its own: branches whose sum keeps its size at any depth."""

MAX_WEIGHTS = 2_000_000
"""Weights of all networks of a run together: with an optimizer's state a few tens of megabytes."""

SERIES = {
    ("weight_gradient", "variance"): "Var of ∂E/∂W",
    ("preactivation_gradient", "variance"): "Var of ∂E/∂h",
    ("activation", "variance"): "Var of x",
    ("activation", "saturated_fraction"): "saturated units",
    ("weight", "update_ratio"): "update / weight",
}
"""The pairs followed layer by layer over a run: (quantity, statistic), and how a menu writes it."""

MOMENTS = 60
"""About how many times a run is measured."""

# Measured on one core of a 2020s server: a multiply-add of a step's products, a weight's share of the optimizer, the
# fixed part of a layer and of its norm, and a weight's share of a measurement.
_MULTIPLY, _WEIGHT, _LAYER, _NORMED, _MEASURED = 3e-11, 3e-9, 6e-5, 6e-5, 1e-7


def _schemes(text: str, where: str) -> str:
    schemes = tuple(dict.fromkeys(str(Initializer.parse(piece, where)) for piece in _pieces(text)))
    if len(schemes) > MOST_SCHEMES:
        raise SettingError(f"{where} must name at most {MOST_SCHEMES} schemes; got {len(schemes)}.")
    return "; ".join(schemes)


def _trains(text: str, where: str) -> str:
    if not Loss.parse(text).trains:
        raise SettingError(f"{where} must be something to make small; got {text!r}.")
    return text


@dataclass(frozen=True)
class Training(Settings):
    """How networks are trained: scalars and text only, canonical once made."""

    schemes: str = setting(
        "",
        label="Init schemes",
        help="Side by side, as text: he_normal; zeros. Empty: the scheme above and two more.",
        example="he_normal; zeros",
        reads=_schemes,
    )
    train_compare: str = setting(
        "schemes",
        choices=("schemes", "wirings"),
        label="Side by side",
        help="Init schemes in the wiring above, or wirings with the scheme above: plain, skip, norm, both.",
    )
    train_depth: int = setting(10, bounds=(1, 50), symbol="L", label="Trained depth", help="Number of weight layers.")
    train_width: int = setting(
        64, bounds=(1, 512), symbol="N", label="Trained width", help="Units in every layer between input and output."
    )
    optimizer: str = setting("momentum", choices=Optimizer, help="How a gradient becomes a step.")
    learning_rate: float = setting(
        0.01, bounds=(1e-6, 100), symbol="η", label="Learning rate", help="Multiplies every step."
    )
    epochs: int = setting(5, bounds=(1, 100), softbounds=(1, 20), help="Passes over the data.")
    minibatch: int = setting(
        32, bounds=(1, 2048), softbounds=(8, 256), label="Minibatch", help="Examples per step; all, if there are fewer."
    )
    train_loss: str = setting(
        "softmax_cross_entropy",
        choices=Loss,
        reads=_trains,
        label="Loss",
        help="What is made small; numbers take the squared error.",
    )
    standardize: str = setting(
        "on", choices=("on", "off"), help="Bring every feature to mean 0 and variance 1 over the training rows."
    )
    followed: str = setting(
        "weight_gradient variance",
        choices=tuple(" ".join(pair) for pair in SERIES),
        label="Followed",
        help="What the maps show at every layer over the run.",
    )

    def compared(self, experiment: Experiment) -> tuple[str, ...]:
        """The schemes side by side: those named, or the experiment's own beside what shows its effect."""
        if self.schemes:
            return tuple(_pieces(self.schemes))
        hidden = experiment.activation_parts[:-1] or experiment.activation_parts
        rectified = 2 * sum(activation.rectifier for activation in hidden) > len(hidden)
        fitting = "he_normal" if rectified else "xavier_normal"
        wanted = (experiment.init, fitting, "normal(std=0.01)", str(Initializer.parse("normal(std=1)")))
        return tuple(dict.fromkeys(wanted))[:COMPARED]

    def wirings(self, experiment: Experiment) -> dict[str, dict[str, str]]:
        """The wirings side by side by their labels, as changes of an experiment; its own branches and norm if any.

        None has LSUV, which only plain layers can have.
        """
        skip = SKIP if experiment.residual == "none" else experiment.residual
        norm = NORM if experiment.normalization == "none" else experiment.normalization
        made = {
            "plain": {"residual": "none", "normalization": "none"},
            "skip": {"residual": skip, "normalization": "none"},
            norm: {"residual": "none", "normalization": norm},
            f"skip + {norm}": {"residual": skip, "normalization": norm},
        }
        without = {"lsuv": "off"} if experiment.lsuv == "on" else {}
        return {name: changes | without for name, changes in made.items()}

    def variants(self, experiment: Experiment) -> dict[str, dict[str, str]]:
        """The networks side by side by their labels, as changes of an experiment."""
        if self.train_compare == "wirings":
            return self.wirings(experiment)
        listed = experiment.inits and not self.schemes and self.layer_by_layer(experiment)
        own: dict[str, dict[str, str]] = {experiment.inits: {}} if listed else {}
        return own | {label(scheme): {"init": scheme} for scheme in self.compared(experiment)}

    def labels(self, experiment: Experiment) -> tuple[str, ...]:
        """The names of the compared networks."""
        return tuple(self.variants(experiment))

    @kept_property
    def optimizer_part(self) -> Optimizer:
        return Optimizer.parse(self.optimizer)

    @property
    def pair(self) -> tuple[str, str]:
        """(quantity, statistic) of what is followed."""
        quantity, statistic = self.followed.split()
        return quantity, statistic

    def loss_part(self, data: Dataset) -> Loss:
        """The loss, the squared error where the target is a number."""
        return Loss.parse(self.train_loss if data.classes else "squared_error")

    def widths(self, data: Dataset) -> tuple[int, ...]:
        """(n_0, ..., n_L): features, train_depth - 1 layers of train_width, outputs."""
        return (data.features.shape[1], *[self.train_width] * (self.train_depth - 1), data.outputs)

    def batch(self, data: Dataset) -> int:
        """Examples per step."""
        return min(self.minibatch, len(data.features) - data.held_out)

    def steps(self, data: Dataset) -> int:
        """Steps of the whole run; an incomplete minibatch is left out."""
        return self.epochs * ((len(data.features) - data.held_out) // self.batch(data))

    def layer_by_layer(self, experiment: Experiment) -> bool:
        """Whether layers that differ do so in training too, which has a depth of its own: where that is the same."""
        return experiment.depth == self.train_depth

    def networks(self, experiment: Experiment, data: Dataset) -> tuple[Experiment, ...]:
        """The experiment that each trained network starts as, but for its first and last width; raises SettingError."""
        # Only what is used: other settings of the experiment may not fit another shape.
        used = [
            "activation",
            "init",
            "last_init",
            "gain",
            "bias",
            "lsuv",
            "residual",
            "normalization",
            "dropout",
            "seed",
        ]
        used += ["saturation"]
        if self.layer_by_layer(experiment):
            used += LISTS
        given = {name: getattr(experiment, name) for name in used}
        if given.get("activations") and self.train_depth > 1:  # the loss holds the last one
            before = str(experiment.activation_at(self.train_depth - 1))
            given["activations"] = with_last(experiment.activations, before)
        base = Experiment(depth=self.train_depth, width=self.train_width, **given)
        return tuple(base.replace(**changes) for changes in self.variants(experiment).values())

    def seconds(self, experiment: Experiment, data: Dataset) -> float:
        """An estimate of the run's computing time."""
        variants = self.variants(experiment).values()
        weights = len(variants) * self._weights(data)
        own = {"residual": experiment.residual, "normalization": experiment.normalization}
        wirings = {tuple((own | changes)[name] for name in own) for changes in variants}
        fixed = sum(_LAYER + _NORMED * (norm != "none") for _, norm in wirings)
        each = weights * (3 * self.batch(data) * _MULTIPLY + _WEIGHT) + self.train_depth * fixed
        return self.steps(data) * each + min(MOMENTS, self.steps(data)) * weights * _MEASURED

    def refusal(self, experiment: Experiment, data: Dataset, *, patience: float = math.inf) -> str | None:
        """Why this run is refused, in one sentence; None if it is not: memory is bounded, time by `patience` s."""
        weights = len(self.variants(experiment)) * self._weights(data)
        if weights > MAX_WEIGHTS:
            return (
                f"These networks have {weights:,} weights. Limit: {MAX_WEIGHTS:,}; take fewer networks, layers or "
                "units."
            )
        seconds = self.seconds(experiment, data)
        if seconds <= patience:
            return None
        return (
            f"This run would compute for about {seconds / 60:,.1f} minutes. Limit: {patience / 60:g}; "
            "take fewer epochs, a smaller width, or a larger minibatch."
        )

    def _weights(self, data: Dataset) -> int:
        return sum(a * b for a, b in pairwise(self.widths(data)))


def label(scheme: str) -> str:
    """A scheme's text; a law of fixed scale says its numbers, defaults or not: normal(std=1). Other text as it is."""
    try:
        part = Initializer.parse(scheme)
    except SettingError:
        return scheme
    fixed = 0 < part.deviation(10, 10) == part.deviation(1000, 1000)
    return part.spelt_out() if fixed else scheme


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in part_text.split(text, ";") if piece.strip()]
