"""The verdict on what was measured of somebody's own network: by the rules of experiments, without their theory."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.activations import Activation
from simulator.curves import Curve, Curves
from simulator.probing.points import Point, Weights
from simulator.studies.advice import Advice
from simulator.studies.direction import change, number
from simulator.studies.facts import BACKWARD, FORWARD, LIKENESS, Facts, facts
from simulator.studies.outcome import Level, Outcome
from simulator.studies.verdict import Sides, headline, level_of, outcome_of
from simulator.theory.gains import gains

_MANY = 0.5
"""The fraction of units from which on saturated or dead ones are worth a sentence."""

_JOINED = ("sum", "block")
"""Kinds of points at which a branch may come back to what went round it."""

_FAR = 1.25
"""A factor between the n Var W that weights have and the one their activation asks for that is worth advice."""


@dataclass(frozen=True)
class ProbeVerdict(Sides):
    """Signal and gradient from the first point to the last, in sentences as of an experiment's verdict."""

    outcome: Outcome
    level: Level
    headline: str
    cause: str
    remarks: tuple[str, ...]
    facts: Facts = field(repr=False)
    advise: Callable[[], Advice | None] = field(repr=False)

    @cached_property
    def advice(self) -> Advice | None:
        """The change that helps most, None where nothing has to be helped or nothing better is known."""
        return None if self.level is Level.HOLDS else self.advise()


def judged(
    curves: Curves,
    points: Sequence[Point],
    weights: Sequence[Weights],
    activations: Sequence[Activation],
    advise: Callable[[], Advice | None] | None = None,
    noun: str = "module",
) -> ProbeVerdict:
    """The verdict on curves of (value, log10), each (seeds, points), NaN where a point has no such number.

    `activations` are the simulator's own among the points'; `advise` gives advice where more is known of the network;
    `noun` is what a point is called.
    """
    known = {pair: _where(curves, pair) for pair in (FORWARD, BACKWARD)}
    silent = _passed_by(curves, points)
    used = np.flatnonzero(known[FORWARD] & known[BACKWARD] & ~silent).tolist() or list(range(len(points)))
    whole = {pair: Curve(*(side[:, used] for side in curves[pair])) for pair in (FORWARD, BACKWARD)}
    alike = curves.get(LIKENESS, curves[FORWARD])[0][:, used]
    measured = facts({**whole, LIKENESS: Curve(alike, alike)}, None)
    names = [points[place].module for place in used]
    outcome = outcome_of(measured)
    broken = _broken(curves, points)
    text = headline(len(used) - 1, outcome, measured, noun, lambda layer: names[min(layer, len(names) - 1)])
    return ProbeVerdict(
        outcome=Outcome.GRADIENT_IS_NAN if broken else outcome,
        level=Level.FAILS if broken else level_of(measured, outcome),
        headline=broken or text,
        cause=_cause(whole, [points[place] for place in used], measured, outcome, noun),
        remarks=(*_flat(curves, points), *_silent(points, np.flatnonzero(silent).tolist())),
        facts=measured,
        advise=advise or (lambda: scale(weights, activations)),
    )


def _where(curves: Curves, pair: tuple[str, str]) -> NDArray[np.bool_]:
    """Where the pass has a number, of whatever network."""
    value, log10 = curves[pair]
    return np.asarray(~(np.isnan(value) & np.isnan(log10)).all(axis=0))


def _passed_by(curves: Curves, points: Sequence[Point]) -> NDArray[np.bool_]:
    """Where signal or gradient is exactly 0 in a branch that ends in a sum, and beyond that branch it is not."""
    ahead, back = (np.asarray((curves[pair][0] > 0).any(axis=0)) for pair in (FORWARD, BACKWARD))
    zeros = [np.asarray((curves[pair][0] == 0).all(axis=0)) for pair in (FORWARD, BACKWARD)]
    passed = np.zeros(len(points), dtype=bool)
    joined = False
    for place in range(len(points) - 1, -1, -1):
        if ahead[place]:
            joined = points[place].kind in _JOINED
        passed[place] |= bool(zeros[0][place] and joined)
    joins = np.array([point.kind in _JOINED for point in points])
    for place in np.flatnonzero(zeros[1]).tolist():
        later = np.flatnonzero(joins[place:] & back[place:])
        passed[place] |= bool(later.size and back[:place].any())
    return passed


def _silent(points: Sequence[Point], places: Sequence[int]) -> list[str]:
    """A sentence about the points that are gone round."""
    if not places:
        return []
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return [f"Signal or gradient is exactly 0 at {points[places[0]].module}{more}, and goes round by another branch."]


def _broken(curves: Curves, points: Sequence[Point]) -> str:
    """The first point at which a value is no number, in a sentence."""
    for (quantity, _), way in ((FORWARD, 1), (BACKWARD, -1)):
        known = curves.get((quantity, "finite"))
        bad = np.flatnonzero((known[0] == 0).any(axis=0))[::way].tolist() if known is not None else []
        if bad:
            noun = "values that are" if way == 1 else "gradients that are"
            end = "on" if way == 1 else "down"
            return f"From {points[bad[0]].module} {end} there are {noun} not finite numbers."
    return ""


def _cause(curves: Curves, points: Sequence[Point], measured: Facts, outcome: Outcome, unit: str) -> str:
    """The module that does most of it, or how much each does."""
    pair, noun = (
        (FORWARD, "signal") if measured.signal.severity >= measured.gradient.severity else (BACKWARD, "gradient")
    )
    logs = np.median(curves[pair][1], axis=0)
    steps = np.diff(logs)
    finite = np.isfinite(steps)
    if not finite.any():
        return "Measured only: there is no theory of this network."
    most = int(np.argmax(np.where(finite, np.abs(steps), -1)))
    # The gradient at a point is changed by the module that comes after it.
    step, where = float(steps[most]), points[most + 1]
    step = step if pair == FORWARD else -step
    name = f"{'module ' if where.module.isdigit() else ''}{where.module} ({where.kind})"
    first = name if unit == "module" else name.capitalize()  # a module's name is its own
    if outcome is Outcome.HOLDS:
        return f"Measured: no {unit} changes the {noun}'s variance by more than {name} does, {change(step)}."
    total = float(steps[finite].sum()) * (1 if pair == FORWARD else -1)
    if abs(step) > 0.5 * abs(total) > 0:
        return f"{first} does most of it: the {noun}'s variance {change(step)} there, {change(total)} in all."
    return f"No single {unit} does it: the {noun}'s variance {change(total)} in all, most at {name}, {change(step)}."


def _flat(curves: Curves, points: Sequence[Point]) -> list[str]:
    """Where most units are dead, or saturated."""
    sentences = []
    for statistic, words in (
        ("dead_fraction", "dead: on the flat side for the whole batch"),
        ("saturated_fraction", "saturated"),
    ):
        values = curves.get(("activation", statistic))
        if values is None or np.isnan(values[0]).all():
            continue
        middle = np.nan_to_num(np.median(values[0], axis=0), nan=-1.0)
        # The flat side of a rectifier is half of everything.
        rectified = (
            ~np.isnan(curves["activation", "inactive_fraction"][0]).all(axis=0)
            if ("activation", "inactive_fraction") in curves
            else np.zeros(middle.size, dtype=bool)
        )
        middle = np.where(rectified, -1.0, middle) if statistic == "saturated_fraction" else middle
        most = int(np.argmax(middle))
        if middle[most] > _MANY:
            sentences.append(f"{100 * middle[most]:.0f} % of the units of {points[most].module} are {words}.")
    return sentences


def scale(weights: Sequence[Weights], activations: Sequence[Activation]) -> Advice | None:
    """Another scale of the weights, where the most frequent activation asks for one that they have not got."""
    if not weights or not activations:
        return None
    kinds = list(dict.fromkeys(activations))
    common = max(kinds, key=lambda kind: list(activations).count(kind))
    wanted = gains(common).keeps_q ** 2
    sizes = sorted(each.size for each in weights)
    has = sizes[len(sizes) // 2]
    if not math.isfinite(wanted) or (has > 0 and 1 / _FAR < has / wanted < _FAR):
        return None
    init = "he_normal" if math.isclose(wanted, 2.0) else f"variance_scaling(scale={wanted:.4g})"
    return Advice(
        label=f"Set init to {init}",
        reason=f"{common} keeps E x² with n Var W = {number(wanted)}; the {len(weights)} weight matrices here have "
        f"{number(has)} (median). Not tried yet: sim.probe(model, batch, reinit={init!r}) tries it on a copy.",
        changes={"init": init},
        expected="",
        experiment=None,
    )
