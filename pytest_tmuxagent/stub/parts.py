"""What a role builds on: the loop, the screen, the children."""

from __future__ import annotations

from pytest_tmuxagent.stub.children import Children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.stub.faults import Faults
    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.means import Screen


class Parts:
    """One process's."""

    __slots__ = ("children", "loop", "screen")

    def __init__(self, *, loop: Loop, screen: Screen, faults: Faults | None = None) -> None:
        self.loop = loop
        self.screen = screen
        self.children = Children(loop, faults=faults)
