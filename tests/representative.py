"""Values of settings that stand for all others: every registered part and choice, bounds, usual values, odd texts."""

from __future__ import annotations

from contextlib import suppress

from simulator.settings import Part, Setting, SettingError, Settings, Value

LISTS = {
    "widths": ("8-8-16", "12-9-6", "8-8-8", ""),
    "activations": ("tanh | relu", "relu*2 | linear", "linear | tanh*2 | relu*3", ""),
    "inits": ("he_uniform | he_normal", "zeros | orthogonal*2 | constant", "lecun_normal*2 | torch_default*4", ""),
    "gains": ("1 | 2", "1*2 | 1e-120", "1*5 | 0.01", ""),
}
"""Texts with an entry a layer: of two, three and six layers, some of which no engine or residual branch takes."""


def values(about: Setting, *, ends: bool = True) -> list[Value]:
    """Canonical values of one setting, each once; parts also with each of their parameters at its `ends`."""
    found: list[object] = [about.default, *about.usual, *LISTS.get(about.name, ())]
    if isinstance(about.choices, type):
        found += [about.otherwise] * bool(about.otherwise)
        found += [text for part in about.choices.registry.values() for text in _texts(part, ends)]
    elif about.choices is not None:
        found += about.choices
    elif about.kind is not str:
        low, high = about.bounds or (-10, 10)
        found += [low, high, about.kind(low + (high - low) / 4)]
        found += [1e-120, 1e-99] if about.kind is float and low == 0 else []
    kept: dict[Value, None] = {}
    for value in found:
        with suppress(SettingError):
            kept[about.check(value, "")] = None
    return list(kept)


def _texts(part: type[Part], ends: bool) -> list[str]:
    found = [str(part())]
    for name, about in part.settings().items() if ends else ():
        for value in values(about) if about.widget != "table" else ():
            with suppress(SettingError):
                found.append(str(part(**{name: value})))
    return found


def changes(kind: type[Settings], *, ends: bool = True) -> list[tuple[str, Value]]:
    """Every setting of a class with every value that stands for others."""
    return [(name, value) for name, about in kind.settings().items() for value in values(about, ends=ends)]
