"""What a session must know of an agent: how to start it, type to it, read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pytest_tmuxagent.events import Event
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.script.steps import ToolTable

Permissions = Literal["allow", "ask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPlan:
    """What an agent is given when it is started.

    `folder` is the agent's own, outside of its HOME and workdir. `hook` is a shell command that takes
    a hook's payload on its standard input. `door` and `key` lead to the script.
    """

    name: str
    folder: Path
    home: Path
    workdir: Path
    door: Path
    key: str
    hook: str
    launches: Path
    permissions: Permissions
    arguments: Sequence[str] = ()
    resume: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchSpec:
    """The command to run, what its environment has beside the sandbox's, and where it keeps transcripts."""

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    transcripts: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenReading:
    """What a screen says. `box` is the text in the input box, None where no box is shown."""

    box: str | None = None
    busy: bool = False
    dialog: bool = False

    @property
    def is_empty(self) -> bool:
        """The agent is idle, and nothing stands in its input box."""
        return self.idle and not self.box

    @property
    def idle(self) -> bool:
        """The agent shows an input box and does nothing."""
        return self.box is not None and not self.busy and not self.dialog


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys a person would press, in tmux's names. `steer` is None where the agent cannot."""

    submit: str = "Enter"
    queue: str = "Enter"
    steer: str | None = None
    interrupt: str = "Escape"
    clear: str = "C-u"
    allow: str = "1"
    allow_always: str = "2"
    deny: str = "Escape"


def refuse_nothing(_prompt: str) -> str | None:
    """Accept every prompt."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """One agent.

    `read_hook` and `read_record` turn what the agent wrote into events; an agent without them is read
    off its screen: it is idle when the line of the cursor matches `idle`. `refuses` says why a prompt
    cannot arrive unchanged, or None.
    """

    name: str
    prepare: Callable[[LaunchPlan], LaunchSpec]
    read_screen: Callable[[Screen], ScreenReading]
    tools: ToolTable
    keys: Keys = field(default_factory=Keys)
    read_hook: Callable[[Mapping[str, Any]], list[Event]] | None = None
    read_record: Callable[[Mapping[str, Any]], list[Event]] | None = None
    refuses: Callable[[str], str | None] = refuse_nothing
    bracketed_paste: bool = True

    @property
    def reads_screen_only(self) -> bool:
        """Nothing but the screen tells what the agent does."""
        return self.read_hook is None and self.read_record is None
