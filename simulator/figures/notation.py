"""Plain sentences as a screen sets them: σ_w with a subscript, 1.2e-05 as a power of ten, a minus sign for a hyphen."""

from __future__ import annotations

import html
import re

_SUBSCRIPT = re.compile(r"(?<![\w'\"=])(?<!&quot;)(?<!&#x27;)(d?[A-Za-zΑ-Ωα-ω])_([A-Za-z]|\d+)(?![A-Za-z0-9_])")
_TAG = re.compile(r"</?(?:sub|sup|b|i|br)>")
_POWER = re.compile(r"10\^([-−]?[\d.]*\d)")
# A number after "=" without a space is part of what can be typed, like normal(std=1e-05), and stays as it is.
_SCIENTIFIC = re.compile(r"(?<![\w.=])(\d+(?:\.\d+)?)e([-−+]?)0*(\d+)(?!\w)")
_NEGATIVE = re.compile(r"(?<![^\s×±])-(?=\d)")


def tagged(text: str) -> str:
    """`text` with the tags that charts know: σ_w as σ<sub>w</sub>; what looks like a name, x_mean, stays."""
    return _SUBSCRIPT.sub(r"\1<sub>\2</sub>", text)


def untagged(text: str) -> str:
    """A chart's words without tags, for where none are known: χ<sub>1</sub> as χ_1, 10<sup>−6</sup> as 10^−6."""
    return _TAG.sub(lambda match: {"<sub>": "_", "<sup>": "^", "<br>": " "}.get(match[0], ""), text)


def set_html(text: str) -> str:
    """`text` as HTML: escaped, with no markup but that of its subscripts, powers of ten and minus signs."""
    raised = _POWER.sub(lambda match: f"10<sup>{_minus(match[1])}</sup>", tagged(html.escape(text)))
    raised = _SCIENTIFIC.sub(lambda match: f"{match[1]}·10<sup>{_minus(match[2].strip('+') + match[3])}</sup>", raised)
    return _NEGATIVE.sub("−", raised)


def _minus(number: str) -> str:
    return number.replace("-", "−")
