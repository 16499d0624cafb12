"""The page Your network: a saved probe of somebody's own model, or two to compare; nobody's code is run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import streamlit as st

from simulator import tables
from simulator.assets import asset
from simulator.probing import Probe
from simulator.serving import limits
from simulator.settings import SettingError
from simulator.ui import notices, panels, state, uploads, verdict
from simulator.ui.your_network import board

_KEPT = "_own_loaded"
_MOST = 2
_EXAMPLE = (
    "An example, until you open one of yours: a small ResNet without norms, its weights N(0, 0.01²), and the same "
    "model with He's init."
)
_PYTHON = """import simulator as sim

probe = sim.probe(model, batch)       # any torch.nn.Module, and what it takes
print(probe.verdict.headline)
probe.save("before.parquet")
sim.probe(model, batch, reinit="he_normal").save("after.parquet")   # on a copy"""
_SHELL = "simulator probe package.module:make_model --batch data.npz --output before.parquet"


def panel() -> None:
    """One probe or two: what became of the signal, the charts, why, and what would help."""
    with st.container(key="own-top", horizontal=True, vertical_alignment="bottom"):
        files = st.file_uploader(
            "A saved probe, or two to compare: before and after (.parquet)",
            accept_multiple_files=True,
            key="own_files",
            max_upload_size=tables.MAX_BYTES // 2**20,
            help="What probe.save or simulator probe has written: numbers and names of modules, no weights, no data. "
            "It stays in this session's memory.",
        )
        third = st.container(key="own-third")
    probes = _probes(files)
    if not probes:
        return
    with third:
        pair = st.selectbox(
            "Third chart", board.pairs(probes), key="own_shown", format_func=_words, filter_mode=None,
            help="What else was measured at every module.",
        )  # fmt: skip
    several = len(probes) > 1
    for place, (label, probe) in enumerate(probes.items()):
        with st.container(key=f"verdict-own-{place}", horizontal=True, vertical_alignment="center"):
            st.html(verdict.words(probe.verdict, name=label if several else ""))
    panels.show(
        board.charts(probes, pair), key="own-charts", columns=3, table=lambda: board.table(probes), filename="probe"
    )
    facts = [fact for label, probe in probes.items() for fact in _facts(f"{label}, " if several else "", probe)]
    notices.facts([*facts, "Charts: each mark is one output of a module; its shape tells the kind."])
    for place, (label, probe) in enumerate(probes.items()):
        _nearest(place, f" to {label}" if several else "", probe)
    with st.expander("How to measure a model of your own", expanded=not files):
        st.code(_PYTHON, language="python")
        st.code(_SHELL, language="shell", wrap_lines=True)


def _probes(files: list[Any]) -> dict[str, Probe]:
    """The files' probes by name, or an example's; none where a sentence says why."""
    with notices.place("own"):
        if not files:
            st.session_state.pop(_KEPT, None)
            notices.plain(_EXAMPLE, kind="see")
            return _example()
        try:
            if len(files) > _MOST:
                raise SettingError(f"At most {_MOST} probes are compared; got {len(files)}.")
            return uploads.kept(_KEPT, files, _read)
        except SettingError as error:
            notices.plain(str(error))
            return {}


def _read(contents: list[tuple[str, bytes]]) -> dict[str, Probe]:
    probes: dict[str, Probe] = {}
    for name, content in contents:
        probe = Probe.load(content, name, limits.TABLE_BYTES // 4)
        label = name.removesuffix(".parquet")[:40]
        probes[label if label not in probes else f"{label} (2)"] = probe
    return probes


def _facts(who: str, probe: Probe) -> list[str]:
    """Say what would help, how it was measured, what could not be seen."""
    advice = probe.verdict.advice
    lines = [f"{who}advice: {advice.label}. {advice.reason}"] if advice is not None else []
    seeds = f", {len(probe.seeds)} networks" if len(probe.seeds) > 1 else ""
    expected = "theory is dashed" if probe.theory is not None else "no theory covers this model"
    lines.append(f"{who}measured: {len(probe.points):,} points, batch {probe.batch:,}{seeds}; {expected}.")
    lines += [f"{who}not seen: {note}" for note in probe.notes[:20]]
    return [fact[:1].upper() + fact[1:] if not who else fact for fact in lines]


def _nearest(place: int, which: str, probe: Probe) -> None:
    """A way to the lab, for a model that is a multilayer perceptron in disguise."""
    near = probe.nearest_experiment()
    if near is not None:
        st.button(
            notices.escape(f"Open the experiment nearest{which or ' to it'}"), key=f"own_near_{place}",
            on_click=state.start, args=(near.params(),), disabled=bool(state.view().locked), icon=":material/science:",
            help="The same depth, widths, activations and laws of weights, on this app's other pages.",
        )  # fmt: skip


@lru_cache(maxsize=1)
def _example() -> dict[str, Probe]:
    return _read([(f"{name}.parquet", asset(f"probe_{name}.parquet").read_bytes()) for name in ("before", "after")])


def _words(pair: tuple[str, str]) -> str:
    return " ".join(pair).replace("_", " ")
