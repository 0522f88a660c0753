"""Which turn is meant: Claude Code's prompt ids, brought together.

A turn is called by the id of its prompt. Two traps: several queued prompts that are sent at once have
an id each in the hooks and a common one in the transcript; and hooks and transcript come in any order.

Source: Claude Code 2.1.197 and 2.1.329, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.events import Event, TurnsJoined


class TurnNames:
    """One agent's prompt ids, as its hooks and its transcript tell them."""

    def __init__(self) -> None:
        self._aliases: dict[str, str] = {}
        self._hooked: list[tuple[str, str]] = []
        self._recorded: list[tuple[str, str]] = []

    def of(self, prompt_id: str | None) -> str | None:
        """Give the turn that an id stands for."""
        return None if prompt_id is None else self._aliases.get(prompt_id, prompt_id)

    def hooked(self, prompt: str, prompt_id: str) -> str:
        """A hook says that a prompt was submitted; give its turn."""
        recorded = _take(self._recorded, prompt)
        if recorded is None:
            self._hooked.append((prompt, prompt_id))
        elif recorded != prompt_id:
            self._aliases[prompt_id] = recorded
        return self._aliases.get(prompt_id, prompt_id)

    def recorded(self, prompt: str, prompt_id: str) -> list[Event]:
        """The transcript holds a prompt: where the hook gave it another id, the two turns are one."""
        hooked = _take(self._hooked, prompt)
        if hooked is None:
            self._recorded.append((prompt, prompt_id))
        elif hooked != prompt_id:
            self._aliases[hooked] = prompt_id
            return [TurnsJoined(turn=hooked, into=prompt_id)]
        return []


def _take(pairs: list[tuple[str, str]], prompt: str) -> str | None:
    for pair in pairs:
        if pair[0] == prompt:
            pairs.remove(pair)
            return pair[1]
    return None
