"""The rules between the settings of an experiment: what is checked, how it is said, and what puts it right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from simulator import layers, part_text
from simulator.initializers import Initializer, normal_like
from simulator.layered import LISTS, SAME, Layered
from simulator.settings import Rule, Value

_LEAST_DEVIATION = 1e-100

Changes = Mapping[str, Value]


def _disagreement(network: Layered) -> dict[str, object] | None:
    counts = network.layer_counts()
    (first, many), *others = counts.items() or [("", 0)]
    return next(({"other": o, "first": first, "got": n, "many": many} for o, n in others if n != many), None)


def _one_count(network: Layered) -> Iterator[Changes]:
    counts = network.layer_counts()
    yield from ({name: "" for name in counts if counts[name] != many} for many in counts.values())


def _tiny_deviation(network: Layered) -> dict[str, object] | None:
    """Theory squares the weights' standard deviation: the square must be a number too."""
    laws = zip(network.init_parts, network.gain_values, pairwise(network.layer_widths), strict=True)
    # One object serves all layers with one scheme; to hash a scheme takes longer than all the rest.
    for init, gain, (fan_in, fan_out) in {(id(law[0]), *law[1:]): law for law in laws}.values():
        deviation = init.deviation(fan_in, fan_out)
        if 0 < deviation < _LEAST_DEVIATION or 0 < gain * deviation < _LEAST_DEVIATION:
            return {"got": gain * deviation, "least": _LEAST_DEVIATION}
    return None


def _usual_deviation(network: Layered) -> Iterator[Changes]:
    yield from ({"gain": 1.0}, {"gains": ""})
    yield from ({"init": "xavier_normal"}, {"last_init": SAME}, {"inits": ""})


def _unequal_sum(network: Layered) -> dict[str, object] | None:
    """Find two signals that are to be added and have different numbers of units."""
    widths = network.layer_widths
    for layer in range(1, network.depth + 1) if len(set(widths)) > 1 else ():
        start = layer - network.residual_part.skips(layer)
        if widths[start] != widths[layer]:
            return {"layer": layer, "start": start, "units": widths[layer], "others": widths[start]}
    return None


def matrix_free_obstacle(network: Layered) -> str:
    """Why these weights cannot be drawn without forming them, "" if they can."""
    for init in {id(init): init for init in network.init_parts}.values():
        if init.orthogonal and len(set(network.layer_widths)) > 1:
            return "orthogonal weights of unequal widths"
        if init.orthogonal and network.width < 2 * network.batch:
            return "orthogonal weights of fewer than 2 batch units"
        if not init.orthogonal and not init.gaussian:
            return f"{init} weights, which are not normal"
    return ""


def _matrix_free(network: Layered) -> dict[str, object] | None:
    obstacle = matrix_free_obstacle(network) if network.engine == "matrix_free" else ""
    return {"obstacle": obstacle} if obstacle else None


def _drawn_unformed(network: Layered) -> Iterator[Changes]:
    yield {"engine": "auto"}
    if network.width >= 2:
        yield {"batch": network.width // 2}
    for spared in ("orthogonal", ""):
        yield _normal_inits(network, spared)
    yield from ({"widths": ""}, {"init": "xavier_normal"}, {"last_init": SAME}, {"inits": ""})


def _normal_inits(network: Layered, spared: str) -> Changes:
    """Every scheme, but the `spared` one, in place of which a normal law of its variance can stand."""

    def normal(text: str) -> str:
        return text if text in (spared, SAME) else normal_like(Initializer.parse(text))

    if network.inits:
        schemes = layers.runs(network.inits)
        return {"inits": part_text.listed(part_text.merged((normal(entry), many) for entry, many in schemes))}
    wanted = {"init": normal(network.init), "last_init": normal(network.last_init)}
    return {name: text for name, text in wanted.items() if text != getattr(network, name)}


def _around(network: Layered) -> dict[str, object] | None:
    """Find what stands in the way of unit variance: a bias adds to it, a branch passes it by, a norm makes it again."""
    names = {"bias": "zeros", "residual": "none", "normalization": "none"}
    there = [name for name, nothing in names.items() if getattr(network, name) != nothing]
    return {"name": there[0], "nothing": names[there[0]]} if network.lsuv == "on" and there else None


RULES = (
    Rule(
        ("widths", *LISTS),
        _disagreement,
        "Experiment.{other} must name as many layers as Experiment.{first}; got {got} and {many}.",
        _one_count,
    ),
    Rule(
        ("init", "last_init", "inits", "gain", "gains", "width", "widths"),
        _tiny_deviation,
        "Experiment.init and gain must give weights a standard deviation of 0 or at least {least:g}; got {got:g}.",
        _usual_deviation,
    ),
    Rule(
        ("residual", "widths"),
        _unequal_sum,
        "Experiment.residual needs as many units in layer {layer} as in layer {start}; got {units} and {others}.",
        lambda network: ({"residual": "none"}, {"widths": ""}),
    ),
    Rule(
        ("lsuv", "bias", "residual", "normalization"),
        _around,
        "Experiment.lsuv needs {name} to be {nothing}.",
        lambda network: ({"lsuv": "off"}, {"bias": "zeros"}, {"residual": "none"}, {"normalization": "none"}),
    ),
    Rule(
        ("engine", "init", "last_init", "inits", "width", "widths", "batch"),
        _matrix_free,
        "Experiment.engine matrix_free cannot represent {obstacle}; use auto or dense.",
        _drawn_unformed,
    ),
)
