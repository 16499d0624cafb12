"""The nearest settings that go together: what was just changed wins, and the others give way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from simulator.settings import Rule, SettingError, Settings, Value, number_text

Kind = TypeVar("Kind", bound=Settings)

_MOST_REPAIRS = 3
"""How many repairs one change may ask for."""


@dataclass
class Nearest(Generic[Kind]):
    """Settings that go together, and sentences by name: why a change was refused, why another setting gave way."""

    settings: Kind
    refused: dict[str, str] = field(default_factory=dict)
    repaired: dict[str, str] = field(default_factory=dict)


def nearest_valid(last: Kind, changes: Mapping[str, Any], locked: Collection[str] = ()) -> Nearest[Kind]:
    """`last` with `changes`, the first of them the most important, and with what must give way to them.

    A change is refused where its value cannot be used, or where it could only be had together with another value of
    a `locked` setting or of a more important change.
    """
    nearest = Nearest(last)
    good: dict[str, Value] = {}
    for name, value in changes.items():
        try:
            good[name] = last.settings()[name].check(value, last.owner())
        except SettingError as error:
            nearest.refused[name] = str(error)
    kept = {name: getattr(last, name) for name in locked}
    at_once = last.draft(good)
    if _holds(at_once, kept) and _broken(at_once) is None:
        nearest.settings = at_once
        return nearest
    for name, value in good.items():
        _change(nearest, name, value, kept)
        kept[name] = getattr(nearest.settings, name)
    return nearest


def _change(outcome: Nearest[Kind], name: str, value: Value, kept: Mapping[str, Value]) -> None:
    """Make one change, and the fewest others that it asks for, of none of the values that are `kept`."""
    draft = outcome.settings.draft({name: value})
    if draft == outcome.settings:
        return
    for most in range(_MOST_REPAIRS + 1):
        if nearest := _repaired(draft, kept, frozenset({*kept, name}), most):
            outcome.settings, sentences = nearest
            outcome.repaired |= sentences
            return
    rule, owner = _broken(draft), draft.owner()
    held = [other for other in kept if getattr(draft, other) != kept[other]]
    outcome.refused[name] = rule.broken(draft) if rule else f"{owner}.{name} cannot change while {held[0]} is locked."


def _repaired(
    draft: Kind, kept: Mapping[str, Value], fixed: frozenset[str], most: int
) -> tuple[Kind, dict[str, str]] | None:
    """`draft` after at most so many repairs, none of which changes a `fixed` setting, and a sentence for each."""
    if not _holds(draft, kept):
        return None
    rule = _broken(draft)
    if rule is None:
        return draft, {}
    for changes in rule.repair(draft) if most else ():
        if not changes or fixed & {*changes, *draft.overriding(changes)}:
            continue
        other = draft.draft(changes)
        if after := _repaired(other, kept, fixed | changes.keys(), most - 1):
            sentences = {name: _sentence(name, draft, other, rule) for name in changes}
            return after[0], sentences | after[1]
    return None


def _sentence(name: str, before: Settings, after: Settings, rule: Rule) -> str:
    old, new = (number_text(getattr(one, name)) for one in (before, after))
    became = f"is {new} now, no longer {old}" if new else f"{old} no longer holds"
    return f"{before.settings()[name].title} {became}. {rule.broken(before)}"


def _broken(settings: Settings) -> Rule | None:
    """The first rule that settings break."""
    return next((rule for rule in settings.rules if rule.broken(settings)), None)


def _holds(settings: Settings, kept: Mapping[str, Value]) -> bool:
    return all(getattr(settings, name) == value for name, value in kept.items())
