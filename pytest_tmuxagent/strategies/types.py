"""Which strategies `st.from_type` gives for our types."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Strategies = dict[type, SearchStrategy[Any]]

_seconds = st.floats(0, 1000, allow_nan=False)
_counts = st.integers(0, 10**6)
_statuses = st.sampled_from((400, 500, 529))
_words = st.text("abcdefgh_", min_size=1, max_size=8)


def of_parts() -> Strategies:
    """What a reply is made of."""
    from pytest_tmuxagent.script import language, parts
    from pytest_tmuxagent.strategies import answers, calls

    said = answers.replies(max_calls=0, holds=1, delays=True)
    violent = answers.violent_faults()
    return {
        parts.Crash: _of_kind(parts.Crash, violent),
        parts.Hang: _of_kind(parts.Hang, violent),
        parts.Flood: _of_kind(parts.Flood, violent),
        parts.Say: said.map(lambda reply: reply.parts[0]),
        parts.NeutralCall: calls.tool_calls(),
        parts.ExactCall: calls.exact_calls(),
        parts.Fail: st.sampled_from(sorted(language.FAILURES)).map(language.fail),
        parts.Refuse: answers.texts().map(language.refuse),
    }


def _of_kind(kind: type, replies: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return replies.map(lambda reply: reply.parts[0]).filter(lambda part: isinstance(part, kind))


def of_replies() -> Strategies:
    """Whole replies, those that break included."""
    from pytest_tmuxagent.script.composition import Reply
    from pytest_tmuxagent.strategies import answers

    return {Reply: answers.replies() | answers.faults()}


def of_scripts() -> Strategies:
    """Scripts with replies to any prompt."""
    from pytest_tmuxagent.script.script import Script
    from pytest_tmuxagent.strategies import answers

    def written(turns: list[Any]) -> Script:
        script = Script()
        for replies in turns:
            for reply in replies:
                script.reply(reply)
        return script

    return {Script: st.lists(answers.scripts(), max_size=3).map(written)}


def of_turns() -> Strategies:
    """Turns, and what they are made of."""
    from pytest_tmuxagent import turn
    from pytest_tmuxagent.strategies import answers, calls, typed

    paths = st.frozensets(calls.paths(), max_size=3)
    usage = st.builds(turn.Usage, input_tokens=_counts, output_tokens=_counts)
    failures = st.builds(
        turn.Failure, message=answers.texts(), status=st.none() | st.sampled_from((400, 529))
    )
    changes = st.tuples(paths, paths, paths).map(
        lambda three: turn.FileChanges(
            created=three[0], modified=three[1] - three[0], deleted=three[2] - three[1] - three[0]
        )
    )
    given = st.dictionaries(_words, calls.json_values(), max_size=3)
    kinds = st.sampled_from(get_args(turn.Kind))
    tool_calls = st.builds(
        turn.ToolCall, id=_words, name=_words, kind=kinds, input=given, output=st.none() | answers.texts()
    )
    decisions = st.sampled_from((None, "allow", "allow_always", "deny"))
    permissions = st.builds(turn.Permission, name=_words, kind=kinds, input=given, decision=decisions)
    turns = st.builds(
        turn.Turn,
        prompts=st.lists(typed.prompts(max_size=60), min_size=1, max_size=2).map(tuple),
        text=st.just("") | answers.texts(),
        tool_calls=st.lists(tool_calls, max_size=3).map(tuple),
        permissions=st.lists(permissions, max_size=2).map(tuple),
        files=changes,
        usage=usage,
        error=st.none() | failures,
        duration=_seconds,
        ended_at=_seconds,
        completed_at=_seconds,
        ended_by=st.sampled_from(("hook", "transcript", "process")),
    )
    return {
        turn.Usage: usage,
        turn.Failure: failures,
        turn.FileChanges: changes,
        turn.ToolCall: tool_calls,
        turn.Permission: permissions,
        turn.Turn: turns,
    }


def of_screens() -> Strategies:
    """Screens of some size, whose lines fit into it."""
    from pytest_tmuxagent.grid import Screen
    from pytest_tmuxagent.strategies import terminal

    @st.composite
    def screens(draw: st.DrawFn) -> Screen:
        columns, rows = draw(terminal.resizes(largest=(120, 40)))
        line = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=columns).map(str.rstrip)
        lines = draw(st.lists(line, max_size=rows))
        cursor = (draw(st.integers(0, columns - 1)), draw(st.integers(0, rows - 1)))
        shown = (*lines, *[""] * (rows - len(lines)))
        return Screen(lines=shown, joined="\n".join(shown), cursor=cursor, size=(columns, rows))

    return {Screen: screens()}


def of_events() -> Strategies:
    """What is observed of an agent, with any values; `agent_events()` gives them in an order."""
    from pytest_tmuxagent import errors, events
    from pytest_tmuxagent.strategies import calls

    given = st.dictionaries(_words, calls.json_values(), max_size=3)
    return {
        events.Call: st.builds(events.Call, id=_words, name=_words, input=given),
        events.ConversationNamed: st.builds(
            events.ConversationNamed, session=_words, path=st.none() | calls.paths().map(Path)
        ),
        errors.ScriptMismatch: st.builds(errors.ScriptMismatch, _words),
    }


def of_schedules() -> Strategies:
    """Fault schedules of any seed, with some kinds of faults."""
    from pytest_tmuxagent.schedules import KINDS, FaultSchedule

    kinds = st.lists(st.sampled_from(KINDS), unique=True, min_size=1).map(tuple)
    return {FaultSchedule: st.builds(FaultSchedule, st.integers(0, 2**32), kinds)}
