"""The role: who the stub plays, from its command line to the parts it works with."""

from __future__ import annotations

import os

from pytest_tmuxagent.faces import make_face
from pytest_tmuxagent.stub.arguments import parse_arguments
from pytest_tmuxagent.stub.leave import CannotStart
from pytest_tmuxagent.stub.manners import Manners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_tmuxagent.faces.plain import PlainFace, Question
    from pytest_tmuxagent.stub.box import Taken
    from pytest_tmuxagent.stub.conversation import Conversation
    from pytest_tmuxagent.stub.faults import Faults
    from pytest_tmuxagent.stub.keeping import Kept
    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.means import Journal, Means, Screen, Tools
    from pytest_tmuxagent.stub.parts import Parts
    from pytest_tmuxagent.stub.received import How
    from pytest_tmuxagent.stub.wiring import Wiring

    Answered = Callable[["int | None"], None]


class Role:
    """The plain one. Another overrides what differs; what only a turn needs is imported late."""

    face: PlainFace
    prompt: str
    headless: bool
    folder_removed = "Error: ENOENT: no such file or directory, uv_cwd"
    """What it says where its folder is no more. Source: Node.js 22, `process.cwd()`."""

    def __init__(self, wiring: Wiring, argv: list[str], *, cwd: str) -> None:
        self.wiring = wiring
        self.argv = argv
        self.cwd = cwd
        self.signed_in = True
        self.faults = _faults(wiring)
        self.face = make_face(wiring.face, agent=wiring.name, options=wiring.face_options)
        self._read_arguments()

    def at_once(self) -> str | None:
        """Give what is printed instead of running, or None."""
        if self._arguments.show_version:
            return self.face.version()
        return self.face.usage() if self._arguments.show_usage else None

    def choose_session(self) -> None:
        """Find the conversation to go on with; CannotStart where there is none."""
        self._session = self._find_session()

    def questions(self) -> list[tuple[Question, Answered]]:
        """Give what is asked before the input box is shown; an answer may raise Leave."""
        asked = self.wiring.situation.get("asks", ())
        return [(self.face.start_question(name, self.cwd), self._start_answer(name)) for name in asked]

    def _start_answer(self, name: str) -> Answered:
        from pytest_tmuxagent.stub.situation import answered

        return answered(name)

    def make_conversation(self, means: Means) -> Conversation:
        from pytest_tmuxagent.stub.conversation import Conversation

        return Conversation(means)

    def manners(self) -> Manners:
        return Manners(minimum_busy=float(self.wiring.face_options.get("minimum_busy", 0.0)))

    def make_tools(self, parts: Parts) -> Tools:
        from pytest_tmuxagent.stub.tools import Tools

        return Tools(loop=parts.loop, children=parts.children)

    def files(self, loop: Loop, *, mode: int = 0o600) -> Callable[[str], Kept]:
        """Give what makes the file of a transcript, as the situation has it."""
        from pytest_tmuxagent.stub.keeping import kept

        situation, faults = self.wiring.situation, self.faults
        return lambda path: kept(path, mode=mode, loop=loop, situation=situation, faults=faults)

    def make_journal(self, parts: Parts) -> Journal:
        from pytest_tmuxagent.stub.hooks import Hooks
        from pytest_tmuxagent.stub.journal import PlainJournal
        from pytest_tmuxagent.stub.transcript import Transcript, new_session

        def hook_failed(hook: str, code: int) -> None:
            parts.screen.show(self.face.hook_failed(hook, code))

        folder = self.wiring.state_folder()
        hooks = Hooks(
            self.wiring.hooks, folder=folder, loop=parts.loop, children=parts.children, failed=hook_failed
        )
        return PlainJournal(
            Transcript(
                folder,
                self._session or self._arguments.session or new_session(),
                file_at=self.files(parts.loop),
            ),
            hooks,
            name=self.wiring.name,
            cwd=self.cwd,
            asks=self.wiring.permissions == "ask",
        )

    @property
    def mode(self) -> str:
        """The permission mode."""
        return "default"

    def cycle_mode(self) -> None:
        """Go to the next permission mode, where there is one."""

    def replay(self) -> list[str]:
        """Give what the screen shows of the conversation that goes on."""
        return []

    def typed(self, taken: Taken) -> None:
        """Take note of what a person submits, before it has any effect."""

    def received(self, text: str, *, how: How) -> None:
        """Log a prompt, where the wiring says that it is to be."""
        if self.wiring.prompts:
            from pytest_tmuxagent.stub.received import log_prompt

            log_prompt(self.wiring.prompts, text, how=how)

    def goodbye(self) -> list[str]:
        """Give what stays on the screen at the end."""
        return self.face.goodbye(None)

    def close(self) -> None:
        """End what was started for the role."""

    @property
    def resumed(self) -> bool:
        """Whether a conversation goes on that was begun by another process."""
        return self._session is not None

    def headless_screen(self) -> Screen:
        from pytest_tmuxagent.stub.headless import Headless

        return Headless()

    def run_headless(self, conversation: Conversation, *, loop: Loop) -> int:
        """Do all that is asked for without a terminal, and give the exit status."""
        from pytest_tmuxagent.stub.headless import run_headless

        self.received(self.prompt, how="argv" if self.prompt == self._arguments.prompt else "stdin")
        return run_headless(self.prompt, conversation=conversation, loop=loop)

    def read_prompt(self) -> None:
        """Take the prompt from stdin where the command line has none; CannotStart where nobody has."""
        from pytest_tmuxagent.stub.headless import read_prompt

        self.prompt = self.prompt or read_prompt()
        if not self.prompt.strip():
            raise CannotStart(f"{self.wiring.name}: no prompt: give one as an argument, or on stdin")

    def _read_arguments(self) -> None:
        self._arguments = parse_arguments(
            self.argv,
            options_with_value=self.face.options_with_value,
            headless_word=self.face.headless_word,
        )
        if self._arguments.folder is not None:
            self.cwd = _enter(self._arguments.folder)
        self.prompt = self._arguments.prompt
        # Without a terminal there is nobody to type: real CLIs then read the prompt from stdin.
        self.headless = self._arguments.headless or not (os.isatty(0) and os.isatty(1))

    def _find_session(self) -> str | None:
        """Give the session to resume; None for a new one."""
        if self._arguments.resume is None and not self._arguments.latest:
            return None
        from pytest_tmuxagent.stub.transcript import find_session, latest_session

        folder = self.wiring.state_folder()
        if self._arguments.resume is not None:
            return find_session(folder, self._arguments.resume)
        return latest_session(folder, self.cwd)


def _enter(folder: str) -> str:
    """Work in that folder from now on."""
    try:
        os.chdir(folder)
        return os.getcwd()
    except OSError as failure:
        raise CannotStart(f"{folder}: {failure.strerror}") from None


def _faults(wiring: Wiring) -> Faults | None:
    if not wiring.faults:
        return None
    from pytest_tmuxagent.stub.faults import Faults

    return Faults(wiring.faults, situation=wiring.situation)
