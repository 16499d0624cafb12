"""A table of results as HTML: a row a result; on a phone, where rows would be cut, each becomes a small block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from simulator.figures.notation import set_html


@dataclass(frozen=True)
class Row:
    """A result: what it is of, its cells, whether it holds or fails, and a remark for the line below."""

    about: str
    cells: Sequence[str]
    tone: str = ""
    remark: str = ""


def table(heads: Sequence[str], rows: Iterable[Row]) -> None:
    """Rows of plain text below `heads`, of which the first is that of what a row is about."""
    head = "".join(f'<th scope="col">{set_html(title)}</th>' for title in heads)
    body = "".join(_row(heads, row) for row in rows)
    st.html(f'<div class="results"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>')


def _row(heads: Sequence[str], row: Row) -> str:
    # A phone shows no head of the table, but each cell's own title, which is hidden elsewhere.
    cells = "".join(
        f'<td><span class="of">{set_html(title)}</span>{set_html(cell)}</td>'
        for title, cell in zip(heads[1:], row.cells, strict=True)
    )
    below = f'<tr class="remark"><td colspan="{len(heads)}">{set_html(row.remark)}</td></tr>'
    first = f'<th scope="row">{set_html(row.about)}</th>'
    return f'<tr class="{row.tone}">{first}{cells}</tr>' + (below if row.remark else "")
