"""Finding the pane that a process lives in."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_tmuxagent import AgentSandbox
from pytest_tmuxagent.tmux.panes import panes_of, terminal_of


def test_a_pane_and_its_process_have_the_same_terminal(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "one", "echo $$ > pid; read word"])
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "two", "read word"])
    pid = int(agent_sandbox.wait_for_file("pid"))
    places = panes_of(agent_sandbox.program_server.socket)
    assert len({place.terminal for place in places}) == 2
    (place,) = [place for place in places if place.terminal == terminal_of(pid)]
    assert (place.session, place.pane) == ("$0", "%0")


def test_a_server_that_is_not_there_has_none_and_is_not_started(tmp_path: Path) -> None:
    assert panes_of(tmp_path / "sock") == ()
    assert not (tmp_path / "sock").exists()


def test_a_process_without_a_terminal_or_none_at_all_has_none(agent_sandbox: AgentSandbox) -> None:
    script = "import os; print(os.getpid(), flush=True); os.read(0, 1)"
    assert terminal_of(2**22 + 1) is None
    keeper = agent_sandbox.sandbox.keeper
    read, write = os.pipe()
    child = keeper.spawn(
        ["python", "-c", script], environment=agent_sandbox.env, cwd=agent_sandbox.workdir, stdin=read
    )
    assert terminal_of(child.pid) is None
    os.close(read)
    os.close(write)
