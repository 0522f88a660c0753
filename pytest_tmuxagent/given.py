"""Tests that hypothesis runs with many examples: each example has a fresh agent, as each test has.

Before each example but the first the sandbox is reset, and the fixtures that live in it are made anew: ours,
and those of the user that depend on them. Hypothesis itself is not imported.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_tmuxagent.bench import AgentSandbox

_SANDBOX = "agent_sandbox"
_SCRIPT = "agent_script"
_SETTINGS = "_hypothesis_internal_use_settings"
_DEADLINE = timedelta(milliseconds=200)
"""The one that hypothesis sets where nobody has chosen any: for functions, not for a program that starts."""


@pytest.hookimpl(wrapper=True, tryfirst=True)  # Around hypothesis' own, which looks at the settings.
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test use our fixtures for many examples: they are made anew for each."""
    if not isinstance(item, pytest.Function) or not _has_examples(item):
        return (yield)
    with _settings_that_fit(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # Before those who run a coroutine, and after who wrapped it.
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Make our fixtures anew before each example but the first."""
    if not _has_examples(pyfuncitem):
        return (yield)
    test: Any = pyfuncitem.obj.hypothesis
    inner = test.inner_test
    test.inner_test = _with_fresh_fixtures(inner, Examples(pyfuncitem))
    try:
        return (yield)
    finally:
        test.inner_test = inner


class Examples:
    """The examples of one test, as they come."""

    def __init__(self, item: pytest.Function) -> None:
        self._request: Any = item._request
        self._item = item
        self._has_begun = False
        self._names: list[str] = []
        self._sandbox: AgentSandbox = self._request.getfixturevalue(_SANDBOX)

    def begin(self) -> Mapping[str, Any]:
        """Begin the next one; give the values of all fixtures that are other ones now."""
        if not self._has_begun:
            self._has_begun = True
            return {}
        self._sandbox.take_problem()  # Of one that has failed, perhaps of that.
        # Those of before as well: one that could not be made the last time is not there now.
        self._names += [name for name in renewed_fixtures(self._item) if name not in self._names]
        for name in reversed(self._names):
            self._finish(name)
        self._sandbox.reset()
        values = {name: self._request.getfixturevalue(name) for name in self._names}
        self._item.funcargs.update({name: values[name] for name in values.keys() & self._item.funcargs})
        return values

    def end(self) -> None:
        """End one that has passed so far.

        Raises:
            ScriptMismatch: an agent asked for something unscripted, and no verb has raised it.
        """
        problem = self._sandbox.take_problem()
        if problem is not None:
            raise problem

    def _finish(self, name: str) -> None:
        """Tear a fixture down, those as well that it overrides."""
        for definition in reversed(self._request._arg2fixturedefs.get(name, ())):
            definition.finish(self._request)
        self._request._fixture_defs.pop(name, None)


def renewed_fixtures(item: pytest.Function) -> list[str]:
    """Name those that are made anew for each example, in the order in which they were made."""
    request: Any = item._request
    needs = {name: _needs(request, name) for name in request._fixture_defs if name != _SANDBOX}
    found: set[str] = {_SCRIPT}
    while more := {name for name in needs.keys() - found if {_SANDBOX, *found} & needs[name]}:
        found |= more
    return [name for name in needs if name in found]


def _needs(request: Any, name: str) -> set[str]:  # noqa: ANN401 - pytest's own, of which it says little
    """Name the fixtures that one asks for, or those which it overrides do."""
    definitions = request._arg2fixturedefs.get(name, ())
    return {argument for definition in definitions for argument in definition.argnames}


def _has_examples(item: pytest.Function) -> bool:
    test = getattr(item, "obj", None)
    return (
        getattr(test, "is_hypothesis_test", False)
        and hasattr(getattr(test, "hypothesis", None), "inner_test")
        and _SANDBOX in item.fixturenames
    )


def _with_fresh_fixtures(inner: Callable[..., Any], examples: Examples) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(inner):

        @functools.wraps(inner)
        async def run_async(*args: object, **named: object) -> None:
            __tracebackhide__ = True
            await inner(*args, **_replaced(named, examples.begin()))
            examples.end()

        return run_async

    @functools.wraps(inner)
    def run(*args: object, **named: object) -> None:
        __tracebackhide__ = True
        inner(*args, **_replaced(named, examples.begin()))
        examples.end()

    return run


def _replaced(named: Mapping[str, object], fresh: Mapping[str, object]) -> dict[str, object]:
    return {name: fresh.get(name, value) for name, value in named.items()}


@contextmanager
def _settings_that_fit(item: pytest.Function) -> Iterator[None]:
    """Have hypothesis not warn of fixtures that are made anew, and set no deadline that nobody has chosen."""
    function: Any = item.function
    before = getattr(function, _SETTINGS, None)
    if before is None:
        yield
        return
    checks = sys.modules["hypothesis"].HealthCheck
    ours = set() if _others(item) else {checks.function_scoped_fixture}
    suppressed = {*before.suppress_health_check, *ours}
    deadline = None if before.deadline == _DEADLINE else before.deadline
    setattr(function, _SETTINGS, type(before)(before, suppress_health_check=suppressed, deadline=deadline))
    try:
        yield
    finally:
        setattr(function, _SETTINGS, before)


def _others(item: pytest.Function) -> list[str]:
    """Name the arguments that are fixtures of one test and stay those of the first example."""
    definitions: Mapping[str, Any] = item._request._fixture_defs
    # A parameter of the test is a fixture, too, for pytest, and the same in all examples.
    parameters = item.callspec.params.keys() if hasattr(item, "callspec") else ()
    fresh = {_SANDBOX, *renewed_fixtures(item), *parameters}
    return [
        name
        for name in inspect.signature(item.function).parameters
        if name in definitions and name not in fresh and definitions[name].scope == "function"
    ]
