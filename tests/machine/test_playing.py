"""What a user's rule plays is done as it stands, or refused; and every story is checked to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import Bundle, initialize, rule, run_state_machine_as_test

from pytest_tmuxagent import AgentSession, Launcher, Reply, say, tool
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import Misuse, UnknownAgent
from pytest_tmuxagent.machine import AgentMachine, Story, when_idle
from pytest_tmuxagent.machine.runner import MachineRunner
from pytest_tmuxagent.machine.stage import Stage, on_stage
from pytest_tmuxagent.machine.steps import Ask, Close, Queue, Release, Send, Settle, Step, Wait, WaitInVain
from pytest_tmuxagent.strategies import typed

DONE = Reply(say("done"))
HELD = Reply(say("one\n", "end").hold(after_characters=4))
LATE = Reply(say("done").delay(0.05))
MANY = settings(
    max_examples=6,
    stateful_step_count=6,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
)


class Plain(AgentMachine):
    """Has nothing of its own."""


class Sending(AgentMachine):
    """Its rule leaves a turn of which nobody asks any more."""

    @rule()
    def leave_it(self) -> None:
        self.play(Send(prompt="a", replies=(LATE,)))


class Counting(Stage):
    """Counts how often it begins, and how many agents it launches."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.sandbox, launch=stage._launch)
        self.told: list[str] = []

    def begin(self) -> None:
        self.told.append("begin")
        super().begin()

    def launch(
        self, name: str | None, *, permissions: Permissions | None, options: Mapping[str, Any]
    ) -> AgentSession:
        self.told.append("launch")
        return super().launch(name, permissions=permissions, options=options)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (Ask(prompt="hello"), "needs one more reply"),
        (Ask(prompt="hello", replies=(DONE, DONE)), "rests or ends"),
        (Ask(prompt="hello", replies=(HELD,)), "let it be a Send"),
        (Release(), "idle"),
        (WaitInVain(), "idle"),
    ],
)
def test_a_step_that_the_model_cannot_tell_is_refused(agent: AgentSession, step: Step, why: str) -> None:
    with pytest.raises(Misuse, match=why) as refused:
        Plain.on(agent).play(step)
    message = str(refused.value)
    assert repr(step) in message
    assert f"can({type(step).__name__})" in message
    assert ("replies=" in message) == hasattr(step, "replies")
    assert agent.script.requests == ()


def test_a_follow_up_that_could_not_be_answered_is_refused(agent: AgentSession) -> None:
    machine = Plain.on(agent)
    machine.play(Send(prompt="a", replies=(HELD,)))
    with pytest.raises(Misuse, match="needs one more reply"):
        machine.play(Queue(prompt="b"))
    machine.play(Queue(prompt="b", replies=(DONE,)))
    machine.play(Release())
    machine.play(Settle())
    machine.play(Settle())
    assert [request.prompt for request in agent.script.requests] == ["a", "b"]


def test_a_step_that_the_agent_refuses_is_checked_with_its_replies_left_over(agent: AgentSession) -> None:
    machine = Plain.on(agent)
    machine.play(Send(prompt="a", replies=(HELD,)))
    machine.play(Ask(prompt="b", replies=(DONE,)))
    machine.play(Close())
    machine.play(Ask(prompt="b", replies=(DONE,)))
    assert [request.prompt for request in agent.script.requests] == ["a"]


def test_an_example_that_is_thrown_away_before_its_first_step_starts_nothing(
    agent_machine: MachineRunner,
) -> None:
    stage = Counting(agent_machine.stage)
    with on_stage(stage):
        machine = Plain()
        assert machine.can(Ask)
        assert not machine.can(Release)
        machine.teardown()
    assert stage.told == []


@pytest.mark.parametrize("name", ["agent", "sandbox", "script"])
def test_whoever_looks_at_the_agent_before_the_first_step_finds_it_launched(
    agent_machine: MachineRunner, name: str
) -> None:
    stage = Counting(agent_machine.stage)
    with on_stage(stage):
        machine = Plain()
    looked_at = getattr(machine, name)
    assert stage.told == ["begin", "launch"]
    machine.play(Ask(prompt="a", replies=(DONE,)))
    assert getattr(machine, name) is looked_at
    assert machine.script is machine.agent.script
    machine.teardown()
    assert stage.told == ["begin", "launch"]


def test_an_agent_that_cannot_be_launched_fails_its_example(agent_machine: MachineRunner) -> None:
    class Unknown(AgentMachine):
        agent_name = "no-such"

    with pytest.raises(UnknownAgent, match="no-such"):
        agent_machine(Unknown, settings=MANY)


def test_a_machine_without_an_agent_of_ours_plays_nothing(agent_machine: MachineRunner) -> None:
    class Alone(AgentMachine):
        program_under_test = ("sleep", "600")

    with on_stage(agent_machine.stage), pytest.raises(Misuse, match="launches_agent"):
        Alone().play(Wait())


@pytest.mark.agent("claude", "codex", "plain")
def test_a_story_is_checked_to_the_end_of_its_last_turn(agent: AgentSession) -> None:
    agent.script.when("a").reply(say("something else").delay(0.05))
    with pytest.raises(AssertionError, match=r"text='something else'.*must be.*text='done'"):
        Story(agent=agent.name, steps=(Send(prompt="a", replies=(LATE,)),)).play(agent)


@pytest.mark.agent("claude", "codex", "plain")
def test_all_turns_that_nobody_asked_for_are_returned_in_the_end(agent: AgentSession) -> None:
    steps = (
        Send(prompt="a", replies=(HELD,)),
        Queue(prompt="b", replies=(Reply(tool.shell("true")), LATE)),
        Release(),
    )
    story = Story(agent=agent.name, steps=steps)
    story.play(agent)
    assert [turn.text for turn in agent.turns] == ["one\nend", "done"]
    assert story.as_test().count("turn = agent.wait()") == 2


@pytest.mark.agent("claude", "codex", "plain")
def test_several_queued_prompts_open_their_turns_as_the_agent_has_it(agent: AgentSession) -> None:
    steps = (
        Send(prompt="a", replies=(HELD,)),
        Queue(prompt="b", replies=(DONE,)),
        Queue(prompt="b", replies=(DONE,)),
        Release(),
    )
    Story(agent=agent.name, steps=steps).play(agent)
    together = [("b", "b")] if agent.name == "claude" else [("b",), ("b",)]
    assert [turn.prompts for turn in agent.turns] == [("a",), *together]


def test_a_queue_behind_a_call_of_claude_is_no_story() -> None:
    steps = (
        Send(
            prompt="a", replies=(Reply(say("one\n", "end").hold(after_characters=4).cut(after_characters=5)),)
        ),
        Queue(prompt="b", replies=(DONE,)),
        Release(replies=(Reply(tool.shell("true")), DONE)),
    )
    assert Story(agent="codex", steps=steps).as_test()
    with pytest.raises(Misuse, match="the agent's affair"):
        Story(agent="claude", steps=steps).as_test()


@pytest.mark.parametrize(("said", "fails"), [("done", False), ("else", True)])
def test_a_printed_story_fails_where_its_last_turn_is_wrong(
    agent: AgentSession, said: str, *, fails: bool
) -> None:
    source = Story(agent=agent.name, steps=(Send(prompt="a", replies=(LATE,)),)).as_test()
    module: dict[str, object] = {}
    exec(compile(source.replace("say('done'", f"say({said!r}"), "test_story.py", "exec"), module)
    test = module["test_story"]
    assert callable(test)
    if not fails:
        test(agent)
        return
    with pytest.raises(AssertionError) as failed:
        test(agent)
    assert source.splitlines()[failed.traceback[-1].lineno].strip() == "assert turn.text == 'done'"


def test_a_printed_story_of_rules_that_play_is_checked_to_its_end(agent: AgentSession) -> None:
    told = Sending.on(agent)
    told.leave_it()
    told.play(Wait())
    told.leave_it()
    source = told.as_test()
    assert source.splitlines()[-4:] == [
        "    machine.leave_it()",
        "    machine.play(Wait())",
        "    machine.leave_it()",
        "    machine.teardown()",
    ]
    told.teardown()
    assert [turn.text for turn in agent.turns] == ["done", "done"]


def test_the_end_of_rules_that_play_is_checked_where_their_story_is_pasted(agent: AgentSession) -> None:
    agent.script.when("a").reply("else")
    again = Sending.on(agent)
    again.leave_it()
    with pytest.raises(AssertionError, match="text='else'"):
        again.teardown()


def test_each_example_finds_the_sandbox_as_new_and_the_first_too(
    agent_machine: MachineRunner, launch_agent: Launcher
) -> None:
    earlier = launch_agent()
    earlier.script.reply("done")
    earlier.ask("a")
    sandbox = agent_machine.stage.sandbox
    sandbox.script.when("nobody").reply("anything")
    (sandbox.workdir / "left").write_text("over")
    found = []
    for _ in range(2):
        agent_machine.stage.begin()
        found.append((sandbox.launches, [*sandbox.workdir.glob("[!.]*")], sandbox.script.patterns))
    assert found[0] == found[1]
    assert found[0] == ((), [], ())


def test_a_rule_that_asks_is_called_on_an_idle_agent_alone(agent_machine: MachineRunner) -> None:
    called = []

    class Asking(AgentMachine):
        release = wait = settle = redirect = interrupt = None

        @when_idle
        @rule(question=typed.prompts(max_size=20))
        def is_asked(self, question: str) -> None:
            called.append(question)
            self.script.reply("hello")
            assert self.agent.ask(question).text == "hello"

    agent_machine(Asking, settings=MANY)
    assert called


def test_the_condition_may_stand_below_its_rule_too(agent: AgentSession) -> None:
    class Below(AgentMachine):
        @rule()
        @when_idle
        def below(self) -> None:
            """Anything."""

        @when_idle
        @rule()
        def above(self) -> None:
            """Anything."""

    machine = Below.on(agent)
    rules = {each.function.__name__: each for each in Below.setup_state().rules}
    conditions = [rules[name].preconditions for name in ("above", "below")]
    assert all(condition(machine) for each in conditions for condition in each)
    machine.play(Send(prompt="a", replies=(LATE,)))
    assert not any(condition(machine) for each in conditions for condition in each)
    machine.play(Wait())
    machine.above()
    machine.below()
    assert all(condition(machine) for each in conditions for condition in each)


def test_a_machine_without_an_agent_of_ours_can_have_no_such_rule(agent_machine: MachineRunner) -> None:
    class Alone(AgentMachine):
        program_under_test = ("sleep", "600")

        @when_idle
        @rule()
        def never(self) -> None:
            """Anything."""

    with pytest.raises(Misuse, match="launches_agent"):
        agent_machine(Alone, settings=MANY)


def test_a_stage_is_ended_after_each_example_and_what_fails_there_hides_nothing(
    agent_machine: MachineRunner,
) -> None:
    ended = []

    class Unending(Stage):
        def end(self) -> None:
            ended.append(self)
            raise OSError("it does not end")

    class Unwritten:
        def __repr__(self) -> str:
            raise LookupError("nobody may see it")

    class Failing(AgentMachine):
        program_under_test = ("sleep", "600")
        things = Bundle("things")

        @initialize(target=things)
        def begins(self) -> Unwritten:
            return Unwritten()

        @rule(thing=things)
        def fails(self, thing: Unwritten) -> None:
            raise ValueError(f"it fails with a {type(thing).__name__}")

    unending = Unending(agent_machine.stage.sandbox, launch=agent_machine.stage._launch)
    with on_stage(unending), pytest.raises(ValueError, match="it fails with a Unwritten"):
        run_state_machine_as_test(Failing, settings=MANY)
    assert ended
