"""The waits of a session that are not for the end of a turn."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TypeVar

from pytest_tmuxagent.body import Body
from pytest_tmuxagent.dialogs import Dialogs
from pytest_tmuxagent.errors import Misuse, WaitTimeout
from pytest_tmuxagent.permission import PermissionRequest
from pytest_tmuxagent.signals.pane import PrintedText
from pytest_tmuxagent.view import AgentView

T = TypeVar("T")

_DRAWING_PAUSE = 1.5
"""After such a pause a real CLI has drawn all: it tells the end of a turn, then draws, in several goes."""

_HOW_TO_BE_ASKED = (
    'with permissions="allow", the default, agents do not ask: '
    '@pytest.mark.agent(permissions="ask"); reading needs no permission'
)


class AgentWaits(AgentView):
    """Waits for what an agent shows, asks and writes. Times are in seconds; None is the default one."""

    def __init__(self, body: Body, *, timeout: float) -> None:
        super().__init__(body, timeout=timeout)
        self._dialogs = Dialogs(body, watch=self._watch)
        self._printed_from = 0
        self._keys_since_send = False
        self._typed = ""

    def wait_for_text(self, wanted: str | re.Pattern[str], *, timeout: float | None = None) -> re.Match[str]:
        """Wait until text was printed since the last `send`, or stands on the screen.

        A string stands for itself; a compiled pattern is searched. A line is visible when it is whole.

        Raises:
            WaitTimeout: as soon as the agent is idle without it, and has drawn what it had to.
        """
        pattern = _pattern(wanted)
        stream = self._observer.stream
        printed = PrintedText(stream, mark=self._printed_from)
        drawn, drawn_at = stream.end, monotonic()

        def shown() -> re.Match[str] | None:
            nonlocal drawn, drawn_at
            if stream.end != drawn:
                drawn, drawn_at = stream.end, monotonic()
            pauses = not self._body.is_real or monotonic() - drawn_at > _DRAWING_PAUSE
            idle = pauses and self._cannot_print()
            screen = self._watch.last_screen()
            found = pattern.search(printed.read()) or (screen.search(pattern) if screen else None)
            if found is None:
                self._watch.raise_if_exited()
            if found is None and idle:
                raise WaitTimeout(
                    self._watch.account(f"{pattern.pattern!r} was not printed, and no turn runs")
                )
            return found

        return self._watch.until(shown, what=repr(pattern.pattern), timeout=timeout, on_output=True)

    def wait_for_permission(self, *, timeout: float | None = None) -> PermissionRequest:
        """Wait until the agent shows a permission dialog.

        Raises:
            WaitTimeout: at once when the turn has ended without asking.
            NothingToWaitFor: no turn is outstanding.
        """
        self._observer.absorb()
        if self._is_done and self._ledger.next_outstanding() is None:
            raise self._watch.nothing_outstanding()

        def asked() -> PermissionRequest | None:
            self._watch.raise_if_exited()
            if self._is_done:
                raise WaitTimeout(
                    self._watch.account(
                        "the turn ended without asking for permission", remedy=_HOW_TO_BE_ASKED
                    )
                )
            return self._dialogs.open_request() if self._dialogs.is_shown else None

        return self._watch.until(asked, what="a permission dialog", timeout=timeout, on_output=True)

    def wait_until(self, condition: Callable[[], T], *, timeout: float | None = None) -> T:
        """Wait until a condition of your own holds, and give what it gave.

        It is asked whenever the agent does something, and every few milliseconds besides.

        Raises:
            WaitTimeout: it did not hold in time.
        """

        def holds() -> tuple[T] | None:
            value = condition()
            if not value:
                self._watch.raise_if_exited()
            return (value,) if value else None

        return self._watch.until(holds, what="the condition", timeout=timeout, on_output=True)[0]

    def wait_for_flag(self, *names: str, timeout: float | None = None) -> Path:
        """Wait until one of these flags is raised (`"failed"`), and give its file.

        Raises:
            WaitTimeout: none was.
            AgentExited: the agent is gone, and none was.
            Misuse: `agent_options["flags"]` names no folder.
        """
        if not names:
            raise Misuse('wait_for_flag() was given no flag; name one or more, as in wait_for_flag("failed")')
        paths = [self.flags.path(name) for name in names]

        def raised() -> Path | None:
            return next((path for path in paths if path.exists()), None)

        found = self.wait_until(raised, timeout=timeout)
        assert found is not None, "a wait ends with what it waited for"
        return found

    def wait_for_lowered_flag(self, name: str = "running", *, timeout: float | None = None) -> None:
        """Wait until a flag is no longer raised; raise it before the prompt is sent.

        Raises:
            WaitTimeout: it stays.
            AgentExited: the agent is gone, and it stays.
            Misuse: `agent_options["flags"]` names no folder.
        """
        path = self.flags.path(name)
        self.wait_until(lambda: not path.exists(), timeout=timeout)

    @property
    def _is_done(self) -> bool:
        """Whether the agent is idle, and nobody but the test gives it a prompt."""
        return self._body.is_ours and self._machine.state == "idle"

    def _cannot_print(self) -> bool:
        """Whether the agent is idle, shows it, and nobody pressed a key since the last prompt."""
        if self._keys_since_send or not self._machine.turns or not self._is_done:
            return False
        return self._observer.stream.end > self._printed_from and self._body.read().is_empty


def _pattern(wanted: object) -> re.Pattern[str]:
    if isinstance(wanted, str) and wanted:
        return re.compile(re.escape(wanted))
    if isinstance(wanted, re.Pattern) and isinstance(wanted.pattern, str):
        return wanted
    raise Misuse(f"wait_for_text() takes a text that is not empty, or a compiled regex; not {wanted!r}")
