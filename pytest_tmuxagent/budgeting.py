"""What tests may spend, and what they have spent: the `budget` marker, and the ceiling of the run."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.outcomes import Skipped

if TYPE_CHECKING:
    from pytest_tmuxagent.budgets.ceiling import Ceiling
    from pytest_tmuxagent.budgets.limits import Limits
    from pytest_tmuxagent.budgets.meter import Meter
    from pytest_tmuxagent.evals.causes import Phase
    from pytest_tmuxagent.evals.prices import Prices
    from pytest_tmuxagent.evals.results import Cause
    from pytest_tmuxagent.turn import Spent

METER: pytest.StashKey[Meter] = pytest.StashKey()
"""Counts what the agents of a test use up; a test without our fixtures has none."""

_PRICES: pytest.StashKey[Prices] = pytest.StashKey()
_PURSE: pytest.StashKey[Ceiling] = pytest.StashKey()
_UNPRICED: pytest.StashKey[set[str]] = pytest.StashKey()
_FILE = "tmuxagent_purse"
_IS_OVER = "tmuxagent_run_is_over"
_TOLD_UNPRICED = "tmuxagent_unpriced"
_WHOLE = ("turns", "tool_calls", "output_tokens")
_LIMITS = (*_WHOLE, "cost_usd", "seconds")

_BUDGET = "budget(turns=..., tool_calls=..., output_tokens=..., cost_usd=..., seconds=...): "
MARKERS = (f"{_BUDGET}what its agents may use up together; more interrupts them, and fails the test",)


def add_options(parser: pytest.Parser) -> None:
    """Declare the command line and ini options."""
    group = parser.getgroup("tmuxagent")
    group.addoption(
        "--agent-max-cost",
        metavar="USD",
        default=None,
        help="what the models may cost in the whole run: when it is reached, running turns are interrupted, "
        "and nothing further is run",
    )
    group.addoption(
        "--agent-prices",
        metavar="FILE",
        default=None,
        help="a TOML file with prices of models, added to our own (ini: agent_prices)",
    )
    parser.addini("agent_prices", "a TOML file with prices of models, added to our own", default="")


# -- hooks ---------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Refuse at once what cannot be."""
    if config.getoption("agent_prices") or config.getini("agent_prices"):
        _prices(config)
    _max_cost(config)


@pytest.hookimpl(tryfirst=True)  # Before xdist, whose workers pay out of it as well.
def pytest_sessionstart(session: pytest.Session) -> None:
    """Open the run's purse."""
    config = session.config
    limit = _max_cost(config)
    if limit is None:
        return
    from pytest_tmuxagent.budgets.ceiling import Ceiling

    told = getattr(config, "workerinput", {}).get(_FILE)
    factory = getattr(config, "_tmp_path_factory", None)
    # pytest removes it in time where we are killed.
    folder = None if factory is None else factory.getbasetemp()
    purse = config.stash[_PURSE] = Ceiling.opened(told, folder=folder, limit_usd=limit)
    config.add_cleanup(purse.close)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist's, which need not be there
    """Have the workers of xdist pay out of the same purse."""
    purse = node.config.stash.get(_PURSE, None)
    if purse is not None:
        node.workerinput[_FILE] = str(purse.path)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse the markers that cannot be, before anything runs."""
    for item in items:
        marks = list(item.iter_markers("budget"))
        if marks:
            _limits(marks, of=item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:  # noqa: ANN401
    """Fail a test that has passed, where its agents used up more than it may and no wait has seen it."""
    __tracebackhide__ = True
    result = yield
    meter = item.stash.get(METER, None)
    if meter is not None:
        meter.check_at_end()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Any:  # noqa: ANN401
    """Note the models without a price."""
    try:
        return (yield)
    finally:
        meter = item.stash.get(METER, None)
        if meter is not None and meter.unpriced:
            _unpriced(item.config).update(meter.unpriced)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist tells the models without a price."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_TOLD_UNPRICED] = sorted(_unpriced(session.config))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401
    """Take that in; a worker that crashed has told nothing."""
    told = (getattr(node, "workeroutput", None) or {}).get(_TOLD_UNPRICED, ())
    _unpriced(node.config).update(told)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401
    """Say what was spent of the ceiling."""
    purse = config.stash.get(_PURSE, None)
    if purse is not None:
        reached = ": reached, nothing further was run" if purse.excess() else ""
        spent = f"${purse.spent:.4f} of --agent-max-cost=${purse.limit_usd:g}{reached}"
        terminalreporter.write_line(f"tmuxagent: the models have cost {spent}", red=bool(reached))


# -- what tests and trials ask -------------------------------------------------------------------


def meter_of(item: pytest.Item) -> Meter:
    """Make the meter of a test, by its marker and the options of the run.

    Raises:
        pytest.UsageError: a marker or an option that cannot be.
        pytest.skip.Exception: the run has spent all that it may.
    """
    from pytest_tmuxagent.budgets.meter import Meter

    why = why_over(item.config)
    if why is not None:
        over = Skipped(why)
        setattr(over, _IS_OVER, True)
        raise over
    limits = _limits(list(item.iter_markers("budget")), of=item.nodeid)
    purse = item.config.stash.get(_PURSE, None)
    meter = item.stash[METER] = Meter(limits, price=_prices(item.config).cost, purse=purse)
    return meter


def why_over(config: pytest.Config) -> str | None:
    """Say why nothing further may be run; None where it may."""
    purse = config.stash.get(_PURSE, None)
    over = purse.excess() if purse is not None else None
    if over is None:
        return None
    return f"not run: the models have cost ${over[1]:.4f}, and --agent-max-cost is ${over[0]:g}"


def is_over(error: BaseException) -> bool:
    """Whether this was raised, by whatever way, because the run has spent all that it may."""
    from pytest_tmuxagent.budgets.excess import is_of_the_run
    from pytest_tmuxagent.evals.causes import chain_of

    return any(hasattr(each, _IS_OVER) or is_of_the_run(each) for each in chain_of(error))


def unpriced_models(config: pytest.Config) -> tuple[str, ...]:
    """The models that were used and have no known price, known at the end of the run."""
    return tuple(sorted(_unpriced(config)))


def take_spent(item: pytest.Item) -> Spent:
    """Give what a test has used up since its set-up, and forget it; after its teardown, too."""
    from pytest_tmuxagent.turn import Spent

    meter = item.stash.get(METER, None)
    if meter is None:
        return Spent()
    del item.stash[METER]
    return meter.spent


def close_meter(item: pytest.Item) -> None:
    """Have a test that is over keep nothing but what it has used up."""
    meter = item.stash.get(METER, None)
    if meter is not None:
        meter.close()


def cause_in(item: pytest.Item, error: BaseException, *, phase: Phase) -> Cause:
    """Say why a trial that raised this has no pass, by all that is known of its agents.

    Ask it before `take_spent`.
    """
    from pytest_tmuxagent.evals.causes import cause_of
    from pytest_tmuxagent.evals.concerns import concern_of

    meter = item.stash.get(METER, None)
    if meter is None:
        return cause_of(error, phase=phase)
    concern = concern_of(error)
    is_of_some = concern.agents or (concern.turns and not any(turn.error for turn in concern.turns))
    return cause_of(
        error,
        phase=phase,
        turns=meter.turns,
        failures=meter.failures_of(concern.agents) if is_of_some else meter.failures,
        was_asked=meter.was_asked,
        about=concern.turns if concern else None,
    )


def _unpriced(config: pytest.Config) -> set[str]:
    return config.stash.setdefault(_UNPRICED, set())


def _limits(marks: list[pytest.Mark], *, of: str) -> Limits:
    """Join the `budget` markers of a test: the nearest one wins, limit by limit."""
    from pytest_tmuxagent.budgets.limits import Limits

    found: dict[str, Any] = {}
    for mark in marks:
        if mark.args:
            raise _wrong(of, f"takes names, as in budget(turns=5); not {mark.args[0]!r}")
        if not mark.kwargs:
            raise _wrong(of, f"limits nothing; it takes {', '.join(_LIMITS)}")
        for name, value in mark.kwargs.items():
            if name not in _LIMITS:
                raise _wrong(of, f"has no argument {name!r}; it takes {', '.join(_LIMITS)}")
            if not _can_be(name, value):
                kind = "a whole number" if name in _WHOLE else "a number"
                raise _wrong(of, f"has {name}={value!r}; it takes {kind}, 0 or more, or None")
            found.setdefault(name, value)
    return Limits(**found)


def _can_be(name: str, value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int if name in _WHOLE else (int, float)):
        return False
    return value >= 0 and (isinstance(value, int) or math.isfinite(value))


def _max_cost(config: pytest.Config) -> float | None:
    written: str | None = config.getoption("agent_max_cost")
    if written is None:
        return None
    try:
        limit = float(written.removeprefix("$"))
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit) or limit <= 0:
        raise pytest.UsageError(f"--agent-max-cost={written}: it is an amount of USD above 0, as 2.50")
    return limit


def _prices(config: pytest.Config) -> Prices:
    if _PRICES not in config.stash:
        from pytest_tmuxagent.errors import Misuse
        from pytest_tmuxagent.evals.prices import read_prices

        try:
            config.stash[_PRICES] = read_prices(_own_table(config))
        except Misuse as error:
            raise pytest.UsageError(f"--agent-prices: {error}") from error
    return config.stash[_PRICES]


def _own_table(config: pytest.Config) -> Path | None:
    """The file on the command line, from where that was given; or the one of the ini file."""
    given: str | None = config.getoption("agent_prices")
    if given:
        return config.invocation_params.dir / given
    written: str = config.getini("agent_prices")
    return config.rootpath / written if written else None


def _wrong(of: str, words: str) -> pytest.UsageError:
    return pytest.UsageError(f"{of}: the `budget` marker {words}")
