"""What a person at the terminal does beside typing: keys, and other sizes of the window."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_tmuxagent.errors import Misuse

EDITING = ("BSpace", "DC", "Home", "End", "Right", "C-a", "C-e", "C-k", "C-w", "C-u", "Space")
# Source: tmux(1), KEY BINDINGS.
NAMED = (
    *("Enter", "Escape", "Tab", "BTab", "Space", "BSpace", "DC", "IC", "Up", "Down", "Left", "Right", "Home"),
    *("End", "PageUp", "PageDown", "NPage", "PPage", "F1", "F12", "KP0", "KPEnter", "KP/"),
)
SIZES = ((1, 1), (4, 3), (10, 2), (20, 5), (80, 24), (200, 50), (1000, 300), (5, 1000), (1000, 3))
"""Sizes at which programs break."""
LARGEST = (1000, 1000)


def keys() -> SearchStrategy[str]:
    """A key for `agent.press` that edits the input box: a letter, a digit, or a movement.

    None of them submits, interrupts, ends anything or opens a menu; a digit answers an open dialog.
    """
    return st.sampled_from("abcxyz0129") | st.sampled_from(EDITING)


def any_keys() -> SearchStrategy[str]:
    """Any key that `agent.press` takes: all names that tmux has, single characters, with modifiers.

    Enter, Escape, `C-c` and `C-d` are among them, which submit, interrupt and end.
    """
    character = st.characters(min_codepoint=33, max_codepoint=126) | st.sampled_from("äß日👍")
    control = st.sampled_from("abcdefghijklmnopqrstuvwxyz").map("C-{}".format)
    modified = st.builds("{}{}".format, st.sampled_from(("M-", "S-", "C-", "C-M-")), st.sampled_from(NAMED))
    return character | st.sampled_from(NAMED) | control | character.map("M-{}".format) | modified


def resizes(
    *, smallest: tuple[int, int] = (1, 1), largest: tuple[int, int] = LARGEST
) -> SearchStrategy[tuple[int, int]]:
    """Another size `(columns, rows)` for `agent.resize`: tiny, usual, huge, very wide and very high ones.

    It shrinks towards the smallest.
    """
    if not (_is_size(smallest) and _is_size(largest)) or any(
        not 1 <= least <= most for least, most in zip(smallest, largest, strict=True)
    ):
        raise Misuse(
            f"resizes() finds no size from {smallest!r} to {largest!r}: give each as (columns, rows), "
            "whole numbers; the smallest is (1, 1)."
        )
    known = [size for size in SIZES if _lies_between(size, smallest, largest)]
    drawn = st.tuples(*(st.integers(least, most) for least, most in zip(smallest, largest, strict=True)))
    usual = st.tuples(
        *(st.integers(least, min(most, 200)) for least, most in zip(smallest, largest, strict=True))
    )
    strategy: SearchStrategy[tuple[int, int]] = usual | drawn
    return strategy | st.sampled_from(known) if known else strategy


def _is_size(given: object) -> bool:
    return isinstance(given, tuple) and len(given) == 2 and all(type(number) is int for number in given)


def _lies_between(size: tuple[int, int], smallest: tuple[int, int], largest: tuple[int, int]) -> bool:
    return all(least <= number <= most for least, number, most in zip(smallest, size, largest, strict=True))
