"""Keys and sizes."""

from __future__ import annotations

import pytest
from hypothesis import find, given

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.strategies import any_keys, keys, resizes
from pytest_tmuxagent.strategies.terminal import EDITING, NAMED, SIZES
from pytest_tmuxagent.tmux import typing


@given(key=keys() | any_keys())
def test_every_key_has_a_name_that_tmux_knows(key: str) -> None:
    assert typing._KEY.fullmatch(key)


@pytest.mark.parametrize("key", EDITING)
def test_every_editing_key_is_reached(key: str) -> None:
    assert find(keys(), lambda drawn: drawn == key) == key


@pytest.mark.parametrize("key", [*NAMED, "C-c", "M-x", "?"])
def test_any_key_is_reached(key: str) -> None:
    assert find(any_keys(), lambda drawn: drawn == key) == key


@given(key=keys())
def test_a_safe_key_neither_submits_nor_interrupts_nor_ends(key: str) -> None:
    assert key not in ("Enter", "KPEnter", "C-m", "C-j", "Escape", "C-c", "C-d", "C-z", "Left", "C-b")


@pytest.mark.parametrize("size", SIZES)
def test_every_odd_size_is_reached(size: tuple[int, int]) -> None:
    assert find(resizes(), lambda drawn: drawn == size) == size


def test_a_size_shrinks_to_the_smallest() -> None:
    assert find(resizes(smallest=(20, 5)), lambda _: True) == (20, 5)


@given(size=resizes(smallest=(20, 5), largest=(80, 24)))
def test_a_size_lies_within_its_borders(size: tuple[int, int]) -> None:
    assert 20 <= size[0] <= 80
    assert 5 <= size[1] <= 24


def test_borders_that_cross_are_refused_at_once() -> None:
    with pytest.raises(Misuse, match=r"resizes\(\)"):
        resizes(smallest=(80, 24), largest=(20, 50))
