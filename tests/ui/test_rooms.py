"""A room without a browser: opened, refused codes, and what a lesson shows while it is put to the vote."""

from __future__ import annotations

import json

import pytest

from simulator.lessons import LESSONS
from simulator.serving import rooms
from simulator.ui.rooms import bar as screens
from simulator.ui.rooms import seat

LESSON, PAGE = "target", "pages/lessons.py"


def wire(app) -> dict[str, object]:
    """What the browser is told of the room; nothing outside of one."""
    found = [one.proto.json for one in app.get("bidi_component") if one.proto.id.endswith(f"-{seat.WIRE}")]
    return json.loads(found[0]) if found else {}


@pytest.mark.parametrize("page", [PAGE, "pages/present.py"])
def test_a_room_is_opened_and_left_when_it_is_closed(open_app, page: str) -> None:
    app = open_app(page)
    assert not wire(app)
    app.button(key="room-open").click().run()
    assert not app.exception
    code = app.link["room"]
    told = wire(app)
    assert told["code"] == code and seat.store().leads(code, str(told["key"]))
    assert seat.store().room(code).scene.startswith(page[6:-3] + "?")
    assert not [one for one in app.button if one.key == "room-open"], "Who is in a room opens no other."
    seat.store().close(code, str(told["key"]))
    app.run()
    assert "room" not in app.link and "no open room" in app.warning[0].value and not wire(app)


def test_what_the_lecturer_moves_is_the_rooms(open_app) -> None:
    app = open_app(PAGE)
    app.button(key="room-open").click().run()
    code = app.link["room"]
    app.switch_page("pages/signal.py").run()
    app.move("depth", 17)
    assert seat.store().room(code).scene == "signal?depth=17"


def test_a_vote_hides_the_answer_until_it_is_revealed(open_app) -> None:
    app = open_app(PAGE, lesson=LESSON)
    app.button(key="show-me").click().run()
    app.button(key="room-open").click().run()
    code = app.link["room"]
    app.button(key="room-ask").click().run()
    assert not app.exception and not app.says("Why</h2>")
    assert all(figure["name"].endswith("-veiled") for figure in app.charts)
    assert app.button(key="guess-0").disabled and not [one for one in app.button if one.key == "show-me"]
    member = seat.store().join(code)
    seat.store().vote(code, member, LESSON, 1, "vanish")
    app.run()
    assert app.says('<span data-room-count="ballots">1</span> voted')
    app.button(key="room-reveal").click().run()
    assert app.says("Why</h2>")
    (votes,) = [figure for figure in app.charts if figure["name"] == "votes"]
    assert "Measured: vanish" in votes["alt"] and "round 1: " in votes["alt"] and "vanish 1" in votes["alt"]
    app.button(key="room-ask").click().run()
    assert not app.says("Why</h2>") and seat.store().room(code).round == 2
    seat.store().vote(code, member, LESSON, 2, "hold")
    app.button(key="room-reveal").click().run()
    (votes,) = [figure for figure in app.charts if figure["name"] == "votes"]
    assert [trace["name"] for trace in votes["data"]] == ["round 1", "round 2"]
    app.button(key="turn-next").click().run()
    assert seat.store().room(code).mode == rooms.FOLLOW, "The lecturer has gone on."


def test_what_a_browser_still_says_of_a_control_that_has_gone_ends_no_vote(open_app) -> None:
    app = open_app(PAGE)
    app.button(key="room-open").click().run()
    before = app._tree.get_widget_states()
    assert any("room-mode" in one.id for one in before.widgets)
    app.button(key="room-ask").click().run()
    app.send(before, before)
    assert seat.store().room(app.link["room"]).mode == rooms.VOTE


def test_a_question_is_asked_whatever_ends_the_run(open_app) -> None:
    app = open_app(PAGE)
    app.button(key="room-open").click().run()
    code = app.link["room"]
    key = str(wire(app)["key"])
    for ended_at in range(2, 12):
        app.press("room-ask", ended_at=ended_at)
        assert seat.store().room(code).mode == rooms.VOTE, ended_at
        seat.store().turn(code, key, rooms.FOLLOW)
        app.run()


@pytest.mark.slow
def test_a_member_follows_whatever_ends_the_run(open_app) -> None:
    code, key = seat.store().open()
    app = open_app(PAGE, room=code)
    app.test.session_state["_seat"] = seat.Seat(code, seat.store().join(code), leads=False)
    for depth, ended_at in enumerate(range(1, 40), 31):
        seat.store().show(code, key, f"lessons?depth={depth}")
        states = app._tree.get_widget_states()
        app.send(states, states, ended_at)
        assert app.link == {"depth": str(depth), "room": code}, ended_at
        assert app.session_state["depth"] == depth and not app.session_state["_seat"].alone


def test_what_a_room_draws_is_a_bundle_over_the_measured_curve(open_app) -> None:
    """A vote by a curve counts for the option that it stands for; what is no curve is not drawn."""
    app = open_app(PAGE, lesson=LESSON)
    app.button(key="room-open").click().run()
    app.button(key="room-ask").click().run()
    code, store = app.link["room"], seat.store()
    for vote in ("vanish|" + ",".join(["-9"] * 11), "vanish|" + ",".join(["-9"] * 11), "hold", "explode|<b>"):
        store.vote(code, store.join(code), LESSON, 1, vote)
    app.button(key="room-reveal").click().run()
    assert not app.exception
    votes, signal, _ = app.charts
    assert "vanish 2, hold 1, explode 1" in votes["alt"]
    assert signal["data"][0]["name"] == "drawn by the room (2)"
    rows = "hold,1", "vanish,2", "explode,1"
    assert set(screens.counts(code).splitlines()[1:]) == {f"{LESSON},1,{row}" for row in rows}


def test_the_keys_of_a_presenter_ask_the_room_and_show_what_it_said(open_app) -> None:
    app = open_app("pages/present.py", play="lessons")
    app.button(key="room-open").click().run()
    code, store, first = app.link["room"], seat.store(), next(iter(LESSONS.values()))
    assert store.room(code).scene == f"lessons?lesson={first.slug}", "The class has the lesson before it."
    assert app.button(key="turn-Right").label == "Ask the room"
    app.button(key="turn-Right").click().run()
    assert (store.room(code).mode, store.room(code).question) == (rooms.VOTE, first.slug)
    store.vote(code, store.join(code), first.slug, 1, first.options[0])
    app.button(key="turn-Right").click().run()
    assert store.room(code).mode == rooms.REVEALED and app.charts[0]["name"] == "votes"
    for _ in range(2):
        app.button(key="turn-Right").click().run()
    second = list(LESSONS.values())[1]
    assert store.room(code).mode == rooms.FOLLOW and store.room(code).scene == f"lessons?lesson={second.slug}"
    assert not app.exception


@pytest.mark.parametrize("code", ["AAAA", "O0O0", "'; DROP TABLE rooms; --", "x" * 3000, "\0\0\0\0", "2"])
def test_a_code_of_no_room_is_one_sentence(open_app, code: str) -> None:
    app = open_app(room=code)
    assert not app.exception and len(app.warning) == 1 and len(app.warning[0].value) < 300
    assert "room" not in app.link and not wire(app) and app.charts


def test_a_code_is_typed_as_it_is_heard(open_app) -> None:
    code, _ = seat.store().open()
    app = open_app(PAGE)
    app.text_input(key="room-code").set_value(f" {code.lower()} ").run()
    assert app.link["room"] == code and wire(app)["key"] == ""
    app = open_app(PAGE)
    app.text_input(key="room-code").set_value("nope!").run()
    assert "must be 4 of the characters" in app.warning[0].value


def test_votes_are_counts_and_nothing_else(open_app) -> None:
    code, lead = seat.store().open()
    seat.store().ask(code, lead, LESSON)
    for choice in ("vanish", "hold", "vanish"):
        seat.store().vote(code, seat.store().join(code), LESSON, 1, choice)
    assert screens.counts(code) == f"question,round,choice,votes\n{LESSON},1,hold,1\n{LESSON},1,vanish,2\n"
