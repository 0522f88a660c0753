"""Claude Code without a terminal: its journal also prints, and nobody is there to ask.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.endings import FEEDBACK
from pytest_tmuxagent.faces.claude.offers import TOO_SHORT, full_name, local_answer, tools
from pytest_tmuxagent.faces.claude.options import MODES
from pytest_tmuxagent.faces.claude.output import taken_back
from pytest_tmuxagent.faces.claude.spending import whole_usage
from pytest_tmuxagent.stub.claude.journal import ClaudeJournal
from pytest_tmuxagent.stub.claude.structured import REMINDER
from pytest_tmuxagent.stub.headless import Headless
from pytest_tmuxagent.stub.journal import Verdict
from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pytest_tmuxagent.faces.claude.arguments import Arguments
    from pytest_tmuxagent.faces.claude.settings import Settings
    from pytest_tmuxagent.stub.claude.control import Control
    from pytest_tmuxagent.stub.claude.hearing import Word
    from pytest_tmuxagent.stub.claude.printing import Printing
    from pytest_tmuxagent.stub.conversation import Conversation
    from pytest_tmuxagent.stub.journal import Outcome, Said

    Go = Callable[[], None]


_NO_BYPASS = (
    "Cannot set permission mode to bypassPermissions because the session was not launched with"
    " --dangerously-skip-permissions"
)


_STOP_HOOK_SAID = "Stop hook error occurred · ctrl+o to see"
_HANDSHAKE_PATIENCE = 5.0


class PrintingScreen(Headless):
    """Hands the text on as it comes."""

    __slots__ = ("_printing",)

    def __init__(self, printing: Printing) -> None:
        self._printing = printing

    def chunk(self, text: str) -> None:
        self._printing.partial(text)


class UnattendedJournal(ClaudeJournal):
    """Records as in the terminal, and has all of it printed."""

    printing: Printing
    options: Arguments
    settings: Settings
    control: Control | None = None
    _requests = 0
    _failure: tuple[str, str, int | None] = ("", "", None)
    answers: dict[str, Any] | None = None  # the schema of `--json-schema`
    _answer: dict[str, Any] | None = None
    _reminded = False
    context_tokens = 0  # as the newest request counted them

    def set_mode(self, mode: str) -> None:
        self.rules.set_mode(mode)
        self.mode_changed()

    def answer_command(self, text: str) -> None:
        """Answer a slash command as the CLI does, without asking the model."""
        if text == TOO_SHORT:
            self.printing.not_compacted(text)
        self._open_output()
        self.printing.answered_itself(text)

    def _accepted(self, turn: str, prompts: list[str]) -> None:  # noqa: ARG002
        self._open_output()
        self.printing.prompted(prompts[-1])

    def _open_output(self) -> None:
        self._requests, self._answer, self._reminded = 0, None, False
        options = self.options
        denied = [name for name in tools(more=self.servers.tools) if not self.rules.offers(name)]
        offered = tools(
            asks=self.control is not None,
            bare=options.bare,
            chosen=options.tools,
            denied=denied,
            more=self.servers.tools,
            answers=self.answers is not None,
        )
        self.printing.begun(
            session=self.session,
            tools=offered,
            mcp_servers=self.servers.states,
            model=self.model,
            mode=self.rules.mode,
        )

    def requesting(self, turn: str) -> bool:
        limit = self.options.max_turns
        if limit is not None and self._requests >= limit:
            return False
        self._requests += 1
        super().requesting(turn)
        self.printing.requesting(message_id=self._message_id, request_id=self._request_id)
        return True

    def message(self, turn: str, said: Said) -> None:
        super().message(turn, said)
        if said.usage:
            self.context_tokens = sum(value for value in said.usage.values() if isinstance(value, int))
        self.printing.said(
            said.text, said.calls, usage=said.usage and whole_usage(said.usage), stop_reason=said.stop_reason
        )

    def judge(self, turn: str, call: dict[str, Any], judged: Callable[[Verdict], None]) -> None:
        def deny_questions(verdict: Verdict) -> None:
            if verdict.behavior == "ask" and self.control is not None:
                self._ask_driver(call, verdict, judged)
                return
            if verdict.behavior == "ask":
                verdict = Verdict("deny", message=verdict.message)
            self._judged(call, verdict, judged)

        if self.printing.over_budget:
            judged(Verdict("break_off"))
        else:
            super().judge(turn, call, deny_questions)

    def _judged(self, call: dict[str, Any], verdict: Verdict, judged: Callable[[Verdict], None]) -> None:
        if verdict.behavior in ("deny", "reject"):
            self._denied.add(call["id"])
            self.printing.denied(call)
        judged(verdict)

    def _ask_driver(self, call: dict[str, Any], verdict: Verdict, judged: Callable[[Verdict], None]) -> None:
        """Have the program that drives us decide (`--permission-prompt-tool stdio`)."""

        def decided(answer: dict[str, Any]) -> None:
            if answer.get("behavior") == "allow":
                if isinstance(answer.get("updatedInput"), dict):
                    call["input"] = taken_back(answer["updatedInput"], call["input"], cwd=self._cwd)
                self._grant(answer.get("updatedPermissions"))
                judged(Verdict("allow"))
            else:
                behavior = "reject" if answer.get("interrupt") else "deny"
                self._judged(call, Verdict(behavior, message=str(answer.get("message", ""))), judged)

        assert self.control is not None
        found = self._verdict
        self.control.ask(
            call,
            suggestions=verdict.suggestions or [],
            blocked_path="" if found is None else found.blocked_path,
            decided=decided,
        )

    def _grant(self, granted: object) -> None:
        """Hold to what the program that drives us grants from now on."""
        updates = [each for each in granted if isinstance(each, dict)] if isinstance(granted, list) else []
        mode = self.rules.mode
        self._keep(self.rules.update(updates))
        if self.rules.mode != mode:
            self.printing.mode_changed(self.rules.mode)
            self.mode_changed()

    def _known(self, call: dict[str, Any], result: dict[str, Any]) -> None:
        if result.get("ends_turn"):
            self._answer = call["input"]
        self.printing.returned(call, result)

    def _blocked(self, text: str) -> None:
        self._open_output()
        self.printing.blocked(text)

    def failed(self, turn: str, status: int | None, message: str, *, retry: dict[str, Any] | None) -> None:
        super().failed(turn, status, message, retry=retry)
        text, kind = self._said_of(message, status)
        if retry is None:
            self._failure = (text, kind, status)
            return
        self._requests -= 1
        self.printing.retrying(
            attempt=retry["attempt"],
            attempts=retry["attempts"],
            delay=retry["delay"],
            status=status,
            error=kind,
        )

    def end(self, turn: str, outcome: Outcome, *, go: Go, go_on: Callable[[str], None]) -> None:
        def ended() -> None:
            self._print_end(outcome)
            go()

        def goes_on(reason: str) -> None:
            self.printing.reminded(f"{FEEDBACK}{reason}")
            self.printing.noticed(_STOP_HOOK_SAID, key="stop-hook-error")
            go_on(reason)

        if self._owes_answer(outcome):
            self._remind(go_on)
        else:
            super().end(turn, outcome, go=ended, go_on=goes_on)

    def _owes_answer(self, outcome: Outcome) -> bool:
        owes = self.answers is not None and self._answer is None and not self._reminded
        return owes and outcome.stop_reason == "end_turn" and not self.printing.over_budget

    def _remind(self, go_on: Callable[[str], None]) -> None:
        """Ask for the answer by the schema, once."""
        self._reminded = True
        self._write_reminder(REMINDER)
        self.printing.reminded(REMINDER)
        go_on(REMINDER)

    def _summarise(self, word: Word) -> None:
        """Leave the summary to the terminal's transcripts."""

    def _close_turn(self, go: Go) -> None:
        self._write(self._records.end())
        self._sheet.flush()
        go()

    def _print_end(self, outcome: Outcome) -> None:
        if outcome.stop_reason == "cancelled":
            self.printing.interrupted(in_tool=outcome.in_tool, partial=outcome.partial)
        elif outcome.stop_reason == "failed":
            text, kind, status = self._failure
            self.printing.failed(text, error=kind, status=status)
        elif self.printing.over_budget:
            self.printing.stopped_over_budget()
        elif outcome.stop_reason == "max_turn_requests":
            self.printing.stopped_at_limit()
        elif self._answer is not None:
            text = encode_line(self._answer).decode("utf-8").rstrip("\n")
            self.printing.ended(text, stop_reason="tool_use", structured=self._answer)
        else:
            self.printing.ended(outcome.text, stop_reason=outcome.stop_reason)


class Prompts:
    """Takes prompts to the conversation; slash commands the CLI answers by itself."""

    def __init__(
        self, conversation: Conversation, journal: UnattendedJournal, *, received: Callable[[str], None]
    ) -> None:
        self._conversation = conversation
        self._journal = journal
        self._received = received

    @property
    def open(self) -> bool:
        return self._conversation.open

    def submit(self, text: str) -> None:
        self._received(text)
        answer = local_answer(text)
        if answer is None or self.open:
            self._conversation.submit(text)
        else:
            self._journal.answer_command(answer)

    def interrupt(self) -> bool:
        return self._conversation.interrupt()

    def set_mode(self, mode: str) -> str:
        """Change the permission mode; give why that cannot be, or nothing."""
        if mode == "bypassPermissions" and not self._journal.options.skip_permissions:
            return _NO_BYPASS
        if mode in MODES:
            self._journal.set_mode(mode)
        return ""

    def context_usage(self) -> dict[str, Any]:
        from pytest_tmuxagent.faces.claude.context_usage import context_usage

        return context_usage(model=self._journal.model, tokens=self._journal.context_tokens)

    def set_model(self, model: str) -> None:
        self._journal.model = full_name(model)

    def mcp_servers(self) -> list[dict[str, Any]]:
        return self._journal.servers.reports

    def add_hooks(self, hooks: Mapping[str, Any]) -> None:
        """Have the program that drives us hear of events, by the ids that it gave its functions."""
        self._journal.settings.add_callbacks(hooks)

    def connect_servers(self, names: Sequence[str], ready: Callable[[], None]) -> None:
        """Shake hands with the MCP servers in the program that drives us, those of these names included."""
        servers = self._journal.servers
        servers.connect_driven(names)
        servers.when_settled(ready, patience=_HANDSHAKE_PATIENCE)
