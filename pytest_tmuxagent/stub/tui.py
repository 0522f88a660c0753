"""The terminal user interface: keys in, the face's lines out."""

from __future__ import annotations

from time import monotonic

from pytest_tmuxagent.faces.plain import Bottom
from pytest_tmuxagent.stub.box import Box
from pytest_tmuxagent.stub.dialog import Dialog
from pytest_tmuxagent.stub.keys import KeyParser
from pytest_tmuxagent.stub.leave import Leave

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.plain import Question
    from pytest_tmuxagent.stub.conversation import Conversation
    from pytest_tmuxagent.stub.keys import Key
    from pytest_tmuxagent.stub.loop import Loop, Timer
    from pytest_tmuxagent.stub.role import Role
    from pytest_tmuxagent.stub.terminal import Terminal
else:
    import _signal

_ESCAPE_PATIENCE = 0.010
_BURST = 0.030
_LEAVING = 0.8
_HINTED = 10.0
_SPIN = 0.2
_CHARACTERS_IN_A_TOKEN = 4
# An echo that is higher than this goes into the history at once: it could not be taken back from there.
_TENTATIVE_ROWS = 12


class Tui:
    """The screen of an interactive stub."""

    __slots__ = (
        "_began",
        "_box",
        "_characters",
        "_conversation",
        "_dialog",
        "_dirty",
        "_echo",
        "_escape",
        "_face",
        "_frame",
        "_gathered",
        "_held",
        "_history",
        "_interrupted_at",
        "_keys",
        "_leaving",
        "_leaving_by",
        "_loop",
        "_notice",
        "_role",
        "_running",
        "_said",
        "_spin",
        "_streaming",
        "_swallows",
        "_terminal",
        "_title",
        "_typed_at",
    )

    interactive = True

    def __init__(self, *, loop: Loop, terminal: Terminal, role: Role) -> None:
        self._loop = loop
        self._terminal = terminal
        self._role = role
        self._face = role.face
        self._conversation: Conversation | None = None
        self._swallows = int(role.wiring.situation.get("swallows", 0))  # Enters that have no effect
        self._dialog: Dialog | None = None
        self._box = Box(role.face, cwd=role.cwd)
        self._keys = KeyParser()
        self._history: list[str] = []
        self._echo: list[str] = []  # of a prompt that may yet go back into the box
        self._said: list[str] = []  # of a message that may yet break off
        self._gathered: list[dict[str, Any]] = []  # calls that are only counted
        self._notice: Callable[[], str] | None = None
        self._streaming = False
        self._began = monotonic()
        self._running = ""
        self._characters = 0  # of the model's, in this turn
        self._title: str | None = None
        self._dirty = False
        self._frame = 0
        self._spin: Timer | None = None
        self._escape: Timer | None = None  # an Esc that may be the start of a sequence
        self._held: Timer | None = None  # an Enter that may be a newline of a typed burst
        self._leaving: Timer | None = None  # the first ctrl-c on an empty box
        self._leaving_by = ""
        self._typed_at = 0.0  # when the last key was typed text
        self._interrupted_at = 0.0

    def open(self) -> bytes:
        """Take the terminal; give what was typed before."""
        self._loop.on_signal(_signal.SIGWINCH, self.redraw)
        self._terminal.open()
        return self._terminal.typed_ahead()

    def ask(self, question: Question, answered: Callable[[int | None], None], early: bytes) -> bytes:
        """Ask before anything else is shown; give what of the early keys is left."""

        def chosen(option: int | None) -> None:
            self.close_dialog()
            answered(option)

        self.open_dialog(Dialog(question, chosen))
        self._loop.watch(0, self._read)
        if early:
            self._take(early)
        while self._dialog is not None:
            if self._dirty:
                self.flush()
            self._loop.step()
        self._loop.forget(0)
        return b""

    def greet(self) -> None:
        """Draw the banner and the box."""
        self.show(self._face.banner(self._role.cwd, columns=self._terminal.size()[0]))
        self.show(self._role.replay())
        if self._face.hint:
            self._loop.after(_HINTED, self._redraw)
        self.flush()

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

    def close(self, goodbye: list[str] | None = None) -> None:
        """Give the terminal back; `goodbye` stays on the screen."""
        if self._title is not None:
            self._title = None
            self._terminal.set_title("")
        self._terminal.close(goodbye)

    # --- the screen ---

    def show(self, lines: list[str]) -> None:
        self._history += [*self._tentative(), *lines]
        self._echo, self._gathered, self._said = [], [], []
        self._dirty = True

    def _tentative(self) -> list[str]:
        """Give what stands above the bottom, and may yet change."""
        gathered = self._face.gathered(self._gathered) if self._gathered else []
        return [*self._echo, *gathered, *self._said]

    def gather(self, call: dict[str, Any]) -> None:
        """Count a call with those before it."""
        self._gathered.append(call)
        self._dirty = True

    def echo(self, lines: list[str]) -> None:
        """Show a prompt that may yet be taken back: until something else is shown."""
        self.show([])
        if len(lines) > _TENTATIVE_ROWS or not self._face.takes_echo_back:
            self.show(lines)
        else:
            self._echo = lines
        self._characters = 0

    def take_echo_back(self) -> None:
        self._echo = []
        self._dirty = True

    def say(self, lines: list[str]) -> None:
        """Show lines of a message, which may be taken back as long as nothing else is shown."""
        if not self._face.takes_answer_back:
            self.show(lines)
            return
        said, self._said = [*self._said, *lines], []
        most = self._terminal.size()[1] // 2
        self.show(said[:-most])
        self._said = said[-most:]

    def unsay(self) -> None:
        self._said = []
        self._dirty = True

    def unfinished(self, lines: list[str]) -> None:
        """Show the line of a message that is not yet complete, where the face does so."""

    def chunk(self, text: str) -> None:
        self._characters += len(text)
        self._streaming = True

    def tell(self, *, notice: Callable[[], str] | None = None, running: str = "") -> None:
        """Say what the agent is at, besides working."""
        self._streaming = False
        self._dirty = self._dirty or (notice, running) != (self._notice, self._running)
        self._notice, self._running = notice, running

    def flush(self) -> None:
        """Bring the terminal up to date now."""
        self._dirty = False
        columns, rows = self._terminal.size()
        history, self._history = self._history, []
        self._spin_on()
        self._set_title()
        dialog = self._dialog
        if dialog is not None:
            above = [*self._tentative(), *([self._running] if self._running else [])]
            lines = self._face.dialog(
                dialog.question, selected=dialog.selected, columns=columns, rows=rows - len(above)
            )
            self._terminal.draw(history, [*above, *lines], None)
            return
        above = self._tentative()
        lines, (row, column) = self._face.bottom(self._bottom(), columns=columns, rows=rows - len(above))
        self._terminal.draw(history, [*above, *lines], (row + len(above), column))

    def _bottom(self) -> Bottom:
        conversation, box = self._conversation, self._box
        since = None if conversation is None else conversation.busy_since
        return Bottom(
            text=box.text,
            cursor=box.cursor,
            queued=[] if conversation is None else conversation.queued,
            busy_for=None if since is None else monotonic() - since,
            frame=self._frame,
            leaving=self._leaving_by if self._leaving is not None else "",
            mode=self._role.mode,
            notice=self._notice() if self._notice is not None else "",
            hint=self._face.hint if monotonic() - self._began < _HINTED else "",
            streaming=self._streaming,
            running=self._running,
            shell=box.shell,
            menu=box.menu,
            menu_selected=box.menu_selected,
            tokens=self._characters // _CHARACTERS_IN_A_TOKEN,
            signed_in=self._role.signed_in,
            help=box.help,
        )

    def _set_title(self) -> None:
        if self._conversation is None and self._dialog is not None:  # it has not really begun
            return
        busy = self._working and self._dialog is None
        title = self._face.title(busy=busy, frame=self._frame)
        if title is not None and title != self._title:
            self._title = title
            self._terminal.set_title(title)

    def redraw(self) -> None:
        """Draw all of it again: the terminal may have changed it."""
        self._terminal.resized()
        self._dirty = True

    def spin(self) -> None:
        """Show the next frame of the spinner, where it turns."""
        if self._spin is not None:
            self._loop.cancel(self._spin)
            self._turn_spinner()

    def repeat_title(self) -> None:
        """Give the terminal the title that it has."""
        if self._title is not None:
            self._terminal.set_title(self._title)

    def pour(self, block: bytes) -> None:
        if self._history:
            self.flush()
        self._terminal.pour(block)
        self._dirty = True

    def clear(self) -> None:
        self._history, self._echo, self._gathered, self._said = [], [], [], []
        self._terminal.clear()
        self.show(self._face.banner(self._role.cwd, columns=self._terminal.size()[0]))

    def open_dialog(self, dialog: Dialog) -> None:
        self._dialog = dialog
        self._dirty = True

    def close_dialog(self) -> None:
        self._dialog = None
        self._dirty = True

    def give_back(self, prompts: list[str]) -> None:
        """Put prompts that will not be sent back into the box, above what is in it."""
        if prompts:
            self._box.give_back(prompts)
            self._dirty = True

    @property
    def _working(self) -> bool:
        return self._conversation is not None and self._conversation.busy_since is not None

    def _spin_on(self) -> None:
        """Keep the spinner turning for as long as it is on the screen."""
        if self._working and self._dialog is None:
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
            self._box.paste(name)
        elif kind == "text":
            self._box.type(name)
            self._typed_at = monotonic()
        elif name == "enter":
            self._enter(typed_at)
        elif name in _COMMANDS:
            _COMMANDS[name](self)
        else:
            self._box.press(name)
            self._typed_at = monotonic() if name == "newline" else 0.0

    def _enter(self, typed_at: float) -> None:
        if self._box.continues():
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
            self._box.press("newline")
            self._typed_at = monotonic()

    def _submit(self) -> None:
        self._held = None
        self._dirty = True
        if self._conversation is None or self._swallowed() or self._box.pick():
            return
        taken = self._box.take()
        if taken is not None:
            self._role.received(taken.text, how=taken.how)
            self._role.typed(taken)
            self._conversation.submit(taken.text)

    def _swallowed(self) -> bool:
        """Whether this Enter, which would submit something, is one of those that have no effect."""
        if self._box.empty:
            return False
        if self._swallows:
            self._swallows -= 1
            return True
        faults = self._role.faults
        return faults is not None and not self._commands() and faults.swallows_enter()

    def _commands(self) -> bool:
        """Whether a command stands in the box: it is no prompt, whose acceptance one would wait for."""
        return self._box.shell or self._box.text.startswith("/")

    def _escape_pressed(self) -> None:
        if self._box.dismiss():
            return
        if self._conversation is not None and not self._conversation.interrupt():
            self._box.escape()

    def _interrupt_pressed(self) -> None:
        conversation = self._conversation
        if conversation is not None and conversation.interrupt():
            self._interrupted_at = monotonic()
        elif conversation is not None and monotonic() - self._interrupted_at < conversation.interrupt_grace:
            return
        elif not self._box.empty:
            self._box.clear()
            if self._face.clearing_is_leaving:
                self._leave_on_second("Ctrl-C")
        else:
            self._leave_on_second("Ctrl-C")

    def _end_of_input_pressed(self) -> None:
        if not self._box.empty:
            return
        if self._face.asks_twice_at_end_of_input:
            self._leave_on_second("Ctrl-D")
        else:
            raise Leave(0, reason="prompt_input_exit")

    def _leave_on_second(self, key: str) -> None:
        if self._leaving is not None and self._leaving_by == key:
            raise Leave(0, reason="prompt_input_exit")
        self._loop.cancel(self._leaving)
        self._leaving, self._leaving_by = self._loop.after(_LEAVING, self._stay), key

    def _redraw(self) -> None:
        self._dirty = True

    def _stay(self) -> None:
        self._leaving = None
        self._dirty = True

    def _up_pressed(self) -> None:
        if self._box.empty and self._conversation is not None and self._conversation.take_queue_back():
            return
        self._box.press("up")

    def _mode_pressed(self) -> None:
        self._role.cycle_mode()


_COMMANDS = {
    "escape": Tui._escape_pressed,
    "interrupt": Tui._interrupt_pressed,
    "end of input": Tui._end_of_input_pressed,
    "up": Tui._up_pressed,
    "back tab": Tui._mode_pressed,
}
