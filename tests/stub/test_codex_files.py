"""The files of Codex's stub: the rollout, the table of threads, the history, the index of names."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.stub.codex_driver import CONTROL_D, ESCAPE, escalated, patch, run

if TYPE_CHECKING:
    from tests.stub.codex_driver import Codex, CodexHome, StartCodex
    from tests.stub.stub_driver import Service

CAPTURED = Path(__file__).parent.parent / "captured/codex/0.169.0"
Record = dict[str, Any]


def kinds(records: list[Record]) -> list[str]:
    """Give what each record is about."""
    return [_kind(record) for record in records]


def _kind(record: Record) -> str:
    payload = record["payload"]
    item = payload.get("item") or payload
    words = (record["type"], payload.get("type"), item.get("type"), payload.get("role"))
    return " ".join(dict.fromkeys(word for word in words if word))


def captured(name: str) -> list[Record]:
    return [json.loads(line) for line in (CAPTURED / f"rollouts/{name}.jsonl").read_text().splitlines()]


def turn(number: int) -> list[str]:
    """Give the kinds of the captured turn of that number."""
    records = captured("terminal")
    starts = [at for at, record in enumerate(records) if record["payload"].get("type") == "task_started"]
    begin = 0 if number == 0 else starts[number] - 1
    return kinds(records[begin : starts[number + 1] - 1])


def rows(home: CodexHome) -> list[Record]:
    connection = sqlite3.connect(home.state / "state_5.sqlite")
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute("SELECT * FROM threads ORDER BY created_at_ms")]
    connection.close()
    return found


def lines(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def say(codex: Codex, service: Service, text: str, *answers: list[Any]) -> None:
    """Have a turn to its end."""
    ended = codex.states.count("done")
    codex.ask(text)
    for steps in answers or ([["text", "hi there"]],):
        service.answer(*steps)
    codex.until(lambda: codex.states.count("done") > ended)


def test_nothing_is_written_before_the_first_prompt(codex: Codex, codex_home: CodexHome) -> None:
    codex.see_state("idle")
    assert codex_home.rollouts == []
    assert not (codex_home.state / "history.jsonl").exists()


def test_a_turn_is_recorded_in_the_order_of_codex(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    say(codex, service, "hello")
    assert kinds(codex_home.records()) == turn(0)


def test_all_of_a_turn_is_on_the_disk_when_the_screen_tells_its_end(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    say(codex, service, "hello")
    last = codex_home.records()[-1]["payload"]
    assert (last["type"], last["last_agent_message"]) == ("task_complete", "hi there")
    assert rows(codex_home)[0]["tokens_used"] == codex_home.records()[11]["payload"]["usage"]["total_tokens"]


def test_a_command_is_recorded_in_the_order_of_codex(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    say(codex, service, "hello")
    begin = len(codex_home.records())
    say(
        codex,
        service,
        "run",
        [["text", "running"], ["call", run("echo hi; exit 3")]],
        [["text", "done"]],
    )
    records = codex_home.records()[begin:]
    assert kinds(records) == turn(1)
    (item,) = [record["payload"]["item"] for record in records if _kind(record).endswith("CommandExecution")]
    known = (item["id"], item["status"], item["exit_code"], item["aggregated_output"])
    assert known == ("call_1", "failed", 3, "hi\n")


def test_a_patch_is_recorded_with_what_it_changes(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    (codex_home.workdir / "a.txt").write_text("one\ntwo\n")
    call = patch("*** Update File: a.txt", "@@", "-one", "+ONE", " two")
    say(codex, service, "patch", [["call", call]], [["text", "patched"]])
    (item,) = [
        record["payload"]["item"] for record in codex_home.records() if _kind(record).endswith("FileChange")
    ]
    diff = "@@ -1,2 +1,2 @@\n-one\n+ONE\n two\n"
    place = str(codex_home.workdir.resolve() / "a.txt")
    assert item["changes"] == {place: {"type": "update", "unified_diff": diff, "move_path": None}}
    assert item["stdout"] == "Success. Updated the following files:\nM a.txt\n"


def test_a_refused_command_ends_the_rollout_of_the_turn_as_in_codex(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    say(codex, service, "hello")
    begin = len(codex_home.records())
    codex.ask("esc")
    service.answer(["call", escalated("echo q2")])
    codex.see_state("blocked:kind=permission")
    assert kinds(codex_home.records()[begin:]) == turn(4)[:7]  # nothing tells that a person is asked
    codex.type(ESCAPE)
    codex.see_state("idle")
    assert kinds(codex_home.records()[begin:]) == turn(4)


def type_behind_the_reply(codex: Codex) -> None:
    """See a draft in the box: who has read its keys has read the reply that was there before."""
    codex.type("draft")
    codex.see("› draft")


def test_an_interrupted_turn_is_aborted(codex: Codex, service: Service, codex_home: CodexHome) -> None:
    codex.ask("slow")
    service.reply(["gate", 1])
    type_behind_the_reply(codex)
    codex.type(ESCAPE)
    codex.see_state("working", "idle")
    assert kinds(codex_home.records()) == kinds(captured("interrupted_first")[:12])


def test_an_error_is_told_at_the_end_of_the_turn(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    codex.ask("bad")
    service.answer(["fault", {"kind": "fail", "status": 400, "message": "nono"}])
    codex.see_state("error")
    last = codex_home.records()[-1]["payload"]
    assert last["type"] == "task_complete"
    assert last["last_agent_message"] is None
    assert "nono" in last["error"]["message"]
    assert last["error"]["codex_error_info"] == "other"


@pytest.mark.parametrize(
    ("steps", "counted"), [([["fault", {"kind": "stall"}]], []), ([["gate", 1]], ["event_msg token_count"])]
)
def test_tokens_are_counted_at_an_interrupt_if_the_answer_had_begun(
    codex: Codex, service: Service, codex_home: CodexHome, steps: list[list[Any]], counted: list[str]
) -> None:
    say(codex, service, "hello")
    codex.ask("stop")
    service.reply(*steps)
    type_behind_the_reply(codex)
    begin = len(codex_home.records())
    codex.type(ESCAPE)
    service.receive("abandoned")
    codex.until(lambda: kinds(codex_home.records())[-1] == "event_msg turn_aborted")
    ended = ["response_item message user", "event_msg turn_aborted"]
    assert kinds(codex_home.records()[begin:]) == [*counted, *ended]


def test_a_prompt_that_steers_is_recorded_in_the_turn(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    say(codex, service, "hello")
    begin = len(codex_home.records())
    codex.ask("steered")
    service.reply(["gate", 1])
    codex.ask("steering")
    service.receive("abandoned")
    service.answer(["text", "steered ok"])
    codex.see_state("working", "done", "idle", "working", "done")
    assert kinds(codex_home.records()[begin:]) == kinds(captured("terminal")[120:])


def test_a_persons_own_command_is_a_turn_without_a_model(codex: Codex, codex_home: CodexHome) -> None:
    codex.ask("!echo shell")
    codex.see_state("done")
    assert kinds(codex_home.records()) == [
        "session_meta",
        "event_msg task_started",
        "event_msg item_completed CommandExecution",
        "response_item message user",
        "event_msg task_complete",
    ]


def test_what_is_submitted_is_kept_in_the_history(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    say(codex, service, "hello \N{SNOWMAN}")
    (entry,) = lines(codex_home.state / "history.jsonl")
    thread = codex_home.records()[0]["payload"]["id"]
    assert (list(entry), entry["session_id"]) == (["session_id", "ts", "text"], thread)
    assert entry["text"] == "hello \N{SNOWMAN}"


def test_a_thread_is_named_in_the_index_and_in_the_table(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    say(codex, service, "hello")
    (named,) = lines(codex_home.state / "session_index.jsonl")
    (row,) = rows(codex_home)
    assert (named["id"], named["thread_name"]) == (row["id"], row["name"])
    assert (row["title"], row["first_user_message"], row["preview"]) == ("hello", "hello", "hello")
    assert row["rollout_path"] == str(codex_home.rollouts[0])


def test_the_table_of_threads_has_the_columns_of_codex(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    say(codex, service, "hello")
    connection = sqlite3.connect(codex_home.state / "state_5.sqlite")
    found = [list(row[1:]) for row in connection.execute("PRAGMA table_info(threads)")]
    connection.close()
    assert found == json.loads((CAPTURED / "threads/columns.json").read_text())


def test_the_columns_of_a_thread_that_nobody_sets_are_those_of_codex(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    say(codex, service, "hello")
    (row,) = rows(codex_home)
    known = json.loads((CAPTURED / "threads/row.json").read_text())
    assert {key: value for key, value in row.items() if value in (None, 0, "")} == {
        key: value for key, value in known.items() if value in (None, 0, "")
    }


def test_another_thread_has_files_of_its_own(codex: Codex, service: Service, codex_home: CodexHome) -> None:
    say(codex, service, "hello")
    codex.ask("/clear")
    codex.see_box()
    say(codex, service, "after clear")
    first, second = codex_home.rollouts
    assert kinds(lines(second)) == kinds(lines(first))
    assert [row["preview"] for row in rows(codex_home)] == ["hello", "after clear"]


@pytest.mark.parametrize("first", ["", "no json\n[1]\n", '{"type":"session_meta"'])
def test_a_home_that_cannot_be_read_stops_nobody(
    start_codex: StartCodex, service: Service, codex_home: CodexHome, first: str
) -> None:
    (codex_home.state / "state_5.sqlite").write_text(first)
    codex = start_codex()
    service.accept()
    codex.see_box()
    say(codex, service, "hello")
    codex.type(CONTROL_D)
    assert codex.leave() == 0
