"""The output of `codex exec` for people.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.codex import output
from pytest_tmuxagent.faces.codex.patches import read
from pytest_tmuxagent.stub.codex.printing import Printing, kinds, printed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pytest_tmuxagent.faces.codex.output import Lines
    from pytest_tmuxagent.stub.codex.turn_diff import TurnDiff

    Object = dict[str, Any]
    Call = Mapping[str, Any]


class Plain(Printing):
    """Tells people on stderr what goes on; the last answer alone goes to stdout."""

    __slots__ = ("_about", "_diff", "_lines", "_open", "_repeats", "_version")

    def __init__(
        self,
        *,
        lines: Lines,
        about: Sequence[tuple[str, str]],
        version: str,
        repeats: bool = True,
        diff: TurnDiff | None = None,
        **means: Any,  # noqa: ANN401 - those of Printing
    ) -> None:
        """`about` stands in the banner; `diff` finds out what the turn does to files.

        `repeats` says that the last answer goes to stdout, besides: it does not where both are terminals.
        """
        super().__init__(**means)
        self._lines = lines
        self._about = about
        self._version = version
        self._repeats = repeats
        self._diff = diff
        self._open: set[str] = set()

    def begun(self, thread: str, prompt: str) -> None:
        about = [*self._about, ("session id", thread)]
        self.tell([*self._lines.banner(about, version=self._version), *self._lines.prompt(prompt)])

    def started(self, call: Call) -> None:
        self._open.add(call["id"])
        cwd = os.path.join(self.cwd, str(call["input"].get("workdir") or self.cwd))
        self.tell(self._lines.command(self.command_line(call), cwd=cwd))

    def patching(self, call: Call) -> None:
        if self._diff is not None:
            changes = read(str(call["input"].get("input", "")))
            names = [name for change in changes for name in (change.path, change.moved_to) if name]
            self._diff.note(os.path.join(self.cwd, name) for name in names)

    def retrying(self, message: str, *, attempt: int, attempts: int) -> None:  # noqa: ARG002
        self.tell(self._lines.failed(output.reconnecting(attempt, attempts)))

    def ended(self, text: str) -> None:
        super().ended(text)
        self.tell(self._lines.tokens(self.usage))
        if self._repeats:
            self.put(1, f"{text}\n".encode("utf-8", "replace"))

    def failed(self, message: str) -> None:
        super().failed(message)
        self.tell([*self._lines.failed(message), *self._lines.failed(message)])
        self._tell_tokens()

    def interrupted(self) -> None:
        super().interrupted()
        self.tell(self._lines.interrupted())
        self._tell_tokens()

    def _tell_tokens(self) -> None:
        if self.spoke:
            self.tell(self._lines.tokens(self.usage))

    def _message(self, text: str) -> None:
        self.tell(self._lines.message(text))

    def _ran(self, call: Call, result: Mapping[str, Any], response: Object) -> None:
        if call["id"] not in self._open:
            self.started(call)
        code = result.get("exit_code")
        if code is None:  # it goes on in the background
            return
        took = int(float(response.get("seconds", 0.0)) * 1000)
        said = printed(result, response)
        self.tell(self._lines.command_ended(said, exit_code=code, duration_ms=took))

    def _patched(self, call: Call, response: Object) -> None:  # noqa: ARG002
        status = str(response.get("status", "completed"))
        paths = [path for path, _ in kinds(response["changes"])]
        self.tell([*self._lines.patch(), *self._lines.patch_ended(paths, status=status)])
        diff = self._diff.shown() if self._diff is not None else ""
        if diff:
            self.tell([diff])
