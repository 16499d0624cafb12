"""Parts and tables of a notebook's or a script's own, which other processes lack and a grid needs, to be sent along."""

from __future__ import annotations

import os
import pickle
from functools import lru_cache
from uuid import uuid4

import cloudpickle

from simulator import registry, tables
from simulator.grid import Grid
from simulator.settings import Part

_HERE: dict[int, str] = {}


def parcel(grid: Grid) -> bytes:
    """The user's own parts and tables that the grid names, for `unpack`; empty where there are none."""
    fixed = [getattr(grid.experiment, name) for name in grid.experiment.settings()]
    texts = [str(value) for values in (fixed, *grid.axes.values()) for value in values]
    own = [
        (part, registry.aliases_of(part))
        for base in Part.__subclasses__()
        for part in registry.own(base)
        if _named(texts, part.name, *registry.aliases_of(part))
    ]
    tabled = {name: tables.find(name) for name in tables.names() if _named(texts, name)}
    return cloudpickle.dumps((_process(), own, tabled)) if own or tabled else b""


@lru_cache(maxsize=4)
def unpack(content: bytes) -> None:
    """Register what is in a parcel of this computation's own, once a process; nothing where it was packed here."""
    if not content:
        return
    process, own, tabled = pickle.loads(content)
    if process == _process():
        return
    for part, aliases in own:
        registry.enter(part, aliases)
    for features in tabled.values():
        tables.keep(features)


def _named(texts: list[str], *names: str) -> bool:
    return any(name in text for name in names for text in texts)


def _process() -> str:
    """A name that no other process has, on this machine or another."""
    return _HERE.setdefault(os.getpid(), uuid4().hex)
