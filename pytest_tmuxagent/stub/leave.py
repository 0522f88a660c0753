"""How the stub ends: every way out is an exception, so that every way out restores the terminal."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    import types
else:
    import _signal

_SOON = 0.001


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
    sys.unraisablehook = _leave_later


def _leave(number: int, _frame: object) -> None:
    # A second signal must not break the clean-up of the first.
    for other in (_signal.SIGTERM, _signal.SIGHUP, _signal.SIGINT):
        _signal.signal(other, _signal.SIG_IGN)
    raise Leave(128 + number)


def _leave_later(lost: sys.UnraisableHookArgs) -> None:
    """Raise it anew where nothing swallows it: a signal may come within a destructor."""
    leave = lost.exc_value
    if not isinstance(leave, Leave):
        sys.__unraisablehook__(lost)
        return

    def raise_again(_number: int, frame: types.FrameType | None) -> None:
        while frame is not None:
            # A slow process is still here when the timer rings: what is raised here is lost, too.
            if frame.f_code is _leave_later.__code__:
                return
            frame = frame.f_back
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        raise leave

    _signal.signal(_signal.SIGALRM, raise_again)
    _signal.setitimer(_signal.ITIMER_REAL, _SOON, _SOON)
