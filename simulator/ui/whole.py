"""What a callback does: all of it, and of what a browser says again, nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def whole(act: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """`act`, which nothing ends halfway: each callback of a widget, and what changes several things of a session.

    Streamlit ends a run at any access to st.session_state once the browser asks for a newer one, a callback too, and
    never calls it again: the rest of what the click meant would be lost. Such a request waits until `act` has ended.
    """

    @wraps(act)
    def done(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        context = get_script_run_ctx(suppress_warning=True)
        requests: Any = getattr(context, "script_requests", None)
        if requests is None or "on_scriptrunner_yield" in vars(requests):  # outside of a run, or in another whole
            return act(*args, **kwargs)
        requests.on_scriptrunner_yield = _nothing
        try:
            return act(*args, **kwargs)
        finally:
            del requests.on_scriptrunner_yield

    done.__dict__["whole"] = True
    return done


def _nothing() -> None:
    """No request, as Streamlit says it."""


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
