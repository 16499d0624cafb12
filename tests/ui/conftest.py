"""The app without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequest, ScriptRequests, ScriptRequestType
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from tests.waiting import PATIENCE

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Slide:
    """What the browser is told of a slider."""

    label: str
    help: str
    rungs: list[str]
    text: str
    at: int
    turn: int
    disabled: bool
    name: str

    @property
    def value(self) -> float:
        return float(self.text)

    @property
    def max(self) -> float:
        return float(self.rungs[-1])


class App:
    """The app as AppTest runs it: opened by a link, its widgets by the names of their settings."""

    def __init__(self, page: str = "", **params: str) -> None:
        self.test = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=PATIENCE)
        self.test.query_params.update(params)
        if page:
            self.test.switch_page(page)
        self.test.run()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.test, name)

    def move(self, key: str, value: float) -> None:
        """Move one of our own sliders; its component is the browser's, and says what the session then holds."""
        self.test.session_state[key] = value
        self.test.run()

    def drag(self, key: str, value: float, *, ended_at: int = 0) -> int:
        """Say what the browser says of a slider that is dragged, as AppTest knows no components; as `send` does."""
        states = self.test._tree.get_widget_states()
        told = json.dumps({"told": {"value": str(value), "dragged": True}})
        states.widgets.append(WidgetState(id=self._component(key).proto.id, json_value=told))
        return self.send(states, states, ended_at)

    def press(self, key: str, *, ended_at: int = 0) -> int:
        """Press a button, as `send` does; the newer request knows nothing of that."""
        newer, states = self.test._tree.get_widget_states(), self.test._tree.get_widget_states()
        states.widgets.append(WidgetState(id=self.test.button(key=key).proto.id, trigger_value=True))
        return self.send(states, newer, ended_at)

    def send(self, states: WidgetStates, newer: WidgetStates, ended_at: int = 0) -> int:
        """Say what all widgets hold.

        `ended_at` counts the places where Streamlit may end a run for a newer request; the run that was asked for ends
        there. Returns how many places it had.
        """
        places = 0

        def place(requests: ScriptRequests) -> ScriptRequest | None:
            nonlocal places
            places += 1
            if places != ended_at:
                return None
            asked = RerunData(widget_states=newer, page_script_hash=self.test._finished_page_script_hash)
            return ScriptRequest(ScriptRequestType.RERUN, asked)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ScriptRequests, "on_scriptrunner_yield", place)
            self.test._run(states)
        return places

    @contextmanager
    def asking(self, **newer: Any) -> Iterator[None]:
        """While the callbacks of a run are called, the browser asks for a newer one, of these fields of RerunData."""
        call = SessionState._call_callbacks

        def called(state: SessionState, **replayed: Any) -> None:
            context, asked = get_script_run_ctx(), dict(newer)
            newer.clear()
            if asked and context is not None and context.script_requests is not None:
                here = {"page_script_hash": context.page_script_hash, "query_string": context.query_string}
                context.script_requests.request_rerun(RerunData(**{"widget_states": WidgetStates(), **here, **asked}))
            call(state, **replayed)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SessionState, "_call_callbacks", called)
            yield
        assert not newer

    def slide(self, key: str) -> Slide:
        """One of our own sliders."""
        return Slide(**json.loads(self._component(key).proto.json))

    def _component(self, key: str) -> Any:
        (found,) = [one for one in self.test.get("bidi_component") if one.proto.id.endswith(f"-slide-{key}")]
        return found

    @property
    def link(self) -> dict[str, str]:
        """What the address bar says."""
        return {name: value if isinstance(value, str) else value[-1] for name, value in self.test.query_params.items()}

    @property
    def charts(self) -> list[dict[str, Any]]:
        """Every figure that is drawn."""
        hosts = [host for host in self.test.get("bidi_component") if host.proto.bytes]
        return [figure for host in hosts for figure in json.loads(host.proto.bytes)["figures"]]

    @property
    def sentences(self) -> list[str]:
        """Every piece of HTML on the page."""
        return [element.proto.body for element in self.test.get("html")]

    def says(self, words: str) -> bool:
        """Whether some HTML on the page has these words."""
        return any(words in sentence for sentence in self.sentences)


@pytest.fixture(scope="session")
def open_app() -> type[App]:
    """`open_app(page, **params)` opens a link."""
    return App
