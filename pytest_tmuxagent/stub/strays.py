"""Redraws that nothing asked for: the same screen once more, in part or as a whole."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_tmuxagent.stub.faults import Faults
    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.terminal import Terminal
    from pytest_tmuxagent.stub.tui import Tui

_PAUSE_MS = (30, 500)
_CURSOR = "\x1b7\x1b[1;1H\x1b8"
_COLOURS = "\x1b[0m\x1b[39;49m"


class Strays:
    """Draws again, as long as the terminal is open."""

    __slots__ = ("_faults", "_loop", "_terminal", "_tui")

    def __init__(self, faults: Faults, *, tui: Tui, terminal: Terminal, loop: Loop) -> None:
        self._faults = faults
        self._tui = tui
        self._terminal = terminal
        self._loop = loop

    def wait(self) -> None:
        """Come again, some time."""
        draws = self._faults.draws("stray_redraws")
        if draws is not None:
            self._loop.after(draws.seconds(*_PAUSE_MS), self._come)

    def _come(self) -> None:
        draws = self._faults.draws("stray_redraws")
        if draws is not None and self._terminal.is_open:
            name = draws.pick(tuple(_REDRAWS))
            self._faults.note("stray_redraws", name)
            _REDRAWS[name](self)
        self.wait()

    def _all(self) -> None:
        self._tui.redraw()

    def _spinner(self) -> None:
        self._tui.spin()

    def _title(self) -> None:
        self._tui.repeat_title()

    def _move_cursor(self) -> None:
        self._terminal.write(_CURSOR)

    def _reset_colours(self) -> None:
        self._terminal.write(_COLOURS)


_REDRAWS: dict[str, Callable[[Strays], None]] = {
    "the screen is drawn again": Strays._all,
    "a frame of the spinner": Strays._spinner,
    "the title once more": Strays._title,
    "the cursor goes up and back": Strays._move_cursor,
    "the colours are reset": Strays._reset_colours,
}
