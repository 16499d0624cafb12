"""The command line, run in process; bad input is one sentence and exit status 2."""

import csv
import io
import json
import subprocess
import sys
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Experiment
from simulator.cli import main
from simulator.frames import COLUMNS
from simulator.studies.formats import FORMATS
from simulator.studies.precision import precision

SMALL = ["--depth", "4", "--width", "16", "--batch", "8"]


def test_csv_is_the_tidy_table(capsys):
    assert main(["run", *SMALL, "--seeds", "2", "--format", "csv"]) == 0
    printed = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(printed.out)))
    assert tuple(rows[0]) == COLUMNS and printed.err.startswith("Both survive 4 layers")
    assert {row["seed"] for row in rows} == {"0", "1"} and {row["source"] for row in rows} == {"simulation"}


def test_json_has_experiment_outcome_and_rows_without_nan(capsys):
    arguments = ["--depth", "700", "--width", "8", "--activation", "sigmoid", "--init", "normal(std=0.01)"]
    assert main(["run", *arguments, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
    assert list(document) == ["experiment", "outcome", "verdict", "advice", "rows"]
    assert document["experiment"]["depth"] == 700 and document["outcome"].endswith(".")
    far = [row for row in document["rows"] if row["value"] is None]
    assert far and all(row["log10"] is not None for row in far)


def test_the_table_is_for_people(capsys):
    assert main(["run", *SMALL]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "activation variance" in lines[0] and lines[1].split()[0] == "0" and lines[5].split()[0] == "4"


def test_output_goes_to_a_file(tmp_path, capsys):
    target = tmp_path / "rows.csv"
    assert main(["run", *SMALL, "--format", "csv", "--output", str(target)]) == 0
    assert capsys.readouterr().out == "" and target.read_text().startswith("label,source,")


def test_theory_of_an_experiment_and_of_plain_curves(capsys):
    assert main(["theory", *SMALL, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["source"] for row in rows} == {"theory"}
    flags = ["--activation", "relu", "--sigma-w2", "2", "--sigma-b2", "0", "--depth", "3", "--format", "json"]
    assert main(["theory", *flags]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    q = [row["value"] for row in rows if (row["quantity"], row["statistic"]) == ("preactivation", "second_moment")]
    assert q == pytest.approx([2, 2, 2])


def test_gains_of_all_and_of_one(capsys):
    assert main(["gain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (tanh,) = [line.split() for line in lines if line.split()[:1] == ["tanh"]]
    assert tanh[1:] == ["1.5925374197", "1.4674135916", "1.5925374197", "1.6666666667"]
    assert main(["gain", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
    assert {row["purpose"] for row in document["rows"]} == {"signal", "gradient", "variance", "torch"}
    assert main(["gain", "--activation", "leaky_relu(negative_slope=0.2)", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["activation"] for row in rows} == {"leaky_relu(negative_slope=0.2)"}
    assert float(rows[0]["sigma_w"]) == pytest.approx(1.3867504906, rel=1e-9)


@pytest.mark.parametrize(
    "what",
    ["activations", "inits", "inputs", "statistics", "biases", "residuals", "normalizations", "losses", "formats"],
)
def test_lists(what, capsys):
    assert main(["list", what]) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) >= 6 and "None" not in printed


def test_a_link_is_the_query_of_the_experiment(capsys):
    assert main(["link", "--activation", "leaky_relu(negative_slope=0.2)", "--depth", "12", "--width", "256"]) == 0
    query = capsys.readouterr().out.strip()
    assert query.startswith("?")
    made, complaints = Experiment.from_params(dict(parse_qsl(query[1:])))
    assert made == Experiment(activation="leaky_relu(negative_slope=0.2)", depth=12) and not complaints


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--depth", "0"],
        ["run", "--depth", "abc"],
        ["run", "--activation", "tahn"],
        ["run", "--init", "normal(std=nan)"],
        ["run", "--gain", "1e999"],
        ["run", "--dept", "3"],
        ["run", "--depth"],
        ["run", "--format", "xml"],
        ["run", "--width", "65536", "--depth", "2000"],
        ["run", *SMALL, "--output", "/nonexistent/folder/file"],
        ["theory", "--sigma-b2", "1"],
        ["theory", "--sigma-w2", "x"],
        ["theory", "--sigma-w2", "nan"],
        ["theory", "--sigma-w2", "-1"],
        ["gain", "--activation", "tahn"],
        ["precision", "--width", "x"],
        ["jacobian", "--law", "x"],
        ["train", "--schemes", "tahn"],
        ["train", "--epochs", "0"],
        ["train", "--data", "/nonexistent/file.csv"],
        ["train", "--train-width", "512", "--train-depth", "50", "--schemes", "zeros; he_normal; xavier_normal"],
        ["gain", "--format", "xml"],
        ["list", "nothing"],
        ["app", "--port", "x"],
        ["nothing"],
        [],
    ],
)
def test_bad_input_is_one_sentence_and_status_2(arguments, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1 and printed.err.rstrip().endswith((".", "?"))


_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=15)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(list(Experiment.settings())), _TEXT), max_size=3))
def test_random_flags_print_a_link_or_one_sentence(flags):
    arguments = [f"--{name}={text}" for name, text in flags]
    assert main(["link", *arguments]) in (0, 2)


def test_python_dash_m_runs_it():
    done = subprocess.run([sys.executable, "-m", "simulator", "run", "--depth", "x"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == "" and "Traceback" not in done.stderr


def test_precision_tells_what_every_format_does(capsys):
    big = [*SMALL, "--activation", "relu", "--init", "normal(std=100)", "--depth", "8"]
    assert main(["precision", *big]) == 0
    table, _, told = capsys.readouterr().out.partition("\n\n")
    found = precision(Experiment(activation="relu", init="normal(std=100)", depth=8, width=16, batch=8))
    row = next(line for line in table.splitlines() if "some h is infinite" in line)
    place = list(FORMATS).index("float16")
    assert row.partition("NaN")[2].split()[place] == str(found.measured("float16", "overflow"))
    assert row.split()[-1] == "never"  # float64
    assert f"float16: h overflows at layer {found.measured('float16', 'overflow')}" in told
    assert main(["precision", *SMALL, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["label"] for row in rows} == {*FORMATS, "expected"}


def test_jacobian_prints_its_singular_values_by_layer(capsys):
    flags = ["--depth", "4", "--width", "16", "--activation", "linear", "--init", "xavier_normal"]
    assert main(["jacobian", *flags, "--law", "orthogonal"]) == 0
    table, _, told = capsys.readouterr().out.partition("\n\n")
    rows = [line.split() for line in table.splitlines()[1:]]
    conditions = [float(row[3]) for row in rows if len(row) == 4]  # of layers 1, 2 and the last
    assert conditions == pytest.approx([1, 1, 1], abs=1e-3), "An isometry."
    assert "at layer 4, simulation: 10^" in told and "theory" in told


def test_train_prints_the_loss_of_every_scheme(tmp_path, capsys):
    small = ["--train-depth", "2", "--train-width", "8", "--epochs", "1", "--schemes", "he_normal; zeros"]
    table = tmp_path / "rows.csv"
    table.write_text("a,b,kind\n" + "".join(f"{k},{-k},{k % 2}\n" for k in range(40)))
    assert main(["train", *small, "--data", str(table), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
    assert document["experiment"]["schemes"] == "he_normal; zeros" and "held-out rows right" in document["outcome"]
    assert {row["statistic"] for row in document["rows"] if row["quantity"] == "loss"} == {"training", "held_out"}
    assert main(["train", *small, "--data", str(table)]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].split("  ")[-2:] == ["loss, he_normal", "loss, zeros"]
    assert "zeros: loss" in printed and "symmetric" in printed


@pytest.mark.parametrize("command", ["run", "precision", "jacobian", "train", "code", "report", "link", "theory"])
def test_a_flag_of_choices_says_them(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for name in ("activation", "init", "bias", "residual", "normalization", "inputs", "loss", "engine"):
        choices = Experiment.settings()[name].choices
        names = choices.menu() if isinstance(choices, type) else choices
        assert f"; one of {', '.join(names)}" in told.replace("- ", "-"), name
