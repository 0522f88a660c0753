"""The events of `--include-partial-messages`: a message as the API streams it.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Object = dict[str, Any]


class Streaming:
    """Gives `tell` the events of one message after another; text may come in pieces before its block does."""

    __slots__ = ("_streamed", "_tell", "open")

    def __init__(self, tell: Callable[[Object], None]) -> None:
        self._tell = tell
        self._streamed = False  # some text of the first block is out
        self.open = False

    def begin(self, message: Object) -> None:
        self.open, self._streamed = True, False
        self._tell({"type": "message_start", "message": message})

    def text(self, piece: str) -> None:
        """Tell a piece of the text, which is the first block."""
        if not self._streamed:
            self._streamed = True
            self._start(0, {"type": "text", "text": ""})
        self._delta(0, {"type": "text_delta", "text": piece})

    def begin_block(self, index: int, block: Object) -> None:
        """Tell all of a block but its end; text that came in pieces is out already."""
        if block["type"] != "text":
            self._start(index, {**block, "input": {}})
            given = encode_line(block["input"]).decode("utf-8").rstrip("\n")
            self._delta(index, {"type": "input_json_delta", "partial_json": given})
        elif not self._streamed:
            self.text(block["text"])

    def end_block(self, index: int) -> None:
        self._tell({"type": "content_block_stop", "index": index})

    def end(self, stop_reason: str, usage: Mapping[str, Any]) -> None:
        self.open = False
        delta = {"stop_reason": stop_reason, "stop_sequence": None}
        used = {"output_tokens": usage.get("output_tokens", 0)}
        self._tell({"type": "message_delta", "delta": delta, "usage": used})
        self._tell({"type": "message_stop"})

    def cut(self) -> None:
        """Leave the message as it is; the next one begins anew."""
        self.open = False

    def _start(self, index: int, block: Object) -> None:
        self._tell({"type": "content_block_start", "index": index, "content_block": block})

    def _delta(self, index: int, delta: Object) -> None:
        self._tell({"type": "content_block_delta", "index": index, "delta": delta})
