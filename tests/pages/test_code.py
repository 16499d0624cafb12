"""The page Code and report: the script that is chosen, or why there is none."""

from __future__ import annotations

import pytest

from simulator import Experiment, Initializer, export, propagate
from simulator.export import FRAMEWORKS

SMALL = {"depth": "4", "width": "16", "batch": "8"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_chosen_script_is_shown(open_app, framework: str) -> None:
    app = open_app("pages/code.py", framework=framework, **SMALL)
    assert not app.exception
    experiment = Experiment(depth=4, width=16, batch=8)
    (shown,) = app.code
    assert shown.value == export.code(experiment, framework, propagate(experiment).verdict.headline).strip()
    assert [figure["name"] for figure in app.charts] == ["signal", "gradient"]


def test_choosing_a_framework_is_kept_in_the_link(open_app) -> None:
    app = open_app("pages/code.py", **SMALL)
    app.segmented_control(key="framework").set_value("flax").run()
    assert app.link["framework"] == "flax"
    assert "nnx" in app.code[0].value


def test_only_the_init_can_be_asked_for(open_app) -> None:
    app = open_app("pages/code.py", script="init", **SMALL)
    assert app.code[0].value == export.code(Experiment(depth=4, width=16, batch=8), only_init=True).strip()
    assert len(app.code[0].value.splitlines()) < 15


def test_what_a_script_cannot_say_is_a_sentence(open_app, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Initializer.registry["torch_default"], "code", {})
    app = open_app("pages/code.py", framework="numpy", init="torch_default", **SMALL)
    assert not app.exception and not app.code
    assert app.says("There is no NumPy code for the initializer torch_default.")
