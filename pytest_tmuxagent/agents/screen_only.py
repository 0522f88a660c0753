"""An agent of the user's own that has nothing but a screen: any program with a prompt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.agents.profile import AgentProfile, Keys, LaunchPlan, LaunchSpec, ScreenReading
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.grid import Screen


def screen_agent(
    name: str,
    *,
    command: Sequence[str],
    idle: str,
    environment: Mapping[str, str] | None = None,
    interrupt: str = "C-c",
    clear: str = "C-u",
    bracketed_paste: bool = False,
) -> AgentProfile:
    """Describe an agent by its command and by how its prompt looks.

    The agent is idle when the line on which the cursor stands matches `idle`, a regular expression
    for the empty prompt (`r"you> ?$"`; lines are right-trimmed). A turn is everything that is printed
    until that line comes back. `interrupt` and `clear` are keys in tmux's names.

    Raises:
        Misuse: `idle` is no regular expression, or `command` is empty.
    """
    if not command:
        raise Misuse(f"agent {name!r} has an empty command; give the program and its arguments.")
    try:
        prompt = re.compile(idle)
    except re.error as error:
        raise Misuse(f"agent {name!r}: idle={idle!r} is no regular expression: {error}") from error

    def prepare(plan: LaunchPlan) -> LaunchSpec:
        return LaunchSpec(argv=[*command, *plan.arguments], environment=environment or {})

    def read_screen(screen: Screen) -> ScreenReading:
        return ScreenReading(box="" if prompt.search(screen.cursor_line) else None)

    return AgentProfile(
        name=name,
        prepare=prepare,
        read_screen=read_screen,
        tools=PlainTools(),
        keys=Keys(interrupt=interrupt, clear=clear),
        bracketed_paste=bracketed_paste,
        refuses=_refuses_newlines if not bracketed_paste else lambda _prompt: None,
    )


def _refuses_newlines(prompt: str) -> str | None:
    if "\n" in prompt or "\r" in prompt:
        return "a program without bracketed paste would take each line for a prompt of its own"
    return None
