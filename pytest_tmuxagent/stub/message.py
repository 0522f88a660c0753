"""One message of the model as it comes in: its text, shown line by line."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.faces.plain import PlainFace
    from pytest_tmuxagent.stub.means import Screen


class Message:
    """Shows a line when it is complete; `finish` shows what is left."""

    __slots__ = ("_begun", "_chunks", "_face", "_line", "_screen")

    def __init__(self, *, face: PlainFace, screen: Screen) -> None:
        self._face = face
        self._screen = screen
        self._chunks: list[str] = []
        self._line = ""  # the unfinished one
        self._begun = False

    @property
    def text(self) -> str:
        """All of it so far, the unfinished line included."""
        return "".join(self._chunks)

    def add(self, chunk: str) -> None:
        self._chunks.append(chunk)
        *lines, self._line = (self._line + chunk).split("\n")
        self._show(lines)
        if self._face.shows_unfinished:
            shown = self._face.answer([self._line], first=not self._begun) if self._line else []
            self._screen.unfinished(shown)

    def finish(self) -> None:
        line, self._line = self._line, ""
        if line:
            self._show([line])
        if self._begun:
            self._screen.show(self._face.answered())

    def discard(self) -> None:
        """Take back what was shown of it, where the face does so: it broke off."""
        self._screen.unsay()

    def _show(self, lines: list[str]) -> None:
        if lines:
            self._screen.say(self._face.answer(lines, first=not self._begun))
            self._begun = True
