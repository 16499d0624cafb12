"""Results and figures show themselves in notebooks."""

from __future__ import annotations

import json

import numpy as np
import pytest

import simulator as sim
from simulator import Experiment, Network, SettingError, figures

SMALL = Experiment(depth=4, width=16, batch=8, seeds=2)
RESULTS = {
    "propagation": lambda: sim.propagate(SMALL),
    "theory": lambda: sim.mean_field(SMALL),
    "trace": lambda: Network([np.eye(3)] * 2).propagate(np.ones((2, 3))),
    "distributions": lambda: sim.distributions(SMALL),
    "jacobian": lambda: sim.jacobian(SMALL),
    "gains": lambda: sim.gains("gelu"),
    "ensemble": lambda: sim.ensemble(SMALL, 12),
    "precision": lambda: sim.precision(SMALL),
    "training": lambda: sim.train(SMALL, sim.Training(epochs=1, train_depth=2, train_width=8)),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_shows_its_chart(name: str) -> None:
    result = RESULTS[name]()
    bundle = result._repr_mimebundle_()
    spec = json.loads(json.dumps(bundle["application/vnd.plotly.v1+json"], allow_nan=False))
    assert spec["data"] and spec["layout"]["title"]["text"]
    assert "Plotly.newPlot" in bundle["text/html"] and "</script>" in bundle["text/html"]
    assert result.chart()["data"]
    if hasattr(result, "verdict"):
        assert spec["layout"]["title"]["text"].startswith(result.verdict.headline)


def test_a_chart_draws_what_it_is_asked_for_beside_theory() -> None:
    chart = sim.propagate(SMALL).chart("activation_gradient", "second_moment")
    frame = sim.concat(sim.propagate(SMALL), sim.mean_field(SMALL))
    whole = figures.layer_profile(frame, "activation_gradient", "second_moment")
    assert [list(line["x"]) for line in chart["data"]] == [list(line["x"]) for line in whole["data"]]
    assert len(sim.propagate(SMALL).chart(theory=False)["data"]) < len(sim.propagate(SMALL).chart()["data"])
    with pytest.raises(SettingError, match="there is no median of activation"):
        sim.propagate(SMALL).chart("activation", "median")
    with pytest.raises(SettingError, match="there is no nothing"):
        sim.ensemble(SMALL, 12).chart("nothing")
