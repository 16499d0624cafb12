"""The notebooks in docs/ run, say what they said when they were committed, and become pages."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

for _needed in ("nbclient", "nbconvert", "ipykernel"):
    if importlib.util.find_spec(_needed) is None:
        pytest.skip(f"{_needed} is not installed.", allow_module_level=True)

import nbformat  # noqa: E402
from nbclient import NotebookClient  # noqa: E402
from nbconvert import HTMLExporter  # noqa: E402

from tests.waiting import PATIENCE  # noqa: E402

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs").glob("*.ipynb"))
PLOTLY = "application/vnd.plotly.v1+json"


def said(notebook: nbformat.NotebookNode) -> list[str]:
    """What each cell printed, in however many pieces that came."""
    pieces = [
        [each["text"] for each in cell.get("outputs", ()) if each.output_type == "stream" and each.name == "stdout"]
        for cell in notebook.cells
    ]
    return ["".join(each) for each in pieces if each]


def charts(notebook: nbformat.NotebookNode) -> int:
    return sum(PLOTLY in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ()))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_says_the_same(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = nbformat.read(path, as_version=4)
    if "torch" in kept.cells[1].source:
        pytest.importorskip("torch")
    monkeypatch.setenv("PYTHONPATH", str(path.parents[1]))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    fresh = nbformat.from_dict(kept)
    NotebookClient(fresh, timeout=PATIENCE, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert charts(fresh) == charts(kept) >= 3
    # Single precision rounds otherwise on other processors: words are held, and numbers where they are ours.
    words = [[line.split(":")[0] for line in text.splitlines()] for text in said(kept)]
    assert [[line.split(":")[0] for line in text.splitlines()] for text in said(fresh)] == words
    if "torch" not in kept.cells[1].source:
        assert said(fresh) == said(kept)
    page, _ = HTMLExporter().from_notebook_node(fresh)
    assert page.count("Plotly.newPlot") >= charts(kept)


def test_there_are_two() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["mlp", "resnet"]
