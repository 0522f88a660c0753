"""Secrets on command lines, where every user of a machine can read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pytest_tmuxagent.errors import TmuxError
from pytest_tmuxagent.programs.launch import Launch
from pytest_tmuxagent.programs.secrets import secret_in
from pytest_tmuxagent.programs.shell_lines import ShellLine
from pytest_tmuxagent.sandbox.census import census
from pytest_tmuxagent.servers.program_server import ProgramServer

_SEEN = 4
_CONTEXT = 60
_REMEDY = (
    "what to do: give secrets in the environment (though not by `tmux new-session -e`, which is a command "
    "line), on stdin, or in a file that only its owner may read"
)


def check_command_lines(
    secrets: Sequence[str],
    *,
    launches: Sequence[Launch],
    lines: Sequence[ShellLine],
    server: ProgramServer,
    cookie: str,
    harmless: Sequence[str],
) -> None:
    """Look for secrets; those that are `harmless` are ours, and worth nothing.

    Raises:
        AssertionError: there are some.
    """
    __tracebackhide__ = True
    places = [
        *(
            (f"the start of {launch.name} (process {launch.pid})", " ".join(launch.argv))
            for launch in launches
        ),
        *_processes(cookie),
        *_panes(server),
        *((f"a line that {line.shell} {line.pid} read", line.text) for line in lines),
    ]
    known = [secret for secret in secrets if secret not in harmless]
    found = {
        f"  {where}: {_hidden(text, secret)}": None
        for where, text in places
        if (secret := secret_in(text, known=known, harmless=harmless)) is not None
    }
    if found:
        raise AssertionError("secrets stand on command lines:\n" + "\n".join(found) + f"\n{_REMEDY}")


def _processes(cookie: str) -> Iterator[tuple[str, str]]:
    for person in census():
        if any(each.text == cookie for each in person.cookies):
            yield f"process {person.pid}", person.command


def _panes(server: ProgramServer) -> Iterable[tuple[str, str]]:
    if not server.started:
        return []
    form = "#{session_name}:#{window_index}.#{pane_index}\t#{pane_start_command}"
    try:
        listed = server.ask(("list-panes", "-a", "-F", form)).splitlines()
    except TmuxError:  # No session is left, or no server.
        return []
    panes = (line.partition("\t") for line in listed)
    return [(f"the command of tmux pane {name}", command) for name, _, command in panes]


def _hidden(text: str, secret: str) -> str:
    """Show where the first secret stands, and of itself no more than its beginning."""
    place = text.index(secret)
    before = text[max(place - _CONTEXT, 0) : place]
    return f"{before}{secret[:_SEEN]}... ({len(secret)} characters)"
