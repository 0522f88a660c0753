"""A dialog: options, one of them selected, until one is chosen or all are refused. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_tmuxagent.faces.plain import Question
    from pytest_tmuxagent.stub.keys import Key


class Dialog:
    """`chosen` gets the option's index, or None for Esc.

    `kind` is "permission" or "question" where it belongs to a turn.
    """

    __slots__ = ("chosen", "kind", "question", "selected")

    def __init__(self, question: Question, chosen: Callable[[int | None], None], *, kind: str = "") -> None:
        self.kind = kind
        self.question = question
        self.selected = question.selected
        self.chosen = chosen

    def press(self, key: Key) -> bool:
        """Take a key; True when it has settled the dialog. Of text, only digits and shortcuts do."""
        kind, name = key
        if kind == "text":
            return self._shortcut(name) or self._digit(name)
        if kind == "paste":
            return False
        if name == "enter":
            self.chosen(self.selected)
        elif name in ("escape", "interrupt"):
            self.chosen(None)
        else:
            self._move(name)
            return False
        return True

    def _shortcut(self, text: str) -> bool:
        if text not in self.question.shortcuts:
            return False
        self.chosen(self.question.shortcuts[text])
        return True

    def _digit(self, text: str) -> bool:
        if len(text) != 1 or not "1" <= text <= "9" or int(text) > len(self.question.options):
            return False
        self.chosen(int(text) - 1)
        return True

    def _move(self, key: str) -> None:
        step = {"up": -1, "down": 1}.get(key, 0)
        self.selected = (self.selected + step) % len(self.question.options)
