"""Values from hostile or careless hands: noise, markup, code, numbers out of range; a count of what comes of them."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from simulator.settings import Part, Setting

EVIL = (
    "<script>alert(1)</script>", "javascript:alert(1)", "../../../etc/passwd", "'; DROP TABLE x; --",
    "__import__('os').system('true')", "{{7*7}}${7*7}", "%s%n%(x)s", "two\nlines\r\n\tand a tab", "normal(std=1e999)",
    "normal(std=__class__)", "variance_scaling(scale=nan)", "((((((((((((((((", "tanh(" * 50, "9" * 400, "9" * 5000,
    "-1", "0", "1e308", "nan", "inf", "0x10", "१२", "1_0", "\u202egnp.exe", "\x00\x01", "\ud7ff\uffff", "2000", "65536",
    "1-" * 3000 + "1", "a" * 8000, " ",
)  # fmt: skip

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


@dataclass
class Attempts:
    """The outcomes of many attempts, those that went wrong, and the slowest of them in seconds."""

    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    count: int = 0
    slowest: tuple[float, str] = (0.0, "")
    began: float = field(default_factory=time.monotonic)

    def add(self, outcome: str, wrong: str = "", about: str = "", seconds: float = 0.0) -> None:
        """Count one more attempt; `wrong` says what was wrong with its end, if anything was."""
        self.count += 1
        self.outcomes[outcome] += 1
        self.slowest = max(self.slowest, (seconds, about[:200]))
        if wrong:
            self.wrong.append(f"{about[:400]!r}: {wrong}")

    def report(self, **more: object) -> dict[str, Any]:
        """The numbers, and the first ten that went wrong."""
        return {
            "count": self.count,
            "seconds": round(time.monotonic() - self.began, 1),
            "outcomes": dict(sorted(self.outcomes.items())),
            "slowest_s": round(self.slowest[0], 2),
            "slowest": self.slowest[1],
            **more,
            "wrong": len(self.wrong),
            "first": self.wrong[:10],
        }
