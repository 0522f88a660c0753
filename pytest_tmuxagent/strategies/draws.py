"""The choices of a generator: made by hypothesis, which shrinks them, or by a seed, which is fast."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

T = TypeVar("T")


class Draws(Protocol):
    """Where choices come from. The lowest number is the plainest choice: it is what shrinking goes for."""

    def whole(self, low: int, high: int, /) -> int:
        """Choose a whole number, both ends included."""


class Seeded:
    """Choices of a seed: the same ones with the same seed, whatever the version of Python."""

    def __init__(self, seed: int) -> None:
        self._next = Random(seed).random

    def whole(self, low: int, high: int, /) -> int:
        """Choose a whole number, both ends included."""
        return low + int(self._next() * (high - low + 1))


def sometimes(draws: Draws, *, percent: int) -> bool:
    """Choose whether, `percent` times in a hundred; No is the plainer choice."""
    return draws.whole(0, 99) >= 100 - percent


def one_of(draws: Draws, choices: Sequence[T]) -> T:
    """Choose one; the first is the plainest."""
    return choices[draws.whole(0, len(choices) - 1)] if len(choices) > 1 else choices[0]
