"""An uploaded table as the input batch."""

import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile, UploadedFileRec

from simulator.ui.whole import given_file

SMALL = {"depth": "3", "width": "16", "batch": "8"}
GOOD = "a,b,c\n" + "".join(f"{k},{k * k},{-k}\n" for k in range(12))


def test_a_table_becomes_the_inputs(open_app):
    app = open_app(inputs="table", **SMALL)
    assert not app.exception and app.says("No table yet")
    app.file_uploader(key="inputs-table").upload("mine.csv", GOOD.encode(), "text/csv").run()
    assert not app.exception and app.says("12 rows of 3 columns")
    assert app.link["inputs"].startswith("table(file=")
    app.selectbox(key="inputs.table.scale").select("raw").run()
    assert app.link["inputs"].endswith("scale=raw)")
    again = open_app(**app.link)
    assert not again.warning and again.says("12 rows of 3 columns")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04zip", "zip archive"),
        (b"1,x,3\n" * 12, "not a number"),
        (b"1,2\n3\n", "Line 2 has 1 cell"),
        (b"1,nan\n" * 12, "nan"),
        (b"=SUM(A1),2\n" * 12, "formula"),
        (b"1,2\n", "1 row of data"),
        ("1,é\n".encode("latin-1") * 12, "not UTF-8"),
    ],
)
def test_a_bad_table_gets_one_sentence_and_leaves_nothing(open_app, content, words):
    app = open_app(inputs="table", **SMALL)
    app.file_uploader(key="inputs-table").upload("mine.csv", content, "text/csv").run()
    assert not app.exception and app.says(words)
    assert app.link["inputs"] == "table"


def test_a_link_to_a_table_elsewhere_says_so(open_app):
    app = open_app(inputs="table(file=feedfeedfeedfeed)", **SMALL)
    assert not app.exception and "upload the file again" in app.warning[0].value
    assert "inputs" not in app.link


def test_a_file_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser may still tell of an uploader that has gone. AppTest keeps no file from run to run."""
    files = {name: UploadedFile(UploadedFileRec(name, name, "text/csv", b""), FileURLs()) for name in "ab"}
    held = dict[str, object](box=files["a"])
    monkeypatch.setattr("streamlit.session_state", held)
    assert given_file("box") is files["a"] and given_file("box") is None
    held["box"] = files["b"]
    assert given_file("box") is files["b"]
    held["box"] = DeletedFile("c")
    assert given_file("box") is None
