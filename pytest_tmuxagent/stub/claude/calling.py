"""What Claude Code writes of the model and its calls, and whom it asks about them.

Source: Claude Code 2.1.197, measured: what is written when, and who is asked in which order.
"""

from __future__ import annotations

import os
from time import monotonic, time

from pytest_tmuxagent.faces.claude.output import taken_back
from pytest_tmuxagent.faces.claude.rows import ELBOW
from pytest_tmuxagent.faces.claude.rules import DENIED_PATH, NO_WAY_ROUND
from pytest_tmuxagent.faces.claude.spending import whole_usage
from pytest_tmuxagent.stub.claude.home import read_object, write_settings
from pytest_tmuxagent.stub.claude.prompting import Prompting
from pytest_tmuxagent.stub.journal import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.claude.verdicts import Verdict as Judged
    from pytest_tmuxagent.stub.claude.hearing import Word
    from pytest_tmuxagent.stub.journal import Said

    Go = Callable[[], None]

_REJECTED = "User rejected tool use"
_UNTRIED = "<tool_use_error>"
_DECIDED = {"allow": "Allowed", "deny": "Denied"}
_WRITERS = ("Write", "Edit")


class Calling(Prompting):
    """The part of the journal that is about messages, calls and dialogs."""

    # --- the model and its tools ---

    def requesting(self, turn: str) -> bool:  # noqa: ARG002
        """Make up the ids of the answer to come."""
        self._responses += 1
        self._message_id = f"msg_stub_{os.getpid()}_{self._responses}"
        self._request_id = f"req_stub_{os.getpid()}_{self._responses}"
        return True

    def message(self, turn: str, said: Said) -> None:  # noqa: ARG002
        self._calls_to_run, self._ran = len(said.calls), []
        for call in said.calls:
            call["input"] = self.tools.normalised(call)
            call["offered"] = self.rules.offers(call["name"])
        self._write(
            self._records.assistant(
                said.text,
                said.calls,
                usage=said.usage and whole_usage(said.usage),
                message_id=self._message_id,
                request_id=self._request_id,
                model=self.model.partition("[")[0],
                stop_reason=said.stop_reason,
                now=time(),
            )
        )

    def judge(self, turn: str, call: dict[str, Any], judged: Callable[[Verdict], None]) -> None:  # noqa: ARG002
        """Ask the PreToolUse hooks; where they do not decide, the rules do."""

        def decided(verdict: Verdict) -> None:
            if verdict.behavior == "deny":
                self._denied.add(call["id"])
            judged(verdict)

        def heard(word: Word) -> None:
            self._told(word)
            self._tool_started_at = monotonic()
            if word.input is not None:
                call["input"] = taken_back(word.input, call["input"], cwd=self._cwd)
            if word.behavior in ("block", "deny"):
                decided(Verdict("deny", message=word.reason))
                return
            call["patch"] = self.tools.preview(call)
            call["exists"] = os.path.exists(os.path.join(self._cwd, str(call["input"].get("file_path", ""))))
            found = self._verdict = self.rules.decide(call)
            behavior = found.behavior
            if behavior != "deny" and word.behavior in ("allow", "ask"):
                behavior = word.behavior
            decided(
                Verdict(
                    behavior,
                    reason=found.reason,
                    always=found.always,
                    message=_told(found),
                    suggestions=found.suggestions,
                )
            )

        if self.tools.refuses(call):
            judged(Verdict("refuse"))
        elif self.rules.decide(call).message == DENIED_PATH:
            decided(Verdict("deny", message=DENIED_PATH))
        else:
            self._hearing.hear(self._payloads.pre_tool_use(call), call["name"], heard)

    def asked(
        self,
        turn: str,  # noqa: ARG002
        call: dict[str, Any],
        verdict: Verdict | None,
        decided: Callable[[Verdict], None],
    ) -> None:
        if self._presence is not None:
            self._presence.waiting()
        suggestions = None if verdict is None else verdict.suggestions or None

        def heard(word: Word) -> None:
            self._told(word)
            if word.behavior in ("allow", "deny") and verdict is not None:
                self._busy()
                self._decided_by_hooks[call["id"]] = word.behavior
                if word.input:
                    call["input"] = taken_back(word.input, call["input"], cwd=self._cwd)
                if word.behavior == "deny":
                    self._denied.add(call["id"])
                decided(Verdict(word.behavior, message=word.reason))

        payload = self._payloads.permission_request(call, suggestions=suggestions)
        self._hearing.hear(payload, call["name"], heard, call=call["id"])

    def settled(self, turn: str, call: dict[str, Any], decision: str) -> None:  # noqa: ARG002
        if decision == "deny":  # the turn is over
            return
        self._busy()
        self._tool_started_at = monotonic()
        if decision == "allow_always":
            if self._verdict is not None:
                self._keep(self.rules.remember(self._verdict))
            self.mode_changed()

    def _keep(self, rules: list[str]) -> None:
        """Write rules that hold for longer than the session."""
        if rules:
            path = f"{self._cwd}/.claude/settings.local.json"
            settings = read_object(path)
            permissions = settings.setdefault("permissions", {})
            allowed = permissions.setdefault("allow", [])
            allowed += [rule for rule in rules if rule not in allowed]
            write_settings(path, settings)

    def returned(self, turn: str, call: dict[str, Any], result: dict[str, Any], *, go: Go) -> None:
        """Record the result, tell the hooks of it, and of all of the message's when the last is there."""
        self._write_change(call, result)
        if result.get("ends_turn"):
            answer = {"type": "structured_output", "data": call["input"], "toolUseID": call["id"]}
            self._write(self._records.attached([answer], now=time()))
        self._write(self._records.result(call, result, prompt_id=turn, now=time()))
        self._ran.append((call, result))
        decision = self._decided_by_hooks.pop(call["id"], "")
        if decision:
            self._show([f"{ELBOW}{_DECIDED[decision]} by PermissionRequest hook"])
        if result["response"] == _REJECTED:
            self._known(call, result)
            return
        if call["id"] in self._denied or result["output"].startswith(_UNTRIED):
            self._known(call, result)
            self._batch_ended(go)
            return
        told = self._payloads.post_tool_use_failure if result["is_error"] else self._payloads.post_tool_use
        response = result["response"]
        if call["name"] == "AskUserQuestion" and isinstance(response, dict):
            call = {**call, "input": {**call["input"], **_chosen(response)}}
        payload = told(call, result, duration_ms=_ms(monotonic() - self._tool_started_at))

        def heard(word: Word) -> None:
            self._told(word)
            self._known(call, result)
            self._batch_ended(go)

        self._hearing.hear(payload, call["name"], heard)

    def _known(self, call: dict[str, Any], result: dict[str, Any]) -> None:
        """Tell nobody of a result: the screen shows it."""

    def _write_change(self, call: dict[str, Any], result: dict[str, Any]) -> None:
        """Note that a tool changed a file."""
        response, path = result.get("response"), call["input"].get("file_path")
        if call["name"] in _WRITERS and isinstance(response, dict) and isinstance(path, str):
            existed = response.get("type") != "create"
            place = os.path.relpath(path, self._cwd) if os.path.isabs(path) else path
            self._write(self._records.wrote(call, place, existed=existed, now=time()))

    def _batch_ended(self, go: Go) -> None:
        if len(self._ran) < self._calls_to_run:
            go()
            return
        self._hearing.hear(self._payloads.post_tool_batch(self._ran), None, lambda _: go())

    def failed(self, turn: str, status: int | None, message: str, *, retry: dict[str, Any] | None) -> None:  # noqa: ARG002
        if retry is not None:
            return
        text, kind = self._said_of(message, status)
        request_id = self._request_id
        self._write(
            self._records.api_error(text, status=status, kind=kind, request_id=request_id, now=time())
        )


def _told(found: Judged) -> str:
    """Say why a call is denied; where the mode does it, also what not to make of that."""
    if found.behavior == "deny" and found.reason_type == "mode":
        return f"{found.message} {NO_WAY_ROUND}"
    return found.message


def _chosen(response: dict[str, Any]) -> dict[str, Any]:
    """Give what the answers add to the input of a question."""
    return {key: response[key] for key in ("answers", "annotations") if key in response}


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
