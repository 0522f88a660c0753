"""What agents use up is counted, and limited."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession, crash, fail, say, tool
from pytest_tmuxagent.budgets.limits import Limits
from pytest_tmuxagent.budgets.meter import Meter
from pytest_tmuxagent.errors import BudgetExceeded, CountingFailed, Misuse
from pytest_tmuxagent.evals.prices import read_prices
from pytest_tmuxagent.events import (
    Call,
    MessageSaid,
    RequestClosed,
    RequestOpened,
    WireEvent,
)
from pytest_tmuxagent.script.parts import Part
from pytest_tmuxagent.turn import Failure, Spent, Usage

TOKENS = Usage(input_tokens=10, output_tokens=5)
LIMITS = {"turns": 1, "tool_calls": 1, "output_tokens": 5, "cost_usd": 0.5}


class Cents:
    """A cent for each token that is written, by a model that has a name."""

    def __call__(self, model: str | None, usage: Usage, /, *, agent: str) -> float | None:  # noqa: ARG002
        return None if model is None else usage.output_tokens / 100


class Purse:
    """Holds what was paid."""

    def __init__(self, limit: float) -> None:
        self.limit, self.paid = limit, 0.0

    def add(self, cost_usd: float) -> None:
        self.paid += cost_usd

    def excess(self) -> tuple[float, float] | None:
        return (self.limit, self.paid) if self.paid >= self.limit else None


class Door:
    """Tells a meter of the requests of one agent."""

    def __init__(self, meter: Meter, *, agent: str = "claude", model: str | None = "m") -> None:
        self.heard: list[WireEvent] = []
        self._agent, self._model, self._count = agent, model, 0
        self._tell = meter.hearing(f"{agent}-1", lambda event, _at: self.heard.append(event))

    def open(self, turn: str = "t1") -> str:
        self._count += 1
        opened = RequestOpened(
            request_id=f"r{self._count}", prompt="go", turn=turn, agent=self._agent, model=self._model
        )
        self._tell(opened, 1.0)
        return opened.request_id

    def ask(
        self, turn: str = "t1", *, usage: Usage = TOKENS, calls: int = 0, failure: Failure | None = None
    ) -> None:
        closed = RequestClosed(request_id=self.open(turn), usage=usage, calls=calls, failure=failure)
        self._tell(closed, 2.0)


def test_requests_add_up() -> None:
    meter = Meter(price=Cents())
    door = Door(meter)
    door.ask("t1", calls=2)
    door.ask("t1")
    door.ask("t2")
    spent = meter.spent
    assert (spent.turns, spent.tool_calls, spent.input_tokens, spent.output_tokens) == (2, 2, 30, 15)
    assert spent.cost_usd == pytest.approx(0.15)


def test_what_cannot_be_counted_is_told_to_the_test_and_to_whoever_listens() -> None:
    def broken(_model: str | None, _usage: Usage, /, *, agent: str) -> float | None:
        raise ZeroDivisionError(agent)

    meter = Meter(price=broken)
    door = Door(meter)
    door.ask()
    assert len(door.heard) == 2
    with pytest.raises(CountingFailed, match="ZeroDivisionError: claude"):
        meter.check()
    meter.check_at_end()


def test_what_no_wait_has_seen_is_told_at_the_end_once() -> None:
    meter = Meter(Limits(turns=0))
    meter.check_at_end()
    Door(meter).open()
    with pytest.raises(BudgetExceeded, match=r"turns=0, reached 1\. No wait has seen it"):
        meter.check_at_end()
    with pytest.raises(BudgetExceeded, match="turns=0"):
        meter.check()
    meter.check_at_end()


def test_neither_time_nor_the_runs_purse_is_looked_at_when_a_test_has_passed() -> None:
    meter = Meter(Limits(seconds=0), price=Cents(), purse=Purse(0.01))
    Door(meter).ask()
    meter.check_at_end()
    with pytest.raises(BudgetExceeded, match="seconds=0"):
        meter.check()


def test_all_agents_count_together() -> None:
    meter = Meter(price=Cents())
    Door(meter).ask()
    Door(meter, agent="codex").ask()
    assert meter.spent.turns == 2


def test_whoever_listens_is_told_as_before() -> None:
    door = Door(Meter())
    door.ask()
    assert [type(event) for event in door.heard] == [RequestOpened, RequestClosed]


def test_a_meter_without_limits_never_stops_anybody() -> None:
    meter = Meter()
    meter.at_excess(lambda: pytest.fail("it was stopped"))
    Door(meter).ask(usage=Usage(output_tokens=10**9), calls=10**6)
    meter.check()


@pytest.mark.parametrize(("what", "limit"), LIMITS.items())
def test_a_limit_may_be_reached_and_not_exceeded(what: str, limit: float) -> None:
    meter = Meter(Limits(**{what: limit}), price=Cents())  # type: ignore[arg-type]
    door = Door(meter)
    amounts = {"output_tokens": 5, "cost_usd": 50}
    usage = Usage(output_tokens=amounts.get(what, 0))
    door.ask("t1", usage=usage, calls=1)
    meter.check()
    door.ask("t2", usage=Usage(output_tokens=1), calls=1)
    with pytest.raises(BudgetExceeded) as exceeded:
        meter.check()
    assert (exceeded.value.what, exceeded.value.limit, exceeded.value.agent) == (what, limit, "claude")
    assert exceeded.value.reached > limit


def test_a_turn_counts_from_its_first_request() -> None:
    meter = Meter(Limits(turns=1))
    door = Door(meter)
    door.ask("t1")
    door.open("t2")
    with pytest.raises(BudgetExceeded, match="turns=1, reached 2"):
        meter.check()


def test_the_seconds_begin_with_the_first_prompt() -> None:
    meter = Meter(Limits(seconds=0.0))
    meter.check()
    assert meter.patience is None
    meter.begin()
    assert meter.patience == 0.0
    with pytest.raises(BudgetExceeded, match="seconds=0"):
        meter.check()


def test_every_agent_is_stopped_once_and_then_the_error_is_raised() -> None:
    meter, stopped = Meter(Limits(turns=0)), list[str]()

    def stop(name: str) -> Callable[[], None]:
        def note() -> None:
            stopped.append(name)
            meter.check()  # As the wait for the end of the cancelled turn does.

        return note

    meter.at_excess(stop("a"))
    meter.at_excess(stop("b"))
    Door(meter).open()
    with pytest.raises(BudgetExceeded):
        meter.check()
    assert stopped == ["a", "b"]


def test_the_message_tells_who_used_up_what_and_what_to_do() -> None:
    meter = Meter(Limits(tool_calls=1), price=Cents())
    Door(meter, agent="codex").ask()
    Door(meter).ask(calls=2)
    with pytest.raises(BudgetExceeded) as exceeded:
        meter.check()
    assert str(exceeded.value).splitlines() == [
        "claude exceeded the budget of this test: tool_calls=1, reached 2. The agents were interrupted.",
        "  codex: 1 turns, 0 tool calls, 5 output tokens, cost $0.0500",
        "  claude: 1 turns, 2 tool calls, 5 output tokens, cost $0.0500",
        (
            "what to do: see what it was at (`agent.turns[-1]`, the screen); "
            "or allow it more: @pytest.mark.budget(tool_calls=...)"
        ),
    ]


@pytest.mark.parametrize(("what", "limit"), LIMITS.items())
def test_whose_request_broke_the_limit_is_named_and_not_who_was_at_work_last(what: str, limit: float) -> None:
    meter = Meter(Limits(**{what: limit}), price=Cents())  # type: ignore[arg-type]
    claude, codex = Door(meter), Door(meter, agent="codex")
    claude.ask("t1", usage=Usage(output_tokens=5 if what == "output_tokens" else 50), calls=1)
    codex.ask("t1", usage=Usage(output_tokens=1), calls=1)
    claude.ask("t1" if what == "turns" else "t2", usage=Usage(), calls=0)
    with pytest.raises(BudgetExceeded) as exceeded:
        meter.check()
    assert (exceeded.value.what, exceeded.value.agent) == (what, "codex")


def test_of_agents_that_records_tell_of_the_one_is_named_that_broke_the_limit() -> None:
    meter = Meter(Limits(tool_calls=1), price=Cents())
    called = MessageSaid(text="", calls=(Call(id="1", name="Bash"),), usage=TOKENS, model="m")
    said = MessageSaid(text="", usage=TOKENS, model="m")
    claudes, codexes = [[called]], [[said]]
    meter.follow("claude-1", agent="claude", messages=lambda: claudes)
    meter.follow("codex-1", agent="codex", messages=lambda: codexes)
    meter.check()
    meter.start_over()
    meter.follow("claude-1", agent="claude", messages=lambda: claudes[:0])
    meter.follow("codex-1", agent="codex", messages=lambda: [[called]])
    meter.follow("bot", agent="bot", messages=lambda: [[said]])
    with pytest.raises(BudgetExceeded) as exceeded:
        meter.check()
    assert exceeded.value.agent == "codex"


def test_of_a_time_that_is_over_the_agent_is_named_that_is_at_work() -> None:
    meter = Meter(Limits(seconds=0.0))
    Door(meter).open()
    Door(meter, agent="codex").ask()
    with pytest.raises(BudgetExceeded) as exceeded:
        meter.check()
    assert exceeded.value.agent == "claude"


def test_failures_can_be_asked_of_some_agents_and_the_only_one_is_always_meant() -> None:
    meter, overloaded = Meter(), Failure(message="overloaded", status=529)
    Door(meter).ask(failure=overloaded, usage=Usage())
    assert meter.failures_of(["another"]) == (overloaded,)
    Door(meter, agent="codex").ask()
    assert meter.failures_of(["codex-1"]) == meter.failures_of([]) == ()
    assert meter.failures_of(["codex-1", "claude-1"]) == (overloaded,)


def test_a_cost_that_nobody_knows_is_none_and_named() -> None:
    meter = Meter(price=Cents())
    Door(meter, agent="mybot", model=None).ask()
    assert meter.spent.cost_usd is None
    assert meter.unpriced == ("mybot",)


def test_a_limit_of_a_cost_that_nobody_knows_is_no_silent_pass() -> None:
    meter = Meter(Limits(cost_usd=1), price=Cents())
    Door(meter, agent="mybot", model=None).ask()
    with pytest.raises(Misuse, match=r"agent_prices.*mybot"):
        meter.check()


def test_the_run_ends_where_its_purse_is_empty_and_no_agent_is_to_blame() -> None:
    meter = Meter(price=Cents(), purse=Purse(0.1))
    door = Door(meter)
    door.ask("t1")
    meter.check()
    door.ask("t2")
    with pytest.raises(BudgetExceeded, match="--agent-max-cost") as exceeded:
        meter.check()
    assert exceeded.value.cause == "harness"


def test_judging_is_paid_as_well() -> None:
    purse = Purse(10)
    meter = Meter(price=Cents(), purse=purse)
    meter.add_judge_cost(0.25)
    assert (meter.spent.judge_cost_usd, purse.paid) == (0.25, 0.25)


def test_an_agent_that_no_script_answers_is_counted_by_its_records() -> None:
    purse = Purse(10)
    meter = Meter(Limits(tool_calls=1), price=Cents(), purse=purse)
    said = MessageSaid(text="", calls=(Call(id="1", name="Bash"),), usage=TOKENS, model="m")
    turns = [[said]]
    meter.follow("claude-1", agent="claude", messages=lambda: turns)
    meter.check()
    turns.append([said])
    with pytest.raises(BudgetExceeded, match="tool_calls=1, reached 2"):
        meter.check()
    assert meter.spent == Spent(turns=2, tool_calls=2, input_tokens=20, output_tokens=10, cost_usd=0.1)
    assert purse.paid == pytest.approx(0.1)


def test_what_the_script_tells_and_the_records_repeat_counts_once() -> None:
    meter = Meter(price=Cents())
    meter.follow("claude-1", agent="claude", messages=lambda: [[MessageSaid(text="", usage=TOKENS)]])
    Door(meter).ask()
    assert (meter.spent.turns, meter.spent.output_tokens) == (1, 5)


def test_what_was_used_up_before_a_reset_counts_on() -> None:
    meter = Meter(price=Cents())
    turns = [[MessageSaid(text="", usage=TOKENS, model="m")]]
    meter.follow("claude-1", agent="claude", messages=lambda: turns)
    meter.start_over()
    turns.append(turns[0])  # Nobody listens to it any more.
    assert meter.spent.turns == 1


def test_the_agents_of_before_a_reset_are_left_in_peace() -> None:
    meter, stopped = Meter(Limits(turns=0)), list[str]()
    meter.at_excess(lambda: stopped.append("old"))
    meter.start_over()
    Door(meter).open()
    with pytest.raises(BudgetExceeded):
        meter.check()
    assert stopped == []


def test_a_failure_is_known_until_a_request_succeeds() -> None:
    meter, overloaded = Meter(), Failure(message="overloaded", status=529)
    door = Door(meter)
    door.ask(failure=overloaded, usage=Usage())
    assert meter.failures == (overloaded,)
    door.ask()
    assert not meter.failures


# -- on the stub, and with --agent-rung=scripted on the real CLIs ----------------------------------

BOTH = pytest.mark.agent("claude", "codex")


@BOTH
@pytest.mark.budget(tool_calls=1)
def test_an_agent_is_interrupted_in_the_midst_of_its_turn(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("true")).reply(tool.shell("true")).reply(say("and on").hold())
    with pytest.raises(BudgetExceeded) as exceeded:
        agent.ask("go")
    assert (exceeded.value.what, exceeded.value.agent) == ("tool_calls", agent.name)
    assert agent.turns[-1].stop_reason == "cancelled"
    assert agent.state == "idle"


@BOTH
@pytest.mark.budget(turns=1)
def test_a_prompt_too_many_is_interrupted(agent: AgentSession) -> None:
    agent.script.reply("one").reply(say("two").hold())
    assert agent.ask("go").text == "one"
    with pytest.raises(BudgetExceeded, match="turns=1"):
        agent.ask("go on")
    assert agent.turns[-1].stop_reason == "cancelled"


@BOTH
@pytest.mark.budget(output_tokens=10)
def test_an_answer_too_long_fails_even_where_it_ends_the_turn(agent: AgentSession) -> None:
    agent.script.reply("word " * 50)
    with pytest.raises(BudgetExceeded, match="output_tokens=10"):
        agent.ask("go")


@BOTH
@pytest.mark.budget(cost_usd=0.000_001)
def test_a_cost_is_that_of_the_model(agent: AgentSession) -> None:
    agent.script.reply("word " * 50)
    with pytest.raises(BudgetExceeded, match="cost_usd=1e-06"):
        agent.ask("go")


@pytest.mark.budget(seconds=0.2)
def test_a_turn_that_takes_too_long_is_interrupted(agent: AgentSession) -> None:
    agent.script.reply(say("never").hold())
    with pytest.raises(BudgetExceeded, match=r"seconds=0\.2"):
        agent.ask("go")
    assert agent.turns[-1].stop_reason == "cancelled"


@BOTH
@pytest.mark.budget(seconds=0)
def test_a_prompt_that_the_agent_has_not_taken_yet_is_interrupted_when_it_has(agent: AgentSession) -> None:
    agent.script.reply(say("never").hold())
    with pytest.raises(BudgetExceeded, match="seconds=0"):
        agent.ask("go")
    assert agent.turns[-1].stop_reason == "cancelled"
    assert agent.state == "idle"


@pytest.mark.budget(turns=0)
def test_once_a_limit_is_exceeded_nothing_more_is_typed(agent: AgentSession) -> None:
    agent.script.reply("one")
    with pytest.raises(BudgetExceeded):
        agent.ask("go")
    with pytest.raises(BudgetExceeded):
        agent.send("go on")
    assert "go on" not in agent.screen
    assert [request.prompt for request in agent.script.requests] == ["go"]


@pytest.mark.budget(turns=0)
@pytest.mark.parametrize("fault", [crash(), crash(signal="SIGKILL")], ids=repr)
def test_an_agent_that_is_gone_by_then_does_not_keep_the_test(agent: AgentSession, fault: Part) -> None:
    agent.script.reply(fault)
    with pytest.raises(BudgetExceeded, match="turns=0"):
        agent.ask("go")


@BOTH
@pytest.mark.budget(tool_calls=1)
def test_what_stands_in_the_agents_queue_is_interrupted_as_well(agent: AgentSession) -> None:
    second = agent.script.when("go").reply(tool.shell("true")).reply(tool.shell("true").hold())
    second.reply(say("and on").hold())
    agent.script.when("next").reply(say("never").hold())
    agent.send("go")
    agent.wait_until(lambda: len(agent.script.requests) == 2)
    agent.queue("next")
    second.release()
    with pytest.raises(BudgetExceeded, match="tool_calls=1"):
        agent.wait()
    assert {turn.stop_reason for turn in agent.turns} == {"cancelled"}
    assert agent.state == "idle"


@BOTH
@pytest.mark.budget(tool_calls=1)
def test_a_run_without_a_terminal_is_ended(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("true")).reply(tool.shell("true")).reply(say("and on").hold())
    with pytest.raises(BudgetExceeded, match="tool_calls=1"):
        agent.run_headless("go")


@pytest.mark.budget(turns=2)
def test_two_agents_share_the_budget_and_both_are_interrupted(
    launch_agent: Callable[[str], AgentSession],
) -> None:
    writer, critic = launch_agent("claude"), launch_agent("codex")
    writer.script.reply(say("on and on").hold())
    critic.script.reply("one").reply(say("two").hold())
    writer.send("write")
    critic.ask("criticise")
    with pytest.raises(BudgetExceeded, match="turns=2, reached 3"):
        critic.ask("again")
    assert writer.turns[-1].stop_reason == critic.turns[-1].stop_reason == "cancelled"


STARTS_THREE = """
import subprocess, sys
for _ in range(3):
    subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL)
"""


@pytest.mark.budget(turns=1)
@pytest.mark.parametrize(
    "words",
    [("claude", "-p", "go"), ("codex", "exec", "--skip-git-repo-check", "go")],
    ids=lambda words: words[0],
)
def test_agents_that_a_program_starts_count_as_well(
    agent_sandbox: AgentSandbox, words: tuple[str, ...]
) -> None:
    agent_sandbox.script.reply("one").reply("two").reply("three")
    with pytest.raises(BudgetExceeded, match="turns=1") as exceeded:
        agent_sandbox.run([sys.executable, "-c", STARTS_THREE, *words])
    assert exceeded.value.agent == words[0]


@pytest.mark.budget(seconds=0.2)
def test_a_program_that_waits_for_ever_is_ended(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("never").hold())
    with pytest.raises(BudgetExceeded, match=r"seconds=0\.2"):
        agent_sandbox.run(["claude", "-p", "go"])


@pytest.mark.budget(output_tokens=3)
def test_what_a_wait_of_the_sandbox_finds_is_checked_at_once(agent_sandbox: AgentSandbox) -> None:
    write = tool.write("answer.txt", "a long one\n")
    agent_sandbox.script.reply(write).reply(tool.write("next.txt", "one\n")).reply("done")
    agent_sandbox.start(["claude", "-p", "--dangerously-skip-permissions", "go"])
    with pytest.raises(BudgetExceeded, match="output_tokens=3"):
        agent_sandbox.wait_for_file("next.txt")


@BOTH
def test_what_the_meter_counts_is_what_the_agent_tells(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("echo one")).reply("a few words more")
    turn = agent.ask("go")
    spent = agent.sandbox.meter.spent
    assert (spent.turns, spent.tool_calls) == (1, len(turn.tool_calls))
    assert (spent.input_tokens, spent.output_tokens) == (turn.usage.input_tokens, turn.usage.output_tokens)


@BOTH
def test_a_request_that_failed_costs_nothing(agent: AgentSession) -> None:
    agent.script.reply(fail(529)).reply("back again")
    agent.ask("go")
    assert agent.sandbox.meter.spent.output_tokens == len("back again") // 4 + 1


@BOTH
def test_an_agents_own_record_names_a_model_with_a_price(agent: AgentSession) -> None:
    agent.script.reply("a few words")
    agent.ask("go")
    told = [each.event for each in agent.events if isinstance(each.event, MessageSaid)]
    assert told
    assert all(read_prices().cost(said.model, TOKENS, agent="") for said in told)
