"""Starts the stub, and takes it down again on every way out."""

from __future__ import annotations

import os

from pytest_tmuxagent.faces import make_face
from pytest_tmuxagent.stub.arguments import parse_arguments
from pytest_tmuxagent.stub.launches import log_launch
from pytest_tmuxagent.stub.leave import CannotStart, Leave, leave_on_signals
from pytest_tmuxagent.stub.loop import Loop
from pytest_tmuxagent.stub.wiring import BadWiring, load_wiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.faces.plain import PlainFace
    from pytest_tmuxagent.stub.arguments import Arguments
    from pytest_tmuxagent.stub.assembly import Assembly
    from pytest_tmuxagent.stub.means import Screen
    from pytest_tmuxagent.stub.wiring import Wiring


def main(argv: list[str]) -> None:
    """Be the agent; never returns. `argv` is the wiring, then the CLI's own arguments."""
    leave_on_signals()
    try:
        status = _start(argv)
    except Leave as leave:
        status = leave.status
    except CannotStart as refusal:
        os.write(2, f"{refusal}\n".encode("utf-8", "replace"))
        status = refusal.status
    os._exit(status)  # the interpreter's own farewell takes milliseconds


def _start(argv: list[str]) -> int:
    if not argv:
        raise BadWiring("the wiring is missing: give its file as the first argument")
    wiring = load_wiring(argv[0])
    for key, value in wiring.environment.items():
        os.environ.setdefault(key, value)
    cwd = _cwd()
    if wiring.launches:
        log_launch(wiring.launches, name=wiring.name, argv=argv[1:], cwd=cwd)
    try:
        face = make_face(wiring.face, agent=wiring.name)
    except ValueError as failure:
        raise BadWiring(str(failure)) from failure
    arguments = parse_arguments(argv[1:], options_with_value=face.options_with_value)
    if arguments.show_version or arguments.show_usage:
        os.write(1, f"{face.version() if arguments.show_version else face.usage()}\n".encode())
        return 0
    return _Process(wiring, arguments, face=face, cwd=cwd).run()


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed; real CLIs start all the same
        return os.environ.get("PWD", "/")


class _Process:
    """One run of the stub; what only a turn needs is imported when the box is on the screen."""

    def __init__(self, wiring: Wiring, arguments: Arguments, *, face: PlainFace, cwd: str) -> None:
        self._wiring = wiring
        self._arguments = arguments
        self._face = face
        self._cwd = cwd
        self._session = self._choose_session()
        self._replies = self._load_replies()
        self._loop = Loop()
        self._assembly: Assembly | None = None

    def run(self) -> int:
        """Run to the end, record that it is one, and give the exit status."""
        # Without a terminal there is nobody to type: real CLIs then read the prompt from stdin.
        headless = self._arguments.headless or not (os.isatty(0) and os.isatty(1))
        status = 1
        try:
            status = self._run_headless() if headless else self._run_terminal()
        except Leave as leave:
            status = leave.status
        finally:
            if self._assembly is not None:
                self._assembly.close(status)
        return status

    def _run_headless(self) -> int:
        from pytest_tmuxagent.stub.headless import Headless, read_prompt, run_headless

        prompt = self._arguments.prompt or read_prompt()
        if not prompt.strip():
            raise CannotStart(f"{self._wiring.name}: no prompt: give one as an argument, or on stdin")
        self._assembly = self._assemble(Headless())
        self._assembly.begin()
        return run_headless(prompt, conversation=self._assembly.conversation, loop=self._loop)

    def _run_terminal(self) -> int:
        from pytest_tmuxagent.stub.terminal import Terminal
        from pytest_tmuxagent.stub.tui import Tui

        terminal = Terminal(input_fd=0, output_fd=1)
        tui = Tui(loop=self._loop, terminal=terminal, face=self._face, cwd=self._cwd)
        try:
            early = tui.open()
            self._assembly = self._assemble(tui)
            self._assembly.begin()
            tui.serve(self._assembly.conversation, early)
            if self._arguments.prompt.strip():
                self._assembly.conversation.submit(self._arguments.prompt)
            tui.run()
        finally:
            tui.close()
        return 0

    def _assemble(self, screen: Screen) -> Assembly:
        from pytest_tmuxagent.stub.assembly import Assembly

        return Assembly(
            self._wiring,
            face=self._face,
            screen=screen,
            loop=self._loop,
            cwd=self._cwd,
            argv=self._arguments.argv,
            session=self._session,
            replies=self._replies,
        )

    def _choose_session(self) -> str | None:
        """Give the session to resume; None for a new one."""
        if self._arguments.resume is None and not self._arguments.latest:
            return None
        from pytest_tmuxagent.stub.transcript import find_session, latest_session

        folder = self._wiring.state_folder()
        if self._arguments.resume is not None:
            return find_session(folder, self._arguments.resume)
        return latest_session(folder, self._cwd)

    def _load_replies(self) -> list[dict[str, Any]] | None:
        """Read the demo script, if there is one to play."""
        if not self._wiring.script or self._wiring.link:
            return None
        from pytest_tmuxagent.stub.demo import load_demo

        return load_demo(self._wiring.script)
