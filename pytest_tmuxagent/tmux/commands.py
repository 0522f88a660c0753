"""A tmux command as one line of the control connection: which commands may go there, and how they are quoted.

Source: tmux(1), PARSING SYNTAX.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_tmuxagent.errors import TmuxCommandRefused

CARRIED = frozenset(
    {
        "bind-key",
        "break-pane",
        "capture-pane",
        "clear-history",
        "copy-mode",
        "delete-buffer",
        "display-message",
        "has-session",
        "join-pane",
        "kill-pane",
        "kill-window",
        "last-pane",
        "last-window",
        "link-window",
        "list-buffers",
        "list-clients",
        "list-commands",
        "list-keys",
        "list-panes",
        "list-sessions",
        "list-windows",
        "load-buffer",
        "move-pane",
        "move-window",
        "new-window",
        "next-layout",
        "next-window",
        "paste-buffer",
        "pipe-pane",
        "previous-layout",
        "previous-window",
        "refresh-client",
        "rename-session",
        "rename-window",
        "resize-pane",
        "resize-window",
        "respawn-pane",
        "respawn-window",
        "rotate-window",
        "save-buffer",
        "select-layout",
        "select-pane",
        "select-window",
        "send-keys",
        "send-prefix",
        "set-buffer",
        "set-environment",
        "set-hook",
        "set-option",
        "set-window-option",
        "show-buffer",
        "show-environment",
        "show-hooks",
        "show-messages",
        "show-options",
        "show-window-options",
        "split-window",
        "swap-pane",
        "swap-window",
        "unbind-key",
        "unlink-window",
    }
)
"""Commands that answer at once, and neither end nor move the control client that runs them."""

_PRINTS_TEXT = ("capture-", "display-", "list-", "show-")
_ESCAPED = {ord(mark): f"\\{mark}" for mark in '\\"$~'} | {
    code: f"\\{code:03o}" for code in (*range(1, 32), 127)
}


def check(arguments: Sequence[str]) -> None:
    """Refuse what would detach, block or redirect the control client.

    Raises:
        TmuxCommandRefused: the command is not carried, or cannot be written as one line.
    """
    if not arguments or not arguments[0]:
        raise TmuxCommandRefused("an empty command would detach the control client")
    name = arguments[0]
    if name not in CARRIED and not is_quick_condition(arguments):
        raise TmuxCommandRefused(
            f"`{name}` does not go over the control connection: it could detach, block or redirect it. "
            "Run it with `server.cmd()`, which starts a process for such commands."
        )
    for argument in arguments:
        if "\0" in argument or not _is_text(argument):
            raise TmuxCommandRefused(
                f"an argument of `{name}` holds a NUL or a lone surrogate: {argument[:70]!r}"
            )


def is_quick_condition(arguments: Sequence[str]) -> bool:
    """Whether this is an `if-shell` that runs no shell; what it runs is in its caller's hands."""
    return tuple(arguments[:2]) == ("if-shell", "-F")


def command_line(arguments: Sequence[str]) -> str:
    r"""Write a command so that tmux's parser gives back exactly these arguments.

    Always in double quotes, where `\`, `"`, `$` and a leading `~` are special, and `;`, `#`, `{` are not.
    """
    return " ".join(f'"{argument.translate(_ESCAPED)}"' for argument in arguments)


def without_notifications(arguments: Sequence[str], lines: list[str]) -> list[str]:
    """Drop the notifications that tmux 3.7 writes into the replies of commands that change something."""
    if arguments[0].startswith(_PRINTS_TEXT):
        return lines
    return [line for line in lines if not (line[:1] == "%" and line[1:2].isalpha())]


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def shortened(arguments: Sequence[str]) -> str:
    """The command as an error message shows it."""
    line = " ".join(arguments)
    return line if len(line) <= 200 else f"{line[:200]}... ({len(line)} characters)"
