"""Runs a test once for each prompt of the files that its `prompts` markers name."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.cases import Case, read_cases

_CASE = "_agent_case"
_ARGUMENTS = ("prompt", "case")


def parametrise(metafunc: pytest.Metafunc) -> None:
    """Give the arguments `prompt` and `case` of a test their values; without the marker nothing happens.

    Raises:
        pytest.UsageError: marker, files or test do not fit; the message names them and the remedy.
    """
    patterns = _patterns(metafunc.definition)
    if not patterns:
        return
    asked = [name for name in _ARGUMENTS if name in metafunc.fixturenames]
    if not asked:
        raise _wrong(metafunc.definition, "needs a test that asks for `prompt` or `case`: add the argument")
    try:
        cases = read_cases(patterns, folder=metafunc.definition.path.parent)
    except Misuse as error:
        raise _wrong(metafunc.definition, f"cannot be: {error}") from error
    metafunc.fixturenames.append(_CASE)
    values = [(*((case.prompt if name == "prompt" else case) for name in asked), case) for case in cases]
    metafunc.parametrize((*asked, _CASE), values, ids=[case.id for case in cases])


def variant_of(item: pytest.Item) -> str | None:
    """The id of the prompt with which this item runs; None where it has no `prompts` marker."""
    callspec = getattr(item, "callspec", None)
    case: Case | None = None if callspec is None else callspec.params.get(_CASE)
    return None if case is None else case.id


def _patterns(definition: pytest.Item) -> list[str]:
    """The patterns of all markers of the test, those of its module first."""
    found: list[str] = []
    for mark in reversed(list(definition.iter_markers("prompts"))):
        if mark.kwargs or not mark.args or not all(isinstance(each, str) and each for each in mark.args):
            raise _wrong(definition, 'takes one or more patterns: @pytest.mark.prompts("prompts/*.md")')
        found += mark.args
    return found


def _wrong(definition: pytest.Item, words: str) -> pytest.UsageError:
    return pytest.UsageError(f"{definition.nodeid}: the `prompts` marker {words}")
