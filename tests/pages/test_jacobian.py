"""The page Jacobian: a spectrum for each law of the weights, three charts by layer, and what they say."""

from __future__ import annotations

import pytest

SMALL = {"depth": "4", "width": "16", "batch": "8"}


@pytest.mark.parametrize(("init", "laws"), [("xavier_normal", 2), ("orthogonal", 2), ("xavier_uniform", 3)])
def test_own_weights_beside_gaussian_and_orthogonal_ones(open_app, init: str, laws: int) -> None:
    app = open_app("pages/jacobian.py", init=init, **SMALL)
    names = [figure["name"] for figure in app.charts]
    assert names == [
        *(f"spectrum-{index}" for index in range(laws)),
        "jacobian-mean-square",
        "jacobian-relative-variance",
        "jacobian-condition",
    ]
    assert sum("(own)" in figure["title"] for figure in app.charts) == 1


def test_isometry_is_shown_and_said(open_app) -> None:
    app = open_app("pages/jacobian.py", activation="linear", init="orthogonal", **SMALL)
    assert app.says("dynamical isometry at depth 4")
    (own,) = [figure for figure in app.charts if figure["title"].endswith("(own)")]
    assert all(abs(value) < 1e-12 for trace in own["data"] for value in trace["y"])
