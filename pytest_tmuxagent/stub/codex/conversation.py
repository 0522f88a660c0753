"""Codex's conversation: prompts that steer the running turn, or wait for its end; the person's own commands.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from time import monotonic

from pytest_tmuxagent.faces.codex.dialogs import Form
from pytest_tmuxagent.stub.codex.turn import CodexTurn
from pytest_tmuxagent.stub.conversation import Conversation
from pytest_tmuxagent.stub.dialog import Dialog
from pytest_tmuxagent.stub.journal import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.faces.codex.look import CodexFace
    from pytest_tmuxagent.stub.codex.tools import CodexTools
    from pytest_tmuxagent.stub.means import Means
    from pytest_tmuxagent.stub.turn import Turn

_ABORTED = "command aborted by user"


class CodexConversation(Conversation):
    """`queue` is what a person can do besides."""

    __slots__ = ("_asks_where", "_command", "_face", "_goes_on", "_tools", "_turns_before")

    _turn_type = CodexTurn

    def __init__(self, means: Means, *, face: CodexFace, tools: CodexTools, asks_where: bool) -> None:
        """With `asks_where`, a new conversation's folder is asked for, as in a git repository."""
        super().__init__(means)
        self._face = face
        self._tools = tools
        self._asks_where = asks_where
        self._turns_before = 0  # those of conversations that were left
        self._goes_on = False  # a turn is interrupted only to go on with what steers
        self._command: str | None = None  # the turn of the person's own command, where it has one

    @property
    def talked(self) -> bool:
        """Whether this conversation has had a turn."""
        return self._turns > self._turns_before

    @property
    def steers(self) -> list[str]:
        """The prompts that join the running turn when its tool has ended."""
        return self._turn.steers if isinstance(self._turn, CodexTurn) else []

    def submit(self, text: str) -> None:
        """Obey a command, steer the running turn, or open one."""
        command = self._means.manners.command(text)
        if command is not None and command[0] == "shell":
            if command[1]:
                self._run_shell(command[1])
        elif command is not None or not isinstance(self._turn, CodexTurn) or not self._turn.steer(text):
            super().submit(text)

    def queue(self, text: str) -> None:
        """Let a prompt wait for the end of the turn."""
        if not self.open:
            self.submit(text)
            return
        self.queued.append(text)
        self._means.journal.queued(text)

    def take_last_back(self) -> str | None:
        """Take the prompt that waits since last out of the queue."""
        if not self.queued:
            return None
        text = self.queued.pop()
        self._means.journal.unqueued(text)
        return text

    def interrupt(self) -> bool:
        """Interrupt the turn, or the person's own command; go on at once with what steers."""
        if self._shell and self._turn is None:
            self._tools.stop_shell()
            return True
        steers = self.steers
        self._goes_on = bool(steers)
        if steers:
            self.queued.insert(0, "\n".join(steers))
            steers.clear()
        return super().interrupt()

    # --- the end of a turn ---

    def _give_back(self, turn: Turn, outcome: Outcome) -> None:
        if self._goes_on:
            outcome.followed = True
        else:
            super()._give_back(turn, outcome)

    def _tell_of(self, outcome: Outcome, seconds: float) -> None:
        if self._goes_on and outcome.stop_reason == "cancelled":
            self._goes_on = False
            self._means.screen.tell()
            self._means.screen.show(self._face.steered())
        else:
            super()._tell_of(outcome, seconds)

    # --- commands ---

    def _run_shell(self, command: str) -> None:
        """Run a command of the person's own at once, beside a turn or as one; the model is not asked."""
        if self._shell:
            self.queued.append(f"!{command}")
            return
        means, began = self._means, monotonic()
        self._shell = True
        if self._turn is None:
            self._command, self.busy_since = means.journal.new_turn(), began
        means.screen.show(means.face.shell(command))
        means.screen.tell(running="\n".join(self._face.shell_running("")))

        def done(result: dict[str, Any]) -> None:
            means.screen.tell()
            means.screen.show(means.face.shell_result(result["output"], result["exit_code"]))
            means.journal.shell(self._command or self._turn_name, command, result)
            self._shell = False
            if self._command is not None:
                self._command = None
                self._end_shell(result, monotonic() - began)

        self._tools.run_shell(command, done)

    @property
    def _turn_name(self) -> str:
        return "" if self._turn is None else self._turn.name

    def _end_shell(self, result: dict[str, Any], seconds: float) -> None:
        self.busy_since = None
        self.outcome = Outcome("cancelled" if result["aborted"] else "end_turn")
        self._tell_of(self.outcome, seconds)
        self._settle()

    def _unknown(self, rest: str) -> None:
        """Tell of it; the text stays in the composer."""
        self._means.screen.show(self._means.face.unknown_command(rest))
        self._means.screen.give_back([rest])

    def _clear(self, word: str) -> None:
        if self.open:
            self._means.screen.show(self._face.disabled(word))
        elif word == "/new" and self._asks_where:
            self._ask_where()
        else:
            self._clear_now()

    def _clear_now(self) -> None:
        self._means.journal.clear()
        self._turns_before = self._turns
        self._tools.end_background()
        self._face.thread = ""
        self._means.screen.clear()

    def _ask_where(self) -> None:
        screen = self._means.screen

        def chosen(option: int | None) -> None:
            screen.close_dialog()
            if option == 0:
                self._clear_now()
            elif option == 1:
                screen.show(self._means.face.unplayed_command("/new in a new worktree"))

        screen.open_dialog(Dialog(_where(), chosen))


def _where() -> Form:
    options = [
        "Use current Git worktree  Keep using the current working directory",
        "Create new Git worktree   Create a separate checkout of this repository in another directory",
    ]
    return Form(["Where should the new conversation run?", ""], options, hint="enter select · esc back")
