"""From a slider's key press to all charts repainted, in a real browser, against go.Figure and st.plotly_chart.

Starts the app twice: as it is, and as an ordinary app would be (SIMULATOR_CHARTS=plotly_chart, Streamlit's own
garbage collection after each run). Moves the depth slider of both in turn, so that whatever else the machine does
meets both alike, and counts charts whose node was replaced. Then it drags that slider over two fifths of its way and
counts the repaints: `every chart` once a move of what is drawn, `last_ms` from the release to the last of them.

    python benchmarks/repaint.py [--moves 25] [--page /]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
FIRST_DEPTH = 20
WARM_UP = 3
BAR = 0.5

# Waits, frame by frame, until the axis title of every chart of layers names the new depth, then for the frame to be
# on the screen. Also notes when the charts' nodes last changed, since st.plotly_chart draws more than once.
WATCH = """
(depth) => new Promise((done) => {
  const charts = () => [...document.querySelectorAll('.js-plotly-plot')];
  const before = charts();
  before.forEach((chart) => { chart.known = true; });
  let start, last = 0, painted;
  const observer = new MutationObserver(() => { last = performance.now(); });
  const main = document.querySelector('[data-testid=stMain]');
  observer.observe(main, { childList: true, subtree: true, attributes: true });
  const named = (chart) => (chart.querySelector('.xtitle')?.textContent ?? '').includes(`${depth} = output`);
  const look = () => {
    const now = charts();
    if (now.length < before.length || !now.every(named)) return requestAnimationFrame(look);
    requestAnimationFrame(() => {  // called before the next frame is drawn: this one is on the screen
      painted = performance.now() - start;
      const settle = () => {
        if (performance.now() - last < 300) return setTimeout(settle, 50);
        observer.disconnect();
        done({ painted, settled: Math.max(painted, last - start), charts: now.length,
               replaced: charts().filter((chart) => !chart.known).length });
      };
      settle();
    });
  };
  document.addEventListener('keydown', () => { start = performance.now(); requestAnimationFrame(look); },
                            { once: true, capture: true });
})
"""


def main() -> int:
    """Measure both and print the medians; the exit status is 0 if the bar is met."""
    options = _options()
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(_served({}))
        theirs = stack.enter_context(_served({"SIMULATOR_CHARTS": "plotly_chart"}, "--runner.postScriptGC", "true"))
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        pages = {
            "host": _open(browser.new_page(viewport={"width": 1440, "height": 1400}), ours + options.page),
            "plotly_chart": _open(browser.new_page(viewport={"width": 1440, "height": 1400}), theirs + options.page),
        }
        last = FIRST_DEPTH + WARM_UP + options.moves
        for depth in range(FIRST_DEPTH + 1, FIRST_DEPTH + WARM_UP + 1):
            _in_turn(pages, depth, "ArrowRight")
        # Up: every depth is simulated for the first time. Down: it is in the server's caches.
        report = {
            "new depth": _report([_in_turn(pages, depth, "ArrowRight") for depth in range(depth + 1, last + 1)]),
            "seen before": _report([_in_turn(pages, depth, "ArrowLeft") for depth in range(last - 1, depth, -1)]),
        }
        drags = [
            _drag(browser.new_page(viewport={"width": 1440, "height": 900}), ours + options.page) for _ in range(5)
        ]
        report["drag"] = {name: statistics.median(drag[name] for drag in drags) for name in drags[0]}
        browser.close()
    print(json.dumps({**report, "bar": BAR}, indent=2))
    moves = [part for part in report.values() if "host" in part]
    met = report["new depth"]["ratio"] <= BAR and not any(part["host"]["replaced"] for part in moves)
    return 0 if met else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=25, help="measured moves of the slider on each side")
    parser.add_argument("--page", default="/", help="path of the page")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser's program")
    return parser.parse_args()


@contextlib.contextmanager
def _served(environment: dict[str, str], *flags: str) -> Iterator[str]:
    """The app on a free port of this machine, for as long as the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1"]
    command += ["--server.port", str(port), "--server.headless", "true", *flags]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health"):
                break
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait()


def _open(page: Page, address: str) -> Page:
    page.goto(f"{address}?depth={FIRST_DEPTH}")
    page.wait_for_selector(".js-plotly-plot .xtitle", timeout=60_000)
    page.wait_for_timeout(2000)
    return page


def _in_turn(pages: dict[str, Page], depth: int, key: str) -> dict[str, dict[str, float]]:
    return {name: _move(page, depth, key) for name, page in pages.items()}


def _move(page: Page, depth: int, key: str) -> dict[str, Any]:
    """Press `key` on the depth slider, which leads to `depth`, and wait for the charts."""
    page.bring_to_front()
    page.get_by_role("slider", name=re.compile("Depth")).focus()
    page.evaluate(f"arg => {{ window.measured = ({WATCH})(arg); }}", depth)
    page.keyboard.press(key)
    # A chart that never shows the new depth is an error, not a wait without end.
    late = "new Promise((_, late) => setTimeout(late, 30000))"
    measured: dict[str, Any] = page.evaluate(f"Promise.race([window.measured, {late}])")
    page.wait_for_timeout(100)
    return measured


def _drag(page: Page, address: str) -> dict[str, float]:
    """Drag the depth slider of the page for two seconds: repaints a second, and how late the last one came."""
    _open(page, address)
    page.evaluate(
        "() => { window.paints = []; document.addEventListener('sim-painted', () => paints.push(Date.now())); }"
    )
    box = page.get_by_role("slider", name=re.compile("Depth")).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * (FIRST_DEPTH - 1) / 99, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    began = time.time()
    for step in range(60):
        page.mouse.move(x + step * box["width"] * 0.4 / 60, y)
        time.sleep(1 / 30)
    released = time.time()
    page.mouse.up()
    page.wait_for_timeout(1500)
    paints = [paint / 1000 for paint in page.evaluate("paints")]
    page.close()
    during = [paint for paint in paints if paint <= released]
    # Each move is painted by every host of charts that is on the screen: paints within 30 ms are one.
    apart = sum(later - earlier > 0.03 for earlier, later in zip([began, *during], during, strict=False))
    return {
        "repaints_a_second": round(apart / (released - began), 1),
        "last_ms": round(1000 * (max(paints) - released)),
    }


def _report(moves: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    sides: dict[str, Any] = {name: _summary([move[name] for move in moves]) for name in moves[0]}
    ratio = sides["host"]["painted_ms"] / sides["plotly_chart"]["painted_ms"]
    return {**sides, "ratio": round(ratio, 3)}


def _summary(moves: list[dict[str, float]]) -> dict[str, float]:
    return {
        "moves": len(moves),
        "charts": moves[0]["charts"],
        "painted_ms": round(statistics.median(move["painted"] for move in moves), 1),
        "slowest_ms": round(max(move["painted"] for move in moves), 1),
        "settled_ms": round(statistics.median(move["settled"] for move in moves), 1),
        "replaced": sum(move["replaced"] for move in moves),
    }


if __name__ == "__main__":
    sys.exit(main())
