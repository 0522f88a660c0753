"""The standard output of `claude --print`, in the form that `--output-format` asks for.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.result import as_text
from pytest_tmuxagent.stub.leave import Leave
from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.claude.arguments import Arguments

    Object = dict[str, Any]


class Stdout:
    """Of a turn the stream shows all, `json` and text the result. Raises Leave(0) where nobody reads."""

    __slots__ = ("_arguments", "_lines", "_write")

    def __init__(self, arguments: Arguments, write: Callable[[int, bytes], None]) -> None:
        self._arguments = arguments
        self._write = write
        self._lines: list[Object] = []  # what `--output-format json --verbose` shows in the end

    def tell(self, told: Object) -> None:
        """Take an object of a turn."""
        if self._arguments.output_format == "json":
            self._lines.append(told)
        else:
            self.aside(told)

    def aside(self, told: Object) -> None:
        """Take an object that is no part of a turn, for example of the control protocol."""
        if self._arguments.output_format == "stream-json":
            self._out(encode_line(told))

    def finish(self, told: Object) -> None:
        """Take the result of a turn."""
        self.tell(told)
        if self._arguments.output_format == "json":
            self._out(encode_line(self._lines if self._arguments.verbose else told))
        elif self._arguments.output_format != "stream-json":
            text = as_text(told, limit=self._arguments.max_turns, budget=self._arguments.max_budget)
            self._out(text.encode("utf-8", "replace"))

    def _out(self, data: bytes) -> None:
        try:
            self._write(1, data)
        except BrokenPipeError:
            raise Leave(0) from None
