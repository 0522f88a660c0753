"""What every turn of a process works with, and the two seams among it: the brain and the screen."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from pytest_tmuxagent.faces.plain import PlainFace
    from pytest_tmuxagent.stub.dialog import Dialog
    from pytest_tmuxagent.stub.journal import Journal
    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.tools import Tools

    class Brain(Protocol):
        """Who answers requests: the link to the script service, or a demo."""

        def open(self) -> None: ...
        def send(self, message: dict[str, Any]) -> None: ...
        def close(self) -> None: ...

    class Screen(Protocol):
        """Where a turn is seen."""

        @property
        def interactive(self) -> bool: ...
        def show(self, lines: list[str]) -> None: ...
        def flush(self) -> None: ...
        def pour(self, block: bytes) -> None: ...
        def open_dialog(self, dialog: Dialog) -> None: ...
        def close_dialog(self) -> None: ...
        def give_back(self, prompts: list[str]) -> None: ...
        def clear(self) -> None: ...
        def close(self) -> None: ...


class Means:
    """Joined once, for all turns; `allowed` are the kinds of tool that need no permission any more."""

    __slots__ = (
        "allowed",
        "asks",
        "brain",
        "face",
        "journal",
        "loop",
        "requests",
        "retries",
        "retry_delay",
        "screen",
        "tools",
    )

    def __init__(
        self,
        *,
        loop: Loop,
        face: PlainFace,
        screen: Screen,
        journal: Journal,
        tools: Tools,
        brain: Brain,
        asks: bool,
        retries: int,
        retry_delay: float,
    ) -> None:
        self.loop = loop
        self.face = face
        self.screen = screen
        self.journal = journal
        self.tools = tools
        self.brain = brain
        self.asks = asks
        self.retries = retries
        self.retry_delay = retry_delay
        self.allowed: set[str] = set()
        self.requests = 0
