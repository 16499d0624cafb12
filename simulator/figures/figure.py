"""A figure: a plain Plotly spec that also knows its title, its caption and its words for a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

Trace = dict[str, Any]
Layout = dict[str, Any]


class Figure(dict[str, Any]):
    """A Plotly spec, {"data": [...], "layout": {...}}, with `name`, `title`, `caption` and `alt`.

    `name` identifies the chart on a page: a new figure of the same name updates the old one in
    place. A plain dict, because building `go.Figure` costs milliseconds that a slider has not got.
    `clickable` figures report the point that was clicked; where `drags` names a trace of one mark and the annotation
    that tells its place, by their indices, that mark can be dragged, and its places are reported as clicks are.
    """

    def __init__(
        self,
        data: Sequence[Trace],
        layout: Layout,
        *,
        name: str,
        title: str,
        caption: str = "",
        alt: str = "",
        clickable: bool = False,
        drags: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(data=list(data), layout={"uirevision": name, **layout})
        self.name = name
        self.title = title
        self.caption = caption
        self.alt = alt or title
        self.clickable = clickable
        self.drags = drags

    def to_plotly(self) -> go.Figure:
        """The same figure as a `plotly.graph_objects.Figure`, with its title."""
        import plotly.graph_objects as go

        figure = go.Figure({"data": self["data"], "layout": self["layout"]})
        return figure.update_layout(template="plotly_white", title_text=self.title)

    def show(self) -> None:
        """Show the figure in a notebook or a browser window."""
        self.to_plotly().show()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """A notebook's output: plotly's mime type, and HTML that fetches plotly.js, for pages made of a notebook."""
        from simulator.figures.payload import plain

        figure = self.to_plotly()
        spec = plain({"data": self["data"], "layout": {**self["layout"], "title": {"text": self.title}}})
        return {
            "application/vnd.plotly.v1+json": spec,
            "text/html": figure.to_html(full_html=False, include_plotlyjs="cdn"),
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        return f"<Figure {self.name!r}: {self.title}, {len(self['data'])} traces>"
