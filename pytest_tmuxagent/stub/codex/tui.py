"""Codex's screen and keys: states, steering and queueing, and what Esc, ctrl-c and ctrl-d mean.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.stub.leave import Leave
from pytest_tmuxagent.stub.tui import Tui

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_tmuxagent.faces.plain import Bottom
    from pytest_tmuxagent.stub.codex.conversation import CodexConversation
    from pytest_tmuxagent.stub.codex.role import CodexRole
    from pytest_tmuxagent.stub.codex.terminal import CodexTerminal
    from pytest_tmuxagent.stub.conversation import Conversation
    from pytest_tmuxagent.stub.dialog import Dialog
    from pytest_tmuxagent.stub.journal import Outcome
    from pytest_tmuxagent.stub.keys import Key
    from pytest_tmuxagent.stub.loop import Loop

_STATES = {"failed": "error", "max_tokens": "error", "cancelled": "idle"}
_AGAIN, _QUEUES = "esc again to edit previous message", "tab to queue message"
_QUIT = "prompt_input_exit"


class CodexTui(Tui):
    """The screen of an interactive Codex."""

    __slots__ = ("_escaped", "_full", "_known_outcome", "_talk", "_told", "_unfinished", "_untouched")

    _role: CodexRole

    def __init__(self, *, loop: Loop, terminal: CodexTerminal, role: CodexRole) -> None:
        super().__init__(loop=loop, terminal=terminal, role=role)
        self._full = terminal
        self._talk: CodexConversation | None = None
        self._unfinished: list[str] = []  # the line of a message that is not yet complete
        self._escaped = False  # the last key was an Esc that had nothing to do
        self._told = ""  # the state
        self._known_outcome: Outcome | None = None
        self._untouched = False  # no key came since the last turn's end

    def serve(self, conversation: Conversation, early: bytes) -> None:
        self._talk = self._role.conversation
        self._known_outcome = conversation.outcome
        self._tell_state()
        super().serve(conversation, early)

    def run(self) -> None:
        while True:
            self._tell_state()  # before it is drawn
            if self._dirty:
                self.flush()
            self._loop.step()

    # --- the screen ---

    def show(self, lines: list[str]) -> None:
        self._unfinished = []
        super().show(lines)

    def unfinished(self, lines: list[str]) -> None:
        self._unfinished = lines
        self._dirty = True

    def flush(self) -> None:
        self._dirty = False
        columns, rows = self._full.size()
        self._role.face.columns = columns
        self._role.face.waits = self._dialog is not None and bool(self._dialog.kind)
        history, self._history = self._history, []
        self._spin_on()
        self._set_title()
        dialog = self._dialog
        if dialog is not None:
            live = self._live(with_running=True)
            lines = self._face.dialog(dialog.question, selected=dialog.selected, columns=columns, rows=rows)
            self._full.frame(history, live, lines, None)
            return
        live = self._live(with_running=False)
        lines, cursor = self._face.bottom(self._bottom(), columns=columns, rows=rows)
        self._full.frame(history, live, lines, cursor)

    def _live(self, *, with_running: bool) -> list[str]:
        running = self._running.split("\n") if with_running and self._running else []
        return [*self._tentative(), *self._unfinished, *running]

    def _bottom(self) -> Bottom:
        bottom = super()._bottom()
        bottom.escaped = self._escaped
        if self._escaped:
            bottom.hint = _AGAIN
        elif self._working and not self._box.empty and not self._box.shell:
            bottom.hint = _QUEUES
        bottom.background = self._role.background
        if self._talk is not None:
            bottom.steers = self._talk.steers
        return bottom

    def open_dialog(self, dialog: Dialog) -> None:
        if dialog.kind and not dialog.question.shortcuts:
            dialog.question.shortcuts = _shortcuts(dialog.question.options)
        super().open_dialog(dialog)

    def close_dialog(self) -> None:
        super().close_dialog()
        if self._talk is not None:
            self._tell_state()  # a refusal ends the turn at once, and was seen to go on before

    # --- the states ---

    def _tell_state(self) -> None:
        state = self._state()
        if state != self._told:
            self._told = state
            self._full.tell_state(f"{state}:app=codex" if ":" not in state else state)

    def _state(self) -> str:
        conversation = self._conversation or self._talk
        if self._dialog is not None and self._dialog.kind and conversation is not None:
            return f"blocked:app=codex:kind={self._dialog.kind}"
        if conversation is None:
            return "idle"
        if conversation.open:
            return "working"
        if conversation.outcome is not self._known_outcome:
            self._known_outcome, self._untouched = conversation.outcome, True
        return _STATES.get(conversation.outcome.stop_reason, "done") if self._untouched else "idle"

    # --- the keys ---

    def _press(self, key: Key) -> None:
        if self._untouched:
            self._untouched = False
            self._tell_state()
        escaped, self._escaped = self._escaped, False
        if key == ("text", "\t"):
            self._tab()
        elif key[0] == "key" and key[1] in _KEYS:
            _KEYS[key[1]](self)
        else:
            self._escaped = escaped and key == ("key", "unknown")
            super()._press(key)

    def _tab(self) -> None:
        """Queue what is in the box; without a turn that runs, submit it."""
        self._held = None
        if self._talk is None or self._box.pick():
            return
        taken = self._box.take()
        if taken is not None:
            self._role.received(taken.text, how=taken.how)
            self._role.typed(taken)
            self._talk.queue(taken.text)

    def _up(self) -> None:
        self._box.press("up")

    def _shift_left(self) -> None:
        """Edit the prompt that was queued last, instead of what is in the box."""
        text = None if self._talk is None else self._talk.take_last_back()
        if text is not None:
            self._box.clear()
            self._box.give_back([text])

    def _escape_key(self) -> None:
        if self._box.dismiss() or self._talk is None or self._talk.interrupt():
            return
        if self._box.shell and not self._box.text:
            self._box.escape()
        self._escaped = self._box.empty

    def _control_c(self) -> None:
        if not self._box.empty:
            self._box.clear()
        elif self._talk is None or not self._talk.interrupt():
            raise Leave(0, reason=_QUIT)

    def _control_d(self) -> None:
        if self._box.empty:
            raise Leave(0, reason=_QUIT)
        self._box.press("delete")


def _shortcuts(options: list[str]) -> dict[str, int | None]:
    """Read off the options which letters choose them: `Yes, proceed (y)`."""
    found: dict[str, int | None] = {"n": None}
    for index, option in enumerate(options):
        if option[-3:-2] == "(" and option.endswith(")"):
            found[option[-2]] = index
    return found


_KEYS: dict[str, Callable[[CodexTui], None]] = {
    "escape": CodexTui._escape_key,
    "interrupt": CodexTui._control_c,
    "end of input": CodexTui._control_d,
    "up": CodexTui._up,
    "shift left": CodexTui._shift_left,
}
