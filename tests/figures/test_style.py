"""Colours: one place, distinct, and visible on both pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import simulator.figures
from simulator.figures import style

FOLDER = Path(simulator.figures.__file__).parent
COLOR = re.compile(r"#[0-9A-Fa-f]{3,8}\b|rgba?\(", re.ASCII)


def luminance(color: str) -> float:
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_no_other_file_has_a_colour():
    for path in FOLDER.glob("*.py"):
        if path.name != "style.py":
            assert not COLOR.search(path.read_text()), path.name


def test_every_series_differs_in_colour_marker_and_dash():
    assert len(set(style.SERIES)) == len(set(style.SYMBOLS)) == len(set(style.DASHES)) == len(style.SERIES)


def test_every_colour_has_a_counterpart_on_a_dark_page():
    assert set(style.DARK) >= {*style.SERIES, style.INK, style.FAINT}


@pytest.mark.parametrize("color", [style.INK, *style.SERIES[:3]])
def test_the_first_series_stand_out_on_a_light_page(color):
    assert contrast(color, "#FFFFFF") >= 3


@pytest.mark.parametrize("color", style.DARK.values())
def test_every_colour_stands_out_on_a_dark_page(color):
    assert contrast(color, "#12161C") >= 3


def test_translucent_is_hex():
    assert style.translucent("#0072B2", 0.2) == "#0072B233"
