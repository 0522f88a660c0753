"""Completion contracts, as programs wait for them."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent import AgentSandbox, crash, deliver, fail, say, tool
from pytest_tmuxagent.errors import Misuse, NeverCompleted, UnscriptedPrompt, WaitTimeout
from pytest_tmuxagent.events import RequestClosed, RequestOpened
from pytest_tmuxagent.programs.contracts import FlagLowered, GivenFlag
from pytest_tmuxagent.programs.fulfilment import Completion
from pytest_tmuxagent.programs.work import Work

FLAGS = ".flags"


@pytest.fixture
def agent_options(request: pytest.FixtureRequest) -> Mapping[str, object]:
    if "flag" in request.node.name:
        return {"flags": f"{{workdir}}/{FLAGS}"}
    return {}


def start(sandbox: AgentSandbox, script: str) -> None:
    """Leave a program running."""
    sandbox.run(["sh", "-c", f"({script}) > log 2>&1 < /dev/null &"])


# -- flags ------------------------------------------------------------------------------------------

RAISE = f"mkdir -p {FLAGS}; rm -f {FLAGS}/failed.flag; : > {FLAGS}/running.flag; "


@pytest.mark.parametrize("named", [FLAGS, f"{FLAGS}/running.flag"])
def test_a_lowered_flag_completes(agent_sandbox: AgentSandbox, named: str) -> None:
    reply = agent_sandbox.script.reply(say("one\n", "two").hold(after_characters=4))
    start(agent_sandbox, f"{RAISE} claude -p go")
    agent_sandbox.wait_until((agent_sandbox.workdir / FLAGS / "running.flag").exists)
    with pytest.raises(WaitTimeout, match="is raised"):
        agent_sandbox.wait_for_completion(flag=named, timeout=0.3)
    reply.release()
    completion = agent_sandbox.wait_for_completion(flag=named)
    assert (completion.how, completion.ok) == ("flag", True)


def test_a_flag_that_came_and_went_before_anybody_looked_completes(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply("done")
    agent_sandbox.run(["sh", "-c", f"{RAISE} claude -p go"])
    assert agent_sandbox.wait_for_completion(flag=FLAGS).ok


def test_a_flag_that_nobody_heard_of_does_not_complete(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply("done")
    agent_sandbox.run(["claude", "-p", "go"])
    with pytest.raises(NeverCompleted, match="was not seen raised"):
        agent_sandbox.wait_for_completion(flag=FLAGS)


def test_the_second_job_of_a_flag_is_not_taken_for_the_first(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply("done").reply("done")
    agent_sandbox.run(["sh", "-c", f"{RAISE} claude -p go"])
    assert agent_sandbox.wait_for_completion(flag=FLAGS).ok
    start(agent_sandbox, "until [ -e go ]; do :; done; " + RAISE + "claude -p go")
    with pytest.raises(WaitTimeout, match="was not seen raised"):
        agent_sandbox.wait_for_completion(flag=FLAGS, timeout=0.2)
    (agent_sandbox.workdir / "go").touch()
    assert agent_sandbox.wait_for_completion(flag=FLAGS).ok


def test_a_failed_flag_completes_and_is_not_ok(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(fail(400))
    start(agent_sandbox, f"{RAISE} claude -p go")
    completion = agent_sandbox.wait_for_completion(flag=FLAGS)
    assert not completion.ok
    assert str(completion.text).startswith("error=")


def test_a_failure_is_given_once_though_its_running_flag_goes_later(agent_sandbox: AgentSandbox) -> None:
    folder = agent_sandbox.workdir / FLAGS
    folder.mkdir()
    (folder / "running.flag").touch()
    (folder / "failed.flag").write_text("error=x\n")
    start(
        agent_sandbox, f"until [ -e go ]; do :; done; rm {FLAGS}/running.flag; until [ -e end ]; do :; done"
    )
    assert agent_sandbox.wait_for_completion(flag=FLAGS).text == "error=x\n"
    (agent_sandbox.workdir / "go").touch()
    with pytest.raises(WaitTimeout):
        agent_sandbox.wait_for_completion(flag=FLAGS, timeout=0.2)


def test_an_old_failed_flag_is_not_taken_for_a_new_one(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(fail(400)).reply("fine")
    start(agent_sandbox, f"{RAISE} claude -p go")
    assert not agent_sandbox.wait_for_completion(flag=FLAGS).ok
    start(agent_sandbox, f"until [ -e go ]; do :; done; : > {FLAGS}/running.flag; claude -p go")
    with pytest.raises(WaitTimeout):
        agent_sandbox.wait_for_completion(flag=FLAGS, timeout=0.1)
    (agent_sandbox.workdir / "go").touch()
    assert agent_sandbox.wait_for_completion(flag=FLAGS).ok


def test_a_turn_is_heard_to_be_over_after_its_failed_flag_and_completes_once(tmp_path: Path) -> None:
    work, given = Work(), GivenFlag()
    work.wire(RequestOpened(request_id="r1", prompt="p", pid=os.getpid()), 0.0)
    (tmp_path / "failed.flag").write_text("error=x\n")
    first = FlagLowered(tmp_path, work=work, given=given)
    assert first.look() is None
    assert first.look() == Completion(how="flag", ok=False, text="error=x\n", path=tmp_path / "failed.flag")
    work.wire(RequestClosed(request_id="r1", pid=os.getpid()), 0.0)
    assert FlagLowered(tmp_path, work=work, given=given).look() is None
    work.wire(RequestOpened(request_id="r1", prompt="p", pid=os.getpid()), 0.0)
    work.wire(RequestClosed(request_id="r1", pid=os.getpid()), 0.0)
    completion = FlagLowered(tmp_path, work=work, given=given).look()
    assert completion is not None
    assert completion.ok


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes to a file")
def test_a_failed_flag_that_is_still_being_written_does_not_complete(tmp_path: Path) -> None:
    contract = FlagLowered(tmp_path, work=Work(), given=GivenFlag())
    with (tmp_path / "failed.flag").open("w"):
        assert [contract.look(), contract.look()] == [None, None]


def test_a_flag_that_nobody_is_left_to_lower_fails_at_once(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(crash(signal="SIGKILL"))
    start(agent_sandbox, f"{RAISE} claude -p go")
    with pytest.raises(NeverCompleted, match=r"(?s)running.flag is lowered: it is raised.*claude -p go"):
        agent_sandbox.wait_for_completion(flag=FLAGS, timeout=60)


# -- answer files -----------------------------------------------------------------------------------


def test_an_answer_file_completes_with_its_text(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(tool.write("answer.md", "42\n")).reply("Done.")
    start(agent_sandbox, "claude -p --dangerously-skip-permissions go")
    completion = agent_sandbox.wait_for_completion(answer="answer.md")
    assert (completion.how, completion.ok, completion.text) == ("answer", True, "42\n")
    assert completion.path == agent_sandbox.workdir / "answer.md"


def test_an_answer_that_is_still_being_written_does_not_complete(agent_sandbox: AgentSandbox) -> None:
    start(agent_sandbox, "{ echo half; until [ -e go ]; do :; done; echo rest; } > answer.md")
    agent_sandbox.wait_for_file("answer.md")
    if sys.platform == "linux":
        with pytest.raises(WaitTimeout, match="has 5 bytes so far"):
            agent_sandbox.wait_for_completion(answer="answer.md", timeout=0.3)
        (agent_sandbox.workdir / "go").touch()
        assert agent_sandbox.wait_for_completion(answer="answer.md").text == "half\nrest\n"


def test_an_answer_is_not_complete_while_its_turn_goes_on(agent_sandbox: AgentSandbox) -> None:
    write = "echo half > answer.md; until [ -e go ]; do :; done; echo rest >> answer.md"
    agent_sandbox.script.reply(tool.shell(write)).reply("Done.")
    start(agent_sandbox, "claude -p --dangerously-skip-permissions go")
    agent_sandbox.wait_for_file("answer.md")
    with pytest.raises(WaitTimeout, match="middle of a turn"):
        agent_sandbox.wait_for_completion(answer="answer.md", timeout=0.3)
    (agent_sandbox.workdir / "go").touch()
    assert agent_sandbox.wait_for_completion(answer="answer.md").text == "half\nrest\n"


def test_an_answer_that_nobody_is_left_to_write_fails_at_once(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply("I will not.")
    start(agent_sandbox, "claude -p go")
    with pytest.raises(NeverCompleted, match="it is not there, or empty"):
        agent_sandbox.wait_for_completion(answer="answer.md", timeout=60)


def test_a_shell_that_waits_at_its_prompt_brings_no_completion(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "hub"])
    with pytest.raises(NeverCompleted):
        agent_sandbox.wait_for_completion(answer="answer.md", timeout=60)


def test_an_answer_completes_when_its_command_is_run(agent_sandbox: AgentSandbox) -> None:
    finish = agent_sandbox.add_recorder("finish")
    agent_sandbox.script.when("Sum").reply(deliver("The sum."))
    prompt = "Sum it up. Write only the final response to `out/answer.md`, then run exactly `finish --run 7`."
    (agent_sandbox.workdir / "out").mkdir()
    start(agent_sandbox, f"claude --dangerously-skip-permissions -p '{prompt}'")
    completion = agent_sandbox.wait_for_completion(answer="out/answer.md", command=finish)
    assert (completion.ok, completion.text) == (True, "The sum.")
    assert completion.call is not None
    assert completion.call.argv == ("finish", "--run", "7")


def test_a_command_without_an_answer_is_not_ok(agent_sandbox: AgentSandbox) -> None:
    finish = agent_sandbox.add_recorder("finish")
    agent_sandbox.run(["finish"])
    completion = agent_sandbox.wait_for_completion(answer="answer.md", command=finish)
    assert (completion.ok, completion.text) == (False, "")


# -- calls ------------------------------------------------------------------------------------------


def test_each_call_is_given_once(agent_sandbox: AgentSandbox) -> None:
    note = agent_sandbox.add_recorder("note")
    agent_sandbox.run(["sh", "-c", "note 1; note 2"])
    calls = [agent_sandbox.wait_for_completion(call=note).call for _ in range(2)]
    assert [call.argv for call in calls if call] == [("note", "1"), ("note", "2")]
    with pytest.raises(NeverCompleted, match="call 3 of note: there were 2"):
        agent_sandbox.wait_for_completion(call=note, timeout=60)


def test_an_unscripted_prompt_ends_the_wait_for_a_completion(agent_sandbox: AgentSandbox) -> None:
    note = agent_sandbox.add_recorder("note")
    start(agent_sandbox, "claude -p go; sleep 300")
    with pytest.raises(UnscriptedPrompt):
        agent_sandbox.wait_for_completion(call=note, timeout=60)


# -- misuse -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forms", "why"),
    [
        ({}, "exactly one of .*given: none"),
        ({"flag": "a", "answer": "b"}, "given: flag, answer"),
        ({"command": "note", "flag": "a"}, "goes with answer"),
        ({"call": "note"}, "it takes what add_recorder"),
        ({"answer": "a", "command": "note"}, "it takes what add_recorder"),
    ],
)
def test_anything_but_one_contract_is_refused(
    agent_sandbox: AgentSandbox, forms: dict[str, Any], why: str
) -> None:
    with pytest.raises(Misuse, match=why):
        agent_sandbox.wait_for_completion(**forms)


# -- transcripts and threads, as they are written ----------------------------------------------------

CAPTURED = Path(__file__).parent.parent / "captured"
ENDS = {
    "claude/2.1.197/transcripts/errors.jsonl": [
        ("end_turn", "a"),
        ("failed", "API Error: 400 bad thing"),
        ("end_turn", "fine"),
    ],
    "claude/2.1.197/transcripts/tools.jsonl": [
        ("end_turn", "All done with the tool."),
        ("end_turn", "All done with the tool."),
        ("cancelled", ""),
    ],
    "claude/2.1.197/transcripts/headless.jsonl": [("end_turn", "All done with the tool.")],
}


def place(sandbox: AgentSandbox, *, name: str) -> Path:
    folder = sandbox.home / ".claude" / "projects" / "-work"
    folder.mkdir(parents=True)
    return folder / f"{name}.jsonl"


@pytest.mark.parametrize("captured", ENDS)
def test_the_ends_of_turns_in_a_transcript_are_found(agent_sandbox: AgentSandbox, captured: str) -> None:
    place(agent_sandbox, name="mine").write_bytes((CAPTURED / captured).read_bytes())
    found = [agent_sandbox.wait_for_completion(transcript="mine") for _ in ENDS[captured]]
    assert [(end.stop_reason, end.text) for end in found] == ENDS[captured]
    assert [end.ok for end in found] == [reason == "end_turn" for reason, _ in ENDS[captured]]
    with pytest.raises(NeverCompleted, match="no further end of a turn"):
        agent_sandbox.wait_for_completion(transcript="mine", timeout=60)


def test_no_prefix_of_a_transcript_ends_a_turn_too_early(agent_sandbox: AgentSandbox) -> None:
    content = (CAPTURED / "claude/2.1.197/transcripts/errors.jsonl").read_bytes()
    path = place(agent_sandbox, name="mine")
    ends = [
        found.start() + content[found.start() :].index(b"\n")
        for found in re.finditer(rb'"stop_reason":"(end_turn|stop_sequence)"', content)
    ]
    contract = agent_sandbox._completions.contract(
        transcript="mine", flag=None, answer=None, command=None, thread=None, call=None
    )
    for at in ends:
        path.write_bytes(content[:at])
        assert contract.look() is None
        path.write_bytes(content[: at + 1])
        assert contract.look() is not None


def test_an_answer_in_several_blocks_is_one(agent_sandbox: AgentSandbox) -> None:
    def record(**block: str) -> str:
        message = {"id": "m", "content": [block], "stop_reason": "end_turn", "model": "x"}
        return json.dumps({"type": "assistant", "uuid": "u", "message": message}) + "\n"

    path = place(agent_sandbox, name="mine")
    path.write_text(
        record(type="thinking", thinking="?") + record(type="text", text="a") + record(type="text", text="b")
    )
    assert agent_sandbox.wait_for_completion(transcript="mine").text == "a\nb"


def test_an_unknown_transcript_is_told_with_the_places_looked_at(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(NeverCompleted, match=r"transcript 'mine': none is in .*\.claude/projects"):
        agent_sandbox.wait_for_completion(transcript="mine", timeout=60)
    with pytest.raises(NeverCompleted, match=r"thread 'mine': no row in `threads` of .*state_5"):
        agent_sandbox.wait_for_completion(thread="mine", timeout=60)
