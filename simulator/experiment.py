"""An experiment: every setting of a simulated network, and whether it would fit."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from simulator.activations import Activation
from simulator.cost import MAX_BYTES, Cost, Shape
from simulator.initializers import Bias, Initializer
from simulator.inputs import InputLaw
from simulator.losses import Loss
from simulator.nearest import nearest
from simulator.normalization import Normalization
from simulator.registry import kept_property
from simulator.residual import Residual
from simulator.settings import SettingError, Settings, echo, setting

SAME = "same"
"""The last layer's activation or scheme where it is that of all the others."""

MAX_DEPTH = 2000
MAX_WIDTH = 65536
_LEAST_DEVIATION = 1e-100


@dataclass(frozen=True)
class Experiment(Settings):
    """The settings of a multilayer perceptron at initialization: scalars and text only, canonical once made.

    Raises SettingError, one sentence, for a value that cannot be used.
    """

    depth: int = setting(30, bounds=(1, MAX_DEPTH), softbounds=(1, 100), symbol="L", help="Number of weight layers.")
    width: int = setting(
        256, bounds=(1, MAX_WIDTH), symbol="N", help="Units in every layer, input and output included."
    )
    widths: str = setting(
        "",
        label="Layer widths",
        symbol="n_0-n_1-...-n_L",
        help="Unequal widths as text, input first: 784-512-256-10. Overrides depth and width.",
    )
    activation: str = setting("tanh", choices=Activation, symbol="φ", help="The nonlinearity of every layer.")
    init: str = setting(
        "xavier_normal", choices=Initializer, label="Init scheme", symbol="W", help="The law of the initial weights."
    )
    gain: float = setting(
        1.0, bounds=(0, 1000), softbounds=(0, 4), help="Multiplies the standard deviation of the weights."
    )
    bias: str = setting("zeros", choices=Bias, symbol="b", help="The law of the initial biases.")
    residual: str = setting(
        "none", choices=Residual, label="Residual branches", help="Whether layers add to the signal that passes by."
    )
    normalization: str = setting(
        "none", choices=Normalization, help="What is done to the preactivations before the activation."
    )
    last_activation: str = setting(
        SAME, choices=Activation, otherwise=SAME, label="Last activation", help="The last layer's, if it is another."
    )
    last_init: str = setting(
        SAME, choices=Initializer, otherwise=SAME, label="Last init scheme", help="The last layer's, if it is another."
    )
    loss: str = setting(
        "none",
        choices=Loss,
        help="Of the last layer's activations, with random targets; none: dE/dx_L is drawn N(0, 1) instead.",
    )
    inputs: str = setting("gaussian", choices=InputLaw, symbol="x_0", help="Where the input batch comes from.")
    batch: int = setting(64, bounds=(1, 10_000), softbounds=(1, 1024), symbol="B", help="Examples per pass.")
    seeds: int = setting(
        1, bounds=(1, 10_000), softbounds=(1, 64), help="Independent networks, each with its own weights and batch."
    )
    seed: int = setting(0, bounds=(0, 2**32 - 1), help="The first seed; the same seed gives the same numbers.")
    saturation: float = setting(
        0.05,
        bounds=(0, 1),
        label="Saturation threshold",
        symbol="τ",
        help="A unit counts as saturated where |φ'(h)| is below this fraction of its largest value.",
    )
    engine: str = setting(
        "auto",
        choices=("auto", "dense", "matrix_free"),
        help="Dense forms every weight matrix; matrix-free draws what normal and orthogonal ones do, at any width.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.widths:
            widths = _parse_widths(self.widths)
            equal = len(set(widths)) == 1
            # One text for one network: depth and width always say what the widths mean.
            object.__setattr__(self, "depth", len(widths) - 1)
            object.__setattr__(self, "width", max(widths))
            object.__setattr__(self, "widths", "" if equal else "-".join(map(str, widths)))
        self._check_deviation()
        self._check_branches()
        if self.engine == "matrix_free" and (obstacle := self._matrix_free_obstacle()):
            raise SettingError(f"Experiment.engine matrix_free cannot represent {obstacle}; use auto or dense.")

    def _check_deviation(self) -> None:
        """Theory squares the weights' standard deviation: the square must be a number too."""
        fans = dict.fromkeys((self.init_part, *pair) for pair in pairwise(self.layer_widths))
        last = self.init_at(self.depth), self.layer_widths[-2], self.layer_widths[-1]
        for init, fan_in, fan_out in [*fans, last]:
            deviation = init.deviation(fan_in, fan_out)
            if 0 < deviation < _LEAST_DEVIATION or 0 < self.gain * deviation < _LEAST_DEVIATION:
                raise SettingError(
                    f"Experiment.init and gain must give weights a standard deviation of 0 or at least "
                    f"{_LEAST_DEVIATION:g}; got {self.gain * deviation:g}."
                )

    def _check_branches(self) -> None:
        """What is added must have as many units as what it is added to."""
        for layer in range(1, self.depth + 1):
            back = self.residual_part.skips(layer)
            if back and self.layer_widths[layer - back] != self.layer_widths[layer]:
                raise SettingError(
                    f"Experiment.residual needs as many units in layer {layer} as in layer {layer - back}; "
                    f"got {self.layer_widths[layer]} and {self.layer_widths[layer - back]}."
                )

    def params(self) -> dict[str, str]:
        params = super().params()
        if self.widths:
            params.pop("depth", None)
            params.pop("width", None)
        return params

    def replace(self, **changes: Any) -> Experiment:
        """A copy with some settings changed; a new depth or width replaces unequal widths."""
        if self.widths and ("depth" in changes or "width" in changes):
            changes = {"widths": "", **changes}
        return super().replace(**changes)

    @kept_property
    def layer_widths(self) -> tuple[int, ...]:
        """(n_0, ..., n_L), the input's width first."""
        return _parse_widths(self.widths) if self.widths else (self.width,) * (self.depth + 1)

    @kept_property
    def activation_part(self) -> Activation:
        return Activation.parse(self.activation)

    @kept_property
    def init_part(self) -> Initializer:
        return Initializer.parse(self.init)

    @kept_property
    def bias_part(self) -> Bias:
        return Bias.parse(self.bias)

    @kept_property
    def inputs_part(self) -> InputLaw:
        return InputLaw.parse(self.inputs)

    @kept_property
    def residual_part(self) -> Residual:
        return Residual.parse(self.residual)

    @kept_property
    def normalization_part(self) -> Normalization:
        return Normalization.parse(self.normalization)

    @kept_property
    def loss_part(self) -> Loss:
        return Loss.parse(self.loss)

    @property
    def plain(self) -> bool:
        """Whether every layer is x -> phi(W x + b), with neither branches nor normalization."""
        return self.residual == self.normalization == "none"

    def bare(self) -> Experiment:
        """The same network of plain layers that are all alike, and without a loss."""
        wiring = {"residual": "none", "normalization": "none", "loss": "none"}
        return self.replace(**wiring, last_activation=SAME, last_init=SAME)

    def activation_at(self, layer: int) -> Activation:
        """The activation of layer 1..L."""
        own = layer == self.depth and self.last_activation != SAME
        return Activation.parse(self.last_activation) if own else self.activation_part

    def init_at(self, layer: int) -> Initializer:
        """The init scheme of layer 1..L."""
        own = layer == self.depth and self.last_init != SAME
        return Initializer.parse(self.last_init) if own else self.init_part

    def gain_at(self, layer: int) -> float:
        """What the weights of layer 1..L are multiplied by."""
        return self.gain

    def weight_variance(self, layer: int) -> float:
        """E W_ij^2 of layer 1..L, the gain included."""
        fan_in, fan_out = self.layer_widths[layer - 1 : layer + 1]
        return self.gain_at(layer) ** 2 * self.init_at(layer).variance(fan_in, fan_out)

    def bias_second_moment(self, layer: int) -> float:
        """E b_i^2 of layer 1..L."""
        return self.bias_part.second_moment(self.layer_widths[layer - 1])

    @kept_property
    def shape(self) -> Shape:
        """What a run's cost depends on."""
        return Shape(self.layer_widths, self.batch, self.seeds, self.plain)

    @kept_property
    def matrix_free(self) -> bool:
        """Whether no weight matrix is formed: as the engine says, or where that is possible and costs less."""
        if self.engine != "auto":
            return self.engine == "matrix_free"
        # Below two units an example a batch fills most of the space, and there is nothing to gain. Judged by one
        # network, so that the first of many is the network that it is alone.
        if min(self.layer_widths) < 2 * self.batch or self._matrix_free_obstacle():
            return False
        return self.shape.matrix_free(1).seconds < self.shape.dense(1).seconds

    def cost(self) -> Cost:
        """What `propagate` would need, estimated without running it."""
        return self.shape.matrix_free(self.seeds) if self.matrix_free else self.shape.dense(self.seeds)

    @property
    def together(self) -> int:
        """How many networks are run at once."""
        return self.shape.together(dense=not self.matrix_free)

    def _matrix_free_obstacle(self) -> str:
        """Why these weights cannot be drawn without forming them, "" if they can."""
        for init in {self.init_part, self.init_at(self.depth)}:
            if init.orthogonal and len(set(self.layer_widths)) > 1:
                return "orthogonal weights of unequal widths"
            if init.orthogonal and self.width < 2 * self.batch:
                return "orthogonal weights of fewer than 2 batch units"
            if not init.orthogonal and not init.gaussian:
                return f"{init} weights, which are not normal"
        return ""

    def refusal(self, *, seconds: float = math.inf, bytes: float = MAX_BYTES) -> tuple[str, dict[str, str]] | None:
        """Why this run is refused, in one sentence, with the nearest changes that fit; None if it fits.

        The bounds, both above 0, are on what `cost` estimates; no changes where the smallest network is too large too.
        """
        over = self.cost().over(seconds, bytes)
        if not over:
            return None
        said = f"This run would take {self.cost()}, over the bound of {over}"
        fits = nearest(self, lambda one: one.cost().share(seconds, bytes))
        if fits is None:
            return f"{said}; nothing smaller fits.", {}
        told = {"width", "depth"} if fits.widths != self.widths else set()  # in full, in place of the widths
        changes = {
            name: str(getattr(fits, name))
            for name in ("widths", "width", "depth", "batch", "seeds")
            if name in told or getattr(fits, name) != getattr(self, name)
        }
        wanted = ", ".join(f"{name}={value}" for name, value in changes.items() if value)
        return f"{said}; the nearest that fits: {wanted}.", changes


def _parse_widths(text: str) -> tuple[int, ...]:
    pieces = re.split(r"\s*[-,\s]\s*", text.strip())
    if len(pieces) < 2 or not all(re.fullmatch(r"[0-9]{1,9}", piece) for piece in pieces):
        raise SettingError(f"Experiment.widths must look like 784-512-10; got {echo(text)}.")
    if len(pieces) > MAX_DEPTH + 1:
        raise SettingError(f"Experiment.widths must name at most {MAX_DEPTH + 1} layers; got {len(pieces)}.")
    widths = tuple(map(int, pieces))
    for width in widths:
        if not 1 <= width <= MAX_WIDTH:
            raise SettingError(f"Experiment.widths must lie in [1, {MAX_WIDTH}]; got {width}.")
    return widths
