"""The words a test writes its script in: say, tool, deliver, fail, refuse, crash, hang, flood."""

from __future__ import annotations

import os
import re
import signal as signals
from collections.abc import Mapping

from pytest_tmuxagent.errors import InvalidScript
from pytest_tmuxagent.script import checks
from pytest_tmuxagent.script.contract import Deliver
from pytest_tmuxagent.script.parts import (
    Crash,
    ExactCall,
    Fail,
    Flood,
    Hang,
    NeutralCall,
    Refuse,
    Say,
    ToolKind,
)

# The statuses that model servers answer with, and what they say.
# Source: Anthropic API reference, "Errors"; OpenAI API reference, "Error codes".
FAILURES: Mapping[int, str] = {
    400: "invalid request",
    401: "authentication failed",
    402: "billing problem",
    403: "permission denied",
    404: "model not found",
    408: "request timed out",
    409: "conflict",
    413: "request too large",
    422: "unprocessable request",
    429: "rate limited",
    500: "internal server error",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway timed out",
    529: "overloaded",
}


def say(*chunks: str) -> Say:
    """Let the model say a text, sent in these chunks."""
    if not chunks:
        raise InvalidScript('say() was given no text. Write what the agent says: say("Done.").')
    return Say(chunks=tuple(checks.text(chunk, of="say()") for chunk in chunks))


class Tools:
    """Calls that the model makes; all but `call` are neutral and work on every agent."""

    def write(self, path: str | os.PathLike[str], content: str) -> NeutralCall:
        """Write a file; a relative path starts at the workdir."""
        content = checks.encodable(content, of="tool.write() content")
        return _neutral("write", path=_path(path, of="tool.write()"), content=content)

    def edit(self, path: str | os.PathLike[str], old: str, new: str) -> NeutralCall:
        """Replace `old`, which must stand in the file, by `new`."""
        old = checks.text(old, of="tool.edit() old")
        new = checks.encodable(new, of="tool.edit() new")
        return _neutral("edit", path=_path(path, of="tool.edit()"), old=old, new=new)

    def read(self, path: str | os.PathLike[str]) -> NeutralCall:
        """Read a file."""
        return _neutral("read", path=_path(path, of="tool.read()"))

    def shell(self, command: str) -> NeutralCall:
        """Run a command with the shell, in the workdir."""
        return _neutral("shell", command=checks.text(command, of="tool.shell()"))

    def ask_user(self, question: str, *options: str) -> NeutralCall:
        """Ask the person at the terminal to choose."""
        question = checks.text(question, of="tool.ask_user()")
        if any(isinstance(option, (list, tuple)) for option in options):
            raise InvalidScript(
                "tool.ask_user() takes its options one by one, not as a list: "
                "tool.ask_user('Which colour?', 'red', 'blue')."
            )
        listed = [checks.text(option, of="tool.ask_user() options") for option in options]
        return _neutral("ask_user", question=question, **({"options": listed} if listed else {}))

    def call(self, name: str, /, **input: object) -> ExactCall:  # noqa: A002 - the vendors' word
        """Call a tool by its vendor's name, with exactly this input."""
        name = checks.text(name, of="tool.call()")
        return ExactCall(name=name, input=checks.json_object(input, of=f"tool.call({name!r})"))


tool = Tools()


def deliver(
    text: str, *, file: re.Pattern[str] | None = None, command: re.Pattern[str] | None = None
) -> Deliver:
    """Honour the contract of the prompt: write the text to its file, run its command, say the text.

    It is a whole reply, and answers the three model requests that this takes. `file` and `command` find
    the two halves where the prompt words them in its own way: their first group, or the one of that name.
    """
    return Deliver(
        text=checks.text(text, of="deliver()"),
        file=_half(file, of="file"),
        command=_half(command, of="command"),
    )


def fail(status: int = 500, message: str | None = None, *, retry_after: float | None = None) -> Fail:
    """Let the model's server answer with an HTTP error; `retry_after` is in seconds."""
    if isinstance(status, bool) or status not in FAILURES:
        known = ", ".join(map(str, FAILURES))
        raise InvalidScript(f"fail() does not know the status {checks.shortened(status)}. Known: {known}.")
    if retry_after is not None:
        retry_after = checks.seconds(retry_after, of="fail(retry_after=)")
    shown = FAILURES[status] if message is None else checks.text(message, of="fail(message=)")
    return Fail(status=status, message=shown, retry_after=retry_after)


def refuse(text: str) -> Refuse:
    """Let the model decline, in these words."""
    return Refuse(text=checks.text(text, of="refuse()"))


def crash(status: int | None = None, *, signal: str | None = None) -> Crash:
    """End the agent's process with an exit status, 1 unless told otherwise, or by a signal ("SIGSEGV")."""
    if signal is None:
        number = 1 if status is None else checks.count(status, of="crash(status=)", least=0)
        if number > 255:
            raise InvalidScript(f"crash(status={number}): an exit status is at most 255.")
        return Crash(status=number, signal=None)
    if status is not None:
        raise InvalidScript(
            f"crash(status={status!r}, signal={signal!r}): a process ends by one of them. Drop the other."
        )
    if signal not in signals.Signals.__members__:
        raise InvalidScript(
            f'crash(signal={signal!r}) is no signal of this system. Write its name, as "SIGSEGV".'
        )
    return Crash(status=None, signal=signal)


def hang() -> Hang:
    """Let the agent's process read nothing more, and ignore SIGHUP and SIGTERM."""
    return Hang()


def flood(*, bytes: int) -> Flood:  # noqa: A002 - the unit is the name
    """Let the agent's process print that many bytes."""
    return Flood(size_bytes=checks.count(bytes, of="flood(bytes=)", least=1))


def _half(pattern: re.Pattern[str] | None, *, of: str) -> re.Pattern[str] | None:
    if pattern is None:
        return None
    if not isinstance(pattern, re.Pattern) or not isinstance(pattern.pattern, str) or not pattern.groups:
        raise InvalidScript(
            f"deliver({of}={checks.shortened(pattern)}) is no compiled regex with a group. "
            f'Write it as re.compile(r"... (?P<{of}>...)").'
        )
    return pattern


def _neutral(kind: ToolKind, /, **arguments: object) -> NeutralCall:
    return NeutralCall(kind=kind, arguments=arguments)


def _path(path: object, *, of: str) -> str:
    return checks.text(os.fspath(path) if isinstance(path, os.PathLike) else path, of=f"{of} path")
