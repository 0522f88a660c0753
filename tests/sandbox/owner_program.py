"""A process that owns a sandbox full of troublemakers; test_ownership.py ends it, or parts of it.

It takes one pipe per troublemaker (name=fd), which is at its end when nobody of that kind is left.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.sandbox.warden import warden

# All end by themselves after a while, longer than any test waits: a broken build must not take the machine.
FORKING = """
import os, time
print("ready", flush=True)
end = time.monotonic() + 40
while time.monotonic() < end:
    if os.fork():
        os._exit(0)
"""

TROUBLEMAKERS = {
    "quiet": "echo ready; exec sleep 60",
    "deaf": "trap '' HUP INT TERM; echo ready; sleep 20; sleep 20; sleep 20",
    "background": "nohup sleep 60 & echo ready; exec sleep 60",
    "session": "setsid sh -c 'echo ready; setsid sleep 60 & exec sleep 60' & exec sleep 60",
    "daemon": "(env -i setsid nohup sh -c 'echo ready; exec sleep 60' &)",
    "forking": f"exec '{sys.executable}' -I -S -c \"$FORKING\"",
    "bomb": "echo ready; for n in $(seq 4000); do (setsid sleep 40 &); done; sleep 40",
    "writer": "echo ready; for n in $(seq 20000); do mkdir -p deep/$n; echo $n >deep/$n/file; done; sleep 40",
    "flood": "echo ready; exec yes",
}


def main() -> None:
    sandbox = Sandbox.open()
    pids = {}
    for argument in sys.argv[1:]:
        name, _, fd = argument.partition("=")
        child = sandbox.keeper.spawn(
            ["sh", "-c", TROUBLEMAKERS[name]],
            environment={**sandbox.environment, "FORKING": FORKING},
            cwd=sandbox.workdir,
            stdout=int(fd),
        )
        os.close(int(fd))
        pids[name] = child.pid
    answer({"root": str(sandbox.root), "pids": pids, "warden": warden().pid})
    for line in sys.stdin:
        match line.strip():
            case "hello":
                answer({})
            case "close":
                answer({"survivors": sandbox.close()})
            case "fork":
                leave_a_fork()
                answer({})


def leave_a_fork() -> None:
    """Fork a child that holds all our file descriptors until standard input ends, and eats our orders."""
    for fd in range(3, 64):
        with suppress(OSError):
            os.dup(fd)
    if os.fork() == 0:
        os.close(1)
        while os.read(0, 1):
            pass
        os._exit(0)


def answer(record: dict[str, object]) -> None:
    print(json.dumps(record), flush=True)  # noqa: T201 - it is how the test hears of it.


main()
