"""Flag files and answer files: what agents and orchestrators tell each other by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession, Flags, crash, tool
from pytest_tmuxagent.errors import AgentExited, Misuse, UnscriptedPrompt, WaitTimeout
from pytest_tmuxagent.options import check_options
from pytest_tmuxagent.signals.flags import fill

PER_CONVERSATION = pytest.mark.parametrize("flags", ["{workdir}/.imac/flags/{session}"])
ONE_FOLDER = pytest.mark.parametrize("flags", ["{home}/flags"])


@pytest.fixture
def agent_options(request: pytest.FixtureRequest) -> dict[str, object]:
    params = getattr(getattr(request.node, "callspec", None), "params", {})
    return {"flags": params["flags"]} if "flags" in params else {}


def test_a_job_is_running_from_its_flag_being_raised_until_it_is_lowered(tmp_path: Path) -> None:
    flags = Flags(tmp_path / "a" / "b")
    assert (flags.running, flags.failed, flags.paths) == (False, False, ())
    flags.raise_running()
    assert (flags.running, flags.paths) == (True, (flags.folder / "running.flag",))
    flags.lower()
    flags.lower()
    assert not flags.running
    (flags.folder / "failed.flag").touch()
    assert flags.failed


def test_a_new_job_has_not_failed_yet(tmp_path: Path) -> None:
    flags = Flags(tmp_path)
    flags.path("failed").touch()
    flags.raise_running()
    assert (flags.running, flags.failed) == (True, False)


def test_a_flag_is_named_with_its_ending_or_without(tmp_path: Path) -> None:
    flags = Flags(tmp_path)
    assert flags.path("failed") == flags.path("failed.flag") == tmp_path / "failed.flag"
    for name in ("", "../running"):
        with pytest.raises(Misuse, match="no name of a flag"):
            flags.path(name)


def test_what_is_not_known_stays_a_place() -> None:
    assert fill("{home}/{session}", {"home": Path("/h")}) == "/h/{session}"


@pytest.mark.agent("claude", "plain")
@ONE_FOLDER
def test_an_agent_is_done_when_it_lowers_its_flag(agent: AgentSession, flags: str) -> None:
    assert agent.flags.folder == agent.sandbox.home / "flags", flags
    work = agent.script.reply(tool.shell(f"rm {agent.flags.path('running')}").hold())
    work.reply("Done.")
    agent.flags.raise_running()
    agent.send("work")
    with pytest.raises(WaitTimeout):
        agent.wait_for_lowered_flag(timeout=0.05)
    work.release()
    agent.wait_for_lowered_flag()
    assert not agent.flags.running
    assert agent.wait().text == "Done."


@pytest.mark.agent("claude", "plain")
@ONE_FOLDER
def test_a_raised_flag_is_waited_for(agent: AgentSession, flags: str) -> None:
    failed = agent.flags.path("failed")
    agent.script.reply(tool.shell(f"mkdir -p {failed.parent} && echo error=x > {failed}")).reply("No.")
    agent.send("work")
    assert agent.wait_for_flag("done", "failed") == failed, flags
    with pytest.raises(Misuse, match="was given no flag"):
        agent.wait_for_flag()
    agent.wait()


@pytest.mark.agent("claude", "plain")
@ONE_FOLDER
def test_a_flag_that_can_no_longer_come_fails_the_wait_at_once(agent: AgentSession, flags: str) -> None:
    agent.script.reply(crash(1))
    agent.send("work")
    with pytest.raises(AgentExited):
        agent.wait_for_flag("failed", timeout=60)
    assert not agent.flags.failed, flags


@pytest.mark.agent("claude", "plain")
@PER_CONVERSATION
def test_flags_may_have_a_folder_for_each_conversation(agent: AgentSession, flags: str) -> None:
    agent.script.reply("one").reply("two").always()
    agent.ask("first")
    first = agent.flags.folder
    assert first == agent.workdir / ".imac" / "flags" / str(agent.conversation), flags
    agent.restart(resume=False)
    agent.ask("second")
    assert agent.flags.folder != first
    agent.restart(resume=first.name)
    assert agent.flags.folder == first


@pytest.mark.agent("claude", "plain")
def test_without_a_folder_there_are_no_flags(agent: AgentSession) -> None:
    with pytest.raises(Misuse, match=r"no folder of flags.*agent_options"):
        _ = agent.flags


def test_a_file_that_a_program_writes_late_is_waited_for(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("think").reply(tool.write("answer.txt", "42")).reply("Done.")
    agent_sandbox.run(["sh", "-c", "touch working; (codex exec think; rm working; touch done) >log 2>&1 &"])
    assert agent_sandbox.wait_for_file("answer.txt") == "42"
    agent_sandbox.wait_for_lowered_flag("working")
    agent_sandbox.wait_for_flag(agent_sandbox.workdir / "done")


def test_a_file_that_does_not_come_is_told(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(WaitTimeout, match=r"(?s)answer.txt did not come within 0.05 s.*Nothing is scripted"):
        agent_sandbox.wait_for_file("answer.txt", timeout=0.05)


def test_a_file_is_not_waited_for_when_the_script_does_not_fit(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["sh", "-c", "claude -p unscripted >log 2>&1 &"])
    with pytest.raises(UnscriptedPrompt):
        agent_sandbox.wait_for_file("answer.txt", timeout=60)


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("flags", "no absolute folder"),
        ("{workdir}/{pid}", "the place 'pid'; it takes home, workdir, session"),
        ("{workdir}/{", "no template"),
        ("", "not a folder"),
        (Path("/flags"), "not a folder"),
    ],
    ids=repr,
)
def test_what_can_be_no_folder_of_flags_is_refused(template: object, why: str) -> None:
    with pytest.raises(pytest.UsageError, match=rf"agent_options\['flags'\]: .*{why}"):
        check_options({"flags": template})


def test_a_folder_of_flags_is_taken() -> None:
    check_options({"flags": "{home}/.imac/flags/{session}", "face": {"footer": "? for shortcuts"}})


def test_what_is_put_into_a_place_is_no_place_itself() -> None:
    assert (
        fill("{home}/{workdir}/{other}", {"home": "/{workdir}", "workdir": "{home}"})
        == "/{workdir}/{home}/{other}"
    )


@pytest.mark.parametrize("name", ["", "a/b", "a\0b"])
def test_what_is_no_name_of_a_flag_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misuse, match="no name of a flag"):
        Flags(tmp_path).path(name)
