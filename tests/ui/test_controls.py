"""Settings as widgets: made from what the settings say, tolerant of what visitors type."""

from __future__ import annotations

import math

import pytest

from simulator.experiment import Experiment
from simulator.ui import controls
from simulator.ui.view import View

SMALL = {"depth": "3", "width": "16", "batch": "8"}


def widget(app, name: str):
    """The widget with the key `name`, whatever its kind."""
    if name in controls.SLIDERS:
        return app.slide(name)
    kinds = ("slider", "select_slider", "selectbox", "number_input", "text_input")
    found = [one for kind in kinds for one in app.get(kind) if one.key == name]
    assert len(found) == 1, f"One widget for {name}, not {len(found)}."
    return found[0]


@pytest.mark.parametrize("name", Experiment.settings())
def test_every_setting_has_its_widget(open_app, name: str) -> None:
    found, about = widget(open_app(**SMALL), name), Experiment.settings()[name]
    assert found.label.split()[0] == about.title.split()[0]
    assert found.help.startswith(about.help[:10])
    if not isinstance(about.choices, type):
        assert found.value == getattr(Experiment(depth=3, width=16, batch=8), name)


@pytest.mark.parametrize("setting", ["activation", "init", "bias", "inputs", "residual", "normalization", "loss"])
def test_every_parameter_of_every_part_has_its_widget(open_app, setting: str) -> None:
    registry = Experiment.settings()[setting].choices.registry
    app = open_app(**SMALL)
    for name, part in registry.items():
        app.selectbox(key=setting).select(name).run()
        assert not app.exception
        for parameter, about in part.settings().items():
            if about.widget == "table":
                assert app.file_uploader(key="inputs-table")  # a table is not typed
            else:
                assert widget(app, f"{setting}.{name}.{parameter}").value == about.default


def test_a_parameter_goes_into_the_link(open_app) -> None:
    app = open_app(**SMALL)
    app.selectbox(key="activation").select("leaky_relu").run()
    app.number_input(key="activation.leaky_relu.negative_slope").set_value(0.3).run()
    app.selectbox(key="init").select("he_normal").run()
    app.selectbox(key="init.he_normal.mode").select("fan_out").run()
    assert app.link == SMALL | {"activation": "leaky_relu(negative_slope=0.3)", "init": "he_normal(mode=fan_out)"}


def test_an_impossible_number_is_named_and_the_last_good_one_stays(open_app) -> None:
    app = open_app(gain="1.5", **SMALL)
    app.move("gain", 5000.0)
    assert not app.exception
    assert app.says("Gain must be between 0 and 1,000; got 5000.")
    assert app.link == SMALL | {"gain": "1.5"}
    assert app.charts
    app.move("depth", 4)
    assert app.link == SMALL | {"gain": "1.5", "depth": "4"}
    app.move("gain", 2.0)
    assert not app.says("must be between")
    assert app.link == SMALL | {"gain": "2", "depth": "4"}


def test_an_impossible_parameter_is_named(open_app) -> None:
    app = open_app(init="normal(std=0.5)", **SMALL)
    app.number_input(key="init.normal.std").set_value(-1.0).run()
    assert app.says("normal.std must be between 0 and 1,000; got -1.")
    assert app.link == SMALL | {"init": "normal(std=0.5)"}


def test_steps_leave_no_noise_in_the_link(open_app) -> None:
    app = open_app(**SMALL)
    app.move("gain", 0.1 + 0.2)
    assert app.link["gain"] == "0.3"


def test_a_link_keeps_every_digit(open_app) -> None:
    app = open_app(gain=repr(5 / 3), **SMALL)
    app.move("depth", 4)
    assert app.link["gain"] == repr(5 / 3)


def test_widths_rule_depth_and_width(open_app) -> None:
    app = open_app(**SMALL)
    app.text_input(key="widths").set_value("12, 9 6").run()
    assert app.link == {"widths": "12-9-6", "batch": "8"}
    assert app.text_input(key="widths").value == "12-9-6"
    assert app.slide("depth").disabled
    assert app.slide("width").disabled
    assert (app.slide("depth").value, app.slide("width").value) == (2, 12)
    app.text_input(key="widths").set_value("").run()
    assert not app.slide("depth").disabled
    assert app.link == {"depth": "2", "width": "12", "batch": "8"}


def test_malformed_widths_are_named(open_app) -> None:
    app = open_app(**SMALL)
    app.text_input(key="widths").set_value("12-x").run()
    assert not app.exception
    assert app.says("Layer widths must look like 784-512-10")
    assert app.link == SMALL
    assert not app.slide("depth").disabled


def test_a_value_beyond_the_slider_is_reached(open_app) -> None:
    app = open_app(**SMALL | {"depth": "300"})
    assert app.slide("depth").max == 300
    app.move("depth", 3)
    assert app.slide("depth").max == 300, "A slider does not change under the hand that moves it."
    app.button(key="preset_zeros").click().run()
    assert app.slide("depth").max == 100


@pytest.mark.parametrize("threshold", controls.THRESHOLDS)
def test_named_thresholds_are_the_rule_they_say(open_app, threshold: str) -> None:
    t, tau = float(threshold), controls.THRESHOLDS[threshold]
    assert tau == pytest.approx(1 - t**2, rel=1e-12)
    flat = Experiment().activation_part.flat_intervals(tau)
    assert math.tanh(flat[-1][0]) == pytest.approx(t, rel=1e-9)
    app = open_app(**SMALL)
    app.button(key=f"threshold_{threshold}").click().run()
    assert app.link == SMALL | {"saturation": f"{tau:g}"}


def test_a_ladder_climbs_by_halves_and_doubles() -> None:
    rungs = controls.ladder(Experiment.settings()["width"], 500)
    assert rungs[:9] == [1, 2, 3, 4, 6, 8, 12, 16, 24]
    assert rungs[-1] == 65536
    assert 500 in rungs
    assert rungs == sorted(set(rungs))


@pytest.mark.parametrize(
    ("value", "step"), [(1.0, 0.1), (0.05, 0.01), (1.7, 0.1), (-0.01, 0.001), (0.0, 0.1), (100, 10)]
)
def test_a_step_suits_the_number(value: float, step: float) -> None:
    assert controls.step(value) == pytest.approx(step)


def test_a_view_refuses_what_no_layer_is() -> None:
    view, complaints = View.from_params({"layers": "1-x", "layer": "0", "axis": "rms"})
    assert view == View(axis="rms")
    assert len(complaints) == 2
