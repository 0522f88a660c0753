"""Becomes the vendor's own program: logs the launch, completes what it needs, and makes way for it.

The process keeps its id, its terminal and its parent; whoever started it finds the real CLI there.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.jsonlines import encode_line
from pytest_tmuxagent.stub.launches import log_launch
from pytest_tmuxagent.stub.leave import CannotStart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.stub.wiring import Wiring


class CannotBecome(CannotStart):
    """There is no such program here, or none that runs; a shell ends the same way."""

    status = 127


def become(wiring: Wiring, argv: list[str], *, cwd: str, given: dict[str, str]) -> None:
    """Run the program that the wiring names, with its own arguments first; does not return.

    `given` is the environment as it was before it was completed.

    Raises:
        CannotBecome: it cannot be run; or it is none that can be, and the wiring says why.
    """
    real = wiring.real
    environment = _environment(real)
    if wiring.launches:
        log_launch(
            wiring.launches, name=wiring.name, argv=argv, cwd=cwd, environment=environment, given=given
        )
    if wiring.situation:
        from pytest_tmuxagent.stub.situation import live_through

        live_through(wiring.situation)
    if "refused" in real:
        raise CannotBecome(f"{wiring.name}: {real['refused']}")
    sow(real.get("seeds", {}), home=environment.get("HOME", ""), cwd=cwd)
    command = [*(placed(word, cwd=cwd) for word in real["argv"]), *argv]
    try:
        os.execve(command[0], command, environment)
    except OSError as failure:
        raise CannotBecome(f"{wiring.name}: {command[0]} cannot be run: {failure.strerror}") from failure


def _environment(real: dict[str, dict[str, str]]) -> dict[str, str]:
    without = real.get("without", ())
    environment = {name: value for name, value in os.environ.items() if name not in without}
    for name, value in real.get("environment", {}).items():
        environment[name] = value.replace("{pid}", str(os.getpid()))
    return environment


def sow(seeds: dict[str, str], *, home: str, cwd: str) -> None:
    """Write the files that the program needs in its HOME, where they are not there."""
    for place, text in seeds.items() if home else ():
        path = os.path.join(home, place)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:  # It is there; or the HOME is none, and the program will tell.
            continue
        with open(fd, "wb") as file:
            file.write(placed(text, cwd=cwd).encode())


def placed(text: str, *, cwd: str) -> str:
    """Put the folder in the place of `{cwd}`, as it stands between the quotes of JSON or of TOML."""
    return text.replace("{cwd}", encode_line(cwd).decode().strip()[1:-1])
