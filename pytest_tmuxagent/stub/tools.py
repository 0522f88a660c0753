"""The tools an agent calls; they really run, in the stub's working directory."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.loop import Loop

_KEPT_BYTES = 1 << 20
_YES_OR_NO = ["Yes", "No"]
_CUT_NOTE = "\n[output cut after 1 MiB]"


class ToolFailed(Exception):
    """The tool could not do it; the text goes back to the model."""


class Tools:
    """Runs one call at a time; `done` gets its result, at once or later."""

    __slots__ = ("_children", "_loop", "_shell")

    def __init__(self, *, loop: Loop, children: Children) -> None:
        self._loop = loop
        self._children = children
        self._shell: _Shell | None = None

    def run(self, call: dict[str, Any], done: Callable[[dict[str, Any]], None]) -> None:
        """Run a call whose kind and arguments are the script's neutral ones."""
        try:
            if call["kind"] == "shell":
                self._start_shell(call, done)
                return
            tool = _TOOLS.get(call["kind"])
            if tool is None:
                raise ToolFailed(f"unknown tool {call['name']}")
            output = tool(call["arguments"])
        except (ToolFailed, OSError) as failure:
            done(result_of(call, output=str(failure), is_error=True))
        else:
            done(result_of(call, output=output))

    def stop(self) -> str | None:
        """Kill the command that runs; give what it had printed, or None when none ran."""
        shell, self._shell = self._shell, None
        return None if shell is None else shell.kill()

    def questions(self, call: dict[str, Any]) -> list[tuple[Any, list[Any]]]:
        """Give the questions that a call asks the person, each with its options."""
        question, options = call["arguments"].get("question"), call["arguments"].get("options")
        return [(str(question or ""), options if isinstance(options, list) and options else _YES_OR_NO)]

    def answered(self, call: dict[str, Any], options: list[int]) -> dict[str, Any]:
        """Give the result of a call whose questions were answered."""
        ((_, given),) = self.questions(call)
        return result_of(call, output=str(given[options[0]]))

    def talked_about(self, call: dict[str, Any]) -> dict[str, Any]:
        """Give the result of a call whose questions the person would not answer."""
        return self.refused(call)

    def refused(self, call: dict[str, Any]) -> dict[str, Any]:
        """Give the result of a call that the person refused."""
        return result_of(call, output="refused by the user", is_error=True)

    def denied(self, call: dict[str, Any], message: str) -> dict[str, Any]:
        """Give the result of a call that was denied without asking."""
        return result_of(call, output=message, is_error=True)

    def interrupted(self, call: dict[str, Any], output: str | None) -> dict[str, Any] | None:
        """Give the result of a call that was interrupted after that output; None where it has none."""
        return None if output is None else result_of(call, output=f"{output}[interrupted]", is_error=True)

    def _start_shell(self, call: dict[str, Any], done: Callable[[dict[str, Any]], None]) -> None:
        def finished(output: str, code: int) -> None:
            self._shell = None
            done(result_of(call, output=output, is_error=code != 0, exit_code=code))

        command = _text(call["arguments"], "command")
        self._shell = _Shell(command, loop=self._loop, children=self._children, finished=finished)


class _Shell:
    """One shell command; over when the shell exits, whoever else still holds its output."""

    __slots__ = ("_came", "_child", "_children", "_fd", "_finished", "_loop", "_output")

    def __init__(
        self, command: str, *, loop: Loop, children: Children, finished: Callable[[str, int], None]
    ) -> None:
        self._loop = loop
        self._children = children
        self._finished = finished
        self._output: list[bytes] = []
        self._came = 0
        self._fd, writing = os.pipe()
        os.set_blocking(self._fd, False)
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            self._child = children.start(command, input_fd=nothing, output_fd=writing, exited=self._exited)
        except (OSError, ValueError) as failure:  # ValueError: a NUL in the command
            os.close(self._fd)
            raise ToolFailed(f"cannot start /bin/sh: {failure}") from failure
        finally:
            os.close(writing)
            os.close(nothing)
        loop.watch(self._fd, self._read_some)

    def kill(self) -> str:
        self._children.kill(self._child)
        return self._close()

    def _read_some(self) -> None:
        self._read()

    def _read(self) -> bool:
        """Take some output; False when there is none now."""
        try:
            chunk = os.read(self._fd, 65536)
        except BlockingIOError:
            return False
        if not chunk:
            self._loop.forget(self._fd)
        else:
            self._output.append(chunk[: max(0, _KEPT_BYTES - self._came)])
            self._came += len(chunk)
        return bool(chunk)

    def _exited(self, code: int) -> None:
        # A child left behind may print for ever: what the shell itself printed is in the pipe by now.
        for _ in range(16):
            if not self._read():
                break
        self._finished(self._close(), code)

    def _close(self) -> str:
        self._loop.forget(self._fd)
        os.close(self._fd)
        text = b"".join(self._output).decode("utf-8", "replace")
        return text + _CUT_NOTE if self._came > _KEPT_BYTES else text


def result_of(
    call: dict[str, Any], *, output: str, is_error: bool = False, exit_code: int | None = None
) -> dict[str, Any]:
    """Build the result that goes back to the model."""
    return {
        "call": call["id"],
        "name": call["name"],
        "output": output,
        "is_error": is_error,
        "exit_code": exit_code,
    }


def _text(arguments: dict[str, Any], name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str):
        raise ToolFailed(f"the argument {name!r} is missing, or no text")
    return value


def _write(arguments: dict[str, Any]) -> str:
    path, content = _text(arguments, "path"), _text(arguments, "content")
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    _save(path, content)
    return f"wrote {path}"


def _edit(arguments: dict[str, Any]) -> str:
    path, old, new = (_text(arguments, name) for name in ("path", "old", "new"))
    content = _load(path)
    found = content.count(old) if old else 0
    if found != 1:
        raise ToolFailed(f"the text to replace was found {found} times in {path}; it must be there once")
    _save(path, content.replace(old, new))
    return f"edited {path}"


def _read(arguments: dict[str, Any]) -> str:
    return _load(_text(arguments, "path"))


def _load(path: str) -> str:
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "surrogateescape")


def _save(path: str, content: str) -> None:
    with open(path, "wb") as file:
        file.write(content.encode("utf-8", "surrogateescape"))


_TOOLS = {"write": _write, "edit": _edit, "read": _read}
