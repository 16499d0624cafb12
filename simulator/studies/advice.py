"""Which change of settings would help most: ranked by theory, tried by simulation, and never judged by name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.layered import LISTS
from simulator.registry import kept
from simulator.settings import SettingError, Value, number_text
from simulator.studies.direction import change
from simulator.studies.facts import Facts, facts, predicted
from simulator.theory.gains import gains
from simulator.theory.mean_field import mean_field
from simulator.theory.phase_diagram import edge_of_chaos, half_stable

_EQUAL, _EQUAL_LAYER = 1 / 3, 1 / 60
"""Worst changes that differ by less, in units of what counts as lost, in all and a layer, are as good as each other."""

_BETTER = 0.8
"""A change that does not keep all is offered if the worst change it leaves is below this part of the present one."""

_PROMISING = 1.25
"""The worst change that counts as none lost: a single network is not infinitely wide."""

_TRIED = 2
"""How many changes of a kind are simulated, the best by theory first."""

_SECONDS = 1.0
"""Runs that take longer are not simulated for advice: theory alone decides."""

_SCHEMES = ("xavier_normal", "he_normal", "lecun_normal")
_OTHERS = (("relu", "he_normal"), ("tanh", "xavier_normal"))
_WIDE = 10
"""Units per layer of depth at which single networks scatter by less than a factor of about two."""

_BATCH = 64


@dataclass(frozen=True)
class Advice:
    """A change worth trying: what its button says, why, the settings it changes, and the network it proposes.

    `expected` is what became of that network, or will by theory: signal / 1.3, gradient × 1.2. Of somebody's own
    model the network is None: the change is tried on the model itself.
    """

    label: str
    reason: str
    changes: dict[str, str]
    expected: str
    experiment: Experiment | None


def advise(experiment: Experiment, measured: Facts, chance: bool) -> Advice | None:
    """The change that leaves the least of the worst change, the smallest of those that do equally well.

    `measured` is what was measured; None if nothing is known to help. Another activation, or branches that are not
    there, are tried only where nothing else keeps signal, gradient and the difference between inputs.
    """
    if chance:
        return next((_advice(experiment, wider, after) for wider, after in _wider(experiment, measured)), None)
    beyond: list[tuple[Experiment, Facts]] = []
    for kind in (_one_change, _several, _another):
        ranked = _ranked(experiment, kind(experiment), measured.worst)
        beyond += [(candidate, expected) for candidate, expected in ranked[:1] if expected is not None]
        promising = [one for one in ranked if one[1] is None or one[1].lost < _PROMISING]
        for candidate, expected in promising[:_TRIED]:
            after = _simulated(candidate) or expected
            keeps = after is not None and after.worst <= 1 < measured.worst
            if after is not None and (keeps or after.worst < min(_PROMISING, _BETTER * measured.worst)):
                return _advice(experiment, candidate, after)
    # Nothing keeps everything: what comes nearest, if it is much nearer.
    for candidate, expected in sorted(beyond, key=lambda one: one[1].worst)[:_TRIED]:
        after = _simulated(candidate) or expected
        if after.worst < _BETTER * measured.worst:
            return _advice(experiment, candidate, after)
    return None


def _ranked(
    experiment: Experiment, candidates: Iterator[Experiment], worst: float
) -> list[tuple[Experiment, Facts | None]]:
    """The candidates that theory says help, by the worst change they leave, then by how many settings they change."""
    judged: list[tuple[float, int, int, Experiment, Facts | None]] = []
    for order, candidate in enumerate(dict.fromkeys(candidates)):
        if candidate == experiment or candidate.refusal() is not None:
            continue
        expected = predicted(candidate)
        left = math.inf if expected is None else expected.worst
        judged.append((left, len(_changes(experiment, candidate)), order, candidate, expected))
    least = min((one[0] for one in judged), default=math.inf)
    near = least + min(_EQUAL, _EQUAL_LAYER * experiment.depth)
    judged.sort(key=lambda one: (max(near, one[0]), *one[1:3]))
    return [(candidate, expected) for left, _, _, candidate, expected in judged if expected is None or left < worst]


def _wider(experiment: Experiment, measured: Facts) -> Iterator[tuple[Experiment, Facts]]:
    """More units per layer, where the scheme is right and single networks scatter, and what they come to."""
    depth = experiment.depth
    width = 1 << math.ceil(math.log2(_WIDE * depth))
    while width > experiment.width and experiment.replace(width=width).refusal() is not None:
        width //= 2
    if width <= experiment.width:
        return
    plain: dict[str, int | str] = {"widths": "", "depth": depth} if experiment.widths else {}
    wider = experiment.replace(width=width, **plain)
    after = _simulated(wider) or predicted(wider)
    if after is not None and after.lost < _BETTER * measured.lost and after.worst < measured.worst:
        yield wider, after


def _one_change(experiment: Experiment) -> Iterator[Experiment]:
    """The present activation with other weights, or with another bias, norm, other branches or another batch."""
    yield from _surroundings(experiment)
    yield from _weights(experiment)


def _several(experiment: Experiment) -> Iterator[Experiment]:
    """Critical points with a bias, and other weights together with what is around them."""
    for around in (experiment, *_surroundings(experiment)):
        yield from _with_bias(around)
        if around != experiment:
            yield from _weights(around)


def _surroundings(experiment: Experiment) -> Iterator[Experiment]:
    for many in LISTS:
        if getattr(experiment, many):
            yield from _may(experiment, **{many: ""})
    branches, norm = experiment.residual_part, experiment.normalization_part
    if experiment.bias != "zeros":
        yield from _may(experiment, bias="zeros")
    if experiment.dropout:
        yield from _may(experiment, dropout=0.0)
    if experiment.lsuv == "on":
        yield from _may(experiment, lsuv="off")
    if "scaling" in branches.settings():
        yield from _may(experiment, residual=str(branches.replace(scaling="depth")))
        yield from _may(experiment, residual="none")
    if experiment.normalization != "none":
        for other in ("layer_norm", "none"):
            yield from _may(experiment, normalization=other)
    if norm.of_batch and experiment.batch < _BATCH:
        yield from _may(experiment, batch=_BATCH)


def _weights(experiment: Experiment) -> Iterator[Experiment]:
    """Schemes and gains for the experiment's activation; critical points with a bias where the activation asks."""
    part, share = experiment.activation_part, math.sqrt(1 - experiment.dropout)
    plain = experiment.replace(gain=_rounded(share))  # all of these schemes make up for what is dropped
    left, right = part.slopes_at_infinity
    if part.homogeneous and right == 1 and left not in (0, 1):  # what He's scheme has a parameter for
        yield from _may(plain, init=f"he_normal(negative_slope={number_text(left)})")
    for init in _SCHEMES:
        yield from _may(plain, init=init)
    wanted = gains(part, experiment.dropout)
    targets = [wanted.keeps_gradient, wanted.keeps_q]
    for target in targets:
        yield from _may(plain, init="orthogonal", gain=_rounded(target))
        yield from _may(plain, init="lecun_normal", gain=_rounded(target))
    present = experiment.layer_widths[0] * experiment.weight_variance(1)
    if 0 < present < math.inf:
        for target in targets:
            gain = experiment.gain * target / math.sqrt(present)
            if 1e-3 < gain < 1e3:
                yield from _may(experiment, gain=_rounded(gain))


def _with_bias(experiment: Experiment) -> Iterator[Experiment]:
    for sigma_w2, sigma_b2 in critical(experiment.activation_part):
        bias = f"normal(std={_rounded(math.sqrt(sigma_b2))!r})" if sigma_b2 > 0 else "zeros"
        gain = _rounded(math.sqrt((1 - experiment.dropout) * sigma_w2))
        yield from _may(experiment, init="lecun_normal", gain=gain, bias=bias)


def _another(experiment: Experiment) -> Iterator[Experiment]:
    """Branches where there are none, and the two activations whose schemes everybody knows."""
    if experiment.residual == "none":
        for branches in _may(experiment, residual="post(scaling=depth)"):
            yield branches
            yield from _weights(branches)
    for activation, init in _OTHERS:
        yield from _may(experiment, activation=activation, init=init, gain=1.0, bias="zeros")


def _may(experiment: Experiment, **changes: Value) -> Iterator[Experiment]:
    """The experiment with these changes, unless they do not go together with the rest."""
    with suppress(SettingError):
        yield experiment.replace(**changes)


@kept(maxsize=64)
def critical(activation: Activation) -> tuple[tuple[float, float], ...]:
    """(sigma_w2, sigma_b2) of the critical points that keep signal and gradient for many layers.

    The half-stable one, at which the slopes of variance and correlation are both 1 (Roberts, Yaida & Hanin 2022, 5.3),
    and the stable ones for a few small variances of the bias.
    """
    points = []
    if not activation.homogeneous and activation.value_at_zero == 0:
        try:
            point = half_stable(activation, 1e-2, 1e2)
            points.append((point.sigma_w2, point.sigma_b2))
        except ValueError:
            pass  # the two slopes never meet
    for sigma_b2 in (0.0, 0.01, 0.1):
        points += [(point.sigma_w2, sigma_b2) for point in edge_of_chaos(activation, sigma_b2) if point.stable]
    return tuple(point for point in points if 0 < point[0] < 1e6 and point[1] >= 0)


def _simulated(candidate: Experiment) -> Facts | None:
    """Measure what becomes of it; None where that takes too long."""
    if not _is_quick(candidate):
        return None
    from simulator.studies.propagation import propagate  # which has verdicts, and they advice

    try:
        return facts(propagate(candidate).curves, mean_field(candidate), inside=candidate.inside_branches)
    except SettingError:
        return None


def _is_quick(candidate: Experiment) -> bool:
    return candidate.cost().seconds <= _SECONDS


def _changes(experiment: Experiment, better: Experiment) -> dict[str, str]:
    before, after = experiment.params(), better.params()
    defaults = {name: number_text(about.default) for name, about in Experiment.settings().items()}
    names = [name for name in defaults if before.get(name) != after.get(name)]
    return {name: after.get(name, defaults[name]) for name in names}


def _advice(experiment: Experiment, better: Experiment, after: Facts) -> Advice:
    changes = _changes(experiment, better)
    # One for all layers says so, also where it is what most of them have.
    changes |= {one: number_text(getattr(better, one)) for many, (one, _) in LISTS.items() if many in changes}
    expected = after.text + _apart(after)
    source = "Measured" if _is_quick(better) else "Theory predicts, as a simulation takes too long here"
    reason = f"{source}: {expected}."
    if "activation" in changes:
        reason = f"No scheme keeps {experiment.activations or experiment.activation} to this depth. {reason}"
    return Advice(_label(experiment, better, changes), reason, changes, expected, better)


def _apart(after: Facts) -> str:
    return f", 1 − correlation {change(after.apart.decades)}" if not math.isnan(after.apart.decades) else ""


def _label(experiment: Experiment, better: Experiment, changes: dict[str, str]) -> str:
    """The steps to take, in the order of their weight."""
    parts = []
    if "width" in changes:
        parts.append(f"widen to {better.width} units")
    if "batch" in changes:
        parts.append(f"take a batch of {better.batch}")
    gain = f"gain {number_text(better.gain)}"
    if {"activation", "activations", "init", "inits"} & set(changes):
        activation = f"{better.activation} + " if {"activation", "activations"} & set(changes) else ""
        shown = f" with {gain}" if better.gain != 1 or "gain" in changes else ""
        parts.append(f"use {activation}{better.init}{shown}")
    elif {"gain", "gains"} & set(changes):
        parts.append(f"use {gain}")
    if "bias" in changes:
        parts.append(f"set biases to {'0' if better.bias == 'zeros' else better.bias_part.spelt_out()}")
    if "lsuv" in changes:
        parts.append("leave LSUV out")
    if "dropout" in changes:
        parts.append("take dropout away")
    if "normalization" in changes:
        none = better.normalization == "none"
        parts.append(f"take {experiment.normalization} away" if none else f"use {better.normalization}")
    if "residual" in changes:
        scaled = "divided by the root of their number"
        if better.residual == "none":
            parts.append("take the residual branches away")
        else:
            parts.append(
                f"add residual branches {scaled}" if experiment.residual == "none" else f"have branches {scaled}"
            )
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
