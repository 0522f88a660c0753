"""The state of a tmux server beside its windows: told by commands, to be compared with another time."""

from __future__ import annotations

import re

STATE: tuple[tuple[str, ...], ...] = (
    ("show-options", "-s"),
    ("show-options", "-g"),
    ("show-options", "-gw"),
    ("show-options",),
    ("show-hooks", "-g"),
    ("show-hooks", "-gw"),
    ("show-hooks",),
    ("show-environment", "-g"),
    ("show-environment",),
    ("show-environment", "-gh"),
    ("list-keys",),
    ("list-buffers", "-F", "#{buffer_name}"),
    ("list-sessions", "-F", "#{session_id} #{session_name} #{session_group} #{session_path}"),
    ("display-message", "-p", "#{client_flags} #{client_session} #{client_key_table} #{client_readonly}"),
)
"""Commands that tell everything which outlives the windows of a server."""
MESSAGES: tuple[tuple[str, ...], ...] = (
    ("show-messages",),
    ("set-option", "-s", "message-limit", "0"),  # The next message drops those of before.
    ("set-option", "-su", "message-limit"),
)
"""Commands that tell which commands were run since the last time, each of which is a message."""
_KEPT_MESSAGES = 1000
_WAITS = re.compile(r"\bwait(-for)? ")


def is_marked(messages: list[str]) -> bool:
    """Whether a channel of `wait-for` may be left, which nothing lists; or there were too many messages."""
    return len(messages) >= _KEPT_MESSAGES or any(_WAITS.search(line) for line in messages)


def only_window(session: str, *, at: str, size: tuple[int, int]) -> list[tuple[str, ...]]:
    """Give the commands that leave one window at that place, which has no program.

    With a program it would cost a terminal, and its two entries in utmp are processes of their own.
    """
    columns, rows = map(str, size)
    here = f"{session}:"
    return [
        ("resize-window", "-t", here, "-x", columns, "-y", rows),  # One of a single row cannot be split.
        ("split-window", "-t", here, ""),
        ("break-pane", "-d", "-s", here, "-t", at, "-n", "closed"),
        ("kill-window", "-a", "-t", at),
    ]
