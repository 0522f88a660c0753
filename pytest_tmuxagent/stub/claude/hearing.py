"""Hears the hooks of an event: runs those that it concerns, and joins what they say into one word."""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.decisions import Run, attachments, read_output
from pytest_tmuxagent.stub.jsonlines import decode
from pytest_tmuxagent.stub.transcript import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.claude.decisions import Decision
    from pytest_tmuxagent.faces.claude.settings import Settings
    from pytest_tmuxagent.stub.claude.hooks import HookRunner
    from pytest_tmuxagent.stub.claude.printing import Printing
    from pytest_tmuxagent.stub.commands import Answer

# A denial counts more than a question, and that more than a leave.
_RANKS = ("", "allow", "ask", "deny", "block")


class Word:
    """What all hooks of one event say together; `runs` are theirs, one by one."""

    __slots__ = ("behavior", "input", "reason", "runs", "stop")

    def __init__(self) -> None:
        self.behavior = ""
        self.reason = ""
        self.input: dict[str, Any] | None = None
        self.stop: str | None = None
        self.runs: list[tuple[Run, Decision]] = []

    @property
    def blocks(self) -> bool:
        return self.behavior == "block"

    @property
    def attachments(self) -> list[dict[str, Any]]:
        """Give what the transcript says of them."""
        return [told for run, decision in self.runs for told in attachments(run, decision)]

    def shown(self) -> list[str]:
        """Give what the person sees of them."""
        ran = len(self.runs)
        return [line for run, decision in self.runs for line in _lines(run, decision, ran=ran)]

    def add(self, run: Run, decision: Decision) -> None:
        self.runs.append((run, decision))
        if _RANKS.index(decision.behavior) > _RANKS.index(self.behavior):
            self.behavior, self.reason = decision.behavior, decision.reason
        if decision.updated_input is not None:
            self.input = dict(decision.updated_input)
        if decision.stop is not None:
            self.stop = decision.stop


class Hearing:
    """`hear` calls back at once where no hook is concerned."""

    __slots__ = ("_runner", "_settings", "_watched_by")

    def __init__(self, settings: Settings, runner: HookRunner, *, watched_by: Printing | None) -> None:
        self._settings = settings
        self._runner = runner
        self._watched_by = watched_by

    def hear(
        self, payload: dict[str, Any], subject: str | None, done: Callable[[Word], None], *, call: str = ""
    ) -> None:
        """Tell the hooks of an event; `subject` is what their matchers look at, `call` whom it is about."""
        event = payload["hook_event_name"]
        tool = str(payload.get("tool_name", ""))
        call = call or str(payload.get("tool_use_id") or "") or new_session()
        if event == "UserPromptSubmit":
            call = f"hook-{call}"
        name = f"{event}:{subject}" if subject else event
        hooks = [(hook, new_session()) for hook in self._settings.hooks_for(event, subject)]
        for _, hook_id in hooks:
            if self._watched_by is not None:
                self._watched_by.hook_started(name, hook_id=hook_id)

        def answered(answers: list[Answer]) -> None:
            word = Word()
            for answer, (hook, hook_id) in zip(answers, hooks, strict=True):
                if self._watched_by is not None:
                    self._watched_by.hook_ended(
                        name,
                        hook_id=hook_id,
                        stdout=answer.stdout,
                        stderr=answer.stderr,
                        code=answer.status,
                    )
                run = Run(
                    event,
                    command=hook.command or hook.url,
                    status=answer.status,
                    stdout=answer.stdout,
                    stderr=answer.stderr,
                    duration_ms=round(answer.seconds * 1000),
                    tool_use_id=call,
                    tool=tool,
                )
                word.add(run, read_output(run, _value(answer.stdout)))
            done(word)

        self._runner.run([hook for hook, _ in hooks], payload, answered)


def _lines(run: Run, decision: Decision, *, ran: int) -> list[str]:
    lines = []
    if decision.failed:
        lines += [f"{run.name} hook error", decision.failed]
    if decision.message:
        lines.append(f"{run.name} says: {decision.message}")
    if decision.behavior == "block" and run.event in ("PostToolUse", "PostToolUseFailure"):
        lines += [f"{run.name} hook returned blocking error", decision.reason]
    shown = [f"  ⎿  {line}" for line in lines]
    if decision.behavior == "block" and run.event == "Stop":
        head = f"● Ran {ran} stop hook{'' if ran == 1 else 's'} (ctrl+o to expand)"
        shown += ["", head, f"  ⎿  Stop hook error: {decision.reason}"]
    return [line.rstrip("\n") for line in shown]


def _value(text: str) -> object:
    if not text.lstrip().startswith("{"):
        return None
    try:
        return decode(text.encode())
    except ValueError:
        return None
