"""The report as text: complete, escaped, self-contained."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import re
from html.parser import HTMLParser

import pytest

from simulator import Experiment, charts, distributions, export, mean_field, propagate, report
from simulator.reports import document, files

SMALL = {"depth": 4, "width": 16, "batch": 8, "seeds": 2}


class Page(HTMLParser):
    """Elements, text by element, scripts by id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.seen = ""
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._within = dict(attrs).get("id") or tag if tag in {"script", "title", "h1", "style"} else ""

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within:
            self.texts[self._within] = self.texts.get(self._within, "") + data
        else:
            self.seen += data


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return Experiment(**SMALL, activation="leaky_relu(negative_slope=0.2)", init="he_normal", bias="normal")


@pytest.fixture(scope="module")
def text(experiment: Experiment) -> str:
    return report(experiment)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_the_title_is_the_headline(page: Page, experiment: Experiment) -> None:
    headline = propagate(experiment).verdict.headline
    assert page.texts["title"] == page.texts["h1"] == headline


def test_nothing_comes_from_elsewhere(page: Page) -> None:
    for tag, attributes in page.tags:
        assert not attributes.get("src"), tag
        href = attributes.get("href") or "#"
        assert href.startswith("#") or href == "data:,"
    assert any("default-src 'none'" in (attributes.get("content") or "") for _, attributes in page.tags)
    own = "".join(part for name, part in page.texts.items() if name != "script")
    assert "@import" not in own and "url(" not in own
    assert not re.search(r"^(import|export) ", files.scripts(), flags=re.MULTILINE)


def test_every_setting_and_the_link_is_there(page: Page, text: str, experiment: Experiment) -> None:
    for name, about in Experiment.settings().items():
        assert about.title in page.seen, name
    assert "leaky_relu(negative_slope=0.2)" in page.seen
    assert "?depth=4&width=16&activation=leaky_relu%28" in page.seen
    assert "simulator run --depth 4" in page.seen
    escaped = "?depth=4&amp;width=16&amp;"
    assert f"<code>{escaped}" in text and text.count(f"# {escaped}") == len(export.FRAMEWORKS)


def test_it_holds_the_whole_table_as_csv_and_json(page: Page, experiment: Experiment) -> None:
    result, theory = propagate(experiment), mean_field(experiment)
    count = len(result.to_frame()) + len(theory.to_frame())
    rows = list(csv.DictReader(io.StringIO(page.texts["csv"])))
    document = json.loads(page.texts["json"], parse_constant=pytest.fail)
    assert len(rows) == len(document["rows"]) == count
    assert document["experiment"]["init"] == "he_normal" and document["outcome"] == str(result.outcome)
    assert {row["source"] for row in rows} == {"simulation", "theory"}


def test_charts_code_and_theory_are_there(page: Page, experiment: Experiment) -> None:
    names = [figure["name"] for key in ("signal", "distributions")
             for figure in json.loads(page.texts[f"figures-{key}"])["figures"]]  # fmt: skip
    assert {"activation-variance", "activation_gradient-variance", "distribution-map", "distribution-curves"} <= set(
        names
    )
    assert len(names) == len(set(names))
    headline = propagate(experiment).verdict.headline
    for framework in export.FRAMEWORKS:
        assert export.code(experiment, framework, headline) in page.seen
    assert "ξc, layers" in page.seen and f"{mean_field(experiment).q_star:.6g}" in page.seen


def test_plotly_is_inside_and_compressed(page: Page, text: str) -> None:
    script = gzip.decompress(base64.b64decode(page.texts["plotly"]))
    assert script == (charts.plotly() / "plotly.min.js").read_bytes()
    assert len(text.encode()) < 2_700_000


def test_the_same_experiment_gives_the_same_file(experiment: Experiment, text: str) -> None:
    assert report(experiment) == text


def test_a_script_element_ends_where_it_should() -> None:
    hostile = 'a</SCRIPT><img src=x onerror="1"><!--'
    for made in (files.inert(json.dumps(hostile)), files.inert(hostile, quoted=False)):
        page = Page(f'<script id="x">{made}</script>')
        assert [tag for tag, _ in page.tags] == ["script"]
        assert "<!--" not in made
    assert json.loads(files.inert(json.dumps(hostile))) == hostile


def test_many_networks_are_cut_short_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    many = Experiment(**SMALL | {"seeds": 40})
    result = propagate(many)
    frame = result.to_frame()
    from simulator.reports import document as module

    monkeypatch.setitem(module.__globals__, "MOST_ROWS", len(frame) // 4)
    page = Page(document(result, mean_field(many), distributions(many)))
    rows = list(csv.DictReader(io.StringIO(page.texts["csv"])))
    seeds = {int(row["seed"]) for row in rows if row["source"] == "simulation"}
    assert 0 < len(seeds) <= 10 and seeds == set(range(len(seeds)))
    assert f"Of 40 networks it holds the first {len(seeds)}" in page.seen


@pytest.mark.parametrize(
    "odd",
    [
        {"depth": 1},
        {"width": 1, "batch": 1},
        {"init": "zeros"},
        {"init": "constant(value=0.5)"},
        {"activation": "linear", "init": "normal(std=1000)", "gain": 1000, "depth": 90},
        {"activation": "sigmoid", "init": "normal(std=0.000001)", "depth": 90},
        {"residual": "pre", "normalization": "layer_norm"},
        {"loss": "softmax_cross_entropy(naive_log=1)", "gain": 50},
    ],
    ids=str,
)
def test_odd_experiments_have_a_report(odd: dict) -> None:
    page = Page(report(Experiment(**SMALL | odd)))
    json.loads(page.texts["json"], parse_constant=pytest.fail)
    json.loads(page.texts["figures-signal"], parse_constant=pytest.fail)
    assert "nan" not in re.findall(r"\bnan\b", page.seen)
