"""What the page Jacobian says follows from its numbers."""

from __future__ import annotations

import re

import pytest

from simulator import Experiment
from simulator.studies.jacobian import jacobian
from simulator.ui.jacobian import board

SMALL = Experiment(depth=6, width=48, batch=2)


def said(experiment: Experiment) -> dict[str, str]:
    return dict(sentence.split(": ", 1) for sentence in board.facts(experiment))


def test_an_isometry_is_named_only_where_there_is_one() -> None:
    linear = said(SMALL.replace(activation="linear", init="orthogonal"))
    assert linear["Orthogonal (own)"] == "all 48 singular values equal 1: dynamical isometry at depth 6."
    assert "isometry" not in linear["Gaussian"]
    assert "isometry" not in said(SMALL)["Orthogonal"]


def test_numbers_are_those_of_the_study() -> None:
    found = jacobian(SMALL.replace(activation="linear", init="orthogonal"), "gaussian")
    told = said(SMALL.replace(activation="linear", init="orthogonal"))["Gaussian"]
    largest, smallest = (float(text) for text in re.findall(r"from (\S+) to (\S+?),", told)[0])
    assert largest == pytest.approx(10 ** found.singular[-1][0], rel=5e-3)
    assert smallest == pytest.approx(10 ** found.resolved[-1][-1], rel=5e-3)
    assert f"relative variance {found.relative_variance[-1]:.3g}." in told


def test_zeros_of_a_rectifier_are_counted() -> None:
    experiment = SMALL.replace(activation="relu", init="he_normal")
    rank = jacobian(experiment).rank[-1]
    assert f"at least {48 - rank} exactly 0" in said(experiment)["Gaussian (own)"]


def test_the_lesson_is_told_only_where_the_means_are_alike() -> None:
    assert "Beside each other" in said(SMALL.replace(activation="linear", init="orthogonal"))
    assert "Beside each other" not in said(SMALL.replace(init="zeros"))


def test_no_weights_and_wide_layers() -> None:
    assert said(SMALL.replace(init="zeros"))["Orthogonal"].startswith("J is zero")
    assert "Width" not in said(SMALL)
    assert said(SMALL.replace(width=2048, depth=2))["Width"].startswith("2,048 units")


def test_the_table_has_every_law() -> None:
    frame = board.table(SMALL.replace(init="xavier_uniform"))
    assert set(frame.label) == {"xavier_uniform (own)", "Gaussian", "orthogonal"}
    assert set(frame.source) == {"simulation", "theory"}


def test_what_is_left_out_is_said() -> None:
    assert "Left out" not in said(SMALL)
    assert "branches" in said(SMALL.replace(residual="post"))["Left out"]
