"""A control client of ours that the keeper of a sandbox owns."""

from __future__ import annotations

import os
from collections.abc import Sequence

from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.tmux.client import ControlClient
from pytest_tmuxagent.waiting import input_thread


def connect(sandbox: Sandbox, argv: Sequence[str]) -> tuple[ControlClient, int]:
    """Start a tmux client in control mode, and talk to it; give its process as well."""
    commands_read, commands_write = os.pipe()
    try:
        events_read, events_write = os.pipe()
    except BaseException:
        os.close(commands_read)
        os.close(commands_write)
        raise
    try:
        child = sandbox.keeper.spawn(
            argv,
            environment=sandbox.environment,
            cwd=sandbox.workdir,
            stdin=commands_read,
            stdout=events_write,
        )
    except BaseException:
        os.close(commands_write)
        os.close(events_read)
        raise
    finally:
        os.close(commands_read)
        os.close(events_write)
    return ControlClient(read_fd=events_read, write_fd=commands_write, io=input_thread()), child.pid
