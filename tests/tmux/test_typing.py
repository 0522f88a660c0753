from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.errors import PaneDead, PromptRefused
from pytest_tmuxagent.tmux import typing
from pytest_tmuxagent.tmux.control import PaneDied
from tests.tmux.conftest import Reader, RunningServer

AWKWARD = [
    "plain",
    "-R leading dash",
    "--",
    "trailing;",
    "trailing\\;",
    ";",
    "#{pane_id} #(date) #S %H:%M $HOME ${HOME} ~ ~root `id` !! {a}",
    "'single' \"double\" \\back\\slash\\",
    "Enter",
    "C-c",
    "wide 你好 🎉 e\u0301 \u200b \ufeff \U0010ffff",
    "tab\there",
    "two\nlines\n\nand a last\n",
    "carriage\rreturn\r\n",
    "controls \x01\x02\x07\x0b\x1b[31m\x1f\x7f end",
    " leading and trailing ",
    "x" * 3999 + ";",
    "-" + "y" * 20_000 + ";",
    "\n".join(str(number) for number in range(3000)),
]
MEGABYTE = ("".join(chr(code) for code in range(32, 127)) + "äß你🎉\n\t") * 9_500


ASKS_FOR_BRACKETS = "\x1b[?2004h"


def in_brackets(content: bytes) -> bytes:
    return b"\x1b[200~" + content + b"\x1b[201~"


@pytest.mark.parametrize("text", AWKWARD, ids=lambda text: repr(text[:20]))
def test_pasted_text_arrives_byte_by_byte(server: RunningServer, text: str) -> None:
    reader = Reader(server, wanted=len(text.encode()))
    typing.paste(server.client, reader.pane, text, scratch=server.folder)
    assert reader.got() == text.encode()


@pytest.mark.parametrize("text", AWKWARD, ids=lambda text: repr(text[:20]))
def test_pasted_text_arrives_in_brackets_where_they_are_wanted(server: RunningServer, text: str) -> None:
    expected = in_brackets(text.encode())
    reader = Reader(server, wanted=len(expected), asks=ASKS_FOR_BRACKETS)
    typing.paste(server.client, reader.pane, text, scratch=server.folder)
    assert reader.got() == expected


@pytest.mark.parametrize("text", AWKWARD, ids=lambda text: repr(text[:20]))
def test_typed_text_arrives_byte_by_byte_without_brackets(server: RunningServer, text: str) -> None:
    reader = Reader(server, wanted=len(text.encode()), asks=ASKS_FOR_BRACKETS)
    typing.type_text(server.client, reader.pane, text)
    assert reader.got() == text.encode()


def test_a_pasted_megabyte_arrives_byte_by_byte(server: RunningServer) -> None:
    assert len(MEGABYTE.encode()) > 1_000_000
    expected = in_brackets(MEGABYTE.encode())
    reader = Reader(server, wanted=len(expected), asks=ASKS_FOR_BRACKETS)
    typing.paste(server.client, reader.pane, MEGABYTE, scratch=server.folder)
    assert reader.got() == expected


def test_a_typed_megabyte_arrives_byte_by_byte(server: RunningServer) -> None:
    reader = Reader(server, wanted=len(MEGABYTE.encode()))
    typing.type_text(server.client, reader.pane, MEGABYTE)
    assert reader.got() == MEGABYTE.encode()


def test_a_nul_survives_a_paste(server: RunningServer) -> None:
    reader = Reader(server, wanted=3)
    typing.paste(server.client, reader.pane, "a\0b", scratch=server.folder)
    assert reader.got() == b"a\0b"


@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1))
@example("\0")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_survives_a_paste(server: RunningServer, text: str) -> None:
    content = text.encode()
    reader = Reader(server, wanted=len(content))
    typing.paste(server.client, reader.pane, text, scratch=server.folder)
    assert reader.got() == content
    server.client.run("kill-pane", "-t", reader.pane)


@pytest.mark.parametrize("text", ["short", "long " * 2000])
def test_a_paste_leaves_no_buffer_and_no_file(server: RunningServer, text: str) -> None:
    before = sorted(server.folder.iterdir())
    typing.paste(server.client, server.pane, text, scratch=server.folder)
    assert server.client.run("list-buffers") == []
    assert sorted(server.folder.iterdir()) == before


@pytest.mark.parametrize("text", ["short", "long " * 2000])
def test_a_paste_into_a_dead_pane_is_refused_and_the_server_lives(server: RunningServer, text: str) -> None:
    pane = server.window("sh", "-c", "exit 0")
    server.listen(pane).until_event(PaneDied)
    before = sorted(server.folder.iterdir())
    with pytest.raises(PaneDead, match=pane):
        typing.paste(server.client, pane, text, scratch=server.folder)
    assert server.client.run("list-buffers") == []
    assert sorted(server.folder.iterdir()) == before


def test_nothing_is_typed_into_a_dead_pane(server: RunningServer) -> None:
    pane = server.window("sh", "-c", "exit 0")
    server.listen(pane).until_event(PaneDied)
    with pytest.raises(PaneDead):
        typing.type_text(server.client, pane, "x")
    with pytest.raises(PaneDead):
        typing.press(server.client, pane, "Enter")


def test_empty_text_types_and_pastes_nothing(server: RunningServer) -> None:
    reader = Reader(server, wanted=1)
    typing.paste(server.client, reader.pane, "", scratch=server.folder)
    typing.type_text(server.client, reader.pane, "")
    typing.press(server.client, reader.pane, "z")
    assert reader.got() == b"z"


def test_keys_are_pressed_by_their_names(server: RunningServer) -> None:
    reader = Reader(server, wanted=8)
    typing.press(server.client, reader.pane, "C-c", "Escape", "Enter", "Tab", "Up", "-")
    assert reader.got() == b"\x03\x1b\r\t\x1b[A-"


def test_a_lone_surrogate_is_refused_before_anything_is_typed(server: RunningServer) -> None:
    with pytest.raises(PromptRefused, match="position 1"):
        typing.paste(server.client, server.pane, "a\ud800", scratch=server.folder)
    with pytest.raises(PromptRefused, match="position 1"):
        typing.type_text(server.client, server.pane, "a\ud800")


def test_a_nul_cannot_be_typed(server: RunningServer) -> None:
    with pytest.raises(PromptRefused, match="NUL"):
        typing.type_text(server.client, server.pane, "a\0b")
