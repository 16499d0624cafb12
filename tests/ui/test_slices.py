"""Work in slices without a browser: it goes on, stops, ends with its page, and begins anew."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from simulator.ui import slices
from tests.waiting import PATIENCE


class Count:
    """Counts to three, one a slice."""

    total = 3

    def __init__(self) -> None:
        self.done = 0

    def advance(self, seconds: float) -> None:
        self.done += 1


def page() -> None:
    import streamlit as st

    from simulator.ui import slices
    from tests.ui.test_slices import Count

    made_from, anew = st.session_state["made_from"], st.session_state["anew"]
    held = slices.held("count", made_from, Count, anew=anew)
    slices.button("Go", "count", key="go", disabled=held.finished and not anew)
    slices.follow(
        held, lambda held: st.text(f"drawn {held.work.done}"), before="Not yet", going="Counting", where="{} of {}"
    )


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_function(page, default_timeout=PATIENCE)
    app.session_state["made_from"], app.session_state["anew"] = "this", False
    return app.run()


def told(app: AppTest) -> str:
    assert not app.exception
    (bar,) = app.get("progress")
    (drawn,) = app.text
    assert drawn.value == f"drawn {held(app).work.done}"
    return bar.proto.text


def held(app: AppTest) -> slices.Held[Count]:
    return app.session_state[slices.key_of("count")]


def test_a_slice_a_run_until_all_is_done(app: AppTest) -> None:
    assert told(app) == "Not yet"
    assert app.button(key="count_stop").disabled
    app.button(key="go").click().run()
    assert told(app) == "Counting, 1 of 3"
    assert held(app).timed and not app.button(key="count_stop").disabled
    app.run()
    assert told(app) == "Counting, 2 of 3"
    app.run()
    assert told(app) == "Finished, 3 of 3"
    assert not held(app).timed, "No timer ticks on."
    assert app.button(key="go").disabled


def test_it_stops_and_goes_on(app: AppTest) -> None:
    app.button(key="go").click().run()
    app.button(key="count_stop").click().run()
    assert told(app) == "Stopped at 1 of 3"
    assert told(app.run()) == "Stopped at 1 of 3"
    app.button(key="go").click().run()
    assert told(app) == "Counting, 2 of 3"


def test_it_ends_when_the_page_is_turned(app: AppTest) -> None:
    app.button(key="go").click().run()
    app.session_state["_own"].visit = 1
    assert told(app.run()) == "Stopped at 1 of 3"
    app.button(key="go").click().run()
    assert told(app) == "Counting, 2 of 3"


def test_what_it_is_made_from_begins_it_anew(app: AppTest) -> None:
    app.button(key="go").click().run()
    app.session_state["made_from"] = "that"
    assert told(app.run()) == "Not yet"


def test_a_press_applies_to_what_has_changed_with_it(app: AppTest) -> None:
    app.button(key="go").click().run()
    app.session_state["made_from"] = "that"
    app.button(key="go").click().run()
    assert told(app) == "Counting, 1 of 3"


def test_its_button_can_start_it_over(app: AppTest) -> None:
    app.session_state["anew"] = True
    for _ in range(2):
        app.button(key="go").click().run()
        assert told(app) == "Counting, 1 of 3"
        app.run()
