"""Numbers from a name: the same ones on every machine, in every release of Python.

Source: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014); FNV-1a.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


class Draws:
    """A stream of decisions, each of which is taken by the next number."""

    __slots__ = ("_state",)

    def __init__(self, name: str) -> None:
        self._state = _hashed(name)

    def below(self, limit: int) -> int:
        """Give a whole number from 0 on, below `limit`."""
        return self._next() % limit

    def between(self, least: int, most: int) -> int:
        """Give a whole number, both ends included."""
        return least + self._next() % (most - least + 1)

    def seconds(self, least_ms: int, most_ms: int) -> float:
        """Give a time, told in milliseconds, in seconds."""
        return self.between(least_ms, most_ms) / 1000

    def chance(self, percent: int) -> bool:
        """Say yes in so many of a hundred cases."""
        return self._next() % 100 < percent

    def pick(self, choices: tuple[T, ...]) -> T:
        """Give one of several."""
        return choices[self._next() % len(choices)]

    def _next(self) -> int:
        self._state = (self._state + _GOLDEN) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)


def _hashed(name: str) -> int:
    found = 0xCBF29CE484222325
    for byte in name.encode("utf-8", "surrogatepass"):
        found = ((found ^ byte) * 0x100000001B3) & _MASK
    return found
