"""Settings of a network of which some have a value for every layer, and what each layer has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from simulator import layers
from simulator.activations import Activation
from simulator.initializers import Bias, Initializer, Place
from simulator.registry import kept_property
from simulator.residual import Residual
from simulator.settings import Settings, Value
from simulator.walk import Walk

LISTS = {"activations": ("activation", "last_activation"), "inits": ("init", "last_init"), "gains": ("gain", "")}
"""The settings with an entry a layer: which one says it of all layers, and which one of the last."""

SAME = "same"
"""The last layer's activation or scheme where it is that of all the others."""

Entry = TypeVar("Entry")


class Layered(Settings):
    """Settings with a depth, and for every layer a width, an activation, an init scheme and a gain."""

    depth: int
    width: int
    widths: str
    batch: int
    engine: str
    activation: str
    init: str
    bias: str
    residual: str
    lsuv: str
    last_init: str
    inits: str

    def make_canonical(self, names: Iterable[str]) -> None:
        """One text for one network: depth, width, activation, init, gain and last_* always say what the lists mean.

        A list of layers that are alike, or alike but for the last one where a setting says that, is left empty.
        """
        super().make_canonical(names)
        counts = self.layer_counts()
        if len(set(counts.values())) != 1:
            return  # nothing to do, or a rule refuses it
        put = object.__setattr__
        put(self, "depth", next(iter(counts.values())))
        if self.widths:
            widths = self.layer_widths
            put(self, "width", max(widths))
            put(self, "widths", self.widths if len(set(widths)) > 1 else "")
        for many, (one, last) in LISTS.items():
            if written := layers.runs(getattr(self, many)):
                common, end = layers.commonest(written), written[-1][0]
                put(self, one, self.settings()[one].check(common, self.owner()))
                if last:
                    put(self, last, SAME if end == common else end)
                if layers.alike(written, bool(last)):
                    put(self, many, "")

    def layer_counts(self) -> dict[str, int]:
        """How many layers each text that has a value for every layer speaks of."""
        counts = {name: layers.count(layers.runs(text)) for name in LISTS if (text := getattr(self, name))}
        return ({"widths": self.widths.count("-")} if self.widths else {}) | counts

    def giving_way(self, changes: Mapping[str, Value]) -> dict[str, Value]:
        """As in Settings; but a new last activation or scheme is one more entry of a list, which stays."""
        given = dict(changes)
        for many, (one, last) in LISTS.items():
            listed = getattr(self, many)
            if listed and last in given and not given.keys() & {many, one, "depth"}:
                entry = given.pop(last)
                given[many] = layers.with_last(listed, str(getattr(self, one) if entry == SAME else entry))
        return super().giving_way(given)

    @kept_property
    def layer_widths(self) -> tuple[int, ...]:
        """(n_0, ..., n_L), the input's width first."""
        return tuple(map(int, self.widths.split("-"))) if self.widths else (self.width,) * (self.depth + 1)

    @kept_property
    def activation_parts(self) -> tuple[Activation, ...]:
        """The activations of the layers 1..L, in order."""
        return self._spread("activations", Activation.parse)

    @kept_property
    def met_parts(self) -> tuple[Activation, ...]:
        """The activations met by the units of layers 1..L: the next layer's where it opens a branch, else its own."""
        own = self.activation_parts
        return (*own[1:], own[-1]) if self.residual_part.before else own

    @kept_property
    def init_parts(self) -> tuple[Initializer, ...]:
        """The laws of the weights of layers 1..L, in order: what each scheme is in its place."""
        laws = self._spread("inits", Initializer.parse)
        if all(type(law).at is Initializer.at for law in laws):
            return laws
        walk = Walk.of(self.residual_part, self.depth)
        joins = sum(1 for back in walk.back if back)
        places = (Place(layer, self.depth, joins, *walk.branch(layer)) for layer in range(1, self.depth + 1))
        return tuple(law.at(place) for law, place in zip(laws, places, strict=True))

    @kept_property
    def inside_branches(self) -> tuple[int, ...]:
        """The layers that a signal also passes beside: those in a residual branch, but for its last."""
        walk = Walk.of(self.residual_part, self.depth, self.layer_widths)
        branches = ((layer, *walk.branch(layer)) for layer in range(1, self.depth + 1))
        return tuple(layer for layer, within, closes in branches if within and not closes)

    @kept_property
    def gain_values(self) -> tuple[float, ...]:
        """The gains of the layers 1..L, in order."""
        return self._spread("gains", float)

    def _spread(self, many: str, read: Callable[[Any], Entry]) -> tuple[Entry, ...]:
        """Each layer's entry of a list, or of the settings that stand for it."""
        one, last = LISTS[many]
        runs: Iterable[tuple[Any, int]] = layers.runs(getattr(self, many))
        if not runs:
            end = getattr(self, last) if last else SAME
            own = int(end != SAME)
            runs = ((getattr(self, one), self.depth - own), (end, own))
        known = {text: read(text) for text in dict.fromkeys(text for text, count in runs if count)}
        return tuple(entry for text, count in runs if count for entry in (known[text],) * count)

    @kept_property
    def bias_part(self) -> Bias:
        return Bias.parse(self.bias)

    @kept_property
    def residual_part(self) -> Residual:
        return Residual.parse(self.residual)

    def activation_at(self, layer: int) -> Activation:
        """The activation of layer 1..L."""
        return self.activation_parts[layer - 1]

    def init_at(self, layer: int) -> Initializer:
        """The init scheme of layer 1..L."""
        return self.init_parts[layer - 1]

    def gain_at(self, layer: int) -> float:
        """The factor on the weights of layer 1..L."""
        return self.gain_values[layer - 1]

    def weight_variance(self, layer: int) -> float:
        """E W_ij^2 of layer 1..L, the gain included."""
        fan_in, fan_out = self.layer_widths[layer - 1 : layer + 1]
        return self.gain_at(layer) ** 2 * self.init_at(layer).variance(fan_in, fan_out)

    def bias_second_moment(self, layer: int) -> float:
        """E b_i^2 of layer 1..L."""
        return self.bias_part.second_moment(self.layer_widths[layer - 1])
