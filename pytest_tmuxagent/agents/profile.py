"""What a session must know of an agent: how to start it, type to it, read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from pytest_tmuxagent.events import Event
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.signals.reading import Reader

Permissions = Literal["allow", "ask"]

_DEPTH = 2
"""Deeper in a transcripts folder lies what other agents did on behalf of a conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealPlan:
    """What the vendor's own program is run with: where it is, and the model server that it must ask.

    `api` is the server's address, as `http://127.0.0.1:4711`. `key` is the secret that every request must
    carry.
    """

    cli: Path
    version: str
    api: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPlan:
    """What an agent is given when it is started.

    `folder` is the agent's own, outside of its HOME and workdir. `hook` is a shell command that takes
    a hook's payload on its standard input. `door` and `key` lead to the script. `face` holds the options
    of the face that the stub wears; a real CLI has none. `flags` is the folder of the agent's flag files
    (`signals/flags.py`), with `{session}` in the place of the conversation's id; empty where it has none.
    `real` is None where the stub runs. `faults` are those that it plays (`schedules.py`).
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
    face: Mapping[str, Any] = field(default_factory=dict)
    flags: str = ""
    real: RealPlan | None = None
    faults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealWiring:
    """How the vendor's own program is started, by whomever: in our session, or by a program under test.

    `arguments` come before those that it is started with. In the values of `environment`, `{pid}` stands
    for its process id; `without` are variables that it must not find. `seeds` are files that it needs, by
    their places below the HOME that it is started with; those that are there stay as they are. In their
    texts, and in `arguments`, `{cwd}` stands for the folder that it is started in, as it is written between
    the quotes of JSON, or of TOML.
    """

    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    without: Sequence[str] = ()
    seeds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealCli:
    """The vendor's own program.

    `package` is its name in the npm registry. `known` are the oldest and the newest version that were
    tried. `locate` finds the program behind what stands on the PATH: a script that only starts it.
    `for_programs` wires those that programs under test start, `folder` being one of our own.
    """

    command: str
    package: str
    known: tuple[str, str]
    locate: Callable[[Path], Path]
    for_programs: Callable[[RealPlan, Path, Permissions | None], RealWiring]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchSpec:
    """The command to run, what its environment has beside the sandbox's, and where it writes things down.

    `transcripts` is a folder of JSON-lines files, its sub-folders included where `shared_transcripts`:
    then other agents write there, too, and only the files that this agent's own signals name are its own.
    `status` is a folder with one `<pid>.json` for each running agent, which tells what that one does now.
    """

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    transcripts: Path | None = None
    shared_transcripts: bool = False
    status: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Where an agent writes down what it does: the same folders as those of a `LaunchSpec`."""

    transcripts: Path
    status: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenReading:
    """What a screen says. `box` is the text in the input box, None where no box is shown.

    `always`: the dialog offers an answer that holds for the like as well.
    """

    box: str | None = None
    busy: bool = False
    dialog: bool = False
    always: bool = True

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
    """The keys a person would press, in tmux's names. `steer` is None where the agent cannot.

    `clear` clears the input box, or one line of it, and does nothing to an empty one; `clear_all` clears
    all lines, and is pressed only while the agent is idle and several lines are seen.
    """

    submit: str = "Enter"
    queue: str = "Enter"
    steer: str | None = None
    interrupt: str = "Escape"
    clear: str = "C-u"
    clear_all: str | None = None
    allow: str = "1"
    allow_always: str = "2"
    deny: str = "Escape"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDialog:
    """What makes an agent ask something at its start, instead of going straight to its input box.

    `without` are keys of its configuration on the command line (`-c KEY=VALUE`) that are left out, `words`
    others that are put there; `files` are written into its HOME, `environment` is added. Where the vendor's
    own program cannot be made to ask, `stub_only` says why.
    """

    without: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    stub_only: str = ""


class LineReader(Protocol):
    """Turns the output of a headless run into events."""

    def line(self, line: str, /) -> list[Event]:
        """Read a line of the standard output, without its end."""

    def exited(self, status: int, errors: str, /) -> list[Event]:
        """Read the end of the run: its exit status (of a signal negative) and its standard error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlessPlan:
    """How an agent answers one prompt without a terminal.

    `argv(prompt, resume)` gives the words that follow the command of the agent; `resume` is the id of a
    conversation to go on with, True for the last one, False for a new one. `reader` makes a reader for
    one run.
    """

    argv: Callable[[str, bool | str], Sequence[str]]
    reader: Callable[[], LineReader]


def refuse_nothing(_prompt: str) -> str | None:
    """Accept every prompt."""
    return None


def named_by_file(path: Path) -> str | None:
    """Give the conversation in a file of the transcripts folder: its name, or None too deep below."""
    return path.stem if len(path.parts) <= _DEPTH else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """One agent.

    `reader` makes what turns the agent's hooks, records and status into events, one for each launched
    agent; an agent without it is read off its screen. `refuses` says why a prompt cannot arrive unchanged,
    or None. `echo_before_enter`: Enter is pressed only once the box shows what was pasted. `headless` says
    how to run it without a terminal, None where it cannot. `real` is the vendor's program, None where only
    the stub plays it. `osc` is the number of the escape sequences (OSC) by which it tells what it does.
    `read_queue` gives the prompts that a screen shows as queued, for an agent that tells of them nowhere
    else. `conversation_of` gives the id of the conversation in a file, by its place in the transcripts
    folder, and None where it holds none. `tools_for` gives, for a workdir and permissions, a tool table that
    needs to know them. `kept_in` says, by the environment of an agent that others started, where it keeps
    its records, and `headless_words` which words of a command line make it run without a terminal.
    `stand_in` wires the stub that programs start by the agent's name, where it needs
    more than they give it; the folder is one of our own. `start_dialogs` are those that a test can have it
    open at its start.
    """

    name: str
    prepare: Callable[[LaunchPlan], LaunchSpec]
    read_screen: Callable[[Screen], ScreenReading]
    tools: ToolTable
    keys: Keys = field(default_factory=Keys)
    reader: Callable[[], Reader] | None = None
    refuses: Callable[[str], str | None] = refuse_nothing
    bracketed_paste: bool = True
    echo_before_enter: bool = False
    headless: HeadlessPlan | None = None
    real: RealCli | None = None
    osc: int | None = None
    read_queue: Callable[[Screen], tuple[str, ...]] | None = None
    conversation_of: Callable[[Path], str | None] = named_by_file
    tools_for: Callable[[Path, Permissions], ToolTable] | None = None
    kept_in: Callable[[Mapping[str, str]], Records] | None = None
    headless_words: frozenset[str] = frozenset({"-p", "--print"})
    stand_in: Callable[[Path, Permissions | None], RealWiring] | None = None
    start_dialogs: Mapping[str, StartDialog] = field(default_factory=dict)

    def tools_in(self, workdir: Path, permissions: Permissions) -> ToolTable:
        """Give the tool table of an agent that works there."""
        return self.tools if self.tools_for is None else self.tools_for(workdir, permissions)

    @property
    def reads_screen_only(self) -> bool:
        """Nothing but the screen tells what the agent does."""
        return self.reader is None
