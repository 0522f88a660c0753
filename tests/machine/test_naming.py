"""What a user's own rules were called with is written as the Python that makes it."""

from __future__ import annotations

import datetime
import enum
import re
import zoneinfo
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import pytest

from pytest_tmuxagent.machine.importing import imports_of
from pytest_tmuxagent.machine.naming import Names
from pytest_tmuxagent.machine.setting import Setting
from pytest_tmuxagent.machine.steps import Called


class Colour(enum.Enum):
    RED = "red"


class Mode(enum.IntFlag):
    READ = 1
    WRITE = 2


class Outer:
    class Size(enum.Enum):
        SMALL = 1


@dataclass(frozen=True)
class Car:
    colour: Colour
    weight: float = 1.0


class Point(NamedTuple):
    x: float


VALUES = [
    Colour.RED,
    Mode.READ,
    Mode.READ | Mode.WRITE,
    Mode(0),
    Outer.Size.SMALL,
    Car(colour=Colour.RED),
    [Colour.RED, "nan", {Colour.RED: (Mode.WRITE,)}],
    (),
    frozenset({Colour.RED}),
    float("-inf"),
    {"a": [float("inf")]},
    Car(colour=Colour.RED, weight=float("inf")),
    datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
    datetime.timedelta(seconds=1),
    Decimal("1.5"),
    deque([Decimal("1.5")]),
    datetime.datetime(2026, 1, 2, tzinfo=zoneinfo.ZoneInfo("UTC")),
    re.compile("a+"),
]


def written(value: object) -> str:
    """The source of a story in which a rule is called with that value."""
    call = Called(name="paint", arguments={"given": value})
    line = Names([call]).source(call)
    return "\n".join([*imports_of([line], story=[call], setting=Setting(agent="")), line])


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_written_as_what_makes_it(value: object) -> None:
    seen: dict[str, object] = {}

    class Machine:
        def paint(self, **given: object) -> None:
            seen.update(given)

    exec(written(value), {"machine": Machine()})
    assert seen == {"given": value}


def test_what_is_no_number_is_written_too() -> None:
    assert "machine.paint(given=float('nan'))" in written(float("nan"))


@pytest.mark.parametrize("value", [Car, object(), [object()], print, Point(x=float("inf")), [complex("nan")]])
def test_what_python_cannot_print_is_left_open_with_a_remark(value: object) -> None:
    assert "machine.paint(given=...)  # " in written(value)
