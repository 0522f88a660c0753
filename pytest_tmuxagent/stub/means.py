"""What every turn of a process works with, and the seams among it: the brain, the screen, the tools."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from pytest_tmuxagent.faces.plain import PlainFace
    from pytest_tmuxagent.stub.dialog import Dialog
    from pytest_tmuxagent.stub.journal import Journal
    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.manners import Manners

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
        def echo(self, lines: list[str]) -> None: ...
        def take_echo_back(self) -> None: ...
        def chunk(self, text: str) -> None: ...
        def tell(self, *, notice: str = "", running: str = "") -> None: ...
        def flush(self) -> None: ...
        def pour(self, block: bytes) -> None: ...
        def open_dialog(self, dialog: Dialog) -> None: ...
        def close_dialog(self) -> None: ...
        def give_back(self, prompts: list[str]) -> None: ...
        def clear(self) -> None: ...
        def close(self) -> None: ...

    class Tools(Protocol):
        """Who runs calls, one at a time; `done` gets the result, at once or later."""

        def run(self, call: dict[str, Any], done: Callable[[dict[str, Any]], None]) -> None: ...
        def stop(self) -> str | None: ...
        def questions(self, call: dict[str, Any]) -> list[tuple[str, list[Any]]]: ...
        def answered(self, call: dict[str, Any], options: list[int]) -> dict[str, Any]: ...
        def refused(self, call: dict[str, Any]) -> dict[str, Any]: ...
        def denied(self, call: dict[str, Any], message: str) -> dict[str, Any]: ...
        def interrupted(self, call: dict[str, Any], output: str | None) -> dict[str, Any] | None: ...


class Means:
    """Joined once, for all turns; `queue` are the prompts that wait for theirs."""

    __slots__ = (
        "brain",
        "face",
        "journal",
        "loop",
        "manners",
        "queue",
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
        manners: Manners,
        tools: Tools,
        brain: Brain,
        retries: int,
        retry_delay: float,
    ) -> None:
        self.loop = loop
        self.face = face
        self.screen = screen
        self.journal = journal
        self.manners = manners
        self.tools = tools
        self.brain = brain
        self.retries = retries
        self.retry_delay = retry_delay
        self.queue: list[str] = []
        self.requests = 0
