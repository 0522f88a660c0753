"""Delivering an answer by the contract of the prompt: a file, a command, the last words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent import AgentSession, say, tool
from pytest_tmuxagent.errors import InvalidScript, ReplyFailed, ScriptNotExhausted
from pytest_tmuxagent.script.contract import Contract, find
from pytest_tmuxagent.script.language import deliver
from pytest_tmuxagent.script.parts import Part
from pytest_tmuxagent.script.requests import Question, ToolResult
from pytest_tmuxagent.script.script import Script

COMMAND = "/opt/hub/exe bridge complete --run r-17 --file /tmp/hub/answer.md"
FILE = "/tmp/hub/answer.md"
WORDINGS = {
    "one sentence": f"Sum up.\nWrite only the final response to {FILE}, then run exactly {COMMAND}",
    "two lines": f"Write only your final response to {FILE}.\nThen run exactly: {COMMAND}\n",
    "backticks": f"1. Write the answer to `{FILE}`.\n2. Then run `{COMMAND}`.",
    "a fence": f"Save the final response to:\n{FILE}\n\nWhen it is there, execute:\n```sh\n{COMMAND}\n```",
    "on lines of their own": f"WRITE the response into the file\n  {FILE}\nand RUN this:\n  {COMMAND}",
    "without a colon": f"Run {COMMAND}",
    "quotes": f'write the final answer to "{FILE}" and finally run: {COMMAND}',
    "the file in the command only": f"When you are done, run `{COMMAND}`",
    "after a task with such words": (
        f"Write tests to src/tests.py and run: make\n\n"
        f"Write only the final response to {FILE}.\nRun exactly: {COMMAND}"
    ),
}
PROMPT = f"Sum up.\nWrite only the final response to {FILE}, then run exactly {COMMAND}"
RESULT = (ToolResult(call="c", name="write", output="done"),)


def ask(script: Script, prompt: str, *, turn: str = "t1", results: tuple[ToolResult, ...] = ()) -> str:
    question = Question(agent="claude", turn=turn, prompt=prompt, prompts=(prompt,), results=results)
    parts: tuple[Part, ...] = script.answer(question, released=lambda _count: None).parts
    return ", ".join(map(repr, parts))


@pytest.mark.parametrize("prompt", WORDINGS.values(), ids=WORDINGS)
def test_the_contract_is_found_however_it_is_worded(prompt: str) -> None:
    assert find(prompt) == Contract(file=FILE, command=COMMAND)


def test_a_verb_in_a_path_or_an_option_is_none() -> None:
    prompt = "Write only the final response to `/w/.run/write/answer.md`, then run exactly `done --run 7`."
    assert find(prompt) == Contract(file="/w/.run/write/answer.md", command="done --run 7")


def test_a_file_in_plain_words_is_not_the_command_in_its_quotes() -> None:
    found = find("Write only the final response to answer.txt, then run exactly `touch finished`.")
    assert found == Contract(file="answer.txt", command="touch finished")


@given(prompt=st.text() | st.lists(st.sampled_from(PROMPT.split()), max_size=20).map(" ".join))
def test_any_prompt_has_a_contract_or_is_told_to_have_none(prompt: str) -> None:
    try:
        found = find(prompt)
    except InvalidScript:
        return
    assert found.file
    assert found.command


@pytest.mark.parametrize("prompt", ["Say hello", f"Write it to {FILE}", "Then run: make all"], ids=repr)
def test_a_prompt_without_a_contract_is_a_mismatch(prompt: str) -> None:
    script = Script()
    script.reply(deliver("42"))
    assert ask(script, prompt).startswith("fail(400")
    problem = script.take_problem()
    assert isinstance(problem, ReplyFailed)
    assert re.search(
        r"(?s)names no (completion command|answer file).*Remedy: deliver\(\) answers", str(problem)
    )


def test_a_delivery_writes_the_file_runs_the_command_and_says_the_text() -> None:
    script = Script()
    script.reply(deliver("42")).reply("next")
    assert ask(script, PROMPT) == repr(tool.write(FILE, "42"))
    assert ask(script, PROMPT, results=RESULT) == repr(tool.shell(COMMAND))
    with pytest.raises(ScriptNotExhausted, match=r"deliver\('42'\)"):
        script.assert_exhausted()
    assert ask(script, PROMPT, results=RESULT) == "say('42')"
    assert ask(script, "and now?", turn="t2") == "say('next')"
    script.assert_exhausted()


def test_a_delivery_belongs_to_the_turn_in_which_it_began() -> None:
    script = Script()
    script.reply(deliver("one")).reply(deliver("two"))
    assert ask(script, PROMPT, turn="t1") == repr(tool.write(FILE, "one"))
    assert ask(script, PROMPT, turn="t2") == repr(tool.write(FILE, "two"))
    assert ask(script, PROMPT, turn="t1", results=RESULT) == repr(tool.shell(COMMAND))
    assert ask(script, PROMPT, turn="t1", results=RESULT) == "say('one')"


def test_a_delivery_that_stays_serves_every_turn_from_its_beginning() -> None:
    script = Script()
    script.when("final response").reply(deliver("42")).always()
    assert ask(script, PROMPT, turn="t1") == repr(tool.write(FILE, "42"))
    for turn in ("t2", "t3"):
        assert ask(script, PROMPT, turn=turn) == repr(tool.write(FILE, "42"))
        assert ask(script, PROMPT, turn=turn, results=RESULT) == repr(tool.shell(COMMAND))
        assert ask(script, PROMPT, turn=turn, results=RESULT) == "say('42')"
    script.assert_exhausted()


def test_another_wording_is_told_by_patterns() -> None:
    script = Script()
    script.reply(
        deliver("42", file=re.compile(r"-> (\S+)"), command=re.compile(r"finish with (?P<command>.+)"))
    )
    assert ask(script, "compute -> out.txt\nfinish with make done") == repr(tool.write("out.txt", "42"))
    prompt = "compute -> out.txt\nfinish with make done"
    assert ask(script, prompt, results=RESULT) == repr(tool.shell("make done"))


@pytest.mark.parametrize("pattern", ["text", re.compile("no group"), re.compile(b"(bytes)")], ids=repr)
def test_a_pattern_that_finds_nothing_is_refused(pattern: re.Pattern[str]) -> None:
    with pytest.raises(InvalidScript, match="compiled regex with a group"):
        deliver("42", file=pattern)


def test_a_delivery_stands_alone() -> None:
    with pytest.raises(InvalidScript, match="three model requests"):
        Script().reply(say("first"), deliver("42"))
    script = Script()
    script.reply(lambda _request: deliver("42"))
    ask(script, PROMPT)
    assert "three model requests" in str(script.problem)


def test_a_delivery_prints_as_it_was_written() -> None:
    assert repr(deliver("42")) == "deliver('42')"
    pattern = re.compile("(x)")
    assert repr(deliver("42", command=pattern)) == f"deliver('42', command={pattern!r})"


@pytest.mark.agent("plain")
def test_an_agent_delivers(agent: AgentSession) -> None:
    agent.script.reply(deliver("the answer\n"))
    turn = agent.ask(
        "Think.\nWrite only the final response to sub/answer.txt.\nRun exactly: cp sub/answer.txt done"
    )
    assert (agent.workdir / "done").read_text() == "the answer\n"
    assert [call.kind for call in turn.tool_calls] == ["write", "shell"]
    assert turn.text == "the answer\n"
    agent.script.assert_exhausted()
