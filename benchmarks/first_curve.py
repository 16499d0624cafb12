"""From opening the app to its first curve, in a browser that has never seen it, beside another checkout of the project.

Starts both trees in each way of serving them, and opens a new browser for each visit, in turn, so that whatever else
the machine does meets all alike. The server has been visited before; the browser has nothing in its cache.

    python -m benchmarks.first_curve --against FOLDER [--visits 9] [--path /] [--size 390x844]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from deploy import local

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

# Frame by frame until a line of a chart is there, then once more: that frame is on the screen.
WATCH = """
window.firstCurve = new Promise((done) => {
  const look = () => document.querySelector('.js-plotly-plot .trace path')
    ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look);
  look();
});
"""
LOADED = """
() => performance.getEntriesByType('resource').reduce((sum, one) => sum + one.encodedBodySize, 0)
"""


def main() -> int:
    """Measure, print medians in milliseconds and what was loaded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, required=True, help="another checkout")
    parser.add_argument("--visits", type=int, default=9)
    parser.add_argument("--path", default="/")
    parser.add_argument("--size", default="1440x900", help="the window's, in pixels")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser's program")
    options = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        addresses = {}
        for name, root in {"before": options.against.resolve(), "now": local.ROOT}.items():
            for way, bare in {"streamlit run": True, "deploy.asgi": False}.items():
                place = folder / f"{name}-{way}"
                place.mkdir()
                (replica,) = stack.enter_context(local.replicas(1, place, root=root, bare=bare))
                addresses[f"{way}, {name}"] = replica.address + options.path
        playwright = stack.enter_context(sync_playwright())
        for visit in range(options.visits + 1):
            for name, address in addresses.items():
                measured = _visit(playwright, options.chromium, address, options.size)
                if visit:  # the first is the server's
                    found.setdefault(name, []).append(measured)
    print(json.dumps({name: _summary(visits) for name, visits in found.items()}, indent=2))
    return 0


def _visit(playwright: Any, chromium: str, address: str, size: str) -> dict[str, float]:
    wide, high = map(int, size.split("x"))
    browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    try:
        page = browser.new_page(viewport={"width": wide, "height": high})
        page.add_init_script(WATCH)
        page.goto(address, wait_until="commit")
        late = "new Promise((_, late) => setTimeout(late, 60000))"
        ms = page.evaluate(f"Promise.race([window.firstCurve, {late}])")
        page.wait_for_timeout(500)
        return {"ms": ms, "bytes": page.evaluate(LOADED)}
    finally:
        browser.close()


def _summary(visits: list[dict[str, float]]) -> dict[str, float]:
    times = sorted(visit["ms"] for visit in visits)
    return {
        "visits": len(times),
        "median_ms": round(statistics.median(times)),
        "fastest_ms": round(times[0]),
        "kilobytes": round(statistics.median(visit["bytes"] for visit in visits) / 1000),
    }


if __name__ == "__main__":
    sys.exit(main())
