"""An experiment: every setting of a simulated network, and whether it would fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator import layers
from simulator.activations import Activation
from simulator.cost import MAX_BYTES, Cost, Shape
from simulator.initializers import Bias, Initializer
from simulator.inputs import InputLaw
from simulator.layered import SAME as SAME
from simulator.layered import Layered
from simulator.layers import MAX_DEPTH as MAX_DEPTH
from simulator.layers import MAX_WIDTH as MAX_WIDTH
from simulator.losses import Loss
from simulator.nearest import nearest
from simulator.normalization import Normalization
from simulator.registry import kept_property
from simulator.residual import Residual
from simulator.rules import RULES, matrix_free_obstacle
from simulator.settings import setting


@dataclass(frozen=True)
class Experiment(Layered):
    """The settings of a multilayer perceptron at initialization: scalars and text only, canonical once made.

    Raises SettingError, one sentence, for a value that cannot be used.
    """

    depth: int = setting(
        30,
        bounds=(1, MAX_DEPTH),
        softbounds=(1, 100),
        symbol="L",
        help="Number of weight layers.",
        usual=("10", "30", "60", "100"),
    )
    width: int = setting(
        256,
        bounds=(1, MAX_WIDTH),
        symbol="N",
        help="Units in every layer, input and output included.",
        usual=("16", "64", "256", "512"),
    )
    widths: str = setting(
        "",
        label="Layer widths",
        symbol="n_0-n_1-...-n_L",
        help="Unequal widths as text, input first: 784-512-256-10. Overrides depth and width.",
        example="784-512-10",
        reads=layers.widths,
        overrides=("depth", "width"),
        usual=("256-128-64-32-16", "16-32-64-128-256"),
    )
    activation: str = setting(
        "tanh",
        choices=Activation,
        symbol="φ",
        help="The nonlinearity of every layer.",
        usual=("tanh", "relu", "sigmoid", "gelu", "linear"),
    )
    init: str = setting(
        "xavier_normal",
        choices=Initializer,
        label="Init scheme",
        symbol="W",
        help="The law of the initial weights.",
        usual=("xavier_normal", "he_normal", "orthogonal", "torch_default", "normal(std=0.01)"),
    )
    gain: float = setting(
        1.0,
        bounds=(0, 1000),
        softbounds=(0, 4),
        help="Multiplies the standard deviation of the weights.",
        usual=("0.5", "1", "1.5", "2", "3"),
    )
    bias: str = setting(
        "zeros",
        choices=Bias,
        symbol="b",
        help="The law of the initial biases.",
        usual=("zeros", "normal(std=0.1)", "normal(std=0.5)", "torch_default"),
    )
    lsuv: str = setting(
        "off",
        choices=("off", "on"),
        label="LSUV",
        help="Divides each layer's weights by the deviation of its preactivations over the batch, layer by layer "
        "(layer-sequential unit variance); any gain is then without effect.",
    )
    residual: str = setting(
        "none", choices=Residual, label="Residual branches", help="Adds a skip connection around each layer."
    )
    normalization: str = setting(
        "none", choices=Normalization, help="What is done to the preactivations before the activation."
    )
    dropout: float = setting(
        0.0,
        bounds=(0, 0.99),
        softbounds=(0, 0.9),
        symbol="p",
        help="The rate at which activations are 0 on their way into the next layer's weights; the rest is divided by "
        "1 − p. The network is seen as it trains.",
        usual=("0", "0.1", "0.5"),
    )
    last_activation: str = setting(
        SAME,
        choices=Activation,
        otherwise=SAME,
        label="Last activation",
        help="Only if the last layer differs.",
        usual=(SAME, "linear", "sigmoid"),
    )
    last_init: str = setting(
        SAME,
        choices=Initializer,
        otherwise=SAME,
        label="Last init scheme",
        help="Only if the last layer differs.",
        usual=(SAME, "zeros", "normal(std=0.01)"),
    )
    activations: str = setting(
        "",
        each="activation",
        label="Layer activations",
        help="One a layer, as text: tanh*3 | relu*6 | linear. Overrides depth and the activation of all layers.",
        example="tanh*3 | relu*6 | linear",
        reads=layers.entries,
        overrides=("depth", "activation", "last_activation"),
        usual=("tanh*5 | relu*4 | linear", "relu*5 | tanh*5", "linear | tanh*9"),
    )
    inits: str = setting(
        "",
        each="init",
        label="Layer init schemes",
        help="One a layer, as text: he_normal*9 | orthogonal. Overrides depth and the scheme of all layers.",
        example="he_normal*8 | zeros | orthogonal",
        reads=layers.entries,
        overrides=("depth", "init", "last_init"),
        usual=("he_normal*5 | xavier_normal*5", "orthogonal*3 | he_normal*7", "normal(std=0.01) | xavier_normal*9"),
    )
    gains: str = setting(
        "",
        each="gain",
        label="Layer gains",
        help="One a layer, as text: 1*9 | 0.01. Overrides depth and the gain of all layers.",
        example="1*9 | 0.01",
        reads=layers.entries,
        overrides=("depth", "gain"),
        usual=("1*9 | 0.01", "2 | 1*9", "1*5 | 2*5"),
    )
    loss: str = setting(
        "none",
        choices=Loss,
        help="Of the last layer's activations, with random targets; none: dE/dx_L is drawn N(0, 1) instead.",
    )
    inputs: str = setting(
        "gaussian",
        choices=InputLaw,
        symbol="x_0",
        help="Where the input batch comes from.",
        usual=("gaussian", "uniform", "digits"),
    )
    batch: int = setting(
        64,
        bounds=(1, 10_000),
        softbounds=(1, 1024),
        symbol="B",
        help="Examples per pass.",
        usual=("4", "16", "64", "256"),
    )
    seeds: int = setting(
        1,
        bounds=(1, 10_000),
        softbounds=(1, 64),
        help="Independent networks, each with its own weights and batch.",
        usual=("1", "4", "16"),
    )
    seed: int = setting(
        0,
        bounds=(0, 2**32 - 1),
        help="The first seed; the same seed gives the same numbers.",
        usual=("0", "1", "2", "3"),
    )
    saturation: float = setting(
        0.05,
        bounds=(0, 1),
        label="Saturation threshold",
        symbol="τ",
        help="A unit counts as saturated where |φ'(h)| is below this fraction of its largest value.",
        usual=("0.01", "0.05", "0.1", "0.2"),
    )
    engine: str = setting(
        "auto",
        choices=("auto", "dense", "matrix_free"),
        help="Dense forms every weight matrix; matrix-free draws what normal and orthogonal ones do, at any width.",
    )

    rules = RULES

    @kept_property
    def activation_part(self) -> Activation:
        return Activation.parse(self.activation)

    @kept_property
    def init_part(self) -> Initializer:
        return Initializer.parse(self.init)

    @kept_property
    def inputs_part(self) -> InputLaw:
        return InputLaw.parse(self.inputs)

    @kept_property
    def normalization_part(self) -> Normalization:
        return Normalization.parse(self.normalization)

    @kept_property
    def loss_part(self) -> Loss:
        return Loss.parse(self.loss)

    @property
    def plain(self) -> bool:
        """Whether every layer is x -> phi(W x + b) with W as drawn, without branches, normalization or dropout."""
        return self.residual == self.normalization == "none" and not self.dropout and self.lsuv == "off"

    def bare(self) -> Experiment:
        """The same network without branches, normalization, dropout and loss."""
        return self.replace(residual="none", normalization="none", dropout=0.0, loss="none")

    def dropout_at(self, layer: int) -> float:
        """The rate at which what goes into the weights of layer 1..L is dropped; never that of the inputs."""
        return self.dropout if layer > 1 or self.residual_part.before else 0.0

    @kept_property
    def shape(self) -> Shape:
        """The shape that a run's cost depends on."""
        return Shape(self.layer_widths, self.batch, self.seeds, self.plain)

    @kept_property
    def matrix_free(self) -> bool:
        """Whether no weight matrix is formed: as the engine says, or where that is possible and costs less."""
        if self.engine != "auto":
            return self.engine == "matrix_free"
        # Below two units an example a batch fills most of the space, and there is nothing to gain. Judged by one
        # network, so that the first of many is the network that it is alone.
        if min(self.layer_widths) < 2 * self.batch or matrix_free_obstacle(self):
            return False
        return self.shape.matrix_free(1).seconds < self.shape.dense(1).seconds

    def cost(self) -> Cost:
        """The cost of `propagate`, estimated without running it."""
        return self.shape.matrix_free(self.seeds) if self.matrix_free else self.shape.dense(self.seeds)

    @property
    def group_size(self) -> int:
        """How many networks are run at once."""
        return self.shape.group_size(dense=not self.matrix_free)

    def refusal(self, *, seconds: float = math.inf, bytes: float = MAX_BYTES) -> tuple[str, dict[str, str]] | None:
        """Why this run is refused, in one sentence, with the nearest changes that fit; None if it fits.

        The bounds, both above 0, are on what `cost` estimates; no changes where the smallest network is too large too.
        """
        over = self.cost().over(seconds, bytes)
        if not over:
            return None
        said = f"This run would take {self.cost()}. Limits: {over}"
        fits = nearest(self, lambda one: one.cost().share(seconds, bytes))
        if fits is None:
            return f"{said}; nothing smaller fits.", {}
        names = {"width"} if fits.widths != self.widths else set()  # in full, in place of the widths
        names |= {"depth"} if names and not fits.layer_counts() else set()
        changes = {
            name: str(getattr(fits, name))
            for name in ("widths", "width", "depth", "batch", "seeds")
            if name in names or getattr(fits, name) != getattr(self, name)
        }
        wanted = ", ".join(f"{name}={value}" for name, value in changes.items() if value)
        return f"{said}; the nearest that fits: {wanted}.", changes
