"""Charts keep their place on a page, whatever is said above them: a browser keeps a chart's node by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from simulator.ui import shell
from tests.waiting import until

SETTINGS: tuple[Mapping[str, str], ...] = (
    {"loss": "mean_squared_error", "learning_rate": "nought", "layers": "none"},
    {"norm": "batch_norm", "batch": "1", "sweep_across": "depth=1:100:100", "compare": "gain=none"},
    {"activation": "relu", "init": "zeros", "depth": "0"},
)
"""What adds a sentence to some page, or takes one away."""

SMALL = {"depth": "3", "width": "8", "batch": "4", "train_depth": "2", "train_width": "4", "epochs": "1"}


def places(node: Any, at: tuple[int, ...] = ()) -> Iterator[tuple[str, tuple[int, ...]]]:
    for index, child in getattr(node, "children", {}).items():
        if child.type == "bidi_component" and child.proto.bytes:  # a chart
            yield child.proto.id.rsplit("-", 1)[-1], (*at, index)
        yield from places(child, (*at, index))


@pytest.mark.parametrize("page", [row.file for row in shell.PAGES])
def test_no_sentence_moves_a_chart(open_app: Any, page: str) -> None:
    wanted = dict(places(open_app(page, **SMALL)._tree))
    for settings in SETTINGS:
        found = dict(places(open_app(page, **SMALL | settings)._tree))
        both = wanted.keys() & found.keys()
        assert {name: found[name] for name in both} == {name: wanted[name] for name in both}, settings


def test_training_keeps_its_charts_in_place(open_app: Any) -> None:
    app = open_app("pages/training.py", **SMALL)
    before = dict(places(app._tree))
    app.button(key="train").click().run()
    until(lambda: app.run() and "Finished" in app.get("progress")[0].proto.text)
    assert len(before) == 4 and dict(places(app._tree)) == before
