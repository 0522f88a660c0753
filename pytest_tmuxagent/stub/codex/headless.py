"""Runs `codex exec`: from its prompt to the exit status.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.codex import output
from pytest_tmuxagent.faces.codex.output import Lines
from pytest_tmuxagent.stub.codex.arguments import VERSION
from pytest_tmuxagent.stub.codex.clap import Refused
from pytest_tmuxagent.stub.codex.event_printing import Events
from pytest_tmuxagent.stub.codex.line_printing import Plain
from pytest_tmuxagent.stub.jsonlines import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from pytest_tmuxagent.stub.codex.arguments import Arguments
    from pytest_tmuxagent.stub.codex.config import Config
    from pytest_tmuxagent.stub.codex.printing import Printing
    from pytest_tmuxagent.stub.loop import Loop

    class Conversation(Protocol):
        """Who works on the prompt."""

        @property
        def open(self) -> bool: ...
        def submit(self, text: str) -> None: ...
        def interrupt(self) -> object: ...
else:
    import _signal

_NOTHING = (
    "No prompt provided. Either specify one as an argument or pipe the prompt into stdin."  # (inferred)
)


def take_prompt(options: Arguments, *, fd: int = 0) -> str:
    """Give the prompt of the command line, of stdin (`fd`), or of both.

    Raises: Refused, where there is none, or no text.
    """
    given = options.prompt
    if given is not None and given != "-":
        return given if options.resumes or options.forks or os.isatty(fd) else _with_stdin(given, fd)
    if options.forks and given is None:
        return ""
    if given is None and os.isatty(fd):
        raise Refused(_NOTHING, status=1)
    if given is None:
        _say(output.READING_PROMPT)
    piped = _read_stdin(fd)
    if not piped.strip():
        raise Refused(output.NO_PROMPT, status=1)
    return piped


def _with_stdin(prompt: str, fd: int) -> str:
    _say(output.READING_MORE)
    piped = _read_stdin(fd)
    return output.with_stdin(prompt, piped) if piped.strip() else prompt


def _read_stdin(fd: int) -> str:
    chunks = []
    try:
        while chunk := os.read(fd, 65536):
            chunks.append(chunk)
    except OSError:  # stdin is closed, or a folder
        pass
    try:
        return b"".join(chunks).decode()
    except UnicodeDecodeError as failure:
        raise Refused(output.not_utf8(failure.start), status=1) from None


def check_start(options: Arguments, config: Config) -> None:
    """Refuse what the CLI refuses between reading its prompt and the first request.

    Raises: Refused.
    """
    if options.schema is not None:
        _check_schema(options.schema)
    if not (options.skips_git_check or options.bypasses or config.git_root):
        raise Refused(output.NOT_TRUSTED, status=1)
    if options.trusts:
        config.accept_trust()
    if options.last_message is not None:
        _check_last_message(options.last_message)


def make_printing(options: Arguments, config: Config, *, spent: Mapping[str, int] | None = None) -> Printing:
    """Make the output that the options ask for; `spent` is the usage of the thread so far."""
    login = config.switch("allow_login_shell", default=True)
    if options.json:
        return Events(cwd=config.cwd, spent=spent, login_shell=login, last_message=options.last_message)
    from pytest_tmuxagent.stub.codex.turn_diff import TurnDiff

    coloured = os.isatty(2) if options.color == "auto" else options.color == "always"
    return Plain(
        lines=Lines(coloured=coloured),
        about=about(config),
        version=VERSION,
        repeats=not (os.isatty(1) and os.isatty(2)),
        diff=TurnDiff(config.git_root or config.cwd),
        cwd=config.cwd,
        spent=spent,
        login_shell=login,
        last_message=options.last_message,
    )


def about(config: Config) -> list[tuple[str, str]]:
    """Give what the banner tells of a run."""
    sandbox = config.sandbox
    if sandbox == "workspace-write":
        network = " (network access enabled)" if config.has_network else ""
        sandbox = f"{sandbox} [{', '.join(config.writable)}]{network}"
    return [
        ("workdir", config.cwd),
        ("model", config.model),
        ("provider", config.provider),
        ("approval", config.approval),
        ("sandbox", sandbox),
        ("reasoning effort", config.reasoning_effort),
        ("reasoning summaries", "none"),
    ]


def run_exec(
    prompt: str,
    *,
    conversation: Conversation,
    loop: Loop,
    printing: Printing,
    ending: Callable[[], None],
) -> int:
    """Run one prompt. SIGINT interrupts it; SIGTERM and SIGHUP kill the process, after `ending`."""
    loop.on_signal(_signal.SIGINT, lambda: _interrupt(conversation))
    for number in (_signal.SIGTERM, _signal.SIGHUP):
        loop.on_signal(number, lambda number=number: _die(number, ending))  # type: ignore[misc]
    conversation.submit(prompt)
    while conversation.open:
        loop.step()
    return printing.status


def _interrupt(conversation: Conversation) -> None:
    conversation.interrupt()


def _die(number: int, ending: Callable[[], None]) -> None:
    """End by the signal itself: whoever waits for the process sees which one it was."""
    ending()
    _signal.signal(number, _signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _check_schema(path: str) -> None:
    try:
        with open(path, "rb") as file:
            decode(file.read())
    except OSError as failure:
        why = f"{failure.strerror} (os error {failure.errno})"
        raise Refused(f"Failed to read output schema file {path}: {why}", status=1) from None
    except ValueError as failure:
        raise Refused(f"Output schema file {path} is not valid JSON: {failure}", status=1) from None


def _check_last_message(path: str) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o644))
    except OSError as failure:
        why = f"{failure.strerror} (os error {failure.errno})"
        raise Refused(f'Error: Failed to open last message file "{path}": {why}', status=1) from None


def _say(line: str) -> None:
    os.write(2, f"{line}\n".encode())
