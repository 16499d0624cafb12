"""Schemes by place: muP's sizes do not hang on the width, Fixup begins as the identity."""

from __future__ import annotations

import math

import numpy as np
import pytest

import simulator as sim
from simulator.initializers import Initializer, Place
from simulator.theory.mean_field import mean_field


def test_hidden_units_keep_their_size_in_any_width_and_outputs_shrink_under_mup() -> None:
    """Mean |x| over layers of 4 networks, flat in width; the last layer's falls like 1/sqrt(width) (mup's README)."""
    sizes = {}
    for width in (128, 512, 2048):
        network = sim.Experiment(init="mup", last_activation="linear", depth=4, width=width, batch=32, seeds=4)
        found = sim.propagate(network)
        sizes[width] = np.sqrt(found.curves["activation", "second_moment"].value)
    hidden = {width: rms[:, 1:4] for width, rms in sizes.items()}
    middle = hidden[2048].mean(axis=0)
    for rms in hidden.values():
        assert np.all(np.abs(rms.mean(axis=0) / middle - 1) <= 4 * np.hypot(rms.std(axis=0, ddof=1), 0.01) / 2)
    outputs = {width: rms[:, 4].mean() / hidden[width][:, 2].mean() for width, rms in sizes.items()}
    for width, ratio in outputs.items():
        assert ratio == pytest.approx(math.sqrt(64 / width), rel=0.1)


def test_at_its_base_width_mup_is_lecuns() -> None:
    same = {"depth": 5, "width": 64, "batch": 8}
    one, other = (sim.propagate(sim.Experiment(init=init, **same)) for init in ("mup", "lecun_normal"))
    for pair, curve in one.curves.items():
        np.testing.assert_allclose(curve.value, other.curves[pair].value, rtol=1e-6, err_msg=str(pair))
    experiment = sim.Experiment(init="mup(scale=2, base=32)", depth=3, width=128)
    assert [law.variance(128, 128) * 128 for law in experiment.init_parts] == [2, 2, 0.5]


@pytest.mark.parametrize(("every", "branches"), [(2, 6), (3, 4), (1, 12)])
def test_fixup_begins_as_the_identity(every: int, branches: int) -> None:
    """Every branch ends in 0, so that the signal passes; inside, He's times L^(-1/(2m-2)), as the paper has it."""
    experiment = sim.Experiment(
        activation="relu", init="fixup", residual=f"pre(every={every})", depth=12, width=100, batch=16
    )
    laws = experiment.init_parts
    assert all(
        (law.variance(100, 100) == 0) == ((layer % every == 0) or layer == 12) for layer, law in enumerate(laws, 1)
    )
    for layer, law in enumerate(laws, 1):
        if layer % every:
            assert math.sqrt(law.variance(100, 100)) == pytest.approx(
                math.sqrt(2 / 100) * branches ** (-1 / (2 * every - 2))
            )
    found, theory = sim.propagate(experiment), mean_field(experiment)
    ends = [layer for layer in range(13) if layer % every == 0]
    signal = found.curves["activation", "second_moment"].value[0][ends]
    np.testing.assert_allclose(signal, signal[0], rtol=1e-6)
    expected = theory.curves["activation", "second_moment"].value[0][ends]
    np.testing.assert_allclose(expected, expected[0], rtol=1e-9)


def test_the_roles_of_places() -> None:
    mup, fixup = Initializer.parse("mup"), Initializer.parse("fixup(negative_slope=0.5)")
    assert str(mup.at(Place(1, 1))) == "mup_readout" and str(mup.at(Place(1, 2))) == "variance_scaling"
    assert fixup.at(Place(2, 3)).variance(10, 10) == pytest.approx(2 / 1.25 / 10)
    assert fixup.at(Place(3, 3)).variance(10, 10) == 0


@pytest.mark.parametrize("order", ["pre", "post"])
def test_a_silent_branch_loses_nothing(order: str) -> None:
    """A gradient of 0 inside a branch is no lost gradient: the rest passes beside it, and the last weights learn."""
    network = sim.Experiment(
        activation="relu", init="fixup", last_init="he_normal", residual=f"{order}(every=2)", depth=20, width=64
    )
    found = sim.propagate(network)
    assert (found.curves["activation_gradient", "variance"].value[0][1:19:2] == 0).all()
    assert not found.verdict.gradient.zero and abs(found.verdict.gradient.decades) < 0.5
    assert "holds" in found.verdict.headline.lower() or "survive" in found.verdict.headline.lower()
    assert not any("exactly" in sentence for sentence in (found.verdict.headline, *found.verdict.details))
    plain = sim.propagate(
        network.replace(residual="none", init="he_normal", inits="he_normal*9 | zeros | he_normal*10")
    )
    assert plain.verdict.signal.zero


def test_the_variance_of_a_scheme_by_place_is_told_by_layer() -> None:
    found = sim.propagate(
        sim.Experiment(activation="relu", init="fixup", residual="pre(every=2)", depth=20, width=64)
    ).verdict
    assert "= 0 to 0.2 by layer" in found.cause


@pytest.mark.parametrize("width", [64, 1024])
def test_a_siren_s_sines_meet_variance_one_in_any_width(width: int) -> None:
    """s = E (omega h)^2 settles where s = 1 - exp(-2 s), since E sin^2 of N(0, s) is half of that; uniform weights."""
    siren = sim.Experiment(activation="siren", init="siren", depth=12, width=width, batch=32, seeds=8)
    settled = 0.7968121300200202
    assert settled == pytest.approx(1 - math.exp(-2 * settled), rel=1e-12)
    assert 900 * mean_field(siren.replace(depth=40)).q[-1] == pytest.approx(settled, rel=1e-6)
    measured = 900 * sim.propagate(siren).curves["preactivation", "second_moment"].value[:, -1]
    error = measured.std(ddof=1) / math.sqrt(8)
    assert abs(measured.mean() - settled) < 5 * error + 4 * settled / width
    first = siren.init_at(1).sample(np.random.default_rng(0), width, width)
    assert 0.97 / width < np.abs(first).max() <= 1 / width
