"""The page Compare without a browser: one thing changed, networks pinned and removed, cells and gains taken over."""

from __future__ import annotations

import pytest

from simulator.experiment import Experiment
from simulator.studies import matrix as matrices
from simulator.ui import state
from simulator.ui.compare import board
from simulator.ui.compare import page as widgets

PAGE = "pages/compare.py"
SMALL = {"depth": "4", "width": "16", "batch": "8"}
TINY = Experiment(depth=4, width=16, batch=8)
ODD = {
    "one layer": {"depth": "1"},
    "one unit": {"width": "1"},
    "zeros": {"init": "zeros"},
    "constant": {"init": "constant(value=0.5)"},
    "several seeds": {"seeds": "3"},
    "unequal widths": {"widths": "12-9-6-3"},
    "gain 0": {"gain": "0"},
    "explodes": {"activation": "linear", "init": "normal(std=1000)", "gain": "1000", "depth": "30"},
    "a loss": {"loss": "squared_error"},
}


def rows(app) -> list[str]:
    """The networks of the table."""
    (table,) = [sentence for sentence in app.sentences if 'class="results"' in sentence]
    return [piece.partition("</th>")[0] for piece in table.split('<th scope="row">')[1:]]


@pytest.mark.parametrize(
    ("sheet", "odd"),
    [
        *((sheet, odd) for sheet in ("matrix", "gain") for odd in ODD),
        *(("networks", odd) for odd in ("zeros", "several seeds", "a loss")),  # others: tests/pages
    ],
)
def test_every_sheet_bears_odd_cases(open_app, monkeypatch, sheet: str, odd: str) -> None:
    monkeypatch.setattr(matrices, "schemes", lambda experiment: ("zeros", "he_normal", "orthogonal", experiment.init))
    app = open_app(PAGE, sheet=sheet, along="depth", arrange="multiples", **SMALL | ODD[odd])
    assert not app.exception
    assert not app.warning
    assert app.charts


def test_the_usual_schemes_come_first(open_app) -> None:
    app = open_app(PAGE, **SMALL)
    assert rows(app) == ["xavier_normal (present)", "he_normal", "orthogonal", "torch_default", "normal(std=0.01)"]
    assert [figure["name"] for figure in app.charts] == ["signal", "gradient", "profile"]
    assert app.link == SMALL


def test_another_thing_is_changed(open_app) -> None:
    app = open_app(PAGE, **SMALL)
    app.selectbox(key="vary").set_value("gain").run()
    assert rows(app)[0] == "gain 1 (present)"
    app.multiselect(key="compare_values").set_value(["2", "0.70"]).run()
    assert not app.exception
    assert rows(app) == ["gain 1 (present)", "gain 2", "gain 0.7"]
    assert app.link == SMALL | {"vary": "gain", "compare": "gain=2|gain=0.7"}
    again = open_app(PAGE, **app.link)
    assert rows(again) == rows(app)


def test_a_value_that_cannot_be_used_is_said(open_app) -> None:
    app = open_app(PAGE, vary="gain", compare="gain=2", **SMALL)
    app.multiselect(key="compare_values").set_value(["2", "much"]).run()
    assert app.says("Gain must be a finite number")
    assert rows(app) == ["gain 1 (present)", "gain 2"]


def test_a_pinned_network_stays(open_app) -> None:
    app = open_app(PAGE, compare="init=he_normal", **SMALL)
    app.button(key="pin").click().run()
    assert app.button(key="pin").disabled
    assert len(rows(app)) == 2, "the pinned network is the present one"
    app.selectbox(key="activation").set_value("relu").run()
    assert rows(app) == ["relu, xavier_normal (present)", "he_normal", "tanh"]
    app.selectbox(key="vary").set_value("depth").run()
    assert "tanh" in rows(app), "what is pinned stays when another thing is changed"
    app.button(key="remove-0").click().run()
    assert "tanh" not in rows(app)


def test_networks_are_removed_down_to_none(open_app) -> None:
    app = open_app(PAGE, compare="init=he_normal|activation=relu,gain=2", **SMALL)
    app.button(key="remove-0").click().run()
    assert app.link["compare"] == "activation=relu,gain=2"
    app.button(key="remove-0").click().run()
    assert app.link["compare"] == "none"
    assert rows(app) == ["present"]
    assert app.charts


def test_a_bad_link_leaves_one_sentence(open_app) -> None:
    app = open_app(PAGE, compare="init=he_normall", **SMALL)
    assert not app.exception
    assert len(app.warning) == 1
    assert len(rows(app)) == 5


def test_a_cell_is_taken_over(monkeypatch) -> None:
    changes = []
    monkeypatch.setattr(state, "change", changes.append)
    activations, schemes = matrices.activations(TINY), matrices.schemes(TINY)
    at = {"x": activations.index("relu"), "y": schemes.index("he_normal")}
    widgets.go_to_cell(TINY, at)
    assert changes == [{"activation": "relu", "init": "he_normal"}]
    widgets.go_to_cell(TINY, {"x": 99, "y": 0})
    assert len(changes) == 1


def test_the_gain_is_taken_over(open_app) -> None:
    app = open_app(PAGE, sheet="gain", activation="relu", **SMALL)
    button = app.button(key="use-spot")
    gain = button.label.removeprefix("Use gain ")
    button.click().run()
    assert app.link["gain"] == gain
    assert app.slide("gain").value == float(gain)


def test_what_is_said_follows_from_the_numbers() -> None:
    told = dict(sentence.split(": ", 1) for sentence in board.sweep_facts(TINY))
    found = board.sweep(TINY)
    assert f"gain {found.gains[found.spot]:.4g}" in told["Goldilocks spot"]
    assert "none" in dict(s.split(": ", 1) for s in board.sweep_facts(TINY.replace(init="zeros")))["Goldilocks spot"]
    cells = board.matrix_facts(TINY, "theory")
    matrix = board.matrix(TINY, "theory")
    kept = (abs(matrix.gradient * 4) <= 3) & (abs(matrix.signal * 3) <= 3)
    assert f"{kept.sum()} of " in cells[1]


def test_a_deep_matrix_says_that_it_was_made_shallower() -> None:
    deep = TINY.replace(depth=2000)
    assert board.matrix(deep.replace(activation="relu"), "simulation").experiment.depth < 2000
    (cells, _) = board.matrix_facts(deep, "simulation")
    depth = board.matrix(deep, "simulation").experiment.depth
    assert f"depth {depth:,} in place of 2,000" in cells


def test_a_matrix_does_not_depend_on_what_it_has_all_of() -> None:
    assert board.matrix(TINY, "theory") is board.matrix(TINY.replace(activation="relu", init="he_normal"), "theory")
