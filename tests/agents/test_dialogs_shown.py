"""Dialogs of agents without our hooks: the screen shows one, the records say which call it is about."""

from __future__ import annotations

from pytest_tmuxagent.agents.claude.asks import Asks as ClaudeAsks
from pytest_tmuxagent.agents.codex.asks import Asks as CodexAsks
from pytest_tmuxagent.events import Call, CallReturned, PermissionAsked, PermissionSettled

FIRST, SECOND = "echo first", "echo second"


def call(name: str, command: str, *, tool: str = "Bash", key: str = "command") -> Call:
    return Call(id=name, name=tool, input={key: command, "sandbox_permissions": "require_escalated"})


def codex(name: str, command: str) -> Call:
    return call(name, command, tool="exec_command", key="cmd")


def test_claude_asks_once_for_what_is_shown_and_again_when_it_is_shown_again() -> None:
    asks = ClaudeAsks()
    asks.called(call("a", FIRST), turn="t")
    asks.called(call("b", SECOND), turn="t")
    (first,) = asks.shown(FIRST)
    assert isinstance(first, PermissionAsked)
    assert (first.call.input["command"], first.turn) == (FIRST, "t")
    assert asks.shown(FIRST) == []
    (second,) = asks.shown(SECOND)
    assert second != first
    assert asks.shown(FIRST) == [first]


def test_claudes_results_settle_what_the_screen_had_asked() -> None:
    asks = ClaudeAsks()
    asks.called(call("a", FIRST), turn="t")
    (asked,) = asks.shown(FIRST)
    assert isinstance(asked, PermissionAsked)
    settled = PermissionSettled(call=asked.call.id, decision="allow", turn="t")
    assert asks.returned(CallReturned(call="a", output="", turn="t")) == [settled]
    assert asks.shown(FIRST) == []


def test_claude_asks_for_a_call_of_which_only_the_wire_tells() -> None:
    asks = ClaudeAsks()
    asks.heard(call("a", FIRST))
    (asked,) = asks.shown(FIRST)
    assert isinstance(asked, PermissionAsked)
    assert (asked.call.input["command"], asked.turn) == (FIRST, None)
    asks.called(call("a", FIRST), turn="t")
    settled = PermissionSettled(call=asked.call.id, decision="allow", turn="t")
    assert asks.returned(CallReturned(call="a", output="", turn="t")) == [settled]


def test_a_call_that_is_heard_of_after_its_result_is_not_asked_for() -> None:
    asks = ClaudeAsks()
    asks.called(call("a", FIRST), turn="t")
    asks.returned(CallReturned(call="a", output="", turn="t"))
    asks.heard(call("a", FIRST))
    assert asks.shown(FIRST) == []


def test_codex_asks_for_the_dialog_that_stood_when_nobody_listened() -> None:
    asks = CodexAsks()
    asks.called(codex("a", FIRST), turn="t")
    assert asks.shown(FIRST) == [PermissionAsked(call=codex("a", FIRST), turn="t")]
    assert asks.shown(FIRST) == []


def test_the_word_of_codex_that_comes_behind_its_screen_is_about_the_same_dialog() -> None:
    asks = CodexAsks()
    asks.called(codex("a", FIRST), turn="t")
    asks.shown(FIRST)
    assert asks.blocked("permission") == []
    settled = PermissionSettled(call="a", decision="allow", turn="t")
    assert asks.returned(CallReturned(call="a", output="", turn="t")) == [settled]


def test_the_word_about_the_next_dialog_may_come_behind_its_screen_as_well() -> None:
    asks = CodexAsks()
    asks.called(codex("a", FIRST), turn="t")
    asks.blocked("permission")
    asks.shown(FIRST)
    asks.called(codex("b", SECOND), turn="t")
    asks.returned(CallReturned(call="a", output="", turn="t"))
    assert asks.shown(SECOND, answered={"a"}) == [PermissionAsked(call=codex("b", SECOND), turn="t")]
    asks.unblocked()
    assert asks.blocked("permission") == [], "nobody has answered it"
    settled = PermissionSettled(call="b", decision="allow", turn="t")
    assert asks.returned(CallReturned(call="b", output="", turn="t")) == [settled]


def test_a_dialog_of_codex_that_was_answered_and_not_redrawn_yet_is_not_about_the_next_call() -> None:
    asks = CodexAsks()
    asks.called(codex("a", FIRST), turn="t")
    asks.blocked("permission")
    asks.shown(f"{FIRST} ?")
    asks.called(codex("b", FIRST), turn="t")
    assert asks.shown(f"{FIRST} ?", answered={"a"}) == []
    assert asks.shown(f"approved\n{FIRST} ?", answered={"a"}) == [
        PermissionAsked(call=codex("b", FIRST), turn="t")
    ]


def test_codex_shows_its_dialogs_in_any_order_without_a_further_word() -> None:
    asks = CodexAsks()
    asks.unblocked()
    asks.called(codex("a", FIRST), turn="t")
    asks.called(codex("b", SECOND), turn="t")
    assert asks.shown(SECOND) == [], "it has told of no dialog"
    assert asks.blocked("permission") == [PermissionAsked(call=codex("a", FIRST), turn="t")]
    assert asks.shown(SECOND) == [PermissionAsked(call=codex("b", SECOND), turn="t")]
    assert asks.shown(FIRST) == [PermissionAsked(call=codex("a", FIRST), turn="t")]
    asks.unblocked()
    assert asks.shown(SECOND) == []


def test_a_call_that_codex_did_not_ask_about_first_is_asked_about_later_and_settled_by_its_answer() -> None:
    """The first word is a guess, which the screen corrects: what was only guessed was not answered."""
    asks = CodexAsks()
    asks.called(codex("a", FIRST), turn="t")
    asks.called(codex("b", SECOND), turn="t")
    asks.blocked("permission")
    asks.shown(SECOND)
    asks.unblocked()
    settled, asked = asks.blocked("permission")
    assert settled == PermissionSettled(call="b", decision="allow", turn="t")
    assert asked == PermissionAsked(call=codex("a", FIRST), turn="t")


def test_the_next_dialog_is_not_about_a_call_that_was_answered() -> None:
    asks = CodexAsks()
    asks.called(codex("a", FIRST), turn="t")
    asks.called(codex("b", FIRST), turn="t")
    asks.blocked("permission")
    assert asks.shown(FIRST) == []
    redrawn = f"approved\n{FIRST}"
    assert asks.shown(redrawn, answered={"a"}) == [PermissionAsked(call=codex("b", FIRST), turn="t")]


def test_where_the_screen_does_not_tell_codex_asks_about_the_first_that_may_be_meant() -> None:
    asks = CodexAsks()
    reading = Call(id="r", name="exec_command", input={"cmd": "cat x"})
    for asked in (codex("a", FIRST), reading, codex("b", SECOND), codex("c", "echo third")):
        asks.called(asked, turn="t")
    asks.blocked("permission")
    assert asks.shown("…") == []
    (told,) = asks.shown("…", answered={"a"})
    assert told == PermissionAsked(call=codex("b", SECOND), turn="t")


def test_a_dialog_of_codex_about_edits_is_not_about_a_command_whose_result_is_late() -> None:
    asks = CodexAsks()
    asks.called(Call(id="r", name="exec_command", input={"cmd": "cat x"}), turn="t")
    asks.blocked("permission")
    screen = "Explored\n Read x\n\nWould you like to make the following edits?\nDestination: y"
    assert asks.shown(screen) == []
    patch = Call(id="p", name="apply_patch", input={"input": "*** Add File: y"})
    assert asks.called(patch, turn="t") == [PermissionAsked(call=patch, turn="t")]


def test_a_dialog_of_codex_is_not_about_a_command_that_needs_no_leave_and_is_not_shown() -> None:
    asks = CodexAsks()
    asks.called(Call(id="r", name="exec_command", input={"cmd": "cat x"}), turn="t")
    asks.blocked("permission")
    asked = "Would you like to run the following command?\n$ {}"
    assert asks.shown(asked.format("rm y")) == []
    (told,) = asks.shown(asked.format("cat x"))
    assert isinstance(told, PermissionAsked)


def test_claude_does_not_ask_again_for_what_was_answered() -> None:
    asks = ClaudeAsks()
    asks.called(call("a", FIRST), turn="t")
    asks.called(call("b", FIRST), turn="t")
    (first,) = asks.shown(FIRST)
    assert isinstance(first, PermissionAsked)
    (second,) = asks.shown(FIRST, answered={first.call.id})
    assert isinstance(second, PermissionAsked)
    assert second.call.id != first.call.id
