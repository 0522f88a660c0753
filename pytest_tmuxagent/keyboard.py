"""The keys of a session: what a person at the terminal presses, types and pastes."""

from __future__ import annotations

from time import monotonic

from pytest_tmuxagent.tmux import typing
from pytest_tmuxagent.waiting import Deadline
from pytest_tmuxagent.waits import AgentWaits

_ENTER = "Enter"
_REDRAW_GRACE = 0.5
"""How long a real CLI may take to draw itself anew; Codex 0.169.0 loses what is typed before."""
_REDRAW_PAUSE = 0.05
"""After such a pause it is drawn; the first thing printed may be a question to the terminal: Codex drops keys
until that is answered."""


class AgentKeyboard(AgentWaits):
    """Keys go to the agent as they are; nothing waits for what it does with them."""

    def press(self, *keys: str) -> None:
        """Press keys, in tmux's names: `"Enter"`, `"C-c"`, `"Up"`, `"x"`."""
        self._before_keys(typed="")
        if _ENTER in keys:
            self._observer.submitted()
        elif self._profile.keys.interrupt not in keys:
            self._observer.drafted()
        typing.press(self._body.client, self._body.pane, *keys)

    def type(self, text: str) -> None:
        """Type text key by key, as a fast person would; no Enter is added."""
        self._before_keys(typed=text)
        self._observer.drafted()
        typing.type_text(self._body.client, self._body.pane, text)

    def paste(self, text: str) -> None:
        """Paste text, bracketed where the agent asked for it; no Enter is added."""
        self._before_keys(typed=text)
        self._observer.drafted()
        typing.paste(self._body.client, self._body.pane, text, scratch=self._body.folder)

    def resize(self, columns: int, rows: int) -> None:
        """Give the pane another size. A real CLI has heard of it when this returns."""
        self._observer.absorb()
        self._watch.raise_if_exited()
        printed = self._observer.stream.end
        self._body.resize(columns, rows)
        if self._body.is_real:
            self._await_redraw(printed)

    def _await_redraw(self, printed: int) -> None:
        """Wait until something more was printed, and then nothing for a moment."""
        last, changed_at = printed, monotonic()

        def drawn() -> bool | None:
            nonlocal last, changed_at
            if self._observer.stream.end > last:
                last, changed_at = self._observer.stream.end, monotonic()
            return (last > printed and monotonic() - changed_at > _REDRAW_PAUSE) or None

        self._observer.wait_for(drawn, deadline=Deadline(_REDRAW_GRACE), on_output=True)

    def _before_keys(self, *, typed: str) -> None:
        self._observer.absorb()
        self._watch.raise_if_exited()
        self._keys_since_send = True
        self._typed = typed
        self._dialogs.touch()
