"""A test becomes its trials: after all selection, so that everything that selects sees one item."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from pytest_tmuxagent import options
from pytest_tmuxagent.trials.marker import design_of, read_mark
from pytest_tmuxagent.trials.plan import PART, Part, Plan, trial_suffix, with_suffix
from pytest_tmuxagent.trials.prompts import variant_of

_AGENT = "_agent_name"


def plans_of(items: Iterable[pytest.Item]) -> dict[pytest.Item, Plan]:
    """Give the plan of each test that has trials.

    Raises:
        pytest.UsageError: a marker says what cannot be.
    """
    return {item: plan for item in items if (plan := plan_of(item)) is not None}


def expanded(items: Iterable[pytest.Item], plans: Mapping[pytest.Item, Plan]) -> list[pytest.Item]:
    """Put the trials of each test that has a plan in its place."""
    return [each for item in items for each in _trials(item, plans.get(item))]


def plan_of(item: pytest.Item) -> Plan | None:
    """Give the plan of a test; None where it has no trials."""
    mark = read_mark(item)
    if mark is None:
        return None
    test = _without_xdist_group(item)
    agent, variant = _agent(item), variant_of(item)
    return Plan(
        test=test,
        location=item.location,
        of=design_of(mark.asked).size,
        asked=mark.asked,
        retries=mark.retries,
        group=_group(test, item, (agent, variant)),
        agent=agent,
        variant=variant,
    )


def fresh(item: pytest.Item) -> pytest.Item:
    """Copy an item that has not run: with a request, marks, stash and test instance of its own."""
    made: Any = _copied(item)
    made.keywords = copy.copy(made.keywords)
    if hasattr(made.keywords, "_markers"):
        made.keywords.node = made
        made.keywords._markers = dict(made.keywords._markers)
    made.own_markers = list(made.own_markers)
    made.user_properties = list(made.user_properties)
    made._report_sections = []
    made.__dict__.pop("_excinfo", None)
    if hasattr(made, "_initrequest"):
        made._initrequest()
    return made  # type: ignore[no-any-return]


def _trials(item: pytest.Item, plan: Plan | None) -> Iterator[pytest.Item]:
    if plan is None:
        yield item
        return
    for number in range(1, plan.of + 1):
        yield _trial(item, Part(plan=plan, number=number))


def _trial(item: pytest.Item, part: Part) -> pytest.Item:
    made: Any = _copied(item)
    suffix = trial_suffix(part.number)
    path, line, name = item.location
    made.__dict__["location"] = (path, line, with_suffix(name, suffix))
    _name(made, with_suffix(part.plan.test, suffix) + item.nodeid[len(part.plan.test) :])
    # A test case of unittest finds its method by its name.
    if not isinstance(item, _unittest_function()):
        made.name = with_suffix(item.name, suffix)
    made.is_tmuxagent_trial = True
    if hasattr(made, "_request"):  # They are made when it runs; items of other plugins have none.
        made._request, made.funcargs = False, None
    made.stash[PART] = part
    return made  # type: ignore[no-any-return]


def _copied(item: Any) -> Any:  # noqa: ANN401 - of what is pytest's own
    made = copy.copy(item)
    made.stash = made._store = pytest.Stash()
    made.stash._storage.update(item.stash._storage)
    # Each has an instance of its class of its own, which is made when it is asked for.
    if isinstance(item.parent, pytest.Class):
        made.__dict__.pop("_instance", None)
        made._obj = None
    return made


def _name(item: Any, nodeid: str) -> None:  # noqa: ANN401
    """Give an item its node id; from pytest 9.1 on it is more than a string."""
    if hasattr(item, "_id"):
        item._id = type(item._id).parse(nodeid)
    else:
        item._nodeid = nodeid


def _unittest_function() -> type[pytest.Item]:
    from _pytest.unittest import TestCaseFunction

    return TestCaseFunction


def _without_xdist_group(item: pytest.Item) -> str:
    """`--dist=loadgroup` writes the group behind the node id."""
    if item.config.getoption("loadgroup", default=False) and item.get_closest_marker("xdist_group"):
        return item.nodeid.rpartition("@")[0] or item.nodeid
    return item.nodeid


def _agent(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    named: str | None = callspec.params.get(_AGENT) if callspec is not None else None
    if named is None and _AGENT in getattr(item, "fixturenames", ()):
        return options.only_name(item)
    return named


def _group(test: str, item: pytest.Item, left_out: tuple[str | None, ...]) -> str:
    """Name what the variants of a test have in common, with whichever agent they run."""
    callspec = getattr(item, "callspec", None)
    before, bracket, _ = test.partition("[")
    if callspec is None or not bracket:
        return test
    ids = list(getattr(callspec, "_idlist", ()))
    for name in left_out:
        if name in ids:
            ids.remove(name)
    return f"{before}[{'-'.join(ids)}]" if ids else before
