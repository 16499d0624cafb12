"""The values of an experiment's widgets, and the experiment that they describe."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from simulator.experiment import Experiment
from simulator.repair import Nearest, nearest_valid
from simulator.settings import Part, Setting, SettingError, Value


def read(
    last: Experiment, refused: Mapping[str, Value | None], locked: Collection[str]
) -> tuple[Nearest[Experiment], dict[str, Value]]:
    """The experiment that the widgets describe, and what they say that is not in `last`.

    What was just changed wins; what was `refused` before and still stands in its widget comes last.
    """
    before, changes = values(last), dict[str, Value]()
    apart = Nearest(last)
    for name, about in Experiment.settings().items():
        try:
            value = _composed(name, about, getattr(last, name), before, apart.repaired)
        except SettingError as error:
            apart.refused[name] = str(error)
            continue
        if value != getattr(last, name):
            changes[name] = value
    nearest = nearest_valid(
        last, dict(sorted(changes.items(), key=lambda item: refused.get(item[0]) == item[1])), locked
    )
    return Nearest(nearest.settings, nearest.refused | apart.refused, nearest.repaired | apart.repaired), changes


def follow(nearest: Nearest[Experiment]) -> tuple[dict[str, Value], dict[str, Value]]:
    """New values of the widgets whose setting gave way, or follows from another, and the settings they are of."""
    shown = values(nearest.settings)
    due, turned = dict[str, Value](), dict[str, Value]()
    for name in Experiment.settings():
        keys = [key for key in shown if key == name or key.startswith(f"{name}.")]
        if name not in nearest.refused and any(st.session_state.get(key) != shown[key] for key in keys):
            due |= {key: shown[key] for key in keys}
            turned[name] = getattr(nearest.settings, name)
    return due, turned


def part_key(name: str, part: type[Part], parameter: str) -> str:
    """The key of the widget for a parameter of the part that the setting `name` names."""
    return f"{name}.{part.name}.{parameter}"


def chosen_part(name: str) -> type[Part] | None:
    """The class of the part that the widget of the setting `name` has chosen; None where that is none."""
    about = Experiment.settings()[name]
    if not isinstance(about.choices, type):
        return None
    known: Mapping[str, type[Part]] = about.choices.registry
    chosen = st.session_state.get(name)
    if chosen not in known and chosen != about.otherwise:  # a client may leave a widget out, or name what there is not
        chosen = about.default
    return known.get(str(chosen))


def _composed(name: str, about: Setting, last: Value, before: Mapping[str, Value], repaired: dict[str, str]) -> Value:
    """A setting's value from its widgets: the plain value, or a part's text, in which the last change wins too."""
    part = chosen_part(name)
    if part is None:
        return _widget(name, before)
    was = part.parse(last) if before[name] == part.name else part()
    given = {key: _widget(part_key(name, part, key), before, about.default) for key, about in part.settings().items()}
    nearest = nearest_valid(was, {key: value for key, value in given.items() if value != getattr(was, key)})
    if nearest.refused:
        raise SettingError(next(iter(nearest.refused.values())))
    repaired |= {f"{name}.{key}": sentence for key, sentence in nearest.repaired.items()}
    return str(nearest.settings)


def _widget(key: str, before: Mapping[str, Value], default: Value = 0) -> Value:
    """The widget's value; a number it counted up in steps loses the noise of the last digits."""
    value: Value = st.session_state.get(key, before.get(key, default))
    if isinstance(value, float) and value != before.get(key):
        value = float(f"{value:.12g}")
        return int(value) if value.is_integer() else value  # a complaint then says 5000, as it was typed
    return value


def values(shown: Experiment) -> dict[str, Value]:
    """The value of each widget for an experiment, by key."""
    held: dict[str, Value] = {}
    for name, about in Experiment.settings().items():
        value = getattr(shown, name)
        if isinstance(about.choices, type) and value != about.otherwise:
            part = about.choices.parse(value)
            held[name] = part.name
            held |= {part_key(name, type(part), key): getattr(part, key) for key in part.settings()}
        else:
            held[name] = value
    return held
