"""Links with locked and hidden settings, their QR code, and the presenter's page."""

import re
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Experiment
from simulator.ui import presets
from simulator.ui.sharing import page as sharing
from simulator.ui.view import View

SMALL = {"depth": "3", "width": "16", "batch": "8"}


def test_locked_settings_are_seen_and_stay(open_app):
    app = open_app(lock="depth-init", **SMALL)
    assert not app.exception and not app.warning
    assert app.slide("depth").disabled and app.selectbox(key="init").disabled
    assert not app.selectbox(key="activation").disabled
    assert not [button for button in app.button if (button.key or "").startswith("preset_")]
    assert app.link["lock"] == "depth-init"


def test_everything_can_be_locked(open_app):
    app = open_app(lock="all", seed="5", **SMALL)
    assert app.selectbox(key="engine").disabled and app.number_input(key="seed").disabled
    assert app.button(key="new_seed").disabled


def test_buttons_leave_what_is_locked(open_app):
    app = open_app(lock="init", activation="relu", depth="30", width="32", batch="8", init="normal(std=0.01)")
    app.button(key="advice").click().run()
    assert not app.exception
    assert app.link["init"] == "normal(std=0.01)"


def test_hidden_places_take_no_room(open_app):
    app = open_app(hide="sidebar-presets-gain", **SMALL)
    rule = next(text for text in app.sentences if "display: none !important" in text)
    for place in ("stSidebar", ".st-key-menu", ".st-key-gain"):
        assert place in rule


@pytest.mark.parametrize("bad", [{"lock": "dpth"}, {"hide": "everything"}, {"play": "He; init=nothing"}])
def test_bad_locks_are_told(open_app, bad):
    app = open_app(**bad, **SMALL)
    assert not app.exception
    assert len(app.warning) == 1


@given(
    st.dictionaries(st.sampled_from(["depth", "width", "seeds"]), st.integers(1, 60), max_size=3), st.integers(1, 99)
)
def test_a_link_says_every_setting(numbers, scene):
    experiment, view = Experiment(**numbers), View(scene=scene, play="He holds; init=he_normal", lock="depth")
    params = dict(parse_qsl(urlencode({**experiment.params(), **view.params()})))
    assert Experiment.from_params(params) == (experiment, [])
    assert View.from_params(params) == (view, [])


def test_a_code_is_drawn_dark_on_light_in_any_theme():
    drawn = sharing.code("https://lab.example.org/?activation=relu&init=he_normal")
    assert drawn.startswith("<svg") and re.search(r'fill="#(FFF|FFFFFF)"', drawn, re.IGNORECASE)


def test_presenting_goes_through_the_presets(open_app):
    app = open_app("pages/present.py")
    first, second = list(presets.PRESETS.values())[:2]
    assert not app.exception
    assert app.says(first.title.replace("&", "&amp;"))
    assert app.link == first.experiment.params()
    assert app.button(key="turn-Left").disabled
    app.button(key="turn-Right").click().run()
    assert not app.exception
    assert app.link == second.experiment.params() | {"scene": "2"}
    app.button(key="turn-PageUp").click().run()
    assert app.link == first.experiment.params()


def test_a_lecture_of_ones_own_comes_by_link(open_app):
    lecture = "One; depth=4; width=16 | Two; depth=5; width=16; activation=relu"
    app = open_app("pages/present.py", play=lecture, scene="2")
    assert not app.exception and app.says("Two")
    assert app.link["depth"] == "5" and app.link["activation"] == "relu"
    assert app.button(key="turn-Right").disabled
