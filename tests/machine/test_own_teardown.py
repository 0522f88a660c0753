"""An end of the user's own: where it fails, or forgets ours, the story is printed all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import rule

from pytest_tmuxagent.machine import AgentMachine
from pytest_tmuxagent.machine.runner import MachineRunner

ONCE = settings(max_examples=1, stateful_step_count=1, deadline=None, database=None, phases=[Phase.generate])


class Counts(AgentMachine):
    """One rule and no agent, so that it is over soon."""

    program_under_test = ("sleep", "600")
    count = 0

    @rule()
    def counts(self) -> None:
        self.count += 1

    def check(self) -> None:
        assert not self.count, "counted"


class FailsAfterOurs(Counts):
    def teardown(self) -> None:
        super().teardown()
        self.check()


class FailsBeforeOurs(Counts):
    def teardown(self) -> None:
        self.check()
        super().teardown()


class HasARuleThatFails(Counts):
    @rule()
    def counts(self) -> None:
        super().counts()
        self.check()

    def teardown(self) -> None:
        super().teardown()


class ForgetsOurs(HasARuleThatFails):
    def teardown(self) -> None:
        pass


class Inherits(FailsAfterOurs):
    pass


@pytest.mark.parametrize(
    "machine", [FailsAfterOurs, FailsBeforeOurs, HasARuleThatFails, ForgetsOurs, Inherits]
)
def test_a_machine_with_its_own_teardown_prints_its_story_once(
    agent_machine: MachineRunner, machine: type[Counts]
) -> None:
    told = story_of(lambda: agent_machine(machine, settings=ONCE))
    assert told.count("This story as a test:") == 1
    body = told[told.index("def test_story(agent_sandbox: AgentSandbox) -> None:") + 1 :]
    assert body[: body.index("# The end of the story.") - 1] == [
        f"    machine = {machine.__name__}.on(agent_sandbox)",
        "    machine.counts()",
        "    machine.teardown()",
    ]


def story_of(run: Callable[[], None]) -> list[str]:
    """What Hypothesis adds to the failure, line by line."""
    with pytest.raises(AssertionError, match="counted") as failed:
        run()
    notes: list[str] = getattr(failed.value, "__notes__")  # noqa: B009 - Python 3.10 has none of its own
    return "\n".join(notes).splitlines()
