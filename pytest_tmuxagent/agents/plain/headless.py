"""Runs the plain face without a terminal: what it prints is its answer."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_tmuxagent.agents.profile import HeadlessPlan
from pytest_tmuxagent.events import Event, MessageSaid, TurnEnded
from pytest_tmuxagent.turn import Failure


def arguments(prompt: str, resume: bool | str) -> Sequence[str]:  # noqa: FBT001
    """Give the words that follow the command."""
    going_on = ("--resume", resume) if isinstance(resume, str) else ("--continue",) * resume
    return ("-p", *going_on, "--", prompt)


class PlainOutput:
    """Reads one run: the whole output is the text, the exit status the end."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def line(self, line: str) -> list[Event]:
        """Keep a line of the answer."""
        self._lines.append(line)
        return []

    def exited(self, status: int, errors: str) -> list[Event]:
        """Give the turn; a failed one tells why on stderr, and a run that tells nothing has no turn."""
        if status == 0:
            return [MessageSaid(text="\n".join(self._lines)), TurnEnded(stop_reason="end_turn")]
        if not errors:
            return []
        return [TurnEnded(stop_reason="failed", error=Failure(message=errors.strip()))]


HEADLESS = HeadlessPlan(argv=arguments, reader=PlainOutput)
