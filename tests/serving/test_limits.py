"""The limits: from the environment, checked, and runs that exceed them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from simulator.experiment import Experiment
from simulator.serving import limits


def test_every_limit_has_a_default_that_fits_a_small_host() -> None:
    kept = limits.RESULT_BYTES + limits.CHART_BYTES + limits.UPLOAD_BYTES + limits.TABLE_BYTES
    started = 230 * 2**20  # measured: benchmarks/class_load.json, memory at the start
    assert started + limits.RUN_BYTES + kept <= 0.8 * 2**30, "The rest is the sessions' and the system's."


def test_the_environment_sets_a_limit() -> None:
    code = "from simulator.serving import limits; print(limits.PLACES, limits.RESULT_BYTES)"
    wanted = {"SIMULATOR_PLACES": "3", "SIMULATOR_RESULTS_MB": "2"}
    done = subprocess.run([sys.executable, "-c", code], env=wanted, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", str(2 * 2**20)]


@pytest.mark.parametrize("text", ["many", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_none_says_so(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATOR_PLACES", text)
    with pytest.raises(ValueError, match=r"^SIMULATOR_PLACES must be a number from 1 on; got '"):
        limits.limit("PLACES", 1, "", least=1)


@pytest.mark.parametrize(
    "large",
    [
        Experiment(depth=2000, width=65536),
        Experiment(depth=40, width=65536, batch=64),
        Experiment(depth=2000, width=16384, batch=16),
        Experiment(widths="65536-65536-10", batch=2, engine="dense", init="he_uniform"),
        Experiment(depth=1, width=65536, batch=2048, seeds=4),
        Experiment(depth=100, width=4096, batch=512, seeds=4),
        Experiment(depth=6, width=65536, batch=64, residual="post"),
    ],
    ids=str,
)
def test_what_is_refused_gets_a_way_out_that_fits(large: Experiment) -> None:
    found = limits.refusal(large)
    assert found is not None
    sentence, changes = found
    assert "the nearest that fits" in sentence
    fits = large.replace(**changes)
    assert limits.refusal(fits) is None
    assert limits.RUN_BYTES / 9 <= fits.cost().bytes <= limits.RUN_BYTES, "The nearest, not just any."


def test_what_fits_is_not_refused() -> None:
    assert limits.refusal(Experiment()) is None


def test_a_refusal_respects_both_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RUN_SECONDS", 0.1)
    large = Experiment(depth=100, width=4096, seeds=4, init="he_uniform")
    found = limits.refusal(large)
    assert found is not None
    assert "Limits: 100 ms and 256 MiB; " in found[0]
    cost = large.replace(**found[1]).cost()
    assert cost.seconds <= 0.1 and cost.bytes <= limits.RUN_BYTES
