"""The output of `codex exec --json`.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex import output
from pytest_tmuxagent.stub.codex.printing import Printing, kinds, printed
from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Object = dict[str, Any]
    Call = Mapping[str, Any]


class Events(Printing):
    """Writes one JSON object a line, as `--json` asks for."""

    __slots__ = ("_items", "_open")

    def __init__(self, **means: Any) -> None:  # noqa: ANN401 - those of Printing
        super().__init__(**means)
        self._items = 0
        self._open: dict[str, str] = {}

    def begun(self, thread: str, prompt: str) -> None:  # noqa: ARG002 - it is not told
        self._event(output.thread_started(thread))
        self._event(output.turn_started())

    def started(self, call: Call) -> None:
        item = self._open[call["id"]] = self._new_item()
        self._event(output.item_started(output.command_execution(item, self.command_line(call))))

    def retrying(self, message: str, *, attempt: int, attempts: int) -> None:
        self._event(output.error(f"{output.reconnecting(attempt, attempts)} ({message})"))

    def ended(self, text: str) -> None:
        super().ended(text)
        self._event(output.turn_completed(self.usage))

    def failed(self, message: str) -> None:
        super().failed(message)
        self._event(output.error(message))
        self._event(output.turn_failed(message))

    def _message(self, text: str) -> None:
        self._event(output.item_completed(output.agent_message(self._new_item(), text)))

    def _ran(self, call: Call, result: Mapping[str, Any], response: Object) -> None:
        if call["id"] not in self._open:
            self.started(call)
        code = result.get("exit_code")
        if code is None:  # it goes on in the background
            return
        ended = output.command_execution(
            self._open.pop(call["id"]),
            self.command_line(call, response),
            output=printed(result, response),
            exit_code=code,
            over=True,
        )
        self._event(output.item_completed(ended))

    def _patched(self, call: Call, response: Object) -> None:  # noqa: ARG002
        item, changes = self._new_item(), kinds(response["changes"])
        status = str(response.get("status", "completed"))
        self._event(output.item_started(output.file_change(item, changes)))
        self._event(output.item_completed(output.file_change(item, changes, status=status)))

    def _new_item(self) -> str:
        self._items += 1
        return f"item_{self._items - 1}"

    def _event(self, event: Object) -> None:
        self.put(1, encode_line(event))
