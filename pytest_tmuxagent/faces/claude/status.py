"""The file `~/.claude/sessions/<pid>.json`, by which an interactive Claude Code tells what it is doing.

Source: Claude Code 2.1.197, measured. Times in it are epoch milliseconds.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BASE_CHARACTERS = 40


class Status:
    """Gives the object for each state; `session`, `name` and `cwd` may change on the way.

    `suffix` is two hexadecimal digits, `process_started` the 22nd field of `/proc/<pid>/stat`.
    """

    __slots__ = ("_changed_at", "_derived", "_fixed", "_status", "cwd", "name", "session")

    def __init__(
        self,
        session: str,
        *,
        pid: int,
        cwd: str,
        version: str,
        suffix: str,
        started_at: float,
        process_started: str,
    ) -> None:
        self.session = session
        self.cwd = cwd
        self.name = f"{_slug(cwd)}-{suffix}"
        self._derived = True
        self._fixed = (pid, _ms(started_at), process_started, version)
        self._status: str | None = None
        self._changed_at = 0

    def rename(self, name: str) -> None:
        """Take the name that the user gave the session."""
        self.name, self._derived = name, False

    def starting(self) -> dict[str, Any]:
        """Give the object that is written before the input box is there."""
        return self._object({})

    def idle(self, now: float) -> dict[str, Any]:
        """No turn runs: none yet, or it ended, failed or was interrupted."""
        return self._at("idle", now, {})

    def busy(self, now: float) -> dict[str, Any]:
        """A turn runs, tools and retries included."""
        return self._at("busy", now, {})

    def waiting(self, now: float, *, what: str = "permission prompt") -> dict[str, Any]:
        """A dialog is open: "permission prompt", or "dialog open" for the ones that commands open."""
        return self._at("waiting", now, {"waitingFor": what})

    def _at(self, status: str, now: float, more: dict[str, str]) -> dict[str, Any]:
        at = _ms(now)
        if status != self._status:
            self._status, self._changed_at = status, at
        return self._object({"status": status, "updatedAt": at, "statusUpdatedAt": self._changed_at, **more})

    def _object(self, state: dict[str, Any]) -> dict[str, Any]:
        pid, started_at, process_started, version = self._fixed
        return {
            "pid": pid,
            "sessionId": self.session,
            "cwd": self.cwd,
            "startedAt": started_at,
            "procStart": process_started,
            "version": version,
            "peerProtocol": 1,
            "kind": "interactive",
            "entrypoint": "cli",
            "name": self.name,
            **({"nameSource": "derived"} if self._derived else {}),
            **state,
        }


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _slug(cwd: str) -> str:
    """Give the last part of a path in lower-case letters, digits and single dashes."""
    base = cwd.rstrip("/").rpartition("/")[2].lower()
    marked = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in base)
    return "-".join(part for part in marked.split("-") if part)[:_BASE_CHARACTERS]
