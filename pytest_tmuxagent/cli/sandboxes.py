"""`tmuxagent ls` and `tmuxagent reap`: what is there, what is left, and how it goes."""

# ruff: noqa: T201 - printing is what these commands do.

from __future__ import annotations

import time

from pytest_tmuxagent.cli.running import running_agents
from pytest_tmuxagent.errors import EnvironmentProblem
from pytest_tmuxagent.sandbox.leftovers import FoundSandbox, reap, survey

_SHOWN_COMMAND = 60
_SHOWN_PROCESSES = 40


def run_ls() -> int:
    """List what lives, what was left behind, and what cannot be told from here."""
    found = survey()
    living, ended, elsewhere, inside = (
        [sandbox for sandbox in found.sandboxes if sandbox.state == state]
        for state in ("lives", "ended", "elsewhere", "inside")
    )
    for sandbox in living:
        print(f"{sandbox.root}  since {_time(sandbox)}  of process {sandbox.cookie.pid}{_command(sandbox)}")
        for name in _agents(sandbox):
            print(f"    {name}")
    if ended or found.left_behind:
        print("left behind by runs that have ended (`tmuxagent reap` ends and removes it):")
    for sandbox in ended:
        print(f"    {sandbox.root}  since {_time(sandbox)}")
    for person in found.left_behind:
        print(f"    {person}")
    if elsewhere:
        print("made on another machine, or in another container (reap it there; here nobody can tell):")
    for sandbox in elsewhere:
        print(f"    {sandbox.root}  since {_time(sandbox)}  on {sandbox.cookie.place.host}")
    if inside:
        print("left behind inside the sandbox of another run, which sees to it:")
    for sandbox in inside:
        print(f"    {sandbox.root}  since {_time(sandbox)}")
    if not found.sandboxes and not found.left_behind:
        print("no sandboxes")
    return 0


def run_reap() -> int:
    """End and remove what was left behind, and say what that was; 1 when something would not go."""
    done = reap()
    for person in done.ended[:_SHOWN_PROCESSES]:
        print(f"ended {person}")
    if len(done.ended) > _SHOWN_PROCESSES:
        print(f"ended {len(done.ended) - _SHOWN_PROCESSES} processes more")
    for folder in done.removed:
        print(f"removed {folder}")
    for survivor in done.survivors:
        print(f"could not end or remove: {survivor}")
    if not (done.ended or done.removed or done.survivors):
        print("nothing was left behind")
    return 1 if done.survivors else 0


def _agents(sandbox: FoundSandbox) -> list[str]:
    try:
        return [agent.full_name for agent in running_agents(sandbox)]
    except EnvironmentProblem as problem:  # Without tmux, the rest can still be told.
        return [f"(agents unknown: {problem})"]


def _time(sandbox: FoundSandbox) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(sandbox.made_at))


def _command(sandbox: FoundSandbox) -> str:
    return f" ({sandbox.owner[:_SHOWN_COMMAND].strip()})" if sandbox.owner else ""
