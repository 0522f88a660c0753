"""The terminal user interface: keys in, the face's lines out."""

from __future__ import annotations

from time import monotonic

from pytest_tmuxagent.faces.plain import Bottom
from pytest_tmuxagent.stub.editor import Editor
from pytest_tmuxagent.stub.keys import KeyParser
from pytest_tmuxagent.stub.leave import Leave

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal

    from pytest_tmuxagent.faces.plain import PlainFace
    from pytest_tmuxagent.stub.conversation import Conversation
    from pytest_tmuxagent.stub.dialog import Dialog
    from pytest_tmuxagent.stub.keys import Key
    from pytest_tmuxagent.stub.loop import Loop, Timer
    from pytest_tmuxagent.stub.terminal import Terminal
else:
    import _signal

_ESCAPE_PATIENCE = 0.010
_BURST = 0.030
_LEAVING = 1.0
_SPIN = 0.2
# A person who hammers on ctrl-c to stop a turn does not want to leave.
_INTERRUPT_GRACE = 0.5


class Tui:
    """The screen of an interactive stub."""

    __slots__ = (
        "_conversation",
        "_cwd",
        "_dialog",
        "_dirty",
        "_editor",
        "_escape",
        "_face",
        "_frame",
        "_held",
        "_history",
        "_interrupted_at",
        "_keys",
        "_leaving",
        "_loop",
        "_spin",
        "_terminal",
        "_typed_at",
    )

    interactive = True

    def __init__(self, *, loop: Loop, terminal: Terminal, face: PlainFace, cwd: str) -> None:
        self._loop = loop
        self._terminal = terminal
        self._face = face
        self._cwd = cwd
        self._conversation: Conversation | None = None
        self._dialog: Dialog | None = None
        self._editor = Editor()
        self._keys = KeyParser()
        self._history: list[str] = []
        self._dirty = False
        self._frame = 0
        self._spin: Timer | None = None
        self._escape: Timer | None = None  # an Esc that may be the start of a sequence
        self._held: Timer | None = None  # an Enter that may be a newline of a typed burst
        self._leaving: Timer | None = None  # the first ctrl-c on an empty box
        self._typed_at = 0.0  # when the last key was typed text
        self._interrupted_at = 0.0

    def open(self) -> bytes:
        """Take the terminal and draw the box; give what was typed before."""
        self._loop.on_signal(_signal.SIGWINCH, self._resized)
        self._terminal.open()
        early = self._terminal.typed_ahead()
        self.show(self._face.banner(self._cwd))
        self.flush()
        return early

    def serve(self, conversation: Conversation, early: bytes) -> None:
        """Start to read keys: first those typed before."""
        self._conversation = conversation
        self._loop.watch(0, self._read)
        if early:
            self._take(early)

    def run(self) -> None:
        """Go on until something raises Leave."""
        while True:
            if self._dirty:
                self.flush()
            self._loop.step()

    def close(self) -> None:
        self._terminal.close()

    # --- the screen ---

    def show(self, lines: list[str]) -> None:
        self._history += lines
        self._dirty = True

    def flush(self) -> None:
        """Bring the terminal up to date now."""
        self._dirty = False
        columns, rows = self._terminal.size()
        history, self._history = self._history, []
        dialog, editor = self._dialog, self._editor
        self._spin_on()
        if dialog is not None:
            lines = self._face.dialog(
                dialog.heading, dialog.options, selected=dialog.selected, columns=columns, rows=rows
            )
            self._terminal.draw(history, lines, None)
            return
        conversation = self._conversation
        since = None if conversation is None else conversation.busy_since
        bottom = Bottom(
            text=editor.text,
            cursor=editor.cursor,
            queued=[] if conversation is None else conversation.queued,
            busy_for=None if since is None else monotonic() - since,
            frame=self._frame,
            leaving=self._leaving is not None,
        )
        self._terminal.draw(history, *self._face.bottom(bottom, columns=columns, rows=rows))

    def _resized(self) -> None:
        self._terminal.resized()
        self._dirty = True

    def pour(self, block: bytes) -> None:
        if self._history:
            self.flush()
        self._terminal.pour(block)
        self._dirty = True

    def clear(self) -> None:
        self._history = []
        self._terminal.clear()
        self.show(self._face.banner(self._cwd))

    def open_dialog(self, dialog: Dialog) -> None:
        self._dialog = dialog
        self._dirty = True

    def close_dialog(self) -> None:
        self._dialog = None
        self._dirty = True

    def give_back(self, prompts: list[str]) -> None:
        """Put prompts that will not be sent back into the box, above what is in it."""
        if prompts:
            draft = self._editor.take()
            self._editor.insert("\n".join([*prompts, draft] if draft else prompts))
            self._dirty = True

    def _spin_on(self) -> None:
        """Keep the spinner turning for as long as it is on the screen."""
        working = self._conversation is not None and self._conversation.busy_since is not None
        if working and self._dialog is None:
            self._spin = self._spin or self._loop.after(_SPIN, self._turn_spinner)
        elif self._spin is not None:
            self._loop.cancel(self._spin)
            self._spin = None

    def _turn_spinner(self) -> None:
        self._spin = None
        self._frame += 1
        self._dirty = True

    # --- the keys ---

    def _read(self) -> None:
        data = self._terminal.read()
        if not data:
            raise Leave(0)
        self._take(data)

    def _take(self, data: bytes) -> None:
        self._loop.cancel(self._escape)
        self._press_all(self._keys.feed(data))
        self._escape = self._loop.after(_ESCAPE_PATIENCE, self._decide) if self._keys.undecided else None

    def _decide(self) -> None:
        self._escape = None
        self._press_all(self._keys.flush())

    def _press_all(self, keys: list[Key]) -> None:
        for key in keys:
            self._end_burst()
            if self._dialog is not None:
                self._dialog.press(key)
            else:
                self._press(key)
            self._dirty = True

    def _press(self, key: Key) -> None:
        kind, name = key
        typed_at, self._typed_at = self._typed_at, 0.0
        if kind == "paste":
            self._editor.insert(self._face.pasted(name))
        elif kind == "text":
            self._editor.type(name)
            self._typed_at = monotonic()
        elif name == "enter":
            self._enter(typed_at)
        elif name in _COMMANDS:
            _COMMANDS[name](self)
        else:
            self._editor.press(name)
            self._typed_at = monotonic() if name == "newline" else 0.0

    def _enter(self, typed_at: float) -> None:
        if self._editor.continues():
            return
        if monotonic() - typed_at <= _BURST:
            self._held = self._loop.after(_BURST, self._submit)
        else:
            self._submit()

    def _end_burst(self) -> None:
        """More came after an Enter that was held: it was a newline."""
        if self._held is not None:
            self._loop.cancel(self._held)
            self._held = None
            self._editor.insert("\n")
            self._typed_at = monotonic()

    def _submit(self) -> None:
        self._held = None
        self._dirty = True
        if self._editor.text.strip() and self._conversation is not None:
            self._conversation.submit(self._editor.take())

    def _escape_pressed(self) -> None:
        if self._conversation is not None:
            self._conversation.interrupt()

    def _interrupt_pressed(self) -> None:
        now = monotonic()
        if self._conversation is not None and self._conversation.interrupt():
            self._interrupted_at = now
        elif now - self._interrupted_at < _INTERRUPT_GRACE:
            return
        elif self._editor.text:
            self._editor.clear()
        elif self._leaving is not None:
            raise Leave(0)
        else:
            self._leaving = self._loop.after(_LEAVING, self._stay)

    def _stay(self) -> None:
        self._leaving = None
        self._dirty = True

    def _end_of_input_pressed(self) -> None:
        if not self._editor.text:
            raise Leave(0)


_COMMANDS = {
    "escape": Tui._escape_pressed,
    "interrupt": Tui._interrupt_pressed,
    "end of input": Tui._end_of_input_pressed,
}
