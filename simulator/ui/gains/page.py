"""The table of gains on its page, and the buttons that give the experiment one of them."""

from __future__ import annotations

import math

import streamlit as st

from simulator.experiment import Experiment
from simulator.figures.notation import set_html
from simulator.settings import number_text
from simulator.theory.expectation import layers_of
from simulator.theory.fans import EXAMPLE, shared_layer
from simulator.theory.gains import PURPOSES, Gains
from simulator.ui import notices, state
from simulator.ui.view import View

_HEADS = {
    "signal": "keeps q = 1",
    "gradient": "keeps gradient",
    "variance": "keeps variance",
    "torch": "PyTorch",
}

_WORDS = {"signal": "signal", "gradient": "gradient", "variance": "centred variance", "torch": "PyTorch"}
"""The button's name for each purpose of a gain."""


def use(experiment: Experiment, own: Gains) -> None:
    """A button for each gain of the experiment's activation."""
    notices.facts([f"{own.activation}: {' '.join(own.remarks)}"])
    with st.container(key="use-gains", horizontal=True, vertical_alignment="center", gap="small"):
        for sigma_w, purposes in _distinct(own).items():
            st.button(
                notices.escape(f"Use {sigma_w}: {', '.join(purposes)}"),
                key=f"use-{sigma_w}",
                on_click=state.change,
                args=({"init": "lecun_normal", "gain": sigma_w, "bias": "zeros"},),
                help="Sets lecun_normal weights (variance 1/n_in), this gain, and biases of 0.",
            )
    used = math.sqrt(layers_of(experiment)[0].forward)
    notices.plain(f"In the experiment as it is, σ_w = {used:.4g} at the first layer.", kind="see")


def table(results: list[Gains], own: str) -> None:
    """All gains, a row an activation with its remarks below; the experiment's own is marked."""
    head = "".join(f'<th scope="col">{set_html(title)}</th>' for title in ("activation", *_HEADS.values()))
    rows = "".join(_rows(result, str(result.activation) == own) for result in results)
    st.html(f'<div class="gains"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>')


def fans() -> None:
    """Draw how much a layer of the user's own sums, beside the fans that frameworks count for its init."""
    view, about = state.view(), View.settings()["shared"]
    st.html('<h2 class="group">Fans of a convolution</h2>')
    st.text_input(about.title, key=state.show("shared", view.shared), placeholder=EXAMPLE, help=about.help)
    notices.complaint("shared")
    layer = shared_layer(view.shared)
    rows = [(f"{framework}'s he_normal, Var W = 2 / {fan_in:,}", fan_in, fan_out)
            for framework, (fan_in, fan_out) in (("PyTorch", layer.pytorch), ("Keras", layer.keras))]  # fmt: skip
    heads = ("", "fan_in", "fan_out", "n_in Var W", "n_out Var W")
    head = "".join(f'<th scope="col">{set_html(title)}</th>' for title in heads)
    summed = f"<td>{layer.summed:,g}</td><td>{layer.spread:,g}</td><td>–</td><td>–</td>"
    body = [f'<tr class="own"><th scope="row">what it sums: n_in, n_out</th>{summed}</tr>']
    for words, fan_in, fan_out in rows:
        cells = (f"{fan_in:,}", f"{fan_out:,}", f"{2 * layer.summed / fan_in:.4g}", f"{2 * layer.spread / fan_in:.4g}")
        body.append(f'<tr><th scope="row">{set_html(words)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>')
    st.html(
        f'<div class="gains fans"><table><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
    )
    notices.facts(layer.sentences)


def _rows(result: Gains, own: bool) -> str:
    mark = ' class="own"' if own else ""
    leads = {lead.purpose: lead.sigma_w for lead in result.leads}
    cells = "".join(f"<td>{leads[purpose]:.4f}</td>" if purpose in leads else "<td>–</td>" for purpose in PURPOSES)
    name = set_html(str(result.activation)) + (" (this experiment)" if own else "")
    remarks = set_html(" ".join(result.remarks))
    return (
        f'<tr{mark}><th scope="row">{name}</th>{cells}</tr>'
        f'<tr class="remark{" own" if own else ""}"><td colspan="{len(PURPOSES) + 1}">{remarks}</td></tr>'
    )


def _distinct(own: Gains) -> dict[str, list[str]]:
    """The purposes of each gain, by its text: two may share one."""
    labels: dict[str, list[str]] = {}
    for lead in own.leads:
        labels.setdefault(number_text(float(f"{lead.sigma_w:.6g}")), []).append(_WORDS[lead.purpose])
    return labels
