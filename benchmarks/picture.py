"""The benchmark's picture as SVG: seconds against width on two logarithmic axes, ours and PyTorch's."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.figures import style

Row = dict[str, str]

_SIZE, _LEFT, _RIGHT, _TOP, _BOTTOM = (760, 400), 74, 110, 24, 56


def draw(rows: Sequence[Row], title: str) -> str:
    """An SVG of milliseconds per layer by width."""
    lines = {
        "this simulator": [(float(row["width"]), float(row["ours_ms"]) / float(row["depth"])) for row in rows],
        "PyTorch": [
            (float(row["width"]), float(row["pytorch_ms"]) / float(row["depth"])) for row in rows if row["pytorch_ms"]
        ],
    }
    points = [point for line in lines.values() for point in line]
    x_low, x_high = (function(math.log2(x) for x, _ in points) for function in (min, max))
    y_low = math.floor(math.log10(min(y for _, y in points)))
    y_high = math.ceil(math.log10(max(y for _, y in points)))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log2(x) - x_low) / (x_high - x_low)
        up = (math.log10(y) - y_low) / (y_high - y_low)
        width, height = _SIZE[0] - _LEFT - _RIGHT, _SIZE[1] - _TOP - _BOTTOM
        return _LEFT + across * width, _SIZE[1] - _BOTTOM - up * height

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE[0]} {_SIZE[1]}" role="img" aria-label="{title}" '
        f'font-family="sans-serif" font-size="14" fill="{style.INK}"><title>{title}</title>',
        f'<rect width="{_SIZE[0]}" height="{_SIZE[1]}" fill="#FFFFFF"/>',
    ]
    for exponent in range(y_low, y_high + 1):
        x, y = place(2**x_low, 10.0**exponent)
        drawn.append(f'<path d="M{x:.0f} {y:.0f}H{_SIZE[0] - _RIGHT}" stroke="{style.FAINT}" stroke-opacity="0.35"/>')
        drawn.append(f'<text x="{x - 8:.0f}" y="{y + 5:.0f}" text-anchor="end">{10.0**exponent:g}</text>')
    for x, _ in lines["this simulator"]:
        across, down = place(x, 10.0**y_low)
        drawn.append(f'<text x="{across:.0f}" y="{down + 20:.0f}" text-anchor="middle">{x:,.0f}</text>')
    middle = _LEFT + (_SIZE[0] - _LEFT - _RIGHT) / 2
    drawn.append(f'<text x="{middle:.0f}" y="{_SIZE[1] - 12}" text-anchor="middle">width N (units a layer)</text>')
    half = _TOP + (_SIZE[1] - _TOP - _BOTTOM) / 2
    drawn.append(
        f'<text transform="translate(18 {half:.0f}) rotate(-90)" text-anchor="middle">time a layer, milliseconds</text>'
    )
    for (name, line), tone in zip(lines.items(), (style.BLUE, style.VERMILLION), strict=True):
        if not line:
            continue
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (place(*point) for point in line))
        drawn.append(f'<path d="M{path}" fill="none" stroke="{tone}" stroke-width="2.5"/>')
        drawn += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{tone}"/>' for x, y in (place(*point) for point in line)
        ]
        x, y = place(*line[-1])
        drawn.append(f'<text x="{x + 9:.0f}" y="{y + 5:.0f}" fill="{tone}">{name}</text>')
    return "\n".join([*drawn, "</svg>", ""])
