"""The files of Claude Code's stub: transcripts, the status file, settings, and what is wrong with them."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.stub.claude_driver import ENTER, SEEDED, call, read_lines

if TYPE_CHECKING:
    from tests.stub.claude_driver import Claude, ClaudeHome, RunClaude, StartClaude
    from tests.stub.stub_driver import Service

WRITE = call("Write", file_path="a.txt", content="x")


def told(record: dict[str, Any]) -> str:
    """Give the kind of a record, and for a hook of the turn the subtype."""
    return str(record.get("subtype") or record["type"])


# --- the transcript ---


def test_a_turn_is_a_chain_of_records_in_order(claude: Claude, service: Service, home: ClaudeHome) -> None:
    claude.ask("go")
    asked = call("Bash", command="echo one")
    service.answer(["text", "first"], ["call", asked], stop_reason="tool_use")
    service.answer(["text", "done"])
    claude.see_end()
    claude.until(lambda: home.records("system"))
    said = [record for record in home.records() if record["type"] in ("user", "assistant")]
    blocks = [
        content if isinstance(content, str) else content[0]["type"]
        for content in (record["message"]["content"] for record in said)
    ]
    assert blocks == ["go", "text", "tool_use", "tool_result", "text"]
    chained = [record for record in home.records() if "parentUuid" in record]
    known = {None}
    for record in chained:
        assert record["parentUuid"] in known
        known.add(record["uuid"])
    assert told(home.records()[-1]) == "turn_duration"
    (file,) = home.transcripts
    assert {record["sessionId"] for record in said} == {file.stem}
    assert file.parent.name == "".join(c if c.isalnum() else "-" for c in str(home.workdir.resolve()))


def test_no_file_is_there_before_the_first_prompt(claude: Claude, home: ClaudeHome) -> None:
    assert home.transcripts == []
    claude.ask("/exit")
    claude.leave()
    assert home.transcripts == []


def test_a_stop_hook_finds_nothing_of_the_turns_end(
    start_claude: StartClaude, service: Service, home: ClaudeHome, tmp_path: Path
) -> None:
    line = f"cat {home.state}/projects/*/*.jsonl > {tmp_path}/seen"
    home.write_settings({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": line}]}]}})
    claude = start_claude()
    service.accept()
    claude.ask("hi")
    service.answer(["text", "the answer"])
    claude.see_end()
    claude.until(lambda: [told(record) for record in home.records()][-1:] == ["turn_duration"])
    seen = [told(record) for record in read_lines(tmp_path / "seen")]
    assert "mode" in seen
    assert not {"assistant", "stop_hook_summary", "turn_duration"} & set(seen)
    assert "the answer" in home.transcripts[0].read_text()


def test_an_interrupt_is_recorded_and_no_end(claude: Claude, service: Service, home: ClaudeHome) -> None:
    claude.ask("hi")
    service.reply(["text", "one\n"], ["gate", 1])
    claude.see("● one")
    claude.type("\x1b")
    claude.see("Interrupted")
    claude.until(lambda: "[Request interrupted by user]" in home.transcripts[0].read_text())
    assert home.records("system") == []


def test_queued_prompts_are_recorded_as_they_come_and_go(
    claude: Claude, service: Service, home: ClaudeHome
) -> None:
    claude.ask("hi")
    request = service.reply(["gate", 1], ["text", "ok"])
    claude.see("esc to interrupt")
    claude.ask("second")
    claude.see("Press up to edit")
    service.send({"type": "release", "id": request["id"], "count": 1})
    service.receive("finished")
    service.answer(["text", "ok"])
    claude.see_end()
    claude.see_end()
    claude.until(lambda: len(home.records("system")) == 2)
    operations = [(record["operation"], record.get("content")) for record in home.records("queue-operation")]
    assert operations == [("enqueue", "second"), ("dequeue", None)]
    prompts = [r for r in home.records("user") if isinstance(r["message"]["content"], str)]
    assert [record["promptSource"] for record in prompts] == ["typed", "queued"]


def test_clear_begins_another_file(claude: Claude, service: Service, home: ClaudeHome) -> None:
    claude.ask("first")
    service.answer(["text", "ok"])
    claude.see_end()
    before = home.statuses[0]["sessionId"]
    claude.ask("/clear")
    claude.until(lambda: home.statuses[0]["sessionId"] != before)
    claude.ask("second")
    service.answer(["text", "ok"])
    claude.see_end()
    claude.ask("/exit")
    claude.leave()
    old, new = sorted(home.transcripts, key=lambda file: file.stem != before)
    assert (old.stem, "second" in old.read_text()) == (before, False)
    assert "second" in new.read_text()
    assert '"first"' not in new.read_text()


def test_a_torn_transcript_is_gone_on_with(run_claude: RunClaude, home: ClaudeHome) -> None:
    session = str(uuid4())
    run_claude("-p", "--session-id", session, "one")
    (file,) = home.transcripts
    with file.open("ab") as torn:
        torn.write(b'not json\n[1, 2]\n\xff\xfe\n{"type": "user", "uuid": "half')
    done = run_claude("-p", "--resume", session, "two")
    assert (done.returncode, done.stdout, done.stderr) == (0, "You said: two\n", "")
    assert json.loads(file.read_text(errors="replace").splitlines()[-1])["sessionId"] == session
    assert run_claude("-p", "--continue", "three").stdout == "You said: three\n"


def test_a_resumed_session_goes_on_in_its_file(
    run_claude: RunClaude, start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    session = str(uuid4())
    run_claude("-p", "--session-id", session, "one")
    claude = start_claude("--resume", session)
    service.accept()
    claude.ask("two")
    service.answer(["text", "ok"])
    claude.until(lambda: '"two"' in home.transcripts[0].read_text())
    prompts = [r for r in home.records("user") if isinstance(r["message"]["content"], str)]
    assert [record["message"]["content"] for record in prompts] == ["one", "two"]


# --- the status file ---


def test_the_status_file_tells_every_state_and_goes_with_the_process(
    claude: Claude, service: Service, home: ClaudeHome
) -> None:
    def status() -> dict[str, Any]:
        (found,) = home.statuses
        return found

    assert (status()["pid"], status()["status"]) == (claude.pid, "idle")
    assert status()["cwd"] == str(home.workdir.resolve())
    claude.ask("go")
    request = service.reply(["gate", 1], ["call", WRITE], stop_reason="tool_use")
    assert status()["status"] == "busy"
    service.send({"type": "release", "id": request["id"], "count": 1})
    service.receive("finished")
    claude.see("Do you want to create a.txt?")
    claude.until(lambda: status()["status"] == "waiting")
    assert status()["waitingFor"] == "permission prompt"
    claude.type("1")
    request = service.reply(["gate", 1], ["text", "ok"])
    assert status()["status"] == "busy"
    assert "waitingFor" not in status()
    service.send({"type": "release", "id": request["id"], "count": 1})
    claude.see_end()
    claude.until(lambda: status()["status"] == "idle")
    assert home.transcripts[0].stem == status()["sessionId"]
    claude.ask("/exit")
    claude.leave()
    assert home.statuses == []


@pytest.mark.parametrize("how", ["interrupted", "refused", "failed"])
def test_a_turn_that_ends_badly_leaves_it_idle(
    claude: Claude, service: Service, home: ClaudeHome, how: str
) -> None:
    claude.ask("go")
    if how == "interrupted":
        service.reply(["text", "one\n"], ["gate", 1])
        claude.see("● one")
        claude.type("\x1b")
    elif how == "refused":
        service.answer(["call", WRITE], stop_reason="tool_use")
        claude.see("Do you want to create")
        claude.type("\x1b")
    else:
        service.answer(["fault", {"kind": "fail", "status": 400, "message": "bad"}])
        claude.see("API Error: 400 bad")
    claude.until(lambda: [status["status"] for status in home.statuses] == ["idle"])


def test_headless_there_is_none(run_claude: RunClaude, home: ClaudeHome, tmp_path: Path) -> None:
    line = f"ls {home.state}/sessions > {tmp_path}/seen"
    home.write_settings({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": line}]}]}})
    run_claude("-p", "hi")
    assert (tmp_path / "seen").read_text() == ""


# --- what is kept ---


def test_prompts_are_kept_in_the_history_of_all_sessions(
    claude: Claude, service: Service, home: ClaudeHome
) -> None:
    claude.ask("one")
    service.answer(["text", "ok"])
    claude.see_end()
    claude.paste("a\nb\nc\nd")
    claude.type(ENTER)
    service.answer(["text", "ok"])
    claude.see_end()
    first, second = read_lines(home.state / "history.jsonl")
    assert (first["display"], first["pastedContents"]) == ("one", {})
    assert (first["project"], first["sessionId"]) == (str(home.workdir.resolve()), home.transcripts[0].stem)
    assert second["display"] == "[Pasted text #1 +3 lines]"
    assert second["pastedContents"]["1"]["content"] == "a\nb\nc\nd"


def test_what_is_always_allowed_is_kept_for_the_next_session(
    claude: Claude, service: Service, home: ClaudeHome, run_claude: RunClaude
) -> None:
    home.write_settings({"permissions": {"deny": ["Bash(rm *)"]}, "other": 1}, of="local")
    asked = call("Bash", command="python3 -c 1")
    claude.ask("go")
    service.answer(["call", asked], stop_reason="tool_use")
    claude.see("Do you want to proceed?")
    assert "don’t ask again for: python3" in claude.screen.text
    claude.type("2")
    service.answer(["text", "ok"])
    claude.see_end()
    kept = json.loads((home.workdir / ".claude/settings.local.json").read_text())
    assert kept == {"permissions": {"deny": ["Bash(rm *)"], "allow": ["Bash(python3 *)"]}, "other": 1}
    done = run_claude("-p", "--output-format", "json", "hi", replies=[{"call": asked}, {"say": "done"}])
    assert json.loads(done.stdout)["permission_denials"] == []


# --- places ---


def test_another_folder_for_all_of_it(
    start_claude: StartClaude, service: Service, home: ClaudeHome, tmp_path: Path
) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / ".claude.json").write_text(json.dumps(SEEDED))
    home.config_file.unlink()
    claude = start_claude(env={"CLAUDE_CONFIG_DIR": str(place)})
    service.accept()
    claude.ask("hi")
    service.answer(["text", "ok"])
    claude.see_end()
    assert len(list(place.glob("projects/*/*.jsonl"))) == 1
    assert len(list(place.glob("sessions/*.json"))) == 1
    assert (place / "history.jsonl").exists()
    assert list(home.state.iterdir()) == []


def test_two_at_once_share_a_home(start_claude: StartClaude, home: ClaudeHome) -> None:
    both = [start_claude(link="") for _ in range(2)]
    for number, claude in enumerate(both):
        claude.see_idle()
        claude.ask(f"from {number}")
    for claude in both:
        claude.see_end()
    assert sorted(status["pid"] for status in home.statuses) == sorted(claude.pid for claude in both)
    assert sorted(line["display"] for line in read_lines(home.state / "history.jsonl")) == [
        "from 0",
        "from 1",
    ]
    os.kill(both[0].pid, signal.SIGTERM)
    assert both[0].leave() == 143
    assert [status["pid"] for status in home.statuses] == [both[1].pid]
    assert len({file.stem for file in home.transcripts}) == 2


@pytest.mark.parametrize("unwritable", ["/proc/nothing", "a file"])
def test_where_nothing_can_be_written_it_still_answers(
    run_claude: RunClaude, tmp_path: Path, unwritable: str
) -> None:
    if unwritable == "a file":
        unwritable = str(tmp_path / "file")
        Path(unwritable).touch()
    reply: list[dict[str, Any]] = [{"call": call("Bash", command="echo one")}, {"say": "done"}]
    done = run_claude("-p", "hi", env={"HOME": unwritable}, replies=reply)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_a_terminal_starts_where_nothing_can_be_kept(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    home.state.rmdir()
    home.state.touch()
    claude = start_claude()
    service.accept()
    claude.ask("hi")
    service.answer(["text", "ok"])
    claude.see_end()
    claude.ask("/exit")
    assert claude.leave() == 0


@pytest.mark.parametrize(
    "content", ["", "{broken", "[1]", '{"permissions": 3, "hooks": {"Stop": 1}}', "\x00"]
)
def test_broken_settings_are_passed_over(run_claude: RunClaude, home: ClaudeHome, content: str) -> None:
    (home.state / "settings.json").write_text(content)
    assert run_claude("-p", "hi").stdout == "You said: hi\n"


def test_settings_set_the_environment_of_commands(run_claude: RunClaude, home: ClaudeHome) -> None:
    home.write_settings({"env": {"COLOUR": "red"}})
    asked = call("Bash", command="echo $COLOUR $CLAUDECODE")
    run_claude("-p", "--allowedTools", "Bash", "--", "hi", replies=[{"call": asked}, {"say": "done"}])
    assert '"red 1"' in home.transcripts[0].read_text()


def test_no_scratch_file_is_left(claude: Claude, service: Service, home: ClaudeHome) -> None:
    home.write_settings({})
    claude.ask("go")
    service.answer(["call", call("Bash", command="echo 1")], stop_reason="tool_use")
    service.answer(["text", "ok"])
    claude.see_end()
    claude.ask("/exit")
    claude.leave()
    scratch = home.folder.parent / "scratch"
    assert [path for path in scratch.rglob("*") if not path.is_dir()] == []
    assert not [path for path in home.state.rglob("*") if path.name.startswith(".") or path.suffix == ".tmp"]
