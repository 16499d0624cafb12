"""The votes of a class, beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.figures import axes, style
from simulator.figures.figure import Figure, Trace


def vote_bars(
    options: Sequence[str], rounds: Sequence[Mapping[str, int]], *, right: str, name: str = "votes",
    title: str = "What the room said",
) -> Figure:  # fmt: skip
    """Bars of how many chose each option, a colour a round of voting; what was measured is marked."""
    labels = [axes.two_lines(f"✓ {option}" if option == right else option) for option in options]
    traces: list[Trace] = []
    for number, counts in enumerate(rounds, 1):
        votes, sum_ = [counts.get(option, 0) for option in options], sum(counts.values())
        shares = [f"{vote} of {sum_}" for vote in votes]
        traces.append(
            {"type": "bar", "x": labels, "y": votes, "name": f"round {number}",
             "marker": {"color": style.color(number - 1)}, "text": shares, "textposition": "auto", "textangle": 0,
             "hovertemplate": f"round {number}: %{{text}}<extra></extra>"}
        )  # fmt: skip
    summary = "; ".join(
        f"round {number}: " + ", ".join(f"{option} {counts.get(option, 0)}" for option in options)
        for number, counts in enumerate(rounds, 1)
    )
    yaxis = {"title": {"text": "votes"}, "rangemode": "tozero", "tickformat": "d"}
    return Figure(
        traces,
        style.layout({"type": "category", "title": {"text": ""}}, yaxis, barmode="group"),
        name=name,
        title=title,
        caption="✓ marks what was measured. A second round after a discussion is peer instruction (Mazur 1997).",
        alt=f"Bar chart of votes. Measured: {right}. {summary}.",
    )
