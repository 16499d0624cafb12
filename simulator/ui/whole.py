"""Callbacks that are carried out to their end, and only for news: a browser may say the same again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType
from streamlit.runtime.uploaded_file_manager import UploadedFile

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def whole(act: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """`act`, which nothing ends halfway: each callback of a widget, and what changes several things of a session.

    Streamlit ends a run at any access to st.session_state once the browser asks for a newer one, a callback too, and
    never calls it again: the rest of what the click meant would be lost. Such a request waits until `act` has ended.
    Where `act` asks for a run itself, that is the older request of the two.
    """

    @wraps(act)
    def done(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        context = get_script_run_ctx(suppress_warning=True)
        requests: Any = getattr(context, "script_requests", None)
        if requests is None or "on_scriptrunner_yield" in vars(requests):  # outside of a run, or in another whole
            return act(*args, **kwargs)
        requests.on_scriptrunner_yield = _nothing
        requests._request_rerun_locked = partial(_in_order, requests)
        try:
            return act(*args, **kwargs)
        finally:
            del requests.on_scriptrunner_yield

    done.__dict__["whole"] = True
    return done


def _nothing() -> None:
    """No request, as Streamlit says it."""


def _in_order(requests: ScriptRequests, asked: RerunData) -> bool:
    """Take up a request for a run; one of the script itself goes before what the browser asked for meanwhile.

    Streamlit folds the two into one run, of the page, the link and the step in the browser's history that the later one
    names: taken in the order in which they come, st.rerun() in a callback would undo a page just turned or a step back.
    """
    request, waiting, context = type(requests)._request_rerun_locked, requests._rerun_data, get_script_run_ctx()
    if asked.widget_states is not None or context is None or asked.page_script_hash != context.page_script_hash:
        return request(requests, asked)  # the browser's, or one that turns the page
    asked = replace(asked, is_history_navigation=context.is_history_navigation)  # what this run is for, once more
    if requests._state is not ScriptRequestType.RERUN or waiting.widget_states is None:
        return request(requests, asked)
    requests._state = ScriptRequestType.CONTINUE
    return request(requests, asked) and request(requests, waiting)


def given_file(key: str) -> UploadedFile | None:
    """The file that an uploader was just given: not one that another process had or that was refused on its way.

    Nor one that was taken before: of an uploader that has gone a browser may tell once more, to which Streamlit calls
    back.
    """
    given, taken = st.session_state[key], f"{key}-taken"
    if not isinstance(given, UploadedFile) or given.file_id == st.session_state.get(taken):
        return None
    st.session_state[taken] = given.file_id
    return given
