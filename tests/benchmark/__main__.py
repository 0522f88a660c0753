"""Measures the rows that were asked for and prints them as one table."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmark import (
    agents,
    attached,
    commands,
    evals,
    megabyte,
    pytest_runs,
    real,
    shells,
    stories,
    stub,
    trials,
    under_test,
)
from tests.benchmark.leaving import leave_on_signals, raise_if_leaving
from tests.benchmark.machine import facts
from tests.benchmark.measuring import FULL, QUICK
from tests.benchmark.room import private_room
from tests.benchmark.table import Measure, Row, as_json, render

ROWS: dict[str, Measure] = {
    "agent": agents.set_up_and_tear_down,
    "fixture": pytest_runs.fixture,
    "ask": agents.ask,
    "wait": agents.wait,
    "command": commands.command,
    "plugin": pytest_runs.plugin,
    "thousand": pytest_runs.thousand,
    "fifty": pytest_runs.fifty,
    "megabyte": megabyte.megabyte,
    "program": under_test.program,
    "bench": under_test.bench,
    "attach": attached.attach,
    "shell": shells.shell,
    "reset": stories.reset,
    "stories": stories.stories,
    "evals": evals.trials,
    "trials": trials.beside_tests,
    "ten-thousand": trials.ten_thousand,
    "real-model": real.model,
    "real-ready": real.ready,
    "real-turn": real.turns,
    "real-turns": real.many_turns,
    "real-live": real.live,
}
NOTES = """\
Medians; the first sample is left out, and the tools take turns. All run the same stub program, whose answers
cost nothing; ours also runs a hook, reads the transcript and compares the files of the workdir in every turn.
Prompts are pasted, in brackets but for hecate, which cannot: after typed text the stub holds Enter for 30 ms.
libtmux waits by its retry_until (every 50 ms), hecate by await_text (every 10 ms), pexpect by expect_exact
(delaybeforesend=None; its default adds 50 ms a prompt). close() of pexpect sleeps 0.1 s; shutdown() of hecate
sleeps 3 s where PID 1 is slow to reap. An agent by fixture stands beside libtmux's `session` fixture; pexpect
and hecate have none.
Programs, beside what is made by hand for them: a program's agents run on our script, others' on a file of
answers. An agent in a program's tmux is looked at by our attached session, by libtmux as above (the answer is
on the screen) and by aimax's watcher of the transcript (every 200 ms, its default); all of them in sandboxes
of ours. Bash alone has neither our notes of its lines nor a sandbox.
Trials to tell two rates apart are the mean of all runs, exactly; each design errs in 5 % at most, either way.
Trials stand beside plain tests of the same body; one of many is that share of the time of all, less pytest's
start and end.
The stories of AgentMachine are drawn anew at random, but the same in each run; `permissions` are "allow"."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and give its exit status."""
    arguments = _arguments(argv)
    leave_on_signals()
    stub.wear(arguments.face)
    effort = QUICK if arguments.quick else FULL
    rows: list[Row] = []
    start = facts()
    try:
        with private_room() as room:
            for name in arguments.rows or ROWS:
                print(f"measuring: {name} ...", file=sys.stderr)  # noqa: T201
                raise_if_leaving()
                rows += ROWS[name](effort, room)
    except KeyboardInterrupt:
        return 130
    machine = {**start, "face": arguments.face, "load average at the end": facts()["load average"]}
    print(render(rows, machine=machine, notes=NOTES))  # noqa: T201
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(rows, machine=machine), indent=1), encoding="utf-8")
    return 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", choices=[*ROWS, []], help=f"{', '.join(ROWS)} (default: all)"
    )
    parser.add_argument("--face", choices=stub.FACES, default=stub.FACES[0], help="what the stub looks like")
    parser.add_argument("--quick", action="store_true", help="a tenth of the samples")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
