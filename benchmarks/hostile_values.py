"""What a hostile or careless hand gives for a setting: noise, markup, code, numbers out of every range, odd parts."""

from __future__ import annotations

import random

from simulator.settings import Part, Setting

EVIL = (
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "../../../etc/passwd",
    "'; DROP TABLE x; --",
    "__import__('os').system('true')",
    "{{7*7}}${7*7}",
    "%s%n%(x)s",
    "two\nlines\r\n\tand a tab",
    "normal(std=1e999)",
    "normal(std=__class__)",
    "variance_scaling(scale=nan)",
    "((((((((((((((((",
    "tanh(" * 50,
    "9" * 400,
    "9" * 5000,
    "-1",
    "0",
    "1e308",
    "nan",
    "inf",
    "0x10",
    "१२",
    "1_0",
    "\u202egnp.exe",
    "\x00\x01",
    "\ud7ff\uffff",
    "2000",
    "65536",
    "1-" * 3000 + "1",
    "a" * 8000,
    " ",
)

NUMBERS = (-1, 0, 0.5, 1, 3, 10**9, 1e-320, 1e-6, 1e3, 1e30, 1e308, -1e308)


def value(chance: random.Random, about: Setting | None = None, *, wild: float = 0.5) -> str:
    """Anything at all, or what the setting might take: a choice, a part with odd parameters, a number at a bound."""
    if chance.random() < wild:
        return chance.choice(EVIL) if chance.random() < 0.7 else noise(chance)
    return str(chance.choice(NUMBERS)) if about is None else _likely(chance, about)


def noise(chance: random.Random) -> str:
    """A few characters from anywhere."""
    return "".join(chr(chance.randrange(1, 0x3000)) for _ in range(chance.randrange(40)))


def _likely(chance: random.Random, about: Setting) -> str:
    if isinstance(about.choices, type):
        return _part(chance, about.choices)
    if about.choices:
        return chance.choice(about.choices)
    if about.bounds is not None and chance.random() < 0.7:
        return str(chance.choice([*about.bounds, sum(about.bounds) / 2, about.default]))
    return str(chance.choice(NUMBERS))


def _part(chance: random.Random, registry: type[Part]) -> str:
    name = chance.choice(list(registry.registry))
    settings = registry.registry[name].settings()
    given = [f"{key}={_likely(chance, about)}" for key, about in settings.items() if chance.random() < 0.6]
    return f"{name}({', '.join(given)})"
