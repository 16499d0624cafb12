"""An experiment: every setting of a simulated network, and what running it would cost."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simulator.activations import Activation
from simulator.initializers import Bias, Initializer
from simulator.inputs import InputLaw
from simulator.settings import SettingError, Settings, echo, setting

MAX_DEPTH = 2000
MAX_WIDTH = 65536
MAX_BYTES = 4 * 2**30
"""A run that would need more memory than this is refused before it starts."""

RETAINED_WEIGHT_BYTES = 2**30
"""Weights beyond this are drawn a second time for the backward pass instead of being kept."""

RETAINED_RECORD_BYTES = 2**28
"""Activations and slopes beyond this are worked out a second time, from what matrix-free layers know of themselves."""

_LEAST_DEVIATION = 1e-100

# Measured on one core of a 2020s server (benchmarks/README.md): a normal draw, a multiply-add of a product in
# double and in single precision, the statistics of a unit and example, the fixed part of a layer, and of a
# factorization of the batch's inner products.
_DRAW = 7.5e-9
_DRAW_SINGLE = 3e-9
_MULTIPLY = 2.2e-11
_MULTIPLY_SINGLE = 1.2e-11
_ELEMENT = 1.5e-8
_ELEMENT_SINGLE = 6e-9
_LAYER = 2e-4
_LAYER_FREE = 4.5e-4
_FACTOR = 4e-10

_CACHED = 2**17
"""Numbers in one layer's weights or batch that still fit a core's cache: so many networks are run at once."""


@dataclass(frozen=True)
class Cost:
    """What a run needs: `seconds` on two ordinary cores (an estimate), `bytes` at its peak."""

    seconds: float
    bytes: int

    @property
    def fits(self) -> bool:
        """Whether the memory is within MAX_BYTES."""
        return self.bytes <= MAX_BYTES

    def __str__(self) -> str:
        return f"about {_seconds_text(self.seconds)} and {_bytes_text(self.bytes)} of memory"


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
        if self.engine == "matrix_free" and (obstacle := self._matrix_free_obstacle()):
            raise SettingError(f"Experiment.engine matrix_free cannot represent {obstacle}; use auto or dense.")

    def _check_deviation(self) -> None:
        """Theory squares the weights' standard deviation: the square must be a number too."""
        for fan_in, fan_out in sorted(set(zip(self.layer_widths, self.layer_widths[1:], strict=False))):
            deviation = self.init_part.deviation(fan_in, fan_out)
            if 0 < deviation < _LEAST_DEVIATION or 0 < self.gain * deviation < _LEAST_DEVIATION:
                raise SettingError(
                    f"Experiment.init and gain must give weights a standard deviation of 0 or at least "
                    f"{_LEAST_DEVIATION:g}; got {self.gain * deviation:g}."
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

    @cached_property
    def layer_widths(self) -> tuple[int, ...]:
        """(n_0, ..., n_L), the input's width first."""
        return _parse_widths(self.widths) if self.widths else (self.width,) * (self.depth + 1)

    @cached_property
    def activation_part(self) -> Activation:
        return Activation.parse(self.activation)

    @cached_property
    def init_part(self) -> Initializer:
        return Initializer.parse(self.init)

    @cached_property
    def bias_part(self) -> Bias:
        return Bias.parse(self.bias)

    @cached_property
    def inputs_part(self) -> InputLaw:
        return InputLaw.parse(self.inputs)

    def weight_variance(self, layer: int) -> float:
        """E W_ij^2 of layer 1..L, the gain included."""
        fan_in, fan_out = self.layer_widths[layer - 1 : layer + 1]
        return self.gain**2 * self.init_part.variance(fan_in, fan_out)

    def bias_second_moment(self, layer: int) -> float:
        """E b_i^2 of layer 1..L."""
        return self.bias_part.second_moment(self.layer_widths[layer - 1])

    def retains_weights(self) -> bool:
        """Whether the weights of one network are kept from the forward to the backward pass."""
        return 8 * self._weights <= RETAINED_WEIGHT_BYTES

    def retains_record(self) -> bool:
        """Whether a matrix-free network's activations and slopes are kept from the forward to the backward pass."""
        return 8 * self.batch * sum(self.layer_widths) <= RETAINED_RECORD_BYTES

    @cached_property
    def matrix_free(self) -> bool:
        """Whether no weight matrix is formed: as the engine says, or where that is possible and costs less."""
        if self.engine != "auto":
            return self.engine == "matrix_free"
        # Below two units an example a batch fills most of the space, and there is nothing to gain. Judged by one
        # network, so that the first of many is the network that it is alone.
        if min(self.layer_widths) < 2 * self.batch or self._matrix_free_obstacle():
            return False
        return self._matrix_free_cost(1).seconds < self._dense_cost(1).seconds

    def cost(self) -> Cost:
        """What `propagate` would need, estimated without running it."""
        return self._matrix_free_cost(self.seeds) if self.matrix_free else self._dense_cost(self.seeds)

    def _dense_cost(self, seeds: int) -> Cost:
        units = sum(self.layer_widths)
        draws = self._weights * (1 if self.retains_weights() else 2)
        seconds = seeds * (
            draws * _DRAW
            + 2 * self.batch * self._weights * _MULTIPLY
            + self.batch * units * _ELEMENT
            + self.depth * _LAYER
        )
        widest = max(a * b for a, b in zip(self.layer_widths, self.layer_widths[1:], strict=False))
        weights = self._weights if self.retains_weights() else 2 * widest
        record = 2 * self.batch * units + 8 * self.batch * max(self.layer_widths) + 4 * self.batch**2
        return Cost(seconds, 8 * (weights + record))

    def _matrix_free_cost(self, seeds: int) -> Cost:
        units, batch = sum(self.layer_widths), self.batch
        seconds = seeds * (
            2 * batch * units * _DRAW_SINGLE
            + 8 * batch**2 * units * _MULTIPLY_SINGLE
            + batch * units * _ELEMENT_SINGLE
            + self.depth * batch**3 * _FACTOR
        ) + self.depth * _LAYER_FREE * math.ceil(seeds / self._together(batch))
        # Kept for the backward pass: images, mostly activations and slopes too; then a layer's work and draws ahead.
        record = (3 if self.retains_record() else 1) * batch * units + 16 * batch * max(self.layer_widths)
        return Cost(seconds, 4 * record + 32 * self.depth * batch**2)

    @property
    def together(self) -> int:
        """How many networks are run at once."""
        return self._together(self.batch if self.matrix_free else max(self.width, self.batch))

    def _together(self, rows: int) -> int:
        return max(1, min(self.seeds, _CACHED // (max(self.layer_widths) * rows)))

    def _matrix_free_obstacle(self) -> str:
        """Why these weights cannot be drawn without forming them, "" if they can."""
        if self.init_part.orthogonal:
            if len(set(self.layer_widths)) > 1:
                return "orthogonal weights of unequal widths"
            return "orthogonal weights of fewer than 2 batch units" if self.width < 2 * self.batch else ""
        return "" if self.init_part.gaussian else f"{self.init} weights, which are not normal"

    def refusal(self, *, seconds: float = math.inf) -> tuple[str, dict[str, str]] | None:
        """Why this run is refused, in one sentence, with the nearest changes that fit; None if it fits.

        Memory is bounded by MAX_BYTES, time by `seconds`.
        """
        cost = self.cost()
        if cost.fits and cost.seconds <= seconds:
            return None
        smaller = self
        while not (smaller.cost().fits and smaller.cost().seconds <= seconds):
            smaller = smaller._smaller()
        changes = {
            name: str(value)
            for name in ("widths", "width", "depth", "batch", "seeds")
            if (value := getattr(smaller, name)) != getattr(self, name)
        }
        wanted = ", ".join(f"{name}={value}" for name, value in changes.items() if value)
        bound = _bytes_text(MAX_BYTES) if not cost.fits else _seconds_text(seconds)
        return f"This run would take {cost}, over the bound of {bound}; the nearest that fits: {wanted}.", changes

    @cached_property
    def _weights(self) -> int:
        return sum(a * b for a, b in zip(self.layer_widths, self.layer_widths[1:], strict=False))

    def _smaller(self) -> Experiment:
        """One step down in whatever costs most: seeds, then width, then batch, then depth."""
        if self.seeds > 1:
            return self.replace(seeds=self.seeds // 2)
        if self.width > 64:
            return self.replace(width=1 << ((self.width - 1).bit_length() - 1), depth=self.depth)
        if self.batch > 64:
            return self.replace(batch=self.batch // 2)
        return self.replace(depth=max(1, self.depth // 2))


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


def _bytes_text(count: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:,.3g} GiB" if count < 1000 else f"{count:,.0f} GiB"


def _seconds_text(seconds: float) -> str:
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.2g} s" if seconds < 90 else f"{seconds / 60:,.0f} minutes"
