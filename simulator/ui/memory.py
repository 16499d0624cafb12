"""A memory in the visitor's own browser from visit to visit, none of it on the server (charts/browser/memory.js)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import streamlit as st

from simulator.ui import host
from simulator.ui.whole import whole

LONGEST = 4000
"""Characters that are taken from a browser."""


def keep(name: str, values: dict[str, Any], restore: Callable[[dict[str, Any]], None]) -> None:
    """Have the browser keep `values` under a name; `restore` is given what it kept, before the page is drawn anew."""
    host.serve()
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False) if values else ""
    data = {"name": f"simulator-{name}", "text": text}
    _component()(key=f"memory-{name}", data=data, on_kept_change=partial(_restore, name, restore))


@whole
def _restore(name: str, restore: Callable[[dict[str, Any]], None]) -> None:
    kept = st.session_state[f"memory-{name}"].get("kept")
    if isinstance(kept, str) and len(kept) <= LONGEST:
        try:
            values = json.loads(kept)
        except (ValueError, RecursionError):
            return
        if isinstance(values, dict):
            restore(values)


@lru_cache(maxsize=1)
def _component() -> Any:
    return host.component("simulator_memory", "memory.js", "<i hidden></i>")
