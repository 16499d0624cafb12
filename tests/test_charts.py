"""The files that the browser loads for the charts."""

from __future__ import annotations

import gzip
import re

import plotly.offline

from simulator import charts


def test_plotly_is_the_one_that_the_installed_package_speaks() -> None:
    assert charts.plotly_version() == plotly.offline.get_plotlyjs_version()
    assert gzip.decompress(charts.packed_plotly()).decode() == plotly.offline.get_plotlyjs()


def test_every_file_that_a_script_names_is_there_and_every_file_is_described() -> None:
    names = {path.name for path in charts.BROWSER.iterdir()}
    for path in charts.BROWSER.glob("*.js"):
        assert set(re.findall(r"['/]([a-z]+\.(?:js|css))'", path.read_text(encoding="utf-8"))) <= names
    assert set(re.findall(r"^\| `([^`]+)`", charts.__doc__ or "", flags=re.MULTILINE)) == names
