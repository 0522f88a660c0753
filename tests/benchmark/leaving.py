"""Ctrl-C, remembered: a tool that swallows every exception (hecate does) does not keep us here."""

from __future__ import annotations

import signal
from typing import NoReturn

_asked_to_leave = False


def leave_on_signals() -> None:
    """Take SIGINT and SIGTERM as a KeyboardInterrupt."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)


def raise_if_leaving() -> None:
    """Raise the KeyboardInterrupt that somebody has swallowed."""
    if _asked_to_leave:
        raise KeyboardInterrupt


def _leave(_number: int, _frame: object) -> NoReturn:
    global _asked_to_leave
    _asked_to_leave = True
    raise KeyboardInterrupt
