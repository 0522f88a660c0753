"""Programs that run to their end, and programs that go on."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent import AgentSandbox
from pytest_tmuxagent.errors import Misuse, ProgramExited, UnscriptedPrompt, WaitTimeout
from pytest_tmuxagent.programs.running import Ready

SERVER = "echo Listening on 8123; while read line; do echo got $line; done; echo end of input; sleep 300"
MEGABYTES = 100


def sh(script: str) -> list[str]:
    return ["sh", "-c", script]


@pytest.mark.parametrize("given", ["", "a line\n", "umläut \U0001f600\n", "x" * 3_000_000], ids=len)
def test_a_program_reads_its_standard_input_to_the_end(agent_sandbox: AgentSandbox, given: str) -> None:
    done = agent_sandbox.run(["cat"], stdin=given)
    assert done.stdout == given


def test_bytes_come_through_as_they_are(agent_sandbox: AgentSandbox) -> None:
    given = bytes(range(256)) * 300
    done = agent_sandbox.run(["cat"], stdin=given)
    assert done.stdout_bytes == given
    assert done.stdout.startswith("\0\1\2")
    assert "\\xff" in done.stdout


def test_a_program_that_does_not_read_its_input_ends_all_the_same(agent_sandbox: AgentSandbox) -> None:
    assert agent_sandbox.run(["true"], stdin="x" * 3_000_000).returncode == 0
    agent_sandbox.assert_nothing_left_running(timeout=60)


def test_words_may_be_bytes_and_paths(agent_sandbox: AgentSandbox) -> None:
    done = agent_sandbox.run([b"printf", Path("%s"), b"\xff"])
    assert done.stdout_bytes == b"\xff"
    assert "printf" in repr(agent_sandbox.start([b"printf"]))


@pytest.mark.parametrize(
    "given",
    [
        {"argv": ["echo", "a\0b"]},
        {"argv": ["echo"], "env": {"A=B": "c"}},
        {"argv": ["echo"], "cwd": "nowhere"},
        {"argv": ["echo"], "cwd": "a\0b"},
        {"argv": ["echo", "x" * 3_000_000]},
    ],
    ids=["NUL", "name", "cwd", "NUL in cwd", "length"],
)
def test_what_the_system_cannot_start_is_refused_and_the_next_is_started(
    agent_sandbox: AgentSandbox, given: dict[str, Any]
) -> None:
    with pytest.raises(Misuse, match=r"^'echo' could not be started in .*work") as told:
        agent_sandbox.run(**given)
    assert len(str(told.value)) < 300
    assert agent_sandbox.run(["echo", "next"]).stdout == "next\n"


def test_without_input_a_program_reads_the_end_at_once(agent_sandbox: AgentSandbox) -> None:
    assert agent_sandbox.run(["wc", "-c"]).stdout.split() == ["0"]


def test_a_flood_is_kept_whole_and_shown_in_short(agent_sandbox: AgentSandbox) -> None:
    done = agent_sandbox.run(sh(f"head -c {MEGABYTES}000000 /dev/zero; echo the end"), timeout=60)
    assert len(done.stdout_bytes) == MEGABYTES * 1_000_000 + len("the end\n")
    assert len(repr(done)) < 20_000
    assert "the end" in repr(done)


def test_a_program_that_is_killed_says_by_what(agent_sandbox: AgentSandbox) -> None:
    assert agent_sandbox.run(sh("echo $$; kill -KILL $$")).returncode == -9


def test_a_server_is_given_when_it_is_ready_and_heard_while_it_runs(agent_sandbox: AgentSandbox) -> None:
    with agent_sandbox.start(sh(SERVER), ready="Listening on", stdin="first\n") as server:
        assert server.is_running
        assert server.returncode is None
        server.send_line("hello")
        server.wait_for_text("got hello")
        assert server.wait_for_text(re.compile(r"on (\d+)"))[1] == "8123"
        assert (server.log / "stdout").read_text() == server.stdout
        assert server.stdout == "Listening on 8123\ngot first\ngot hello\n"
        server.close_stdin()
        server.wait_for_text("end of input")
    assert repr(server).endswith("ended with -15)")


READY_WHEN: dict[str, Ready] = {
    "a text on stderr": "up and",
    "a pattern": re.compile(r"up.*running$", re.MULTILINE),
    "a file": Path("made"),
}


@pytest.mark.parametrize("ready", READY_WHEN.values(), ids=READY_WHEN)
def test_ready_is_what_a_program_prints_or_makes(agent_sandbox: AgentSandbox, ready: Ready) -> None:
    server = agent_sandbox.start(
        sh("sleep 0.05; touch made; echo up and running >&2; sleep 300"), ready=ready
    )
    assert server.is_running
    assert (agent_sandbox.workdir / "made").exists()


def test_a_sign_of_readiness_is_found_among_bytes_that_are_no_text(agent_sandbox: AgentSandbox) -> None:
    noise = "head -c 100000 /dev/zero | tr '\\000' '\\377'"
    with agent_sandbox.start(sh(f"{noise}; echo up; {noise}; sleep 300"), ready="up") as server:
        assert server.wait_for_text(re.compile("up$", re.MULTILINE))


def test_ready_is_what_a_function_says(agent_sandbox: AgentSandbox) -> None:
    made = agent_sandbox.workdir / "made"
    agent_sandbox.start(sh("sleep 0.05; touch made; sleep 300"), ready=made.exists)
    assert made.exists()


def test_a_python_holds_back_nothing_of_what_it_prints(agent_sandbox: AgentSandbox) -> None:
    program = "import time; print('ready'); time.sleep(300)"
    assert agent_sandbox.start([sys.executable, "-c", program], ready="ready").is_running


@pytest.mark.parametrize("ready", [*READY_WHEN.values(), lambda: False], ids=[*READY_WHEN, "a function"])
def test_a_program_that_ends_before_it_is_ready_fails_at_once(
    agent_sandbox: AgentSandbox, ready: Ready
) -> None:
    with pytest.raises(ProgramExited, match=r"(?s)status 3\..*no such port") as told:
        agent_sandbox.start(sh("echo no such port >&2; exit 3"), ready=ready, timeout=90)
    assert told.value.returncode == 3


def test_a_program_that_does_not_get_ready_is_ended(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(WaitTimeout, match=r"did not write 'ready' within 0\.2 s"):
        agent_sandbox.start(sh("echo not yet; sleep 300"), ready="ready", timeout=0.2)
    agent_sandbox.assert_nothing_left_running(timeout=60)


def test_a_text_that_does_not_come_is_told_with_what_came(agent_sandbox: AgentSandbox) -> None:
    program = agent_sandbox.start(sh("echo not yet; sleep 300"), ready="not yet")
    with pytest.raises(WaitTimeout, match=r"(?s)did not write 'ready' within 0\.1 s.*stdout: not yet"):
        program.wait_for_text("ready", timeout=0.1)


@pytest.mark.parametrize("command", [["sleep", 5], b"sleep", [None]])
def test_a_command_that_is_no_list_of_words_is_refused(agent_sandbox: AgentSandbox, command: object) -> None:
    with pytest.raises(Misuse, match=r"a command is a list of words"):
        agent_sandbox.start(command)  # type: ignore[arg-type]


def test_what_cannot_be_a_sign_of_readiness_is_refused(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(Misuse, match="ready=8080 is no"):
        agent_sandbox.start(["true"], ready=8080)  # type: ignore[arg-type]


def test_a_wait_for_a_server_sees_what_goes_wrong_with_the_script(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(UnscriptedPrompt, match="deploy"):
        agent_sandbox.start(sh("claude -p deploy; sleep 300"), ready="ready", timeout=90)


def test_a_program_that_heeds_no_sigterm_is_killed(agent_sandbox: AgentSandbox) -> None:
    stubborn = agent_sandbox.start(sh("trap '' TERM; echo up; while :; do sleep 300; done"), ready="up")
    assert stubborn.stop(grace=0.2).returncode == -9
    assert stubborn.stop().returncode == -9
    agent_sandbox.assert_nothing_left_running(timeout=60)


def test_stopping_is_heard_by_the_whole_process_group(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.start(sh("sleep 301 & echo up; wait"), ready="up").stop()
    agent_sandbox.assert_nothing_left_running(timeout=60)


def test_an_interrupt_is_a_ctrl_c(agent_sandbox: AgentSandbox) -> None:
    program = agent_sandbox.start(sh("trap 'echo bye; exit 5' INT; echo up; sleep 300 & wait"), ready="up")
    program.interrupt()
    done = program.wait()
    assert (done.returncode, done.stdout) == (5, "up\nbye\n")


def test_a_wait_that_is_too_short_leaves_the_program_running(agent_sandbox: AgentSandbox) -> None:
    program = agent_sandbox.start(sh("echo up; cat"), ready="up", stdin="")
    with pytest.raises(WaitTimeout, match=r"(?s)did not end within 0\.1 s.*stdout: up"):
        program.wait(timeout=0.1)
    program.close_stdin()
    assert program.wait().returncode == 0


def test_a_program_that_takes_no_input_says_so(agent_sandbox: AgentSandbox) -> None:
    program = agent_sandbox.start(["true"], stdin="")
    program.wait()
    with pytest.raises(ProgramExited, match="takes no input any more"):
        program.send_line("anybody there?")


def test_a_program_without_input_has_none_to_be_sent(agent_sandbox: AgentSandbox) -> None:
    program = agent_sandbox.start(["cat"])
    assert program.wait().returncode == 0
    with pytest.raises(Misuse, match="started without input"):
        program.send_line("anybody there?")


def test_a_program_that_does_not_read_is_not_waited_for_for_ever(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.timeout = 0.2
    deaf = agent_sandbox.start(["sleep", "300"], stdin="")
    with pytest.raises(WaitTimeout, match=r"did not read \d+ of the bytes"):
        deaf.send_line("x" * 1_000_000)


def test_a_program_ends_with_the_sandbox() -> None:
    sandbox = AgentSandbox.open()
    with sandbox.start(["sleep", "300"]) as program:
        sandbox.close()
        with pytest.raises(ProcessLookupError):
            os.kill(program.pid, 0)
    assert program.returncode == -9


def test_a_condition_of_the_test_is_waited_for(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.start(sh("sleep 0.05; touch made; sleep 300"))
    made = agent_sandbox.wait_until(lambda: [*agent_sandbox.workdir.glob("ma*")])
    assert [path.name for path in made] == ["made"]
    with pytest.raises(WaitTimeout, match=r"rain did not come within 0\.1 s"):
        agent_sandbox.wait_until(lambda: False, what="rain", timeout=0.1)
