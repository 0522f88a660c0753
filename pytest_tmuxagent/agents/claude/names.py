"""Which turn is meant: Claude Code's prompt ids, brought together.

A turn is called by the id of its prompt. The traps: several queued prompts that are sent at once are one
turn, but have an id each, in 2.1.197 in the hooks, in 2.1.329 in the transcript; in 2.1.329 the hook tells
of a queued prompt when it is queued, under the id of the turn that runs; and hooks and transcript come in
any order.

Source: Claude Code 2.1.197 and 2.1.329, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.events import Event, TurnsJoined

Pairs = list[tuple[str, str]]


class TurnNames:
    """One agent's prompt ids, as its hooks and its transcript tell them.

    What one of them told waits until the other one tells it, too: first whoever has the same id is meant,
    then, of queued prompts, whoever has the same words.
    """

    def __init__(self) -> None:
        self._aliases: dict[str, str] = {}
        self._hook_ids: set[str] = set()
        self._record_ids: set[str] = set()
        self._hooked: Pairs = []
        self._recorded: Pairs = []
        self._queued: list[str] = []

    def of(self, prompt_id: str | None) -> str | None:
        """Give the turn that an id stands for."""
        return None if prompt_id is None else self._aliases.get(prompt_id, prompt_id)

    def is_known(self, prompt_id: object) -> bool:
        """Whether a prompt with this id was told."""
        return prompt_id in self._hook_ids or prompt_id in self._record_ids

    def hooked(self, prompt: str, prompt_id: str) -> str | None:
        """A hook tells a prompt; give its turn, None where it was only queued behind that turn."""
        if prompt_id in self._hook_ids:
            if _take(self._recorded, prompt) is None:
                self._queued.append(prompt)
            return None
        self._hook_ids.add(prompt_id)
        recorded = _take(self._recorded, prompt, prompt_id)
        if recorded is None:
            self._hooked.append((prompt, prompt_id))
        elif recorded != prompt_id:
            self._aliases[prompt_id] = recorded
        return self._aliases.get(prompt_id, prompt_id)

    def recorded(self, prompt: str, prompt_id: str) -> list[Event]:
        """The transcript holds a prompt: where the hook gave it another id, the two turns are one."""
        self._record_ids.add(prompt_id)
        if (prompt, prompt_id) not in self._hooked and self.left_queue(prompt):
            return []
        hooked = _take(self._hooked, prompt, prompt_id)
        if hooked is None:
            self._recorded.append((prompt, prompt_id))
        elif hooked != prompt_id:
            return self.join(hooked, into=prompt_id)
        return []

    def left_queue(self, prompt: str) -> bool:
        """A prompt left the queue; say whether a hook had told that it was queued."""
        if prompt not in self._queued:
            return False
        self._queued.remove(prompt)
        return True

    def join(self, turn: str, *, into: str) -> list[Event]:
        """Two ids turned out to be those of one turn."""
        self._aliases[turn] = into
        return [TurnsJoined(turn=turn, into=into)]


def _take(pairs: Pairs, prompt: str, prompt_id: str | None = None) -> str | None:
    """Take out the pair with this id, else the first with this prompt, and give its id."""
    alike = [pair for pair in pairs if pair[0] == prompt]
    pair = next((pair for pair in alike if pair[1] == prompt_id), alike[0] if alike else None)
    if pair is None:
        return None
    pairs.remove(pair)
    return pair[1]
