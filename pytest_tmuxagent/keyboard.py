"""The keys of a session: what a person at the terminal presses, types and pastes."""

from __future__ import annotations

from pytest_tmuxagent.tmux import typing
from pytest_tmuxagent.waits import AgentWaits


class AgentKeyboard(AgentWaits):
    """Keys go to the agent as they are; nothing waits for what it does with them."""

    def press(self, *keys: str) -> None:
        """Press keys, in tmux's names: `"Enter"`, `"C-c"`, `"Up"`, `"x"`."""
        self._before_keys()
        typing.press(self._body.client, self._body.pane, *keys)

    def type(self, text: str) -> None:
        """Type text key by key, as a fast person would; no Enter is added."""
        self._before_keys()
        typing.type_text(self._body.client, self._body.pane, text)

    def paste(self, text: str) -> None:
        """Paste text, bracketed where the agent asked for it; no Enter is added."""
        self._before_keys()
        typing.paste(self._body.client, self._body.pane, text, scratch=self._body.folder)

    def resize(self, columns: int, rows: int) -> None:
        """Give the pane another size."""
        self._observer.absorb()
        self._watch.raise_if_exited()
        self._body.resize(columns, rows)

    def _before_keys(self) -> None:
        self._observer.absorb()
        self._watch.raise_if_exited()
        self._keys_since_send = True
        self._dialogs.touch()
