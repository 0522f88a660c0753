"""The pytest plugin: options, markers, parametrisation, and what a failed test shows.

Loaded in every pytest run, so that it imports nothing of the engine; fixtures do when they are used.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

from pytest_tmuxagent import budgeting, fixtures, given, hookspecs, judging, options, settings
from pytest_tmuxagent.trials import options as trials_options
from pytest_tmuxagent.trials.plugin import TrialsPlugin

_FIXTURES = frozenset(
    {"agent", "launch_agent", "agent_machine", "agent_sandbox", "agent_script", "agent_tmux"}
)
_NAME = "_agent_name"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare our options."""
    options.add_options(parser)
    budgeting.add_options(parser)
    trials_options.add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare our hooks."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Declare our markers, and refuse at once what cannot be."""
    for line in (*options.MARKERS, *budgeting.MARKERS, *trials_options.MARKERS):
        config.addinivalue_line("markers", line)
    config.pluginmanager.register(fixtures, "tmuxagent-fixtures")
    config.pluginmanager.register(given, "tmuxagent-given")
    config.pluginmanager.register(judging, "tmuxagent-judging")
    config.pluginmanager.register(TrialsPlugin(config), "tmuxagent-trials")
    config.pluginmanager.register(budgeting, "tmuxagent-budgeting")
    why = settings.why_unavailable(config.getoption("agent_rung"))
    if why is not None:
        raise pytest.UsageError(f"--agent-rung: {why}")
    if config.getoption("agent_debug") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--agent-debug waits at the terminal: leave out -n")
    options.choose_seed(config)
    options.tries_of(config)  # What is none is refused before anything runs.


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist's, which need not be there
    """Have the workers of xdist run under the faults of this run."""
    options.tell_worker(node.config, node.workerinput)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each agent that its marker or the command line names."""
    if not _FIXTURES & set(metafunc.fixturenames):
        return
    of = metafunc.definition.nodeid
    names = options.read_marks(list(metafunc.definition.iter_markers("agent")), of=of).names
    if not names and metafunc.config.getoption("agent_names"):
        names = options.default_names(metafunc.config)
    if names:
        metafunc.fixturenames.append(_NAME)
        metafunc.parametrize(_NAME, names, indirect=True)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which real CLIs run, where they do, and under which faults."""
    told = []
    if config.getoption("agent_prove"):
        told.append(
            "tmuxagent: no trials but proofs: an agent that does nothing must fail each test, "
            "and its solution must pass"
        )
    elif config.getoption("agent_rung") != "stub":
        from pytest_tmuxagent.launching import told_clis

        told.append(f"tmuxagent: rung {config.getoption('agent_rung')}, {told_clis(config)}")
    faults = options.told_faults(config)
    return [*told, *([f"tmuxagent: {faults}"] if faults else [])]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what runs a real CLI, before `-m` is evaluated, and leave out agents not asked for."""
    asked = config.getoption("agent_names")
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        if not _FIXTURES & set(getattr(item, "fixturenames", ())):
            kept.append(item)
            continue
        _mark_by_rung(item, config)
        name = _parametrised_name(item)
        (left_out if asked and name is not None and name not in asked else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let go of the agents of a test that is over: pytest keeps its items until the run ends."""
    try:
        return (yield)
    finally:
        if fixtures.EVIDENCE in item.stash:
            del item.stash[fixtures.EVIDENCE]
        budgeting.close_meter(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell of each agent of the test, while it still lives."""
    report = yield
    evidence = item.stash.get(fixtures.EVIDENCE, None)
    if evidence is not None:
        evidence.add_to(report)
    return report


@pytest.hookimpl(tryfirst=True)  # Before the debugger stops at its prompt.
def pytest_exception_interact(node: pytest.Item | pytest.Collector) -> None:
    """With `--agent-debug` or `--pdb`, say how to attach while the agents of the failed test still live."""
    evidence = node.stash.get(fixtures.EVIDENCE, None)
    stops, debugger = node.config.getoption("agent_debug"), node.config.getoption("usepdb")
    if evidence is None or not (stops or debugger):
        return
    capture = node.config.pluginmanager.getplugin("capturemanager")
    capture.suspend(in_=True)
    try:
        sys.stderr.write(f"\n{evidence.attach_words()}\n")
        if stops:
            sys.stderr.write("Press Enter to go on. ")
            sys.stderr.flush()
            sys.stdin.readline()
    finally:
        capture.resume()


def _mark_by_rung(item: pytest.Item, config: pytest.Config) -> None:
    mark = options.read_marks(list(item.iter_markers("agent")), of=item.nodeid)
    rung = options.rung_of(mark, config)
    if rung not in mark.rungs:
        reason = f"runs on the rungs {', '.join(mark.rungs)} only, this is {rung}"
        item.add_marker(pytest.mark.skip(reason=reason))
    if rung != "stub":
        item.add_marker(pytest.mark.integration)
    if rung == "live":
        item.add_marker(pytest.mark.live)


def _parametrised_name(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    name: str | None = callspec.params.get(_NAME) if callspec is not None else None
    return name
