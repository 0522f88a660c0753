"""The words a test writes its script in: say, tool, deliver, fail, refuse, crash, hang, flood."""

from __future__ import annotations

import os
import re
import signal as signals
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

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
from pytest_tmuxagent.trajectory.patterns import CallPattern
from pytest_tmuxagent.trajectory.values import holds_matcher, is_matcher

if TYPE_CHECKING:
    from types import EllipsisType

Matcher = Any
"""Whatever decides by its `==`; a compiled regex is searched for."""

ANYTHING: Any = object()
"""Stands for an argument that was left out."""

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
    """Calls that the model makes; all but `call` are neutral and work on every agent.

    The same words tell what a test expects (`turn.assert_calls`). There an argument may be a matcher, a
    compiled regex or whatever decides by its `==`, and one that is left out may be anything. Such a call is a
    pattern, which no script can play.
    """

    @overload
    def write(self, path: str | os.PathLike[str], content: str) -> NeutralCall: ...
    @overload
    def write(self, path: Matcher = ..., content: Matcher = ...) -> CallPattern: ...
    def write(self, path: Matcher = ANYTHING, content: Matcher = ANYTHING) -> NeutralCall | CallPattern:
        """Write a file; a relative path starts at the workdir."""
        return _neutral(
            "write",
            path=_given(path, _path, of="tool.write() path"),
            content=_given(content, checks.encodable, of="tool.write() content"),
        )

    @overload
    def edit(self, path: str | os.PathLike[str], old: str, new: str) -> NeutralCall: ...
    @overload
    def edit(self, path: Matcher = ..., old: Matcher = ..., new: Matcher = ...) -> CallPattern: ...
    def edit(
        self, path: Matcher = ANYTHING, old: Matcher = ANYTHING, new: Matcher = ANYTHING
    ) -> NeutralCall | CallPattern:
        """Replace `old`, which must stand in the file, by `new`."""
        return _neutral(
            "edit",
            path=_given(path, _path, of="tool.edit() path"),
            old=_given(old, checks.text, of="tool.edit() old"),
            new=_given(new, checks.encodable, of="tool.edit() new"),
        )

    @overload
    def read(self, path: str | os.PathLike[str]) -> NeutralCall: ...
    @overload
    def read(self, path: Matcher = ...) -> CallPattern: ...
    def read(self, path: Matcher = ANYTHING) -> NeutralCall | CallPattern:
        """Read a file."""
        return _neutral("read", path=_given(path, _path, of="tool.read() path"))

    @overload
    def shell(self, command: str) -> NeutralCall: ...
    @overload
    def shell(self, command: Matcher = ..., *, matching: str, exit_code: Matcher = ...) -> CallPattern: ...
    @overload
    def shell(self, command: Matcher = ..., *, exit_code: Matcher = ...) -> CallPattern: ...
    def shell(
        self, command: Matcher = ANYTHING, *, matching: str | None = None, exit_code: Matcher = ANYTHING
    ) -> NeutralCall | CallPattern:
        """Run a command with the shell, in the workdir.

        In a pattern, `matching` is a regex that is searched for in the command, and `exit_code` is how it
        ended.
        """
        if matching is not None:
            command = _regex(matching, beside=command)
        call = _neutral("shell", command=_given(command, checks.text, of="tool.shell()"))
        return call if exit_code is ANYTHING else replace(call.pattern, exit_code=exit_code)

    @overload
    def ask_user(self, question: str, *options: str) -> NeutralCall: ...
    @overload
    def ask_user(self, question: Matcher = ..., *options: Matcher) -> CallPattern: ...
    def ask_user(self, question: Matcher = ANYTHING, *options: Matcher) -> NeutralCall | CallPattern:
        """Ask the person at the terminal to choose."""
        question = _given(question, checks.text, of="tool.ask_user()")
        if any(isinstance(option, (list, tuple)) for option in options):
            raise InvalidScript(
                "tool.ask_user() takes its options one by one, not as a list: "
                "tool.ask_user('Which colour?', 'red', 'blue')."
            )
        listed = [_given(option, checks.text, of="tool.ask_user() options") for option in options]
        return _neutral("ask_user", question=question, **({"options": listed} if listed else {}))

    @overload
    def call(self, name: str, /, **input: Matcher) -> ExactCall: ...
    @overload
    def call(self, name: Matcher, /, *rest: EllipsisType, **input: Matcher) -> CallPattern: ...
    def call(self, name: Matcher, /, *rest: EllipsisType, **input: Matcher) -> ExactCall | CallPattern:  # noqa: A002
        """Call a tool by its vendor's name, with exactly this input.

        In a pattern, `...` after the name stands for whatever else the input has.
        """
        name = _given(name, checks.text, of="tool.call()")
        if rest not in ((), (...,)):
            raise InvalidScript(
                f"tool.call() takes its input by names, not {checks.shortened(rest)}: "
                'tool.call("Bash", command="ls"). Only `...` stands without one, for any other input.'
            )
        if rest or holds_matcher(name) or holds_matcher(input):
            return CallPattern(name=name, arguments=input, is_exact=not rest)
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


def _neutral(kind: ToolKind, /, **arguments: object) -> NeutralCall | CallPattern:
    """Make a call, or a pattern where it does not say all or has a matcher."""
    said = {name: value for name, value in arguments.items() if value is not ANYTHING}
    if len(said) < len(arguments) or holds_matcher(said):
        return CallPattern(kind=kind, arguments=said)
    return NeutralCall(kind=kind, arguments=arguments)


def _given(value: object, check: Callable[..., object], *, of: str) -> object:
    """Check what was given, unless it is for a pattern."""
    if isinstance(value, re.Pattern) and not isinstance(value.pattern, str):
        raise InvalidScript(
            f"{of} was given a regex over bytes, {checks.shortened(value)}. Write it over str."
        )
    return value if value is ANYTHING or is_matcher(value) else check(value, of=of)


def _path(path: object, *, of: str) -> str:
    return checks.text(os.fspath(path) if isinstance(path, os.PathLike) else path, of=of)


def _regex(matching: object, *, beside: object) -> re.Pattern[str]:
    if beside is not ANYTHING:
        raise InvalidScript("tool.shell() takes a command, or matching=, and not both. Drop one.")
    try:
        return re.compile(checks.text(matching, of="tool.shell(matching=)"))
    except re.error as error:
        raise InvalidScript(
            f"tool.shell(matching={checks.shortened(matching)}) is no regex: {error}. "
            "Put re.escape() around what is meant as it stands."
        ) from None
