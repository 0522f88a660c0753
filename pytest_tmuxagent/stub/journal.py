"""The journal: whatever happens is recorded first, then told to the hook that waits for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.hooks import Hooks
    from pytest_tmuxagent.stub.transcript import Transcript

_HOOKS = {"prompt": "prompt_accepted", "permission_requested": "permission_requested", "end": "turn_ended"}


class Journal:
    """Joins the transcript of the current session with the hooks."""

    __slots__ = ("_cwd", "_hooks", "_name", "transcript")

    def __init__(self, transcript: Transcript, hooks: Hooks, *, name: str, cwd: str) -> None:
        self.transcript = transcript
        self._hooks = hooks
        self._name = name
        self._cwd = cwd

    def begin(self, *, resumed: bool) -> None:
        """Record that a session starts."""
        self.record("session", cwd=self._cwd, name=self._name, resumed=resumed)

    def switch(self, transcript: Transcript) -> None:
        """Go on in another session."""
        self.record("cleared")
        self.transcript.close()
        self.transcript = transcript
        self.begin(resumed=False)

    def record(self, record: str, **fields: Any) -> None:  # noqa: ANN401
        """Write one record, and start its hook, if there is one."""
        self.record_then(_nothing, record, **fields)

    def record_then(self, done: Callable[[], None], record: str, **fields: Any) -> None:  # noqa: ANN401
        """Write one record, start its hook, and call `done` when the hook is over."""
        self.transcript.write(record, fields)
        hook = _HOOKS.get(record)
        if hook is None:
            done()
            return
        if record == "prompt":
            fields["prompt"] = fields["text"]
        told = {"transcript": self.transcript.path, "session": self.transcript.session, "cwd": self._cwd}
        self._hooks.run(hook, {**told, **fields}, done)


def _nothing() -> None:
    """Be called when nobody cares."""
