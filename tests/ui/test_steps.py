"""Changes made one after another in the running app: none ends in an error box, and the last one is what is shown."""

from __future__ import annotations

import random

import pytest

from benchmarks.two_steps import Walk, steps

SEQUENCES = 60


@pytest.mark.slow
def test_two_or_three_changes_never_end_in_an_error_box() -> None:
    """A seeded sample; all pairs, in both orders, are walked by benchmarks/two_steps.py."""
    walk, known, rng = Walk(), steps(parameters=True), random.Random(12)
    for _ in range(SEQUENCES):
        wanted = rng.randint(2, 3)
        while wanted:
            wanted -= walk.touch(*rng.choice(known)) != "missing"
    assert not walk.failures
    assert walk.counts["repaired"] > SEQUENCES / 12, "Rules between settings were met."


def test_what_was_chosen_last_is_kept_and_what_gives_way_says_so(open_app) -> None:
    app = open_app(depth="3", width="16", batch="4", engine="matrix_free")
    app.selectbox(key="init").select("he_uniform").run()
    assert not app.exception
    assert app.link == {"depth": "3", "width": "16", "batch": "4", "init": "he_uniform"}
    assert app.selectbox(key="engine").value == "auto"
    assert len(app.info) == 1 and app.info[0].value.replace("\\", "").startswith("Engine is auto now")
    app.selectbox(key="engine").select("matrix_free").run()
    assert app.selectbox(key="init").value == "he_normal"
    assert app.link["engine"] == "matrix_free" and app.link["init"] == "he_normal"
    app.move("gain", 2.0)
    assert not app.info, "It is said until the next change."


def test_a_parameter_gives_way_to_the_other(open_app) -> None:
    app = open_app(depth="3", width="16", batch="4", inputs="uniform")
    app.number_input(key="inputs.uniform.low").set_value(2.0).run()
    assert app.link["inputs"] == "uniform(low=2, high=2)"
    assert app.number_input(key="inputs.uniform.high").value == 2.0
    assert "must not exceed" in app.info[0].value


def test_what_a_link_locks_does_not_give_way(open_app) -> None:
    app = open_app(depth="3", width="16", batch="4", engine="matrix_free", lock="engine")
    app.selectbox(key="init").select("he_uniform").run()
    assert not app.exception
    assert app.says("Engine matrix_free cannot represent he_uniform weights")
    assert "init" not in app.link and app.link["engine"] == "matrix_free"
    app.selectbox(key="init").select("lecun_normal").run()
    assert app.link["init"] == "lecun_normal" and not app.says("cannot represent")


def test_unequal_widths_give_way_to_branches(open_app) -> None:
    app = open_app(depth="3", width="16", batch="4", widths="8-8-16", residual="none")
    app.selectbox(key="residual").select("post").run()
    assert app.link["residual"] == "post" and app.link["depth"] == "2" and "widths" not in app.link


def test_lists_rule_the_depth_and_say_so(open_app) -> None:
    app = open_app(depth="3", width="16", batch="4")
    app.text_input(key="activations").set_value("tanh|tanh|relu*2|linear").run()
    assert app.link == {"width": "16", "batch": "4", "activations": "tanh*2 | relu*2 | linear"}
    assert app.text_input(key="activations").value == "tanh*2 | relu*2 | linear"
    assert app.slide("depth").disabled and app.slide("depth").value == 5
    assert app.selectbox(key="activation").disabled and "layer activations" in app.slide("depth").help
    assert app.says("Depth, activation, last activation follow from this.")
    app.text_input(key="gains").set_value("1*5 | 0.01").run()
    assert app.link == {"width": "16", "batch": "4", "last_activation": "linear", "gains": "1*5 | 0.01"}
    assert "must name as many layers" in app.info[0].value
    app.text_input(key="gains").set_value("1*").run()
    assert app.says("Layer gains must be a finite number")
    app.text_input(key="gains").set_value("2*4 | 2").run()
    assert app.text_input(key="gains").value == "" and app.link["gain"] == "2" and app.link["depth"] == "5"
