"""Starts the program that Codex notifies of every turn that ended well.

Source: Codex CLI 0.169.0, measured: what it is told is its last argument, and nobody waits for it.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pytest_tmuxagent.stub.children import Children


class Notifier:
    """`argv` is that of the configuration; empty where nobody is notified."""

    __slots__ = ("_argv", "_children")

    def __init__(self, argv: Sequence[str], *, children: Children) -> None:
        self._argv = list(argv)
        self._children = children

    def tell(self, payload: dict[str, Any]) -> None:
        """Start the program; one that cannot be started is no error of the turn."""
        if not self._argv:
            return
        told = encode_line(payload).decode("utf-8", "surrogateescape").rstrip("\n")
        nowhere = os.open(os.devnull, os.O_RDWR)
        try:
            self._children.start_program(
                [*self._argv, told], fds=(nowhere, nowhere, nowhere), exited=_ignore, environment=os.environ
            )
        except OSError:
            pass
        finally:
            os.close(nowhere)


def _ignore(_code: int) -> None:
    """Be told of an end that has no consequences."""
