"""What a browser's message may be: every kind, every text and every list of Streamlit's own schema is bounded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg

from deploy import messages
from deploy.messages import Judged, judge

Path = tuple[FieldDescriptor, ...]
KINDS = [field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields]


def paths(descriptor: Descriptor, before: Path = ()) -> Iterator[Path]:
    """Every field that a message can have, by the way to it."""
    for field in descriptor.fields:
        yield (*before, field)
        if field.message_type is not None:
            yield from paths(field.message_type, (*before, field))


def built(path: Path, value: object) -> bytes:
    """A message with one field set."""
    message = BackMsg()
    inner: Message = message
    for field in path[:-1]:
        inner = getattr(inner, field.name).add() if field.is_repeated else getattr(inner, field.name)
        inner.SetInParent()
    last = path[-1]
    if not last.is_repeated:
        setattr(inner, last.name, value)
    elif last.message_type is None:
        getattr(inner, last.name).extend(value)
    else:
        for _ in range(value):  # type: ignore[call-overload]
            getattr(inner, last.name).add()
    return message.SerializeToString()


def named(path: Path) -> str:
    return ".".join(field.name for field in path)


ALL = [path for path in paths(BackMsg.DESCRIPTOR) if path[0].name in messages.NEEDED]
TEXTS = [path for path in ALL if path[-1].type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)]


@pytest.mark.parametrize("path", TEXTS, ids=map(named, TEXTS))
def test_no_text_is_longer_than_the_app_needs(path: Path) -> None:
    field = path[-1]
    longest = messages.SHORT if field.is_repeated else messages.TEXTS.get(field.name, messages.SHORT)
    for length, expected in ((longest, False), (longest + 1, True), (2**23, True)):
        text: object = "x" * length if field.type == field.TYPE_STRING else bytes(length)
        found, _, kept, _ = judge(built(path, [text] if field.is_repeated else text))
        assert (found is Judged.TOO_LARGE) == expected and kept <= 2 * length + 5000


LISTS = [path for path in ALL if path[-1].is_repeated]


@pytest.mark.parametrize("path", LISTS, ids=map(named, LISTS))
def test_no_list_has_more_entries_than_the_app_needs(path: Path) -> None:
    field = path[-1]
    most = messages.LISTS.get(field.name, messages.FEW)
    for count, expected in ((most, False), (most + 1, True), (30_000, True)):
        value = count if field.message_type else [""] * count if field.type == field.TYPE_STRING else [0] * count
        assert (judge(built(path, value))[0] is Judged.TOO_LARGE) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_kinds_that_pages_need_come_through(kind: str) -> None:
    message = BackMsg()
    field = BackMsg.DESCRIPTOR.fields_by_name[kind]
    if field.message_type is None:
        setattr(message, kind, True)
    else:
        getattr(message, kind).SetInParent()
    expected = Judged.TAKEN if kind in messages.NEEDED else Judged.PASSED_OVER
    assert judge(message.SerializeToString())[0] is expected


def test_what_shows_the_repository_or_touches_what_is_everybodys_is_not_among_them() -> None:
    dangerous = {"load_git_info", "clear_cache", "set_run_on_save", "debug_disconnect_websocket"}
    assert dangerous < set(KINDS) and not (dangerous | {"debug_shutdown_runtime"}) & messages.NEEDED.keys()


@pytest.mark.parametrize("kind", ["install_skills", "dismiss_skills_nudge", "dataframe_chunk"])
def test_of_the_servers_own_operations_only_a_download_is_needed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "offered", lambda file: file == "a")
    message = BackMsg()
    getattr(message.backend_operation_request, kind).SetInParent()
    assert judge(message.SerializeToString())[0] is Judged.PASSED_OVER
    for file, expected in (("a", Judged.TAKEN), ("b", Judged.PASSED_OVER)):
        message.backend_operation_request.deferred_file.file_id = file
        assert judge(message.SerializeToString())[0] is expected


@pytest.mark.parametrize("name", ["w71", "", "depth", "$ID-1", "\n$$ID"])
def test_a_widget_of_another_name_than_streamlit_gives_is_passed_over(name: str) -> None:
    message = BackMsg()
    for known, expected in ((["$$ID-a-depth", "$$STREAMLIT_INTERNAL_KEY_a__events"], Judged.TAKEN), ([name], None)):
        for each in known:
            message.rerun_script.widget_states.widgets.add(id=each)
        assert judge(message.SerializeToString())[0] is (expected or Judged.PASSED_OVER)


def test_what_is_no_message_is_none() -> None:
    for data in (None, b"", b"\xff" * 9, b"\x0a\x02hi"):
        assert judge(data)[0] is Judged.NO_MESSAGE
    assert judge(bytes(messages.MOST_BYTES + 1))[0] is Judged.TOO_LARGE


def test_many_small_values_weigh_what_they_take_in_memory() -> None:
    message = BackMsg()
    for _ in range(200):
        message.rerun_script.widget_states.widgets.add(id="$$ID").string_array_value.data.extend([""] * 16)
    data = message.SerializeToString()
    found, _, kept, _ = judge(data)
    assert found is Judged.TAKEN and len(data) < 10_000 and kept > 900_000
    message.rerun_script.widget_states.widgets.add(id="$$ID").string_array_value.data.extend([""] * 999)
    assert judge(message.SerializeToString())[0] is Judged.TOO_LARGE
