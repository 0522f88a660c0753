"""Starts the stub, and takes it down again on every way out."""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.launches import log_exit, log_launch
from pytest_tmuxagent.stub.leave import CannotStart, Leave, leave_on_signals
from pytest_tmuxagent.stub.loop import Loop
from pytest_tmuxagent.stub.wiring import BadWiring, load_wiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pytest_tmuxagent.stub.assembly import Assembly
    from pytest_tmuxagent.stub.means import Screen
    from pytest_tmuxagent.stub.role import Role
    from pytest_tmuxagent.stub.wiring import Wiring


class FolderRemoved(CannotStart):
    """The folder that it was started in is no more; the text is what the CLI says then."""

    status = 1


def main(argv: list[str]) -> None:
    """Be the agent; never returns. `argv` is the wiring, then the CLI's own arguments."""
    leave_on_signals()
    _open_standard_files()
    try:
        status = _start(argv)
    except Leave as leave:
        status = leave.status
    except CannotStart as refusal:
        _tell(refusal)
        status = refusal.status
    log_exit(status)
    os._exit(status)  # the interpreter's own farewell takes milliseconds


def _tell(refusal: CannotStart) -> None:
    try:
        os.write(refusal.fd, f"{refusal}\n".encode("utf-8", "replace"))
    except OSError:  # Nobody listens, or the disk is full on which it would stand.
        pass


def _open_standard_files() -> None:
    """Put nothing where stdin, stdout or stderr are closed: else our own files get their numbers."""
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _start(argv: list[str]) -> int:
    if not argv:
        raise BadWiring("the wiring is missing: give its file as the first argument")
    wiring = load_wiring(argv[0])
    if "FAKETIME" in os.environ:
        from pytest_tmuxagent.stub.real_time import leave_sped_up_time

        leave_sped_up_time(os.path.join(os.path.dirname(wiring.launches), "clock"))
    given = dict(os.environ)
    for key, value in wiring.environment.items():
        os.environ.setdefault(key, value)
    cwd = _cwd()
    if wiring.real:
        from pytest_tmuxagent.stub.becoming import become

        become(wiring, argv[1:], cwd=cwd, given=given)
    from pytest_tmuxagent.stub.casting import make_role

    if wiring.seeds:
        from pytest_tmuxagent.stub.becoming import sow

        sow(wiring.seeds, home=os.environ.get("HOME", ""), cwd=cwd)
    if wiring.launches:
        log_launch(wiring.launches, name=wiring.name, argv=argv[1:], cwd=cwd, given=given)
    if wiring.situation:
        from pytest_tmuxagent.stub.situation import live_through

        live_through(wiring.situation)
    given_words = _without(argv[1:], wiring.face_options.get("accepts", ()))
    role = make_role(wiring, [*_words_of(wiring, cwd=cwd), *given_words], cwd=cwd)
    printed = role.at_once()
    if printed is not None:
        os.write(1, f"{printed}\n".encode())
        return 0
    _refuse_removed_folder(role)
    return _Process(role).run()


def _words_of(wiring: Wiring, *, cwd: str) -> list[str]:
    """Give the words of the wiring that come before the command line's."""
    if not wiring.arguments:
        return []
    from pytest_tmuxagent.stub.becoming import placed

    return [placed(word, cwd=cwd) for word in wiring.arguments]


def _without(argv: list[str], accepted: Sequence[str]) -> list[str]:
    """Leave out the words that this release would refuse, and an older one took."""
    for words in (text.split() for text in accepted):
        for place in range(len(argv) - len(words), -1, -1):
            if argv[place : place + len(words)] == words:
                argv = [*argv[:place], *argv[place + len(words) :]]
    return argv


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:
        return os.environ.get("PWD") or "/"


def _refuse_removed_folder(role: Role) -> None:
    try:
        os.getcwd()
    except OSError:
        raise FolderRemoved(role.folder_removed) from None


class _Process:
    """One run of the stub; what only a turn needs is imported when the box is on the screen."""

    def __init__(self, role: Role) -> None:
        self._role = role
        role.choose_session()
        self._replies = self._load_replies()
        self._loop = _loop(role)
        self._assembly: Assembly | None = None

    def run(self) -> int:
        """Run to the end, record that it is one, and give the exit status."""
        status, reason = 1, "other"
        try:
            status = self._run_headless() if self._role.headless else self._run_terminal()
        except Leave as leave:
            status, reason = leave.status, leave.reason
        finally:
            if self._assembly is not None:
                self._assembly.close(status, reason=reason)
        return status

    def _run_headless(self) -> int:
        self._role.read_prompt()
        assembly = self._assemble(self._role.headless_screen())
        assembly.begin()
        return self._role.run_headless(assembly.conversation, loop=self._loop)

    def _run_terminal(self) -> int:
        from pytest_tmuxagent.stub.box import Taken
        from pytest_tmuxagent.stub.casting import make_tui

        tui = make_tui(self._role, loop=self._loop)
        try:
            early = tui.open()
            for question, answered in self._role.questions():
                early = tui.ask(question, answered, early)
            tui.greet()
            assembly = self._assemble(tui)
            assembly.begin()
            tui.serve(assembly.conversation, early)
            prompt = self._role.prompt
            if prompt.strip():
                self._role.received(prompt, how="argv")
                self._role.typed(Taken(prompt, shown=prompt, pasted={}))
                assembly.conversation.submit(prompt)
            tui.run()
        finally:
            tui.close(self._role.goodbye())
        return 0

    def _assemble(self, screen: Screen) -> Assembly:
        from pytest_tmuxagent.stub.assembly import Assembly

        self._assembly = Assembly(self._role, screen=screen, loop=self._loop, replies=self._replies)
        return self._assembly

    def _load_replies(self) -> list[dict[str, Any]] | None:
        """Read the demo script, if there is one to play."""
        wiring = self._role.wiring
        if not wiring.script or wiring.link:
            return None
        from pytest_tmuxagent.stub.demo import load_demo

        return load_demo(wiring.script)


def _loop(role: Role) -> Loop:
    if role.faults is None or role.faults.draws("loaded_cpu") is None:
        return Loop()
    from pytest_tmuxagent.stub.load import LoadedLoop

    return LoadedLoop(role.faults)
