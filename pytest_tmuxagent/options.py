"""What command line, ini file and markers ask for, checked and joined."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pytest_tmuxagent.settings import (
    DEFAULT_MOST_LIVE,
    DEFAULT_TIMEOUTS,
    OPTION_CHECKS,
    PERMISSIONS,
    RUNGS,
    why_not,
)

if TYPE_CHECKING:
    from pytest_tmuxagent.schedules import FaultSchedule

_CHOSEN = "tmuxagent_faults"
_MARKER_ARGUMENTS = ("permissions", "rung", "rungs")


def add_options(parser: pytest.Parser) -> None:
    """Declare the command line and ini options."""
    group = parser.getgroup("tmuxagent", "coding agents in tmux")
    group.addoption(
        "--agent",
        action="append",
        dest="agent_names",
        metavar="NAME",
        help="the agent of unmarked tests; may be repeated: parametrises them, and filters marked tests",
    )
    group.addoption(
        "--agent-rung",
        choices=RUNGS,
        default="stub",
        help="what runs: the stub on a script (default), or the real CLI on a scripted, recorded, live model",
    )
    group.addoption(
        "--agent-cli",
        action="append",
        dest="agent_clis",
        metavar="NAME=PATH",
        help="the real CLI of an agent, where it is not the one on the PATH; may be repeated",
    )
    group.addoption(
        "--agent-artifacts",
        choices=("retain-on-failure", "on", "off"),
        default="retain-on-failure",
        help="when to keep screens, casts, requests, timelines and launches (default: retain-on-failure)",
    )
    group.addoption(
        "--agent-artifacts-dir",
        metavar="DIR",
        default=None,
        help="where to keep them (default: agent-artifacts in the rootdir)",
    )
    group.addoption(
        "--agent-debug",
        action="store_true",
        help="stop at a failure while the agent still lives, and print how to attach to its pane",
    )
    group.addoption(
        "--agent-faults",
        metavar="SEED[:KIND,...]",
        default=None,
        help="let things go wrong that must not change the result of a correct test, by a seed: "
        "a whole number, or `random`; of all kinds, or of those named",
    )
    group.addoption(
        "--agent-k",
        type=_tries,
        default=None,
        metavar="K,...",
        help="tell pass@k and pass^k of trials for each of these, as 1,3,5 (default: 3; ini: agent_k)",
    )
    parser.addini("agent_k", "each k of pass@k and pass^k that are told of trials, as 1,3,5", default="")
    parser.addini("agent_name", "the agent of unmarked tests", default="claude")
    parser.addini(
        "agent_max_live",
        "how many real CLIs may run on this machine at a time, in all pytest runs",
        default="",
    )
    parser.addini("agent_timeout", "default timeout in seconds of every wait for an agent", default="")


MARKERS = (
    "agent(*names, permissions='allow'|'ask', rung=..., rungs=(...)): which agents the test runs, and how",
    "agent_faults(seed=..., kinds=[...]): the faults under which it runs; without a seed, which of the run's",
    "integration: runs a real agent CLI (put by pytest-tmuxagent)",
    "live: runs on a vendor's model (put by pytest-tmuxagent)",
)


class AgentMark(NamedTuple):  # A dataclass takes 0.7 ms to make, in every pytest run.
    """The `agent` markers of one test, joined: the nearest one wins, argument by argument."""

    names: tuple[str, ...] = ()
    permissions: str | None = None
    rung: str | None = None
    rungs: tuple[str, ...] = RUNGS


def read_marks(marks: Sequence[pytest.Mark], *, of: str) -> AgentMark:
    """Join the `agent` markers of a test, the nearest first.

    Raises:
        pytest.UsageError: a marker has an argument that it cannot have; the message names test and remedy.
    """
    found: dict[str, Any] = {}
    for mark in marks:
        arguments = {**({"names": mark.args} if mark.args else {}), **mark.kwargs}
        for name, value in arguments.items():
            if name != "names" and name not in _MARKER_ARGUMENTS:
                raise _wrong(of, f"has no argument {name!r}; it takes names, {', '.join(_MARKER_ARGUMENTS)}")
            found.setdefault(name, value)
    return AgentMark(
        names=_names(found.get("names", ()), of=of),
        permissions=_one_of(found.get("permissions"), PERMISSIONS, argument="permissions", of=of),
        rung=_one_of(found.get("rung"), RUNGS, argument="rung", of=of),
        rungs=_rungs(found.get("rungs", RUNGS), of=of),
    )


def rung_of(mark: AgentMark, config: pytest.Config) -> str:
    """The rung on which a test runs; a proof (`--agent-prove`) runs on the stub, whatever else is said."""
    if config.getoption("agent_prove"):
        return "stub"
    chosen: str = mark.rung or config.getoption("agent_rung")
    return chosen


def tries_of(config: pytest.Config) -> tuple[int, ...] | None:
    """Each k of pass@k and pass^k that the command line asks for, or the ini file; None where neither does.

    Raises:
        pytest.UsageError: the ini option is no list of numbers.
    """
    asked: tuple[int, ...] | None = config.getoption("agent_k")
    written: str = config.getini("agent_k")
    if asked is not None or not written.strip():
        return asked
    try:
        return _tries(written)
    except argparse.ArgumentTypeError as error:
        raise pytest.UsageError(f"agent_k: {error}") from error


def choose_seed(config: pytest.Config) -> None:
    """Choose the seed where the command line asks for any, once for the run; a worker of xdist is told it.

    Raises:
        pytest.UsageError: what the command line says is no schedule.
    """
    written: str | None = config.getoption("agent_faults")
    if written is None:
        return
    seed, colon, kinds = written.partition(":")
    if seed == "random":
        chosen = f"{int.from_bytes(os.urandom(4), 'big')}{colon}{kinds}"
        config.option.agent_faults = getattr(config, "workerinput", {}).get(_CHOSEN, chosen)
    _schedule(config)


def tell_worker(config: pytest.Config, told: dict[str, Any]) -> None:
    """Tell a worker of xdist, which reads the command line for itself, what was chosen."""
    told[_CHOSEN] = config.getoption("agent_faults")


def faults_of(item: pytest.Item) -> FaultSchedule | None:
    """The faults under which a test runs: its markers', or those of the command line; None without any.

    Of several markers the nearest one wins, argument by argument.

    Raises:
        pytest.UsageError: a marker has an argument that it cannot have.
    """
    marks = list(item.iter_markers("agent_faults"))
    schedule = _marked(marks, item) if marks else _schedule(item.config)
    return None if schedule is None else schedule.of(item.nodeid)


def told_faults(config: pytest.Config) -> str | None:
    """Say in a line under which schedule the run is."""
    schedule = _schedule(config)
    if schedule is None:
        return None
    return f"faults of {', '.join(schedule.kinds)} (again: --agent-faults={schedule.written})"


def _schedule(config: pytest.Config) -> FaultSchedule | None:
    written: str | None = config.getoption("agent_faults")
    if written is None:
        return None
    from pytest_tmuxagent.errors import Misuse
    from pytest_tmuxagent.schedules import FaultSchedule

    try:
        return FaultSchedule.read(written)
    except Misuse as error:
        raise pytest.UsageError(f"--agent-faults: {error}") from error


def _marked(marks: Sequence[pytest.Mark], item: pytest.Item) -> FaultSchedule | None:
    """Read markers: with a seed they are a schedule, without one they bound that of the run."""
    from pytest_tmuxagent.errors import Misuse
    from pytest_tmuxagent.schedules import KINDS, FaultSchedule

    told = _joined(marks, of=item.nodeid)
    run = _schedule(item.config)
    seed = told.get("seed", 0 if run is None else run.seed)
    kinds = told.get("kinds", KINDS)
    if kinds in ([], ()):
        return None
    try:
        marked = FaultSchedule(seed, kinds)
    except Misuse as error:
        raise pytest.UsageError(f"{item.nodeid}: the `agent_faults` marker: {error}") from error
    if "seed" in told:
        return marked
    both = [] if run is None else [kind for kind in run.kinds if kind in marked.kinds]
    return FaultSchedule(seed, both) if both else None


def _joined(marks: Sequence[pytest.Mark], *, of: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for mark in marks:
        unknown = [*map(repr, mark.args), *(set(mark.kwargs) - {"seed", "kinds"})]
        if unknown or not mark.kwargs:
            words = f"has no {', '.join(unknown)}" if unknown else "says nothing"
            raise pytest.UsageError(
                f"{of}: the `agent_faults` marker {words}; it takes seed=7, kinds=['slow_pty']"
            )
        told = {**mark.kwargs, **told}
    return told


def default_names(config: pytest.Config) -> tuple[str, ...]:
    """The agents of an unmarked test."""
    asked: list[str] | None = config.getoption("agent_names")
    return tuple(dict.fromkeys(asked)) if asked else (config.getini("agent_name"),)


def only_name(item: pytest.Item) -> str:
    """The agent of a test that is not parametrised, as those of `unittest` are not.

    Raises:
        pytest.UsageError: several are named.
    """
    mark = read_marks(list(item.iter_markers("agent")), of=item.nodeid)
    names = mark.names or default_names(item.config)
    if len(names) > 1:
        words = f"a test case of unittest runs for one agent, not for {', '.join(names)}; for a machine "
        raise pytest.UsageError(f"{item.nodeid}: {words}write `def test_it(agent_machine): agent_machine(M)`")
    return names[0]


def named_clis(config: pytest.Config, *, known: Sequence[str]) -> dict[str, str]:
    """The real CLIs that the command line names.

    Raises:
        pytest.UsageError: one is not written as NAME=PATH, or no agent is called so.
    """
    found: dict[str, str] = {}
    for written in config.getoption("agent_clis") or ():
        name, equals, path = written.partition("=")
        if not (name and equals and path):
            raise pytest.UsageError(f"--agent-cli {written}: write it as NAME=PATH, as in claude=/opt/claude")
        if name not in known:
            raise pytest.UsageError(f"--agent-cli {written}: no agent is called {name!r}: {', '.join(known)}")
        found[name] = path
    return found


def most_live(config: pytest.Config) -> int:
    """How many real CLIs may run at a time: four for each core, unless the ini file says otherwise.

    Raises:
        pytest.UsageError: the ini option is no positive whole number.
    """
    written: str = config.getini("agent_max_live")
    if not written:
        return DEFAULT_MOST_LIVE
    if not written.isascii() or not written.isdigit() or int(written) == 0:
        raise pytest.UsageError(f"agent_max_live = {written!r} is no whole number above 0")
    return int(written)


def default_timeout(config: pytest.Config, *, rung: str) -> float:
    """The default timeout of waits, in seconds.

    Raises:
        pytest.UsageError: the ini option is no positive number.
    """
    written: str = config.getini("agent_timeout")
    if not written:
        return DEFAULT_TIMEOUTS[rung]
    try:
        seconds = float(written)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise pytest.UsageError(f"agent_timeout = {written!r} is no number of seconds above 0")
    return seconds


def check_options(options: Mapping[str, Any]) -> None:
    """Check what the `agent_options` fixture gives.

    Raises:
        pytest.UsageError: a key or value that it cannot have.
    """
    for name in options:
        if name not in OPTION_CHECKS:
            raise pytest.UsageError(
                f"agent_options has no {name!r}; it takes {', '.join(sorted(OPTION_CHECKS))}"
            )
    reason = why_not(options)
    if reason is not None:
        name, words = reason
        raise pytest.UsageError(f"agent_options[{name!r}]{words}")


def _tries(written: str) -> tuple[int, ...]:
    from pytest_tmuxagent.errors import Misuse
    from pytest_tmuxagent.evals.statistics import tries_in

    try:
        return tries_in(written)
    except Misuse as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _names(value: object, *, of: str) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    for name in names:
        if not isinstance(name, str) or not name:
            raise _wrong(of, f"names {name!r}, which is no agent's name; write it as in agent('claude')")
    return names


def _one_of(value: object, allowed: tuple[str, ...], *, argument: str, of: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or value not in allowed:
        raise _wrong(of, f"has {argument}={value!r}; it takes {' or '.join(map(repr, allowed))}")
    return value


def _rungs(value: object, *, of: str) -> tuple[str, ...]:
    rungs = (value,) if isinstance(value, str) else value
    if not isinstance(rungs, (tuple, list)) or not rungs or not set(rungs) <= set(RUNGS):
        raise _wrong(of, f"has rungs={value!r}; it takes a tuple of {', '.join(map(repr, RUNGS))}")
    return tuple(rungs)


def _wrong(of: str, words: str) -> pytest.UsageError:
    return pytest.UsageError(f"{of}: the `agent` marker {words}")
