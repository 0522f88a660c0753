"""Brings text and keys to the program in a pane, byte by byte as given; never to one that has ended."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from pytest_tmuxagent.errors import Misuse, PaneDead, PromptRefused
from pytest_tmuxagent.tmux.client import ControlClient
from pytest_tmuxagent.tmux.commands import command_line
from pytest_tmuxagent.tmux.server import tmux_program

_SHORT_CHARACTERS = 4000
_CHUNK_CHARACTERS = 4000
_DEAD = "tmuxagent-pane-is-dead"

# Source: tmux(1), KEY BINDINGS.
_KEY = re.compile(
    r"(?:[CMS]-)*(?:.|Enter|Escape|Tab|BTab|Space|BSpace|DC|Delete|IC|Insert|Up|Down|Left|Right|Home|End"
    r"|NPage|PageDown|PgDn|PPage|PageUp|PgUp|F[1-9]|F1[0-2]|KP[0-9/*+.-]|KPEnter)|\^.",
    re.DOTALL | re.IGNORECASE,
)
_numbers = count(1)


def paste(
    client: ControlClient,
    pane: str,
    text: str,
    *,
    scratch: Path,
    then_press: Sequence[str] = (),
    timeout: float = 10.0,
) -> None:
    """Paste `text`, in brackets if the program has asked for them by now (DECSET 2004); then press keys.

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
        short = ("set-buffer", "-b", name, "--", text)
        _paste(client, pane, short, name=name, then_press=then_press, timeout=timeout)
        return
    path = scratch.absolute() / name
    path.touch(mode=0o600)
    try:
        path.write_bytes(content)
        load = ("load-buffer", "-b", name, str(path))
        _paste(client, pane, load, name=name, then_press=then_press, timeout=timeout)
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
    _run_alive(client, pane, [_send_keys(pane, keys)], timeout)


def _send_keys(pane: str, keys: Sequence[str]) -> tuple[str, ...]:
    for key in keys:
        if not _KEY.fullmatch(key):
            raise Misuse(
                f"{key!r} is no key; tmux would type its letters. Write a single character or a name as "
                "Enter, Escape, Tab, BTab, Space, BSpace, DC, Up, Home, PageUp, F1, with C-, M- or S- before "
                "it; a text goes by `type()`."
            )
    return ("send-keys", "-t", pane, "--", *keys)


def _paste(
    client: ControlClient,
    pane: str,
    load: Sequence[str],
    *,
    name: str,
    then_press: Sequence[str],
    timeout: float,
) -> None:
    # From 3.7 on tmux rewrites control characters of a paste unless it gets -S, which older ones do not know.
    raw = ("-S",) if tmux_program().is_at_least(3, 7) else ()
    deliver = ("paste-buffer", "-p", "-r", "-d", *raw, "-b", name, "-t", pane)
    presses = [_if_alive(pane, _send_keys(pane, then_press))] if then_press else []
    _, reply, *_ = client.run_all([load, _if_alive(pane, deliver), *presses], timeout=timeout)
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
