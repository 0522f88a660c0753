"""What a test can write, and what it is told when it cannot be played."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tmuxagent.errors import InvalidScript
from pytest_tmuxagent.script.language import crash, fail, flood, hang, refuse, say, tool
from pytest_tmuxagent.script.script import Script


@pytest.mark.parametrize(
    "written",
    [
        "say('a', 'b').delay(0.5).tokens_per_second(20).hold(after_characters=1).cut(after_characters=2)",
        "say('a').hold().garbage(after_characters=1)",
        "say('x').stop('max_tokens')",
        "tool.write('a.py', 'print()').delay(1)",
        "tool.edit('a.py', 'old', 'new')",
        "tool.read('a.py').stall()",
        "tool.shell('ls').hold()",
        "tool.shell('ls').hold(after_characters=3).cut(after_characters=9)",
        "tool.ask_user('Which?', 'this', 'that')",
        "tool.call('Bash', command='ls', timeout=3)",
        "fail(429, 'slow down', retry_after=1)",
        "refuse('no')",
        "crash(signal='SIGSEGV')",
        "crash(3)",
        "hang()",
        "flood(bytes=1000)",
    ],
)
def test_a_part_prints_as_it_was_written(written: str) -> None:
    assert repr(eval(written)) == written


def test_a_verb_leaves_the_part_it_was_called_on_as_it_was() -> None:
    plain = say("one", "two")
    held = plain.hold(after_characters=3)
    assert repr(plain) == "say('one', 'two')"
    assert repr(held) == "say('one', 'two').hold(after_characters=3)"


def test_a_long_text_is_shown_shortened() -> None:
    assert len(repr(say("x" * 1_000_000))) < 150


def test_a_path_may_be_a_path_object() -> None:
    assert tool.write(Path("a") / "b.py", "").arguments == {"path": "a/b.py", "content": ""}


def test_arguments_are_those_of_the_moment_of_writing() -> None:
    todos = ["one"]
    call = tool.call("TodoWrite", todos=todos)
    todos.append("two")
    assert call.input == {"todos": ["one"]}


def test_a_status_brings_its_usual_words() -> None:
    assert fail(529).message == "overloaded"
    assert fail(529, "busy").message == "busy"


@pytest.mark.parametrize(
    "written",
    [
        "tool.write('a.py')",
        "tool.write()",
        "tool.write('a.py', content=re.compile('x'))",
        "tool.edit('a.py', new='x')",
        "tool.read(re.compile('x'))",
        "tool.shell()",
        "tool.shell(matching='rm -rf')",
        "tool.shell('make', exit_code=2)",
        "tool.shell(matching='make', exit_code=2)",
        "tool.shell(re.compile('make', re.IGNORECASE))",
        "tool.ask_user('Which?', re.compile('x'))",
        "tool.call('Bash', ...)",
        "tool.call('Bash', ..., command='ls')",
        "tool.call('Bash', command=re.compile('ls'))",
        "tool.call(re.compile('^mcp__'), ..., **{'from': 1})",
    ],
)
def test_a_pattern_prints_as_it_was_written_and_no_script_plays_it(written: str) -> None:
    pattern = eval(written)
    assert repr(pattern) == written.replace("content=re", "re")
    with pytest.raises(InvalidScript, match=r"given tool\..*, a pattern for assertions"):
        Script().reply(pattern)
    with pytest.raises(InvalidScript, match="a pattern for assertions"):
        Script().reply("first", pattern)


INVALID: list[tuple[Callable[[], object], str]] = [
    (lambda: say(), "say() was given no text"),
    (lambda: say(""), "empty text"),
    (lambda: say(3), "takes a str, not 3"),  # type: ignore[arg-type]
    (lambda: say("\ud800"), "lone surrogate"),
    (lambda: tool.ask_user("Which?", ["this", "that"]), "its options one by one"),
    (lambda: say("abc").hold(after_characters=4), "beyond say('abc'), which has 3 characters"),
    (lambda: say("abc").hold(after_characters=-1), "0 or more, not -1"),
    (lambda: say("abc").hold(after_characters=True), "whole number"),
    (lambda: say("abc").hold(after_characters=3).cut(after_characters=1), "never reached: cut"),
    (lambda: say("abc").cut(after_characters=1).hold(after_characters=2), "never reached: cut"),
    (lambda: say("abc").cut(after_characters=1).stall(after_characters=2), "one of cut, stall and garbage"),
    (lambda: tool.shell("ls").hold(after_characters=3).cut(after_characters=1), "never reached: cut"),
    (lambda: say("abc").delay(-1), "0 or more, not -1"),
    (lambda: say("abc").delay(float("nan")), "not nan"),
    (lambda: say("abc").tokens_per_second(0), "above 0, not 0"),
    (lambda: say("abc").stop("tired"), "Known: end_turn"),  # type: ignore[arg-type]
    (lambda: tool.shell(""), "tool.shell() was given an empty text"),
    (lambda: tool.write(3, "x"), "tool.write() path"),
    (lambda: tool.call("Bash", when=object()), "JSON cannot carry"),
    (lambda: tool.call("Bash", "ls"), "its input by names"),  # type: ignore[call-overload]
    (lambda: tool.shell("ls", matching="ls"), "not both"),
    (lambda: tool.shell(matching="("), "is no regex"),
    (lambda: tool.shell(matching=""), "empty text"),
    (lambda: tool.shell(re.compile(b"x")), "over bytes"),
    (lambda: tool.edit("a.py", 3), "tool.edit() old takes a str"),
    (lambda: tool.call("Bash", at=float("inf")), "JSON cannot carry"),
    (lambda: fail(418), "Known: 400"),
    (lambda: fail(429, retry_after=-1), "0 or more"),
    (lambda: refuse(""), "refuse()"),
    (lambda: crash(256), "at most 255"),
    (lambda: crash(signal="SIGNOPE"), "no signal of this system"),
    (lambda: crash(1, signal="SIGSEGV"), "Drop the other"),
    (lambda: flood(bytes=0), "1 or more"),
    (lambda: Script().reply(), "nothing to reply"),
    (lambda: Script().reply(""), "empty text"),
    (lambda: Script().reply(None), "no part of a reply"),  # type: ignore[arg-type]
    (lambda: Script().reply({"text": "x"}), "no part of a reply"),  # type: ignore[arg-type]
    (lambda: Script().reply(["a", "b"]), "reply(*parts)"),  # type: ignore[arg-type]
    (lambda: Script().reply(say), "given say itself. Call it"),  # type: ignore[arg-type]
    (lambda: Script().reply(tool.shell), "given tool.shell itself"),  # type: ignore[arg-type]
    (lambda: Script().reply("a", fail(500)), "whole reply and cannot stand beside say('a')"),
    (lambda: Script().reply(hang(), hang()), "whole reply"),
    (lambda: Script().reply(say("a").cut(after_characters=1), "b"), "say('b') is never played"),
    (lambda: Script().reply(say("a").stop("end_turn"), say("b").stop("max_tokens")), "one reason"),
    (lambda: Script().reply(say("a").stop("tool_use")), "without a tool call"),
    (lambda: Script().reply("a", lambda _request: "b"), "whole reply: let it return all parts"),
    (lambda: Script().reply(_coroutine), "coroutine function"),  # type: ignore[arg-type]
    (lambda: Script().when(""), "matches every prompt"),
    (lambda: Script().when(re.compile(b"x")), "over bytes"),  # type: ignore[arg-type]
    (lambda: Script().when(3), "not 3"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("write", "told"), INVALID)
def test_what_cannot_be_played_is_refused_where_it_is_written(write: Callable[[], object], told: str) -> None:
    with pytest.raises(InvalidScript, match=re.escape(told)):
        write()


async def _coroutine(_request: object) -> str:
    return "x"
