"""The settings of a training run, and what it would cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from simulator.experiment import Experiment
from simulator.initializers import Initializer
from simulator.losses import Loss
from simulator.settings import SettingError, Settings, number_text, setting
from simulator.studies.training.data import Dataset
from simulator.studies.training.optimizers import Optimizer

MOST_SCHEMES = 4
COMPARED = 3
"""How many schemes are compared where none is named."""

MAX_WEIGHTS = 2_000_000
"""Weights of all networks of a run together: with an optimizer's state a few tens of megabytes."""

SERIES = {
    ("weight_gradient", "variance"): "Var of ∂E/∂W",
    ("preactivation_gradient", "variance"): "Var of ∂E/∂h",
    ("activation", "variance"): "Var of x",
    ("activation", "saturated_fraction"): "saturated units",
    ("weight", "update_ratio"): "update / weight",
}
"""What is followed layer by layer over a run: (quantity, statistic), and how a menu writes it."""

MOMENTS = 60
"""About how many times a run is measured."""

# Measured on one core of a 2020s server: a multiply-add of a step's products, a weight's share of the optimizer, the
# fixed part of a layer, and a weight's share of a measurement.
_MULTIPLY, _WEIGHT, _LAYER, _MEASURED = 3e-11, 3e-9, 6e-5, 1e-7


@dataclass(frozen=True)
class Training(Settings):
    """How networks are trained: scalars and text only, canonical once made."""

    schemes: str = setting(
        "",
        label="Init schemes",
        help="Side by side, as text: he_normal; zeros. Empty: the scheme above and two more.",
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
        "softmax_cross_entropy", choices=Loss, label="Loss", help="What is made small; numbers take the squared error."
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

    def __post_init__(self) -> None:
        super().__post_init__()
        schemes = tuple(
            dict.fromkeys(str(Initializer.parse(text, "Training.schemes")) for text in _pieces(self.schemes))
        )
        if len(schemes) > MOST_SCHEMES:
            raise SettingError(f"Training.schemes must name at most {MOST_SCHEMES} schemes; got {len(schemes)}.")
        object.__setattr__(self, "schemes", "; ".join(schemes))
        if not Loss.parse(self.train_loss).trains:
            raise SettingError("Training.train_loss must be something to make small; got 'none'.")

    def compared(self, experiment: Experiment) -> tuple[str, ...]:
        """The schemes side by side: those named, or the experiment's own beside what shows its effect."""
        if self.schemes:
            return tuple(_pieces(self.schemes))
        fitting = "he_normal" if experiment.activation_part.rectifier else "xavier_normal"
        wanted = (experiment.init, fitting, "normal(std=0.01)", str(Initializer.parse("normal(std=1)")))
        return tuple(dict.fromkeys(wanted))[:COMPARED]

    def labels(self, experiment: Experiment) -> tuple[str, ...]:
        """What the compared schemes are called."""
        return tuple(map(label, self.compared(experiment)))

    @cached_property
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

    def networks(self, experiment: Experiment, data: Dataset) -> tuple[Experiment, ...]:
        """What each trained network starts as: the experiment's activation, gain, biases and seed; SettingError."""
        widths = self.widths(data)
        text = "-".join(map(str, widths))
        shape = {"widths": text} if len(set(widths)) > 1 else {"depth": self.train_depth, "width": widths[0]}
        # Only what is used: other settings of the experiment may not fit another shape.
        base = Experiment(
            **shape,
            activation=experiment.activation,
            gain=experiment.gain,
            bias=experiment.bias,
            seed=experiment.seed,
            saturation=experiment.saturation,
        )
        return tuple(base.replace(init=scheme) for scheme in self.compared(experiment))

    def seconds(self, experiment: Experiment, data: Dataset) -> float:
        """An estimate of the run's computing time."""
        weights = len(self.compared(experiment)) * self._weights(data)
        each = weights * (3 * self.batch(data) * _MULTIPLY + _WEIGHT) + self.train_depth * _LAYER
        return self.steps(data) * each + min(MOMENTS, self.steps(data)) * weights * _MEASURED

    def refusal(self, experiment: Experiment, data: Dataset, *, patience: float = math.inf) -> str | None:
        """Why this run is refused, in one sentence; None if it is not: memory is bounded, time by `patience` s."""
        weights = len(self.compared(experiment)) * self._weights(data)
        if weights > MAX_WEIGHTS:
            return (
                f"These networks have {weights:,} weights, over the bound of {MAX_WEIGHTS:,}; take fewer schemes, "
                "layers or units."
            )
        seconds = self.seconds(experiment, data)
        if seconds <= patience:
            return None
        return (
            f"This run would compute for about {seconds / 60:,.1f} minutes, over the bound of {patience / 60:g}; "
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
    numbers = ", ".join(f"{name}={number_text(getattr(part, name))}" for name in part.settings())
    fixed = 0 < part.deviation(10, 10) == part.deviation(1000, 1000)
    return f"{part.name}({numbers})" if fixed and numbers else scheme


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in text.split(";") if piece.strip()]
