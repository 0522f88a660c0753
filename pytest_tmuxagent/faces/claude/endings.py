"""The records with which a turn of a Claude Code conversation ends, however it does.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude import messages
from pytest_tmuxagent.faces.claude.chain import Chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Record = dict[str, Any]


FEEDBACK = "Stop hook feedback:\n"


class Endings:
    """Adds to the chain of a session."""

    __slots__ = ("_chain",)

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def stop_hook_summary(
        self,
        commands: Sequence[str],
        durations_ms: Sequence[int],
        *,
        now: float,
        run_id: str,
        errors: Sequence[str] = (),
        stopped: str | None = None,
        spoke: bool = False,
    ) -> list[Record]:
        """Tell of the Stop hooks, if there are any; `spoke`: one of them printed something or failed."""
        ran = [
            {"command": command, "durationMs": duration}
            for command, duration in zip(commands, durations_ms, strict=True)
        ]
        told = {
            "hookCount": len(ran),
            "hookInfos": ran,
            "hookErrors": list(errors),
            "hookAdditionalContext": [],
            "preventedContinuation": stopped is not None,
            "stopReason": stopped or "",
            "hasOutput": spoke or bool(errors) or stopped is not None,
            "level": "suggestion",
        }
        last = {"toolUseID": run_id}
        return [self._chain.system("stop_hook_summary", told, now=now, last=last)] if ran else []

    def stop_feedback(self, reason: str, *, prompt_id: str, now: float) -> list[Record]:
        """Tell the model why a Stop hook makes it go on; comes before the hook's attachment and summary."""
        return self.reminder(f"{FEEDBACK}{reason}", prompt_id=prompt_id, now=now)

    def reminder(self, text: str, *, prompt_id: str, now: float) -> list[Record]:
        """Tell the model to go on where it had ended."""
        return [self._chain.user(text, prompt_id=prompt_id, now=now, meta=True)]

    def turn_duration(self, duration_ms: int, *, now: float) -> list[Record]:
        """End a turn, a failed one too; an interrupted one has no such record."""
        told = {"durationMs": duration_ms, "messageCount": self._chain.count}
        return [self._chain.system("turn_duration", told, now=now, last={"isMeta": False})]

    def interrupted(
        self,
        *,
        prompt_id: str,
        now: float,
        tool: bool = False,
        partial: str = "",
        message_id: str | None = None,
    ) -> list[Record]:
        """Record an interrupt, with the text that had come of the message `message_id`.

        After a rejected call `tool` is true; if it was rejected in a dialog, there is no message_id.
        """
        records = [self._chain.synthetic(partial, now=now)] if partial else []
        said = [{"type": "text", "text": messages.INTERRUPTED_TOOL if tool else messages.INTERRUPTED}]
        after = {} if message_id is None else {"interruptedMessageId": message_id}
        return [*records, self._chain.user(said, prompt_id=prompt_id, now=now, after=after)]

    def api_error(
        self, text: str, *, status: int | None, kind: str, request_id: str | None, now: float
    ) -> list[Record]:
        """Record a failure: `text` is what the screen shows, `kind` what StopFailure says of it."""
        requested = {} if request_id is None else {"requestId": request_id}
        stated = {} if status is None else {"apiErrorStatus": status}
        after = {**requested, "error": kind, "isApiErrorMessage": True, **stated}
        return [self._chain.synthetic(text, now=now, after=after)]

    def refused(self, text: str, *, model: str, prompt: str, request_id: str, now: float) -> list[Record]:
        """Record that the model refuses, after its message: `prompt` is the id of the prompt's record."""
        told = {
            "content": "",
            "level": "warning",
            "originalModel": model,
            "requestId": request_id,
            "apiRefusalCategory": None,
            "apiRefusalExplanation": None,
            "refusedUserMessageUuid": prompt,
            "isMeta": False,
        }
        why = self._chain.system("model_refusal_no_fallback", told, now=now, last={})
        failed = self.api_error(text, status=None, kind="invalid_request", request_id=request_id, now=now)
        return [why, *failed]
