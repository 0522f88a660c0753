"""Codex's journal: the rollout, the table of threads, hooks and the notified program.

Source: Codex CLI 0.169.0, measured: what is written when, and who is asked in which order.
"""

from __future__ import annotations

import os
from time import time

from pytest_tmuxagent.faces.codex.errors import INCOMPLETE, turn_error
from pytest_tmuxagent.faces.codex.failures import CUT, ENDLESS, GARBLED, USAGE_LIMIT
from pytest_tmuxagent.faces.codex.items import done_item, is_patch
from pytest_tmuxagent.faces.codex.payloads import tool_name
from pytest_tmuxagent.stub.codex.prompting import Prompting
from pytest_tmuxagent.stub.journal import Verdict
from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.codex.decisions import Decision
    from pytest_tmuxagent.faces.codex.matching import Hook
    from pytest_tmuxagent.stub.journal import Outcome, Said

    Go = Callable[[], None]

_CUT_SHORT = ("refusal", "max_tokens")
_HOOKED = ("exec_command", "apply_patch")
_BLOCKED = "Command blocked by PreToolUse hook: {reason}. Command: {command}"
_REJECTED = 'exec_command failed: CreateProcess {{ message: "Rejected(\\"{reason}\\")" }}'


class CodexJournal(Prompting):
    """One process's journal: messages, calls and the ends of turns."""

    _responses = 0
    _message_id = _response_id = ""
    _calls_to_run = 0
    _call_began = 0.0

    # --- the model and its tools ---

    def requesting(self, turn: str) -> bool:  # noqa: ARG002
        """Make up the ids of the answer to come."""
        self._records.asking()
        self._awaited = True
        self._responses += 1
        self._message_id = f"msg_stub_{os.getpid()}_{self._responses}"
        self._response_id = f"resp_stub_{os.getpid()}_{self._responses}"
        return True

    def message(self, turn: str, said: Said) -> None:
        self._awaited, self._outputs, self._calls_to_run = False, [], len(said.calls)
        for call in said.calls:
            call["arguments_json"] = encode_line(call["input"]).decode("utf-8", "replace").rstrip("\n")
        now = time()
        self._write(
            *self._records.answered(
                said.text,
                said.calls,
                turn=turn,
                message_id=self._message_id,
                response_id=self._response_id,
                usage=said.usage,
                status="incomplete" if said.stop_reason in _CUT_SHORT else "completed",
                now=now,
            )
        )
        if not said.calls:
            self._write(self._records.token_count(now=now))

    def judge(self, turn: str, call: dict[str, Any], judged: Callable[[Verdict], None]) -> None:  # noqa: ARG002
        """Ask the PreToolUse hooks; where they do not forbid it, the approval policy decides."""

        def heard(decision: Decision, _hooks: list[Hook]) -> None:
            if decision.behavior == "block":
                message = _BLOCKED.format(reason=decision.reason, command=_command(call))
                judged(Verdict("deny", message=message))
                return
            if decision.updated_command is not None:
                call["input"] = {**call["input"], _key(call): decision.updated_command}
            self._call_began = time()
            judged(self._decide(call))

        if call["name"] in _HOOKED:
            self._hearing.hear(self._payloads.pre_tool_use(call), tool_name(call), heard)
        else:
            judged(self._decide(call))

    def asked(
        self,
        turn: str,  # noqa: ARG002
        call: dict[str, Any],
        verdict: Verdict | None,
        decided: Callable[[Verdict], None],
    ) -> None:
        """Tell the hooks that a person is asked; they may answer."""

        def heard(decision: Decision, _hooks: list[Hook]) -> None:
            if verdict is None or not decision.behavior:
                return
            if decision.behavior == "allow":
                decided(Verdict("allow"))
            else:
                call["declined"] = decision.reason
                plain = is_patch(call)
                message = decision.reason if plain else _REJECTED.format(reason=decision.reason)
                decided(Verdict("deny", message=message))

        if call["name"] in _HOOKED:
            self._hearing.hear(self._payloads.permission_request(call), tool_name(call), heard)

    def settled(self, turn: str, call: dict[str, Any], decision: str) -> None:
        """Note nothing: the rollout tells only what becomes of the call."""

    def returned(self, turn: str, call: dict[str, Any], result: dict[str, Any], *, go: Go) -> None:
        """Record what a call did; what it gave back is recorded with the others of the message."""
        now = time()
        item = done_item(
            call,
            result,
            cwd=self._settings.cwd,
            shell=os.environ.get("SHELL") or "/bin/bash",
            seconds=max(0.0, now - self._call_began),
        )
        if item is None:
            self._give_back(turn, call, str(result["output"]))
            go()
            return
        self._write(self._records.item(item, turn=turn, began=min(self._call_began, now), now=now))

        def heard(decision: Decision, _hooks: list[Hook]) -> None:
            if decision.context:
                self._write(self._records.hook_context(decision.context, turn=turn, now=time()))
            blocks = decision.behavior == "block"
            self._give_back(turn, call, decision.reason if blocks else str(result["output"]))
            go()

        response = result["output"] if is_patch(call) else item["aggregated_output"]
        self._hearing.hear(self._payloads.post_tool_use(call, response), tool_name(call), heard)

    def _give_back(self, turn: str, call: dict[str, Any], text: str) -> None:
        self._outputs.append({"call": call, "text": text})
        if len(self._outputs) >= self._calls_to_run:
            self._write_outputs(turn)
            self._write(self._records.token_count(now=time()))

    def _write_outputs(self, turn: str) -> None:
        outputs, self._outputs = self._outputs, []
        now = time()
        self._write(*(self._records.output(one["call"], one["text"], turn=turn, now=now) for one in outputs))

    def failed(
        self,
        turn: str,  # noqa: ARG002
        status: int | None,  # noqa: ARG002
        message: str,
        *,
        retry: dict[str, Any] | None,  # noqa: ARG002
    ) -> None:
        """Count the tokens of an answer that broke off, or where none are left; the turn's end tells why."""
        if message in (CUT, GARBLED, ENDLESS, USAGE_LIMIT):
            self._write(self._records.token_count(now=time()))

    def broke_off(self) -> None:
        """Note that what was said of an answer is lost."""
        self._records.saw_part(now=time())

    # --- the end of a turn ---

    def end(self, turn: str, outcome: Outcome, *, go: Go, go_on: Callable[[str], None]) -> None:
        self._turn_open = False
        if outcome.stop_reason == "cancelled":
            self._cancel(turn, outcome)
            go()
        elif outcome.stop_reason in ("failed", "max_tokens"):
            self._fail(turn, outcome)
            go()
        else:
            self._stop(turn, outcome, go=go, go_on=go_on)

    def _cancel(self, turn: str, outcome: Outcome) -> None:
        now = time()
        if outcome.partial:
            self._records.saw_part(now=now)
        if self._outputs or not (outcome.in_tool or outcome.unanswered):
            self._write_outputs(turn)
            self._write(self._records.token_count(now=now))
        self._write(*self._records.aborted(turn, now=now))
        self._keep_row(opening=False)

    def _fail(self, turn: str, outcome: Outcome) -> None:
        now, text = time(), INCOMPLETE
        if outcome.stop_reason == "failed":
            text = self._said_of(outcome.error or "", outcome.status)
        error = turn_error(text, outcome.status)
        self._write(self._records.complete(turn, text=None, now=now, error=error))
        self._keep_row(opening=False)

    def _stop(self, turn: str, outcome: Outcome, *, go: Go, go_on: Callable[[str], None]) -> None:
        text = outcome.text or None

        def heard(decision: Decision, hooks: list[Hook]) -> None:
            if decision.behavior == "block":
                self._stop_hook_active = self._turn_open = True
                prompt = self._records.hook_prompt(decision.reason, run=hooks[0].run, turn=turn, now=time())
                self._write(*prompt)
                go_on(decision.reason)
                return
            self._write(self._records.complete(turn, text=text, now=time()))
            self._keep_row(opening=False)
            self._notifier.tell(self._payloads.notification(self._prompts, text))
            go()

        self._hearing.hear(self._payloads.stop(text, active=self._stop_hook_active), "", heard)


def _key(call: dict[str, Any]) -> str:
    return "input" if is_patch(call) else "cmd"


def _command(call: dict[str, Any]) -> str:
    return str(call["input"].get(_key(call), ""))
