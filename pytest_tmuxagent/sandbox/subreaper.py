"""Become the parent of every orphan below: `PR_SET_CHILD_SUBREAPER` (prctl(2), Linux 3.4)."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _collections_abc import Callable

SWITCH = "TMUXAGENT_NO_SUBREAPER"
_PR_SET_CHILD_SUBREAPER = 36

_prctl: Callable[..., int] | None = None


def adopt_orphans() -> None:
    """Have orphans among our descendants re-parented to us; nothing happens where the system cannot.

    Without it the cookie alone finds who went away. A fork does not inherit this.
    """
    global _prctl
    if sys.platform != "linux" or os.environ.get(SWITCH):
        return
    if _prctl is None:  # The warden looks it up (5 ms); its forks find it here.
        import ctypes

        _prctl = ctypes.CDLL(None).prctl
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
