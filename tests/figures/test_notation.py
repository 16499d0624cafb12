"""Plain sentences as a screen sets them."""

from __future__ import annotations

import pytest

from simulator.figures.notation import set_html, tagged, untagged


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("σ_w² = n Var W", "σ<sub>w</sub>² = n Var W"),
        ("ξ_c layers", "ξ<sub>c</sub> layers"),
        ("x_30, dE/dx_L and n_0-n_1", "x<sub>30</sub>, dE/dx<sub>L</sub> and n<sub>0</sub>-n<sub>1</sub>"),
        ("sqrt(fan_in), x_mean, he_n, a_b_c", "sqrt(fan_in), x_mean, he_n, a_b_c"),
        ('a column "x_1", inputs=x_1', 'a column "x_1", inputs=x_1'),
    ],
)
def test_a_symbol_gets_its_subscript_and_a_name_stays(plain: str, expected: str) -> None:
    assert tagged(plain) == expected


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("changes by -0.015 decades", "changes by −0.015 decades"),
        ("-1 to ×-2", "−1 to ×−2"),
        ("1.2e-05 and 3e+06", "1.2·10<sup>−5</sup> and 3·10<sup>6</sup>"),
        ("10^-4.5 of 1.00e−120", "10<sup>−4.5</sup> of 1.00·10<sup>−120</sup>"),
        ("2-3 units, well-known, a - b, normal(std=1e-05)", "2-3 units, well-known, a - b, normal(std=1e-05)"),
        ("table 3e12ab", "table 3e12ab"),
        ("'x_1' <sub>&", "&#x27;x_1&#x27; &lt;sub&gt;&amp;"),
        ("<b onclick=x_1>σ_w", "&lt;b onclick=x_1&gt;σ<sub>w</sub>"),
    ],
)
def test_html_has_no_markup_but_its_own(plain: str, expected: str) -> None:
    assert set_html(plain) == expected


def test_a_chart_s_words_lose_their_tags() -> None:
    assert untagged("χ<sub>1</sub> below 10<sup>−6</sup><br>and <i>on</i>") == "χ_1 below 10^−6 and on"
