"""Every two-step change of settings in the running app: each value after each other, both orders, and no error box.

The app's script runs as Streamlit's AppTest runs it, on the page Signal with a small network, and is never started
anew: what one pair leaves behind is where the next one begins.

python -m benchmarks.two_steps [--page pages/signal.py] [--output FILE]
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from simulator.experiment import Experiment
from simulator.settings import Part, Setting, Value
from simulator.ui.widgets import part_key
from tests import representative

APP = Path(__file__).resolve().parents[1] / "app.py"
SMALL = {"depth": "3", "width": "16", "batch": "4"}
SIZES: dict[str, tuple[Value, ...]] = {"depth": (1, 6), "width": (1, 8, 64), "batch": (1, 4, 16), "seeds": (1, 2)}
"""The values of sizes that a walk of many thousand runs can afford."""

_KINDS = ("selectbox", "slider", "select_slider", "number_input", "text_input")

Step = tuple[str, Value]
"""A widget's key and what a visitor makes of it."""


def steps(*, parameters: bool) -> list[Step]:
    """Every registered part, maybe the ends of its parameters, and every value that stands for others."""
    found: list[Step] = []
    for name, about in Experiment.settings().items():
        if isinstance(about.choices, type):
            found += [(name, about.otherwise)] * bool(about.otherwise)
            for part in about.choices.registry.values():
                found += [(name, part.name), *(_parameters(name, part) if parameters else ())]
        else:
            found += [(name, value) for value in SIZES.get(name) or representative.values(about)]
    return found


def _parameters(name: str, part: type[Part]) -> Iterator[Step]:
    for parameter, about in part.settings().items():
        if about.widget != "table" and not name.startswith("last_"):
            yield from ((part_key(name, part, parameter), value) for value in _ends(about))


def _ends(about: Setting) -> Iterable[Value]:
    found = representative.values(about)
    return (min(found), max(found)) if about.kind is not str else found


@dataclass
class Walk:
    """An app that is open, and what became of the steps so far."""

    page: str = ""
    app: AppTest = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, Any]] = field(default_factory=list)
    last: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """A new session, on the page and with the small network."""
        self.app = AppTest.from_file(str(APP), default_timeout=120)
        self.app.query_params.update(SMALL)
        if self.page:
            self.app.switch_page(self.page)
        self.app.run()

    def touch(self, key: str, value: Value) -> str:
        """Make one widget say something: what came of it, in one word; `missing` if no visitor could."""
        came = self._touch(key, value)
        self.counts[came] += 1
        return came

    def _touch(self, key: str, value: Value) -> str:
        slides = [one for one in self.app.get("bidi_component") if one.proto.id.endswith(f"-slide-{key}")]
        found = [one for kind in _KINDS for one in self.app.get(kind) if one.key == key]
        if not slides and (not found or found[0].disabled):
            return "missing"
        if slides and json.loads(slides[0].proto.json)["disabled"]:
            return "missing"
        self.last = [*self.last[-3:], f"{key}={value}"]
        before = self.link
        if slides:  # its component is the browser's: what it says ends there
            self.app.session_state[key] = value
            self.app.run()
        else:
            found[0].set_value(value).run()
            if found[0].type in ("slider", "select_slider"):
                self.app.run()  # it runs the page's body alone, and AppTest then knows nothing else
        if self.app.exception:
            said = str(self.app.exception[0].message)
            self.failures.append({"steps": self.last, "from": before, "said": said})
            self.open()
            return "failed"
        if self.app.info:
            return "repaired"
        return "refused" if any('role="alert"' in one.proto.body for one in self.app.get("html")) else "taken"

    @property
    def link(self) -> dict[str, str]:
        """What the address bar says."""
        return {name: value if isinstance(value, str) else value[-1] for name, value in self.app.query_params.items()}


def main() -> None:
    """Walk, and print or write how many steps there were and what became of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", default="", help="another page than Signal, as pages/gains.py")
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    given = parser.parse_args()
    walk, wanted, begun = Walk(given.page), steps(parameters=False), time.monotonic()
    for number, first in enumerate(wanted):
        for second in wanted[number + 1 :]:
            if first[0] != second[0]:
                for step in (first, second, first):  # both orders
                    walk.touch(*step)
        print(f"{number + 1}/{len(wanted)} {dict(walk.counts)} {time.monotonic() - begun:.0f} s", flush=True)
    pairs = sum(1 for one, other in itertools.permutations(wanted, 2) if one[0] != other[0])
    figures = {
        "page": given.page or "pages/signal.py", "values": len(wanted), "ordered_pairs": pairs, **walk.counts,
        "seconds": round(time.monotonic() - begun), "failures": walk.failures,
    }  # fmt: skip
    text = json.dumps(figures, indent=1)
    if given.output:
        given.output.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
