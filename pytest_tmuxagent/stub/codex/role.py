"""The stub in the role of Codex: its command line, its configuration, its files.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os
from time import localtime, strftime

from pytest_tmuxagent.faces.codex.failures import failure
from pytest_tmuxagent.stub.codex import resume
from pytest_tmuxagent.stub.codex.arguments import VERSION, parse
from pytest_tmuxagent.stub.codex.config import load_config
from pytest_tmuxagent.stub.codex.home import CodexHome
from pytest_tmuxagent.stub.codex.manners import CodexManners, UnattendedManners
from pytest_tmuxagent.stub.codex.policy import Policy
from pytest_tmuxagent.stub.jsonlines import decode
from pytest_tmuxagent.stub.leave import CannotStart
from pytest_tmuxagent.stub.role import Role

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_tmuxagent.faces.codex.look import CodexFace
    from pytest_tmuxagent.faces.codex.matching import Hook
    from pytest_tmuxagent.faces.plain import Question
    from pytest_tmuxagent.stub.box import Taken
    from pytest_tmuxagent.stub.codex.arguments import Arguments
    from pytest_tmuxagent.stub.codex.binding import BoundJournal
    from pytest_tmuxagent.stub.codex.config import Config
    from pytest_tmuxagent.stub.codex.conversation import CodexConversation
    from pytest_tmuxagent.stub.codex.printing import Printing
    from pytest_tmuxagent.stub.codex.tools import CodexTools
    from pytest_tmuxagent.stub.conversation import Conversation
    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.means import Journal, Means, Screen
    from pytest_tmuxagent.stub.parts import Parts

    Answered = Callable[["int | None"], None]

_NO_TERMINAL = "Error: stdin is not a terminal"


class CodexRole(Role):
    """Who asks `codex` gets this."""

    face: CodexFace
    options: Arguments
    config: Config
    policy: Policy
    folder_removed = "Error: No such file or directory (os error 2)"
    """Source: Codex 0.169.0."""

    def _read_arguments(self) -> None:
        self.options = parse(self.argv)
        self.headless = self.options.headless
        self.prompt = self.options.prompt or ""
        self.conversation: CodexConversation | None = None
        self._tools: CodexTools | None = None
        self._journal: BoundJournal | None = None
        self.hooks: list[Hook] = []
        self._printing: Printing | None = None
        self.thread: str | None = None

    def at_once(self) -> str | None:
        printed = self.options.printed
        if printed is None or not printed.endswith(f" {VERSION}"):
            return printed
        return f"{printed.removesuffix(VERSION)}{self.version}"

    @property
    def version(self) -> str:
        return str(self.face.options.get("version", VERSION))

    def choose_session(self) -> None:
        """Read the configuration, and refuse what the CLI refuses."""
        if not self.headless and not (os.isatty(0) and os.isatty(1)):
            refusal = CannotStart(_NO_TERMINAL)
            refusal.status = 1
            raise refusal
        self.config = load_config(self.options, cwd=self.cwd)
        self.cwd = self.config.cwd
        self.policy = Policy(
            approval=self.config.approval,
            sandbox=self.config.sandbox,
            cwd=self.cwd,
            writable=_writable(self.config),
            asks_anywhere=self.config.switch("features", "default_mode_request_user_input", default=False),
        )
        self.thread = resume.find(self.options, home=CodexHome(self.config.folder), cwd=self.cwd)
        self._find_hooks()
        self._dress()

    def _find_hooks(self) -> None:
        """Find the hooks, and those that the person must be asked about."""
        self.unknown_hooks: list[Hook] = []
        if not self.config.hooks and not os.path.exists(f"{self.config.folder}/hooks.json"):
            return
        from pytest_tmuxagent.stub.codex.binding import hooks_of, untrusted_hooks

        self.hooks = hooks_of(self.config)
        if not self.options.bypasses_hook_trust:
            self.unknown_hooks = untrusted_hooks(self.config, self.hooks)

    def _dress(self) -> None:
        face, config = self.face, self.config
        face.cwd, face.model = self.cwd, _display_name(config)
        face.clock = _time_of_day
        face.alternate = not self.inline
        if config.approval == "never" and config.sandbox == "danger-full-access":
            face.permissions = "YOLO mode"
        if config.base_url:
            face.url = f"{config.base_url}/responses"

    def said_of(self, message: str, status: int | None) -> str:
        """Give the CLI's sentence for a failed request."""
        return failure(message, status=status, url=self.face.url)

    @property
    def resumed(self) -> bool:
        return self.thread is not None and self.options.resumes

    def replay(self) -> list[str]:
        if self.thread is None:
            return []
        from pytest_tmuxagent.stub.codex.replay import Replay

        records = resume.history(CodexHome(self.config.folder), self.thread)
        return Replay(self.face).lines(records)

    # --- without a terminal ---

    def read_prompt(self) -> None:
        from pytest_tmuxagent.stub.codex.headless import check_start, take_prompt

        self.prompt = take_prompt(self.options)
        check_start(self.options, self.config)

    def headless_screen(self) -> Screen:
        from pytest_tmuxagent.stub.codex.headless import make_printing

        records = resume.history(CodexHome(self.config.folder), self.thread) if self.thread else []
        self._printing = make_printing(self.options, self.config, spent=resume.spent(records))
        return super().headless_screen()

    def run_headless(self, conversation: Conversation, *, loop: Loop) -> int:
        from pytest_tmuxagent.stub.codex.headless import run_exec

        assert self._printing is not None
        self.received(self.prompt, how="argv" if self.prompt == self.options.prompt else "stdin")
        return run_exec(
            self.prompt, conversation=conversation, loop=loop, printing=self._printing, ending=self.close
        )

    # --- the start ---

    def questions(self) -> list[tuple[Question, Answered]]:
        config = self.config
        picks = resume.picks(self.options)
        asked = config.needs_login or config.asks_for_trust or picks or self.unknown_hooks
        if not asked and not config.asks_for_updates:
            return []
        from pytest_tmuxagent.stub.codex.starting import questions

        return questions(self)

    def typed(self, taken: Taken) -> None:
        if self._journal is not None and self.manners().command(taken.text) is None:
            self._journal.typed(taken.text)

    @property
    def inline(self) -> bool:
        """Whether the history goes into the scrollback, not onto the alternate screen."""
        return self.options.no_alt_screen or self.config.table("tui").get("alternate_screen") == "never"

    # --- the parts ---

    @property
    def background(self) -> int:
        """How many commands run in the background."""
        return 0 if self._tools is None else self._tools.background

    @property
    def mode(self) -> str:
        return "plan" if self.policy.plans else "default"

    def cycle_mode(self) -> None:
        self.policy.plans = not self.policy.plans

    def manners(self) -> CodexManners:
        kind = UnattendedManners if self.headless else CodexManners
        return kind(
            minimum_busy=float(self.wiring.face_options.get("minimum_busy", 0.0)),
            request_retries=self.config.request_retries,
        )

    def make_journal(self, parts: Parts) -> Journal:
        from pytest_tmuxagent.stub.codex.binding import make_journal

        self._journal = make_journal(self, parts, hooks=self.hooks)
        if self._printing is None:
            return self._journal
        from pytest_tmuxagent.stub.codex.unattended import UnattendedJournal

        return UnattendedJournal(self._journal, printing=self._printing, said_of=self.said_of)

    def make_tools(self, parts: Parts) -> CodexTools:
        from pytest_tmuxagent.stub.codex.tools import CodexTools

        journal = self._journal
        assert journal is not None
        self._tools = CodexTools(
            loop=parts.loop,
            children=parts.children,
            cwd=self.cwd,
            session=lambda: journal.session,
            login=self.config.switch("allow_login_shell", default=True),
        )
        return self._tools

    def make_conversation(self, means: Means) -> CodexConversation:
        from pytest_tmuxagent.stub.codex.conversation import CodexConversation

        assert self._tools is not None
        self.conversation = CodexConversation(
            means, face=self.face, tools=self._tools, asks_where=bool(self.config.git_root)
        )
        return self.conversation

    def goodbye(self) -> list[str]:
        if self._journal is None:
            return []
        if self.conversation is None or not self.conversation.talked:
            return [f"Session ID: {self._journal.session}"]
        from pytest_tmuxagent.stub.codex.binding import usage_line

        self.face.usage_line = usage_line(self._journal.spent)
        return self.face.goodbye(self._journal.session)


def _writable(config: Config) -> list[str]:
    """Give the folders that the sandbox lets be written."""
    if config.sandbox != "workspace-write":
        return []
    places = {"workdir": config.cwd, "$TMPDIR": os.environ.get("TMPDIR", "")}
    return [place for place in (places.get(name, name) for name in config.writable) if place]


def _display_name(config: Config) -> str:
    """Give the name of the model as its catalog has it."""
    path = config.values.get("model_catalog_json")
    try:
        with open(path if isinstance(path, str) else "", "rb") as file:
            catalog = decode(file.read())
        models = catalog["models"]
        return str(next(model["display_name"] for model in models if model["slug"] == config.model))
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return config.model


def _time_of_day() -> str:
    return strftime("%H:%M", localtime())
