"""One message of the model, as Codex shows it: what a broken attempt said stays until the answer is whole.

Source: Codex CLI 0.169.0, measured: the next attempt goes on in the same line, and a whole answer takes the
place of all that stands there.
"""

from __future__ import annotations

from pytest_tmuxagent.stub.message import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.faces.plain import PlainFace
    from pytest_tmuxagent.stub.means import Screen


class CodexMessage(Message):
    """`after` is the attempt that broke off before."""

    __slots__ = ("_goes_on",)

    def __init__(self, *, face: PlainFace, screen: Screen, after: Message | None) -> None:
        super().__init__(face=face, screen=screen)
        self._goes_on = isinstance(after, CodexMessage) and after.is_shown
        if isinstance(after, CodexMessage):
            self._line, self._begun = after._line, after._begun

    @property
    def is_shown(self) -> bool:
        """Whether anything of it is on the screen."""
        return self._begun or bool(self._line)

    def discard(self) -> None:
        """Take nothing back."""

    def take_the_place(self) -> None:
        """Show the whole answer in the place of what the attempts before have left."""
        if self._goes_on:
            self._goes_on, self._begun = False, False
            self._screen.unsay()
            *lines, self._line = self.text.split("\n")
            self._show(lines)
