"""Which turns an error is about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_tmuxagent.evals.concerns import Concern, concern_of
from pytest_tmuxagent.turn import Turn
from tests.evals.turns import turn

LEFT, RIGHT = turn("left"), turn("right")


def concern(raising: Callable[[], object]) -> Concern:
    with pytest.raises((AssertionError, ZeroDivisionError)) as error:
        raising()
    return concern_of(error.value)


def check(checked: Turn) -> None:
    assert checked.text == "no"


def test_it_is_about_the_turn_that_an_assertion_names() -> None:
    left, right = LEFT, RIGHT

    def assertion() -> None:
        first, second = left, right
        assert first.text == "left"
        assert second.text == "no"

    assert concern(assertion).turns == (right,)


def test_it_is_about_what_the_innermost_line_names_that_names_any() -> None:
    assert concern(lambda: check(RIGHT)).turns == (RIGHT,)


def test_a_line_that_names_none_leaves_it_to_those_that_led_there() -> None:
    def fraction(divisor: int) -> float:
        return 1 / divisor

    def dividing() -> None:
        by = RIGHT
        fraction(len(by.tool_calls))

    assert concern(dividing).turns == (RIGHT,)


def test_it_is_about_all_that_a_list_a_tuple_or_a_dict_has() -> None:
    def assertion() -> None:
        turns = [{"a": LEFT}, (RIGHT,)]
        assert not turns

    assert set(map(id, concern(assertion).turns)) == {id(LEFT), id(RIGHT)}


def test_an_assertion_over_several_lines_is_read_as_one() -> None:
    def assertion() -> None:
        first, second = LEFT, RIGHT
        assert [
            first.text,
            # What it should be:
            second.text,
        ] == ["no", "no"]

    assert set(map(id, concern(assertion).turns)) == {id(LEFT), id(RIGHT)}


def test_a_turn_that_another_line_names_is_not_meant() -> None:
    def assertion() -> None:
        kept = RIGHT
        assert not kept.text.isupper()
        assert 1 > 2

    assert concern(assertion) == Concern()


def test_it_is_not_about_what_a_failing_line_would_have_assigned() -> None:
    def dividing() -> None:
        kept: object = RIGHT
        kept = 1 / len(LEFT.tool_calls)
        assert kept

    assert concern(dividing).turns == (LEFT,)


def test_a_block_is_not_about_what_is_in_it() -> None:
    def dividing() -> None:
        kept = RIGHT
        while 1 / len(LEFT.tool_calls):
            assert kept

    assert concern(dividing).turns == (LEFT,)


def test_code_without_a_source_leaves_it_to_those_that_run_it() -> None:
    def running() -> None:
        code, given = compile("1 / 0", "<string>", "exec"), {"kept": RIGHT}
        exec(code, given)

    assert concern(running).turns == (RIGHT,)


def test_an_error_that_was_never_raised_is_about_nothing() -> None:
    assert concern_of(AssertionError()) == Concern()


def test_it_is_about_what_an_object_of_the_test_holds() -> None:
    class Suite:
        def __init__(self) -> None:
            self.left, self.right = LEFT, RIGHT

        @property
        def asked(self) -> Turn:
            raise RuntimeError("nobody has called this")

        def reads(self) -> None:
            assert self.right.text == "no"

        def writes(self) -> None:
            self.right = turn(str(1 / len(self.left.tool_calls)))

        def has_none(self) -> None:
            assert [1 / 0, self.asked.text]

    assert concern(Suite().reads).turns == (RIGHT,)
    assert concern(Suite().writes).turns == (LEFT,)
    assert concern(Suite().has_none) == Concern()


def test_a_loop_is_about_the_turn_it_is_at() -> None:
    def loop() -> None:
        for each in (LEFT, RIGHT):
            assert each.text == "left"

    assert concern(loop).turns == (RIGHT,)
