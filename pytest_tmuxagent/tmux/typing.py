"""Brings text and keys to the program in a pane, byte by byte as given; never to one that has ended."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from pytest_tmuxagent.errors import PaneDead, PromptRefused
from pytest_tmuxagent.tmux.client import ControlClient
from pytest_tmuxagent.tmux.commands import command_line
from pytest_tmuxagent.tmux.server import tmux_program

_SHORT_CHARACTERS = 4000
_CHUNK_CHARACTERS = 4000
_DEAD = "tmuxagent-pane-is-dead"

_numbers = count(1)


def paste(client: ControlClient, pane: str, text: str, *, scratch: Path, timeout: float = 10.0) -> None:
    """Paste `text`; in brackets if the program has asked for them by now (DECSET 2004).

    A long text goes through a file in the folder `scratch`, which is removed again.

    Raises:
        PaneDead: the program has ended; nothing was pasted.
        PromptRefused: the text holds lone surrogates.
    """
    content = _encoded(text)
    if not text:
        return
    name = f"tmuxagent-{os.getpid()}-{next(_numbers)}"
    if len(text) <= _SHORT_CHARACTERS and "\0" not in text:
        _paste(client, pane, ("set-buffer", "-b", name, "--", text), name=name, timeout=timeout)
        return
    path = scratch.absolute() / name
    path.touch(mode=0o600)
    try:
        path.write_bytes(content)
        _paste(client, pane, ("load-buffer", "-b", name, str(path)), name=name, timeout=timeout)
    finally:
        path.unlink(missing_ok=True)


def type_text(client: ControlClient, pane: str, text: str, *, timeout: float = 10.0) -> None:
    """Type `text` character by character, as keys without a name, in no brackets.

    Raises:
        PaneDead: the program has ended; nothing, or nothing more, was typed.
        PromptRefused: the text holds a NUL or lone surrogates.
    """
    _encoded(text)
    if "\0" in text:
        raise PromptRefused("a NUL cannot be typed into a terminal by tmux; nothing was typed")
    chunks = [text[at : at + _CHUNK_CHARACTERS] for at in range(0, len(text), _CHUNK_CHARACTERS)]
    _run_alive(client, pane, [("send-keys", "-l", "-t", pane, "--", chunk) for chunk in chunks], timeout)


def press(client: ControlClient, pane: str, *keys: str, timeout: float = 10.0) -> None:
    """Press keys by their tmux names (`Enter`, `C-c`, `Up`) or as single characters.

    Raises:
        PaneDead: the program has ended; nothing was pressed.
    """
    _run_alive(client, pane, [("send-keys", "-t", pane, "--", *keys)], timeout)


def _paste(client: ControlClient, pane: str, load: Sequence[str], *, name: str, timeout: float) -> None:
    # From 3.7 on tmux rewrites control characters of a paste unless it gets -S, which older ones do not know.
    raw = ("-S",) if tmux_program().is_at_least(3, 7) else ()
    deliver = ("paste-buffer", "-p", "-r", "-d", *raw, "-b", name, "-t", pane)
    _, reply = client.run_all([load, _if_alive(pane, deliver)], timeout=timeout)
    if reply == [_DEAD]:
        client.run("delete-buffer", "-b", name)
        raise PaneDead(pane)


def _run_alive(client: ControlClient, pane: str, commands: Sequence[Sequence[str]], timeout: float) -> None:
    replies = client.run_all([_if_alive(pane, command) for command in commands], timeout=timeout)
    if [_DEAD] in replies:
        raise PaneDead(pane)


def _if_alive(pane: str, command: Sequence[str]) -> tuple[str, ...]:
    """Question and command in one step of the server: a paste into a dead pane crashes tmux 3.3a."""
    otherwise = command_line(("display-message", "-p", _DEAD))
    return ("if-shell", "-F", "-t", pane, "#{pane_dead}", otherwise, command_line(command))


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise PromptRefused(
            f"the text holds a lone surrogate at position {error.start}, which no terminal can carry; "
            "nothing was typed"
        ) from error
