"""The frame: links in and out, notices, presets, refusals, what survives a page switch."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import SessionState
from streamlit.util import calc_hash

from simulator.experiment import Experiment
from simulator.serving import limits
from simulator.ui import notices, shell
from simulator.ui.measured import spread
from simulator.ui.presets import PRESETS
from simulator.ui.view import View

SMALL = {"depth": "3", "width": "16", "batch": "8"}


def test_a_view_and_an_experiment_share_no_names() -> None:
    assert not View.settings().keys() & Experiment.settings().keys()


def test_a_link_seeds_every_kind_of_widget(open_app) -> None:
    link = {
        "depth": "7",
        "width": "500",
        "activation": "leaky_relu(negative_slope=0.2)",
        "init": "normal(std=0.03)",
        "gain": "1.25",
        "batch": "33",
        "seed": "4000000000",
    }
    app = open_app(**link)
    assert not app.exception
    assert not app.warning
    assert app.slide("depth").value == 7
    assert app.slide("width").value == 500
    assert app.select_slider(key="batch").value == 33
    assert app.selectbox(key="activation").value == "leaky_relu"
    assert app.number_input(key="activation.leaky_relu.negative_slope").value == 0.2
    assert app.number_input(key="init.normal.std").value == 0.03
    assert app.slide("gain").value == 1.25
    assert app.number_input(key="seed").value == 4_000_000_000
    assert app.link == link


def test_the_link_says_only_what_is_no_default(open_app) -> None:
    app = open_app(depth="30", activation="tanh", layers="30 1, 10", init="glorot_uniform")
    assert app.link == {"init": "xavier_uniform", "layers": "1-10-30"}


def test_the_link_follows_the_widgets(open_app) -> None:
    app = open_app(**SMALL)
    app.move("depth", 5)
    app.selectbox(key="activation").select("relu").run()
    assert app.link == SMALL | {"depth": "5", "activation": "relu"}


def test_a_bad_link_keeps_the_good_and_names_the_bad(open_app) -> None:
    app = open_app(depth="0", width="16", activation="tahn", gain="nan", layer="0", colour="red", batch="8")
    assert not app.exception
    told = [warning.value.replace("\\", "") for warning in app.warning]
    assert len(told) == 5
    for words in (
        "Depth must be between 1 and 2,000",
        "Did you mean 'tanh'?",
        "Gain must be",
        "Layer must",
        "'colour'",
    ):
        assert sum(words in sentence for sentence in told) == 1
    assert app.link == {"width": "16", "batch": "8"}
    assert app.charts
    app.move("depth", 4)
    assert not app.warning, "Once something has changed, the link is history."


def test_markup_in_a_link_stays_text(open_app) -> None:
    app = open_app(activation="<img src=x>**b**$x$:red[y]", **{"<b>": "1"}, **SMALL)
    assert len(app.warning) == 2
    for warning in app.warning:
        for markup in ("<", "*", "$", ":"):
            at = [place for place, letter in enumerate(warning.value) if letter == markup]
            assert all(warning.value[place - 1] == "\\" for place in at)


@pytest.mark.parametrize("text", ["a_b", "[x](y)", "# title", "1 < 2 & 3", "`code`", ":smile:", "|phi'(h)| ~ $x$"])
def test_escaped_text_reads_as_itself(text: str) -> None:
    escaped = notices.escape(text)
    assert escaped.replace("\\", "") == text
    assert all(escaped[place - 1] == "\\" for place, letter in enumerate(escaped) if letter in "[]<`$*#|~")


@pytest.mark.parametrize("address", ["https://x.org/y", "WWW.x.org", "a@b.org"])
def test_an_address_is_no_link(address: str) -> None:
    escaped = notices.escape(f"got '{address}'.")
    assert "\u2060" in escaped
    assert escaped.replace("\\", "").replace("\u2060", "") == f"got '{address}'."


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_everything(open_app, name: str) -> None:
    app = open_app(gain="1.5", saturation="0.2", bias="normal(std=0.3)", **SMALL)
    app.button(key=f"preset_{name}").click().run()
    assert not app.exception
    assert app.link == PRESETS[name].experiment.params()
    assert app.says(PRESETS[name].see.split(":")[0].split("'")[0])


def test_a_preset_keeps_page_and_view(open_app) -> None:
    app = open_app("pages/saturation.py", layer="2", **SMALL)
    app.button(key="preset_zeros").click().run()
    assert app.link == PRESETS["zeros"].experiment.params() | {"layer": "2"}
    assert "activation-profile" in [figure["name"] for figure in app.charts]


@pytest.mark.slow
def test_state_survives_a_page_switch(open_app) -> None:
    app = open_app(statistic="mean", **SMALL)
    app.selectbox(key="quantity").select("activation").run()
    app.selectbox(key="activation").select("elu").run()
    before = app.link
    for row in (*shell.PAGES[1:], shell.PAGES[0]):
        app.switch_page(row.file).run()
        assert not app.exception
        assert app.link == before
        if row.address in ("signal", "distributions"):
            assert app.selectbox(key="quantity").value == "activation"
    assert app.selectbox(key="statistic").value == "mean"
    assert app.number_input(key="activation.elu.alpha").value == 1


def test_a_shallower_network_does_not_forget_the_layer(open_app) -> None:
    app = open_app("pages/saturation.py", layer="9", **SMALL | {"depth": "12"})
    app.move("depth", 4)
    assert app.slider(key="layer").value == 4
    app.move("depth", 12)
    assert app.slider(key="layer").value == 9


def test_a_run_that_is_too_large_is_refused_with_a_way_out(open_app) -> None:
    app = open_app(depth="2000", width="65536")
    assert not app.exception
    assert len(app.error) == 1
    assert "the nearest that fits" in app.error[0].value
    assert not app.charts, "Nothing is half drawn."
    fit = app.button(key="fit")
    changes = limits.refusal(app.session_state["_own"].experiment)[1]
    assert all(value in fit.label for value in changes.values())


def test_the_advice_is_applied(open_app) -> None:
    app = open_app(activation="relu", init="normal(std=1)", **SMALL | {"depth": "10"})
    app.button(key="advice").click().run()
    assert app.link["init"] == "he_normal"


def test_a_new_seed_is_another_one(open_app) -> None:
    app = open_app(**SMALL)
    seeds = set()
    for _ in range(3):
        app.button(key="new_seed").click().run()
        seeds.add(app.link.get("seed", "0"))
    assert len(seeds) == 3


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 6, 30, 2000])
def test_a_spread_of_layers_has_both_ends(depth: int) -> None:
    layers = spread(depth)
    assert layers[0] == 1
    assert layers[-1] == depth
    assert len(set(layers)) == len(layers) == min(depth, 5)


names = st.sampled_from([*Experiment.settings(), *View.settings(), "embed", "x"])
texts = st.one_of(
    st.text(alphabet=string.printable, max_size=20),
    st.sampled_from(["nan", "-1", "1e400", "relu", "normal(std=)", "constant(value=2)", "0", "3-2-1", "gelu(", "７"]),
)


def test_of_many_unknown_names_a_few_are_named(open_app) -> None:
    app = open_app(**SMALL, **{f"x{place}": "1" for place in range(900)})
    named = [warning.value for warning in app.warning if "is not a setting here" in warning.value]
    assert 0 < len(named) < 30
    assert any("This link sets 880 more names" in warning.value for warning in app.warning)


@pytest.mark.slow
@settings(max_examples=25)
@given(link=st.dictionaries(names.filter(lambda name: name not in SMALL), texts, max_size=4))
def test_no_link_breaks_the_page(open_app, link: dict[str, str]) -> None:
    app = open_app(**SMALL | link)
    assert not app.exception
    assert app.charts or app.error


@pytest.mark.slow
def test_streamlit_may_end_a_run_at_any_place(open_app) -> None:
    app = open_app(**SMALL)
    places = app.drag("depth", 4)
    assert depths(app) == {4}
    tried = {*range(1, 21), *range(1, places, max(1, places // 12)), *range(places - 15, places + 1)}
    for step, ended_at in enumerate(sorted(tried)):
        app.drag("depth", 5 + step % 2, ended_at=ended_at)
        assert depths(app) == {5 + step % 2}, ended_at
        app.drag("depth", 7 + step % 2)
        assert depths(app) == {7 + step % 2}, ended_at


FADES = {"depth": "30", "width": "32", "batch": "8", "activation": "relu", "init": "xavier_normal"}
ACTS = {
    "a slider moved": lambda app: app.drag("depth", 5),
    "a button of the body pressed": lambda app: app.press("advice"),
    "a button of the frame pressed": lambda app: app.press("new_seed"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_what_the_browser_asks_for_while_a_callback_runs_is_done(open_app, act) -> None:
    app = open_app(**FADES)
    with app.asking(query_string="depth=9", is_history_navigation=True):
        act(app)
    assert app.session_state["_own"].experiment == Experiment(depth=9)
    app = open_app(**FADES)
    with app.asking(page_script_hash=calc_hash("distributions")):
        act(app)
    assert app.session_state["_own"].page == "distributions"


def test_a_click_is_done_whatever_ends_its_run(open_app) -> None:
    app = open_app("pages/lessons.py", lesson="target")
    # At the first place Streamlit has not yet taken up what the request says.
    for ended_at in range(2, 20):
        app.press("show-me", ended_at=ended_at)
        assert app.says("Why</h2>"), ended_at
        app.session_state["_lessons"].clear()
        app.run()


@pytest.mark.parametrize("page", [row.file for row in shell.PAGES])
def test_nothing_ends_a_callback(open_app, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    register = SessionState.register_widget

    def watched(self: SessionState, metadata: WidgetMetadata, *key: object) -> object:
        calls.extend(filter(None, (metadata.callback, *(metadata.callbacks or {}).values())))
        return register(self, metadata, *key)

    monkeypatch.setattr(SessionState, "register_widget", watched)
    assert not open_app(page).exception
    found = {getattr(call, "func", call) for call in calls}
    assert found
    assert not [act for act in found if not hasattr(act, "whole")]


def depths(app) -> set[int]:
    """Of how many layers everything on the page is."""
    marks = re.findall(r'data-depth="(\d+)"', "".join(app.sentences))
    return {int(mark) for mark in marks} | {app.session_state["_own"].experiment.depth}
