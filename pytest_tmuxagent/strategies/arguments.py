"""Arguments that no strategy can take: refused at once, not when the first example is drawn."""

from __future__ import annotations

from typing import get_args

from hypothesis.strategies import SearchStrategy

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import Misuse


def check_numbers(strategy: str, *, least: int, **given: object) -> None:
    """Look whether these are whole numbers, and none too small.

    Raises:
        Misuse: one is not.
    """
    for name, value in given.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise Misuse(f"{strategy}({name}={value!r}): give a whole number, {least} at the least.")


def check_strategies(strategy: str, **given: object) -> None:
    """Look whether these are strategies, where they are given.

    Raises:
        Misuse: one is not.
    """
    for name, value in given.items():
        if value is not None and not isinstance(value, SearchStrategy):
            raise Misuse(f"{strategy}({name}={value!r}): give a strategy, as `st.just({value!r})` is.")


def check_bytes(strategy: str, content: object) -> None:
    """Look whether this is bytes, or a strategy for them.

    Raises:
        Misuse: it is neither.
    """
    if not isinstance(content, (bytes, SearchStrategy)):
        raise Misuse(f"{strategy}({content!r}): give bytes, or a strategy that draws them.")


def check_permissions(strategy: str, permissions: object) -> None:
    """Look whether an agent can have these permissions.

    Raises:
        Misuse: it cannot.
    """
    known = get_args(Permissions)
    if permissions not in known:
        choice = ", ".join(map(repr, known))
        raise Misuse(f"{strategy}(permissions={permissions!r}): they must be one of {choice}.")
