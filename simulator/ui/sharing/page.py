"""Taking the present state to other screens: the link, its QR code, and what of it others may change."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

from simulator.experiment import Experiment
from simulator.ui import notices, state
from simulator.ui.sharing.choices import ALL, PLACES

_COPY = """
export default function ({ parentElement, data }) {
  const button = parentElement.querySelector('button'), said = parentElement.querySelector('span');
  const query = () => { const there = new URL(location.href); there.search = data.query; return there.href; };
  button.onclick = async () => {
    try { await navigator.clipboard.writeText(query()); said.textContent = 'Copied.'; }
    catch { said.textContent = 'This browser keeps its clipboard to itself: copy the address below.'; }
    setTimeout(() => { said.textContent = ''; }, 4000);
  };
}
"""
_COPY_HTML = '<button type="button" class="copy">Copy link</button> <span role="status"></span>'


def button() -> None:
    """The button that opens everything about sharing."""
    if st.button("Share", key="share", icon=":material/share:", help="Link, QR code, and locks for a class."):
        _dialog()


@st.dialog("Share this view", icon=":material/share:")
def _dialog() -> None:
    view = state.view()
    names = {name: about.title for name, about in Experiment.settings().items()}
    lock = st.multiselect(
        "Lock",
        [ALL, *names],
        default=view.locked,
        format_func=lambda name: "everything" if name == ALL else names[name],
        help="Whoever opens the link sees these settings and cannot move them.",
        key="share-lock",
    )
    hide = st.multiselect(
        "Hide",
        [*PLACES, *names],
        default=view.hidden,
        format_func=lambda name: names.get(name, f"the {name}"),
        help="These do not appear at all.",
        key="share-hide",
    )
    shared = view.replace(lock="-".join(lock), hide="-".join(hide))
    params = {**state.experiment().params(), **shared.params()}
    query = urlencode(params)
    st.components.v2.component("simulator_copy", html=_COPY_HTML, js=_COPY)(key="copy", data={"query": query})
    address = link(query)
    if address is not None:
        st.image(code(address), width=360, caption="Point a phone's camera here.", alt="QR code of the link")
        st.code(address, language=None, wrap_lines=True)
    if shared != view:
        notices.plain("The link above has these locks; this window stays as it is.", kind="reason")


def link(query: str) -> str | None:
    """The address of this page with another query; None where the server does not know its own."""
    here = st.context.url
    if not here:
        return None
    scheme, place, path, _, _ = urlsplit(here)
    return urlunsplit((scheme, place, path, query, ""))


def code(address: str) -> str:
    """A QR code as SVG, black on white on any page."""
    return str(segno.make_qr(address, error="m").svg_inline(scale=8, border=3, dark="#000000", light="#FFFFFF"))
