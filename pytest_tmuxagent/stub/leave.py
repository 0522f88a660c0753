"""How the stub ends: every way out is an exception, so that every way out restores the terminal."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
else:
    import _signal


class Leave(BaseException):
    """Unwinds to `main`, which cleans up and exits with `status`; `reason` is recorded."""

    def __init__(self, status: int, *, reason: str = "other") -> None:
        super().__init__(status)
        self.status = status
        self.reason = reason


class CannotStart(Exception):
    """The stub was told something it cannot begin with; the text says what, and what to do."""

    status = 2
    fd = 2


def leave_on_signals() -> None:
    """Leave on SIGTERM, SIGHUP and SIGINT with 128 + number, even from within a blocked write."""
    for number in (_signal.SIGTERM, _signal.SIGHUP, _signal.SIGINT):
        _signal.signal(number, _leave)


def _leave(number: int, _frame: object) -> None:
    # A second signal must not break the clean-up of the first.
    for other in (_signal.SIGTERM, _signal.SIGHUP, _signal.SIGINT):
        _signal.signal(other, _signal.SIG_IGN)
    raise Leave(128 + number)
