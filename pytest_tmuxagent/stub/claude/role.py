"""The stub in the role of Claude Code: its command line, its settings, its files.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.claude import settings as claude_settings
from pytest_tmuxagent.faces.claude.arguments import BLANK_PROMPT, NO_PROMPT, NOTHING_DEFERRED, Refused, parse
from pytest_tmuxagent.faces.claude.banner import RESUMED_MODEL
from pytest_tmuxagent.faces.claude.failures import failure, kind
from pytest_tmuxagent.faces.claude.look import VERSION
from pytest_tmuxagent.faces.claude.offers import full_name
from pytest_tmuxagent.faces.claude.rules import ROOT, Rules, root_refuses
from pytest_tmuxagent.stub.claude.home import Home, read_object
from pytest_tmuxagent.stub.claude.manners import ClaudeManners, UnattendedManners
from pytest_tmuxagent.stub.jsonlines import decode
from pytest_tmuxagent.stub.leave import CannotStart, Leave
from pytest_tmuxagent.stub.role import Role
from pytest_tmuxagent.stub.transcript import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.claude.arguments import Arguments
    from pytest_tmuxagent.faces.claude.look import ClaudeFace
    from pytest_tmuxagent.faces.claude.settings import Settings
    from pytest_tmuxagent.faces.plain import Question
    from pytest_tmuxagent.stub.box import Taken
    from pytest_tmuxagent.stub.claude.driver import Driver
    from pytest_tmuxagent.stub.claude.journal import ClaudeJournal
    from pytest_tmuxagent.stub.claude.mcp import Servers
    from pytest_tmuxagent.stub.claude.printing import Printing
    from pytest_tmuxagent.stub.conversation import Conversation
    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.means import Journal, Screen, Tools
    from pytest_tmuxagent.stub.parts import Parts

    Answered = Callable[["int | None"], None]

_SERVER_PATIENCE = 5.0
_VIRGIN = (
    "Unable to connect to Anthropic services",
    "",
    "Failed to connect to api.anthropic.com: ECONNREFUSED",
    "",
    "Please check your internet connection and network settings.",
)


class Refusal(CannotStart):
    """The CLI's own refusal, on the stream and with the status that it has there."""

    def __init__(self, message: str, *, status: int, fd: int = 2) -> None:
        super().__init__(message)
        self.status = status
        self.fd = fd


class ClaudeRole(Role):
    """Who asks `claude` gets this."""

    face: ClaudeFace
    options: Arguments
    folder_removed = (
        "ENOENT: Bun could not find a file, and the code that produces this error is missing a better error."
    )
    """Source: Claude Code 2.1.197."""

    def _read_arguments(self) -> None:
        try:
            self.options = options = parse(self.argv, terminal=os.isatty(1))
        except Refused as refused:
            raise Refusal(refused.message, status=refused.status, fd=refused.stream) from None
        for warning in options.warnings:
            os.write(2, f"{warning}\n".encode("utf-8", "replace"))
        self.headless = options.headless
        self.prompt = options.prompt
        self._journal: ClaudeJournal | None = None
        self._printing: Printing | None = None
        self._driver: Driver | None = None
        self._servers: Servers | None = None
        self._resumed = False
        self._model: str | None = None

    def at_once(self) -> str | None:
        if self.options.show_version:
            return self.face.version()
        return self.face.usage() if self.options.show_usage else None

    def choose_session(self) -> None:
        """Find the session, and everything that settings and files say; refuse what the CLI refuses."""
        if self.options.command:
            raise Refusal(f"stub: `claude {self.options.command[0]}` is not played", status=1)
        self._home = Home()
        self._settings = self._read_settings()
        self._refuse_root()
        for key, value in self._settings.environment.items():
            os.environ[key] = value
        self._session_id = self._find_session_id()
        if self._resumed:
            self.face.model = RESUMED_MODEL
        self.face.empty_folder = not self.headless and _is_empty(self.cwd)
        os.environ.update(
            {
                "CLAUDECODE": "1",
                "CLAUDE_CODE_ENTRYPOINT": "sdk-cli" if self.headless else "cli",
                "CLAUDE_CODE_SESSION_ID": self._session_id,
                "CLAUDE_PROJECT_DIR": self.cwd,
            }
        )
        self._rules = self._make_rules()
        self._answers = self._read_schema()
        self._server_configs = self._find_servers()

    def _read_schema(self) -> dict[str, Any] | None:
        given = self.options.json_schema
        if given is None or not self.headless:
            return None
        try:
            schema = decode(given.encode())
        except ValueError:
            raise Refusal("Error: --json-schema is not valid JSON: JSON Parse error", status=1) from None
        return schema if isinstance(schema, dict) else None

    def _find_servers(self) -> dict[str, dict[str, Any]]:
        from pytest_tmuxagent.stub.claude.mcp_configuration import BadMcpConfig, configured

        try:
            return configured(
                self.options.mcp_config,
                strict=self.options.strict_mcp_config,
                cwd=self.cwd,
                config=self._home.read_config(),
                settings=self._settings.merged,
                headless=self.headless,
            )
        except BadMcpConfig as bad:
            raise Refusal(str(bad), status=1) from None

    def _read_settings(self) -> Settings:
        given = self.options.settings
        sources: list[object] = [*claude_settings.select(self._home.settings(self.cwd), self.options)]
        if given:
            sources.append(self._given_settings(given))
        settings = claude_settings.merge(sources)
        if self.options.bare:
            settings.hooks = {}
        return settings

    def _given_settings(self, given: str) -> dict[str, Any]:
        try:
            found = decode(given.encode())
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
        if not os.path.exists(given):
            raise Refusal(f"Error: Settings file not found: {given}", status=1)
        return read_object(given)

    def _refuse_root(self) -> None:
        if root_refuses(self.options, os.environ, is_root=os.geteuid() == 0):
            raise Refusal(ROOT, status=1)

    def _make_rules(self) -> Rules:
        home = os.environ.get("HOME", "/")
        return Rules(self._settings, self.options, cwd=self.cwd, home=home, is_directory=os.path.isdir)

    @property
    def version(self) -> str:
        return str(self.face.options.get("version", VERSION))

    def _said_of(self, message: str, status: int | None) -> tuple[str, str]:
        """Give the sentence for a failed request, and the word."""
        assert self._journal is not None
        said = failure(
            message,
            status=status,
            gateway=self.face.gateway,
            model=self._journal.model,
            headless=self.headless,
        )
        return said, kind(status)

    def _find_session_id(self) -> str:
        from pytest_tmuxagent.stub.claude import sessions

        options, project = self.options, self._home.project(self.cwd)
        try:
            resumed = sessions.to_resume(project, options)
        except sessions.NotResumable as missing:
            raise self._not_started(str(missing), session=missing.named or new_session()) from None
        if resumed is not None:
            self._resumed = True
            self._model = options.model or sessions.last_model(project, resumed)
            return resumed
        self._model = options.model
        chosen = options.session_id
        if chosen is not None and os.path.exists(f"{project}/{chosen}.jsonl"):
            raise Refusal(f"Error: Session ID {chosen} is already in use.", status=1)
        return chosen or new_session()

    def _not_started(self, message: str, *, session: str) -> Refusal:
        if self.headless:
            self._make_printing(session).not_started(message)
        return Refusal(message, status=1)

    @property
    def resumed(self) -> bool:
        return self._resumed

    @property
    def mode(self) -> str:
        return self._rules.mode

    def cycle_mode(self) -> None:
        self._rules.cycle_mode()
        if self._journal is not None:
            self._journal.mode_changed()

    def replay(self) -> list[str]:
        if not self._resumed:
            return []
        from pytest_tmuxagent.stub.claude.replay import Replay
        from pytest_tmuxagent.stub.claude.sessions import read_records

        path = self._home.transcript(self.cwd, self._session_id)
        return Replay(self.face).lines(read_records(path))

    def typed(self, taken: Taken) -> None:
        if self._journal is not None:
            self._journal.typed(taken)

    def goodbye(self) -> list[str]:
        written = self._journal is not None and self._journal.written
        return self.face.goodbye(self._journal.session if self._journal and written else None)

    # --- the start ---

    def questions(self) -> list[tuple[Question, Answered]]:
        config = self._home.read_config()
        if not config.get("hasCompletedOnboarding"):
            os.write(1, "\r\n".join(["", *_VIRGIN, ""]).encode())
            raise Leave(1)
        asked = claude_settings.start_questions(
            config, self._settings, arguments=self.options, environment=os.environ, cwd=self.cwd
        )
        if not asked and not self.wiring.situation:
            return []
        from pytest_tmuxagent.stub.claude.starting import questions

        return questions(self, asked, home=self._home)

    # --- without a terminal ---

    def read_prompt(self) -> None:
        if self.options.input_format == "stream-json":
            return
        from pytest_tmuxagent.stub.claude.headless import read_prompt

        def warn(text: str) -> None:
            os.write(2, f"{text}\n".encode())

        self.prompt = read_prompt(self.prompt, warn=warn)
        resumes = self.options.latest or self.options.resume
        if not self.prompt:
            raise Refusal(NOTHING_DEFERRED if resumes else NO_PROMPT, status=1)
        if not self.prompt.strip():
            if self.options.output_format == "stream-json":
                raise Leave(0)
            raise Refusal(BLANK_PROMPT, status=1)

    def headless_screen(self) -> Screen:
        from pytest_tmuxagent.stub.claude.driver import Driver
        from pytest_tmuxagent.stub.claude.unattended import PrintingScreen

        self._printing = self._make_printing(self._session_id)
        if self.options.input_format == "stream-json":
            self._driver = Driver(self._printing)
        return PrintingScreen(self._printing)

    def _make_printing(self, session: str) -> Printing:
        from pytest_tmuxagent.stub.claude.printing import Printing

        return Printing(
            self.options,
            session=session,
            cwd=os.path.realpath(self.cwd),
            memory=f"{self._home.project(self.cwd)}/memory/",
            version=self.version,
        )

    def run_headless(self, conversation: Conversation, *, loop: Loop) -> int:
        from pytest_tmuxagent.stub.claude.control import Control
        from pytest_tmuxagent.stub.claude.headless import run_input, run_prompt
        from pytest_tmuxagent.stub.claude.unattended import Prompts, UnattendedJournal

        journal, printing = self._journal, self._printing
        assert isinstance(journal, UnattendedJournal)
        assert printing is not None
        prompts = Prompts(conversation, journal, received=self._received_unattended)
        self._await_servers(loop)
        if self._driver is None:
            return run_prompt(self.prompt, conversation=prompts, loop=loop, printing=printing)
        control = Control(prompts, printing=printing, driver=self._driver, cwd=self.cwd)
        if self.options.given.get("--permission-prompt-tool") == "stdio":
            journal.control = control
        return run_input(prompts, loop=loop, printing=printing, control=control)

    def _received_unattended(self, text: str) -> None:
        # What is piped in comes behind the words of the command line, or stands alone.
        self.received(text, how="argv" if text == self.options.prompt else "stdin")

    def _await_servers(self, loop: Loop) -> None:
        """Let the servers get ready: the model is told of their tools with the first prompt."""
        settled: list[bool] = []
        if self._servers is not None:
            self._servers.when_settled(lambda: settled.append(True), patience=_SERVER_PATIENCE)
            while not settled:
                loop.step()

    # --- the parts ---

    def manners(self) -> ClaudeManners:
        kind = UnattendedManners if self.headless else ClaudeManners
        return kind(minimum_busy=float(self.wiring.face_options.get("minimum_busy", 0.0)))

    def _make_servers(self, parts: Parts) -> Servers:
        from pytest_tmuxagent.stub.claude.mcp import Servers

        return Servers(
            self._server_configs,
            loop=parts.loop,
            children=parts.children,
            cwd=self.cwd,
            keep=lambda call: f"{self._home.project(self.cwd)}/{self._session_id}/tool-results/{call}.txt",
            driver=self._driver,
        )

    def close(self) -> None:
        """End the servers."""
        if self._servers is not None:
            self._servers.close()

    def make_tools(self, parts: Parts) -> Tools:
        from pytest_tmuxagent.stub.claude.tools import INTERACTIVE, ClaudeTools

        journal = self._journal
        assert journal is not None
        servers = self._servers = self._make_servers(parts)
        tools = ClaudeTools(
            servers=servers,
            loop=parts.loop,
            children=parts.children,
            cwd=self.cwd,
            session=lambda: journal.session,
            transcripts=self._home.project(self.cwd),
            folders=self.options.add_dirs,
            disabled=INTERACTIVE if self.headless else frozenset(),
            offered=self._rules.offers,
            answers=self._answers,
        )
        journal.tools = tools
        journal.servers = servers
        servers.open()
        return tools

    def make_journal(self, parts: Parts) -> Journal:
        from pytest_tmuxagent.stub.claude.hearing import Hearing
        from pytest_tmuxagent.stub.claude.hooks import HookRunner
        from pytest_tmuxagent.stub.claude.journal import ClaudeJournal
        from pytest_tmuxagent.stub.claude.presence import Presence

        runner = HookRunner(
            loop=parts.loop,
            children=parts.children,
            folder=self._home.passing_files(),
            driver=self._driver,
        )
        presence = None
        if not self.headless:
            presence = Presence(
                self._home.status(os.getpid()), session=self._session_id, cwd=self.cwd, version=self.version
            )
        kind = ClaudeJournal
        if self.headless:
            from pytest_tmuxagent.stub.claude.unattended import UnattendedJournal

            kind = UnattendedJournal
        self._journal = kind(
            self._session_id,
            home=self._home,
            cwd=self.cwd,
            version=self.version,
            model=full_name(self._model),
            rules=self._rules,
            hearing=Hearing(self._settings, runner, watched_by=self._printing),
            presence=presence,
            loop=parts.loop,
            branch=_branch(self.cwd),
            keeps=self.options.keeps_session,
            file_at=self.files(parts.loop),
            said_of=self._said_of,
            show=parts.screen.show,
        )
        if self.headless and self._printing is not None:
            assert isinstance(self._journal, UnattendedJournal)
            self._journal.printing, self._journal.options = self._printing, self.options
            self._journal.settings = self._settings
            self._journal.answers = self._answers
        return self._journal


def _is_empty(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return False


def _branch(cwd: str) -> str:
    """Read the branch of the repository that a folder lies in; HEAD where there is none."""
    folder = os.path.realpath(cwd)
    while True:
        try:
            with open(f"{folder}/.git/HEAD", encoding="utf-8") as file:
                head = file.read().strip()
            return head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else "HEAD"
        except OSError:
            pass
        if folder in ("", "/"):
            return "HEAD"
        folder = folder.rpartition("/")[0] or "/"
