"""The stub in the role of Codex in a terminal. What is expected was measured on Codex CLI 0.169.0."""

from __future__ import annotations

import json

import pytest

from tests.stub.codex_driver import (
    BACK_TAB,
    CONTROL_C,
    CONTROL_D,
    DOWN,
    ENTER,
    ESCAPE,
    INTERRUPTED,
    SHIFT_LEFT,
    TAB,
    UP,
    Codex,
    CodexHome,
    RunCodex,
    StartCodex,
    escalated,
    patch,
    run,
)
from tests.stub.stub_driver import Service

QUEUED = "• Queued follow-up inputs"
LATER = "• Messages to be submitted after next tool call (press esc to interrupt and send immediately)"

# --- a turn, and the states ---


def test_a_turn_tells_its_states_and_stands_on_the_screen(codex: Codex, service: Service) -> None:
    codex.ask("hello")
    codex.see_state("idle", "working")
    service.answer(["text", "hi there\nand more"])
    codex.see_state("idle", "working", "done")
    assert "› hello\n" in codex.screen.text
    assert "• hi there\n  and more\n" in codex.screen.text
    codex.see_box()


def test_the_next_key_after_a_turn_says_idle(codex: Codex, service: Service) -> None:
    codex.ask("hello")
    service.answer(["text", "hi"])
    codex.see_state("done")
    codex.type("x")
    codex.see_state("done", "idle")


def test_the_composer_is_at_the_bottom_of_the_alternate_screen(codex: Codex) -> None:
    assert codex.screen.alternate
    assert codex.screen.lines[-4:-2] == ["› Ask Codex to do anything", ""]
    assert codex.screen.cursor == (2, codex.screen.rows - 4)


def test_the_prompt_of_what_is_seen_stays_at_the_top(codex: Codex, service: Service) -> None:
    codex.ask("tell me\nall of it")
    service.answer(["text", "\n".join(f"- line {number}" for number in range(60))])
    codex.see_state("done")
    assert codex.screen.lines[0] == "› tell me all of it"
    codex.ask("more")
    service.answer(["text", "no"])
    codex.see_state("working", "done", "idle", "working", "done")
    assert codex.screen.lines[0] == "› tell me all of it"
    assert "› more" in codex.screen.lines


def test_an_inline_screen_keeps_the_history_in_the_scrollback(
    start_codex: StartCodex, service: Service
) -> None:
    codex = start_codex("--no-alt-screen")
    service.accept()
    codex.see_state("idle")
    assert not codex.screen.alternate
    codex.ask("hello")
    service.answer(["text", "\n".join(f"line {number}" for number in range(60))])
    codex.see_state("done")
    assert "line 0" in codex.printed
    assert codex.screen.lines[-4:-2] == ["› Ask Codex to do anything", ""]


def test_the_line_that_is_not_complete_is_shown(codex: Codex, service: Service) -> None:
    codex.ask("hello")
    request = service.reply(["text", "one\ntwo thr"], ["gate", 1], ["text", "ee"])
    codex.see("  two thr")
    service.send({"type": "release", "id": request["id"], "count": 1})
    codex.see("  two three")


def test_a_resized_screen_is_drawn_anew(codex: Codex, service: Service) -> None:
    codex.ask("hello")
    service.answer(["text", "hi"])
    codex.see_state("done")
    codex.terminal.setwinsize(20, 60)
    codex.screen = type(codex.screen)(60, 20)
    codex.until(lambda: codex.screen.lines[-4:-3] == ["› Ask Codex to do anything"])
    assert "• hi" in codex.screen.text


def test_a_turn_that_failed_says_error(start_codex: StartCodex, service: Service) -> None:
    codex = start_codex(retries=0)
    service.accept()
    codex.see_state("idle")
    codex.ask("hello")
    service.answer(["fault", {"kind": "fail", "status": 401, "message": "no such key"}])
    codex.see_state("working", "error")
    assert "■ unexpected status 401 Unauthorized: no such key, url: " in codex.screen.text


@pytest.mark.parametrize(("status", "requests"), [(400, 1), (401, 2), (404, 1), (429, 1), (500, 4), (529, 4)])
def test_a_request_that_failed_is_made_again_as_often_as_the_real_one(
    start_codex: StartCodex, service: Service, status: int, requests: int
) -> None:
    codex = start_codex(retries=1)
    service.accept()
    codex.see_state("idle")
    codex.ask("hello")
    for _ in range(requests):
        service.answer(["fault", {"kind": "fail", "status": status, "message": "no"}])
    codex.see_state("working", "error")


def test_what_broken_attempts_said_runs_together_until_an_answer_is_whole(
    start_codex: StartCodex, service: Service
) -> None:
    codex = start_codex(retries=1)
    service.accept()
    codex.see_state("idle")
    broken = ["text", "first line\nre"], ["fault", {"kind": "cut"}]
    codex.ask("hello")
    for _ in range(2):
        service.answer(*broken)
    codex.see("■ stream disconnected")
    assert "• first line\n  refirst line\n  re\n\n■ stream disconnected" in codex.screen.text
    codex.ask("again")
    service.answer(*broken)
    service.answer(["text", "all of it"])
    codex.see("• all of it")
    assert codex.screen.text.count("first line") == 2


def test_a_request_that_failed_is_made_again(codex: Codex, service: Service) -> None:
    codex.ask("hello")
    service.answer(["fault", {"kind": "fail", "status": 529, "message": "busy"}])
    assert service.answer(["text", "back again"])["attempt"] == 2
    codex.see_state("working", "done")


# --- prompts while a turn runs ---


def test_enter_cuts_the_answer_and_asks_with_both_prompts(codex: Codex, service: Service) -> None:
    codex.ask("count")
    service.reply(["text", "one\ntwo"], ["gate", 1])
    codex.see("  two")
    codex.ask("stop it")
    service.receive("abandoned")
    request = service.answer(["text", "stopped"])
    assert (request["prompt"], request["prompts"]) == ("count", ["count", "stop it"])
    codex.see_state("idle", "working", "done")
    assert "• one\n  two\n" in codex.screen.text  # what had come stays
    assert "› stop it\n" in codex.screen.text


def test_what_steers_before_the_answer_begins_waits_for_it(codex: Codex, service: Service) -> None:
    codex.ask("go")
    unanswered = service.receive("request")
    for text in ("left", "right"):
        codex.ask(text)
        codex.see(f"  ↳ {text}")
    codex.see(LATER)
    service.send({"type": "reply", "id": unanswered["id"], "steps": [["text", "never shown"]]})
    service.receive("abandoned")
    assert service.answer(["text", "ok"])["prompts"] == ["go", "left", "right"]
    codex.see_state("idle", "working", "done")
    assert "never shown" not in codex.screen.text


def test_what_steers_does_not_wait_for_a_request_to_be_made_again(codex: Codex, service: Service) -> None:
    codex.ask("go")
    unanswered = service.receive("request")
    codex.ask("left")
    codex.see("  ↳ left")
    fault = {"kind": "fail", "status": 529, "message": "busy"}
    service.send({"type": "reply", "id": unanswered["id"], "steps": [["fault", fault]]})
    service.receive("abandoned")
    request = service.answer(["text", "ok"])
    assert (request["prompts"], request["attempt"]) == (["go", "left"], 1)


def test_an_answer_that_never_begins_keeps_what_steers_until_escape(codex: Codex, service: Service) -> None:
    codex.ask("go")
    service.reply(["fault", {"kind": "stall"}])
    codex.ask("left")
    codex.see("  ↳ left")
    codex.type(ESCAPE)
    codex.see("• Model interrupted to submit steer instructions.")
    service.receive("abandoned")
    assert service.answer(["text", "ok"])["prompts"] == ["left"]


def test_enter_while_a_tool_runs_joins_after_it(codex: Codex, service: Service) -> None:
    codex.ask("go")
    service.answer(["call", run("sleep 60")], stop_reason="tool_use")
    codex.ask("and this")
    codex.see(LATER)
    codex.see("  ↳ and this")
    codex.type(ESCAPE)
    codex.see("• Model interrupted to submit steer instructions.")
    assert service.answer(["text", "ok"])["prompts"] == ["and this"]
    codex.see_state("idle", "working", "done")


def test_a_steering_prompt_goes_along_with_the_result_of_the_tool(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    codex.ask("go")
    command = "until test -e there; do sleep 0.01; done; echo seen"
    service.answer(["call", run(command)], stop_reason="tool_use")
    codex.ask("and this")
    codex.see(LATER)
    (codex_home.workdir / "there").touch()
    request = service.answer(["text", "ok"])
    assert request["prompts"] == ["go", "and this"]
    assert request["results"][0]["output"].endswith("Output:\nseen\n")
    codex.see_state("done")


def test_tab_queues_a_prompt_for_a_turn_of_its_own(codex: Codex, service: Service) -> None:
    codex.ask("first")
    request = service.reply(["gate", 1], ["text", "ok"])
    for text in ("second", "third"):
        codex.paste(text)
        codex.type(TAB)
    codex.see(f"{QUEUED}\n  ↳ second\n  ↳ third\n")
    service.send({"type": "release", "id": request["id"], "count": 1})
    service.receive("finished")
    assert service.answer(["text", "ok 2"])["prompts"] == ["second"]
    assert service.answer(["text", "ok 3"])["prompts"] == ["third"]
    codex.see_state("idle", "working", "done")


def test_shift_left_edits_what_was_queued_last_instead_of_a_draft(codex: Codex, service: Service) -> None:
    codex.ask("first")
    service.reply(["gate", 1])
    for text in ("second", "third"):
        codex.paste(text)
        codex.type(TAB)
    codex.see(f"{QUEUED}\n  ↳ second\n  ↳ third\n")
    codex.paste("draft")
    codex.see_box("draft")
    codex.type(SHIFT_LEFT)
    codex.see_box("third")
    assert f"{QUEUED}\n  ↳ second\n" in codex.screen.text
    codex.type(SHIFT_LEFT)
    codex.see_box("second")
    assert QUEUED not in codex.screen.text
    codex.type(f"{SHIFT_LEFT}x")
    codex.see_box("secondx")


def test_up_recalls_a_queued_prompt_and_leaves_it_in_the_queue(codex: Codex, service: Service) -> None:
    codex.ask("first")
    request = service.reply(["gate", 1], ["text", "ok"])
    codex.paste("second")
    codex.type(TAB)
    codex.see(f"{QUEUED}\n  ↳ second\n")
    codex.type(UP)
    codex.see_box("second")
    service.send({"type": "release", "id": request["id"], "count": 1})
    service.receive("finished")
    assert service.answer(["text", "ok 2"])["prompts"] == ["second"]


def test_tab_submits_where_no_turn_runs(codex: Codex, service: Service) -> None:
    codex.paste("hello")
    codex.type(TAB)
    assert service.answer(["text", "hi"])["prompt"] == "hello"


def test_escape_interrupts_and_gives_queued_prompts_back(codex: Codex, service: Service) -> None:
    codex.ask("first")
    service.reply(["gate", 1])
    for text in ("second", "third"):
        codex.paste(text)
        codex.type(TAB)
    codex.paste("draft")
    codex.see("draft")
    codex.type(ESCAPE)
    service.receive("abandoned")
    codex.see_box("second\nthird\ndraft")
    assert INTERRUPTED in codex.screen.text
    codex.see_state("idle", "working", "idle")
    codex.type(CONTROL_C)
    codex.see_box()
    codex.ask("again")
    assert service.answer(["text", "ok"])["prompts"] == ["again"]


def test_ctrl_c_clears_a_draft_before_it_interrupts(codex: Codex, service: Service) -> None:
    codex.ask("first")
    service.reply(["gate", 1])
    codex.paste("draft")
    codex.see("› draft")
    codex.type(CONTROL_C)
    codex.see_box()
    assert INTERRUPTED not in codex.screen.text
    codex.type(CONTROL_C)
    service.receive("abandoned")
    codex.see(INTERRUPTED)


def test_escape_with_nothing_to_do_leaves_the_draft(codex: Codex) -> None:
    codex.type(ESCAPE)
    codex.see("esc again to edit previous message")
    codex.type("draft")
    codex.see_box("draft")
    codex.type(ESCAPE)
    codex.paste("!")
    codex.see_box("draft!")


# --- commands ---


@pytest.mark.parametrize("keys", ["/quit" + ENTER, CONTROL_D, CONTROL_C])
def test_leaving_says_how_to_go_on(codex: Codex, service: Service, keys: str) -> None:
    codex.ask("hello")
    service.answer(["text", "hi"])
    codex.see_state("done")
    codex.see_box()
    codex.type(keys)
    assert codex.leave() == 0
    assert codex.screen.states[-1] == "clear"
    assert not codex.screen.alternate
    assert codex.screen.title == ""
    assert "Token usage: total=8 input=3 output=5\nTo continue this session, run:\n  codex resume " in (
        codex.screen.text
    )


def test_leaving_after_clear_names_the_new_session(codex: Codex, service: Service) -> None:
    codex.ask("hello")
    service.answer(["text", "hi"])
    codex.see_state("done")
    codex.ask("/clear")
    codex.until(lambda: "• hi" not in codex.screen.text)
    codex.type(CONTROL_D)
    assert codex.leave() == 0
    assert codex.screen.text.startswith("Session ID: ")


def test_leaving_without_a_turn_names_the_session(codex: Codex) -> None:
    codex.type(CONTROL_D)
    assert codex.leave() == 0
    assert codex.screen.text.startswith("Session ID: ")


def test_an_unknown_command_stays_in_the_composer(codex: Codex) -> None:
    codex.ask("/nosuch x")
    codex.see("• Unrecognized command '/nosuch'. Type \"/\" for a list of supported commands.")
    codex.see_box("/nosuch x")


def test_a_path_is_a_prompt(codex: Codex, service: Service) -> None:
    codex.ask("/usr/bin/env what is that?")
    assert service.answer(["text", "ok"])["prompt"] == "/usr/bin/env what is that?"


def test_clear_begins_another_conversation(codex: Codex, service: Service, codex_home: CodexHome) -> None:
    codex.ask("hello")
    service.answer(["text", "hi"])
    codex.see_state("done")
    codex.ask("/clear")
    codex.until(lambda: "• hi" not in codex.screen.text)
    codex.ask("again")
    service.answer(["text", "ok"])
    codex.see_state("idle", "working", "done")
    assert len(codex_home.rollouts) == 2


def test_new_asks_where_in_a_repository(codex: Codex, service: Service) -> None:
    codex.ask("/new")
    codex.see("Where should the new conversation run?")
    codex.type(ENTER)
    codex.see_box()
    codex.ask("hello")
    assert service.answer(["text", "ok"])["prompt"] == "hello"


def test_a_command_of_the_persons_own_runs_without_the_model(codex: Codex) -> None:
    codex.ask("!echo from-bang; exit 3")
    codex.see("• You ran echo from-bang; exit 3\n  └ from-bang\n")
    codex.see_state("idle", "working", "done")


def test_escape_ends_a_command_of_the_persons_own(codex: Codex) -> None:
    codex.ask("!sleep 60")
    codex.see("sleep 60")
    codex.see_state("working")
    codex.type(ESCAPE)
    codex.see("• You ran sleep 60\n  └ command aborted by user\n")
    codex.see(INTERRUPTED)
    codex.see_state("working", "idle")


def test_a_command_of_the_persons_own_runs_beside_a_turn(codex: Codex, service: Service) -> None:
    codex.ask("hello")
    request = service.reply(["gate", 1], ["text", "ok"])
    codex.ask("!echo while-busy")
    codex.see("• You ran echo while-busy\n  └ while-busy\n")
    service.send({"type": "release", "id": request["id"], "count": 1})
    codex.see_state("idle", "working", "done")


# --- tools ---


def test_a_command_runs_in_the_workdir(codex: Codex, service: Service, codex_home: CodexHome) -> None:
    codex.ask("go")
    service.answer(["call", run("echo hi | tee made.txt; exit 3")], stop_reason="tool_use")
    (result,) = service.answer(["text", "ok"])["results"]
    head, _, printed = result["output"].partition("\n")
    assert head.startswith("Chunk ID: ")
    assert printed == (
        "Wall time: 0.0000 seconds\nProcess exited with code 3\nOriginal token count: 1\nOutput:\nhi\n"
    )
    assert (result["exit_code"], result["is_error"]) == (3, True)
    codex.see("• Exited (status 3) echo hi | tee made.txt; exit 3\n  └ hi\n")
    assert (codex_home.workdir / "made.txt").read_text() == "hi\n"


def test_a_patch_is_applied(codex: Codex, service: Service, codex_home: CodexHome) -> None:
    codex.ask("go")
    service.answer(["call", patch("*** Add File: a.txt", "+hello")], stop_reason="tool_use")
    (result,) = service.answer(["text", "ok"])["results"]
    assert result["output"].endswith("Output:\nSuccess. Updated the following files:\nA a.txt\n")
    codex.see("• Added a.txt (+1 -0)\n    1 +hello\n")
    assert (codex_home.workdir / "a.txt").read_text() == "hello\n"


def test_interrupting_a_command_leaves_it_in_the_background(codex: Codex, service: Service) -> None:
    codex.ask("go")
    service.answer(["call", run("echo started; sleep 60")], stop_reason="tool_use")
    codex.see("1 background terminal running")
    codex.type(ESCAPE)
    codex.see(INTERRUPTED)
    codex.see_state("working", "idle")
    codex.see("1 background terminal running")
    codex.ask("again")
    assert service.answer(["text", "ok"])["results"] == []
    codex.see_state("working", "done")
    codex.ask("/clear")
    codex.until(lambda: "1 background terminal" not in codex.screen.text)


# --- permission ---


@pytest.mark.parametrize("key", ["y", "1", ENTER])
def test_a_command_is_allowed_once(codex: Codex, service: Service, key: str) -> None:
    for _ in range(2):
        codex.ask("go")
        service.answer(["call", escalated("echo esc")], stop_reason="tool_use")
        codex.see("Would you like to run the following command?")
        codex.see_state("working", "blocked:kind=permission")
        codex.type(key)
        (result,) = service.answer(["text", "ok"])["results"]
        assert result["output"].endswith("Output:\nesc\n")
        codex.see_state("blocked:kind=permission", "working", "done")
    assert "✔ You approved codex to run echo esc this time\n" in codex.screen.text


@pytest.mark.parametrize("key", ["p", "2", DOWN + ENTER])
def test_a_command_is_allowed_for_good(codex: Codex, service: Service, key: str) -> None:
    codex.ask("go")
    service.answer(["call", escalated("echo esc")], stop_reason="tool_use")
    codex.see("Would you like to run the following command?")
    codex.type(key)
    service.answer(["call", escalated("echo esc again", id="call_2")], stop_reason="tool_use")
    (result,) = service.answer(["text", "ok"])["results"]
    assert result["output"].endswith("Output:\nesc again\n")
    codex.see("✔ You approved codex to always run commands that start with echo esc\n")


@pytest.mark.parametrize("key", ["n", "3", ESCAPE, CONTROL_C])
def test_who_refuses_interrupts_the_turn(codex: Codex, service: Service, key: str) -> None:
    codex.ask("go")
    service.answer(["call", escalated("echo esc")], stop_reason="tool_use")
    codex.see("Would you like to run the following command?")
    codex.type(key)
    codex.see("✗ You canceled the request to run echo esc\n\n• Exited (status 1) echo esc\n  └ (no output)\n")
    codex.see(INTERRUPTED)
    codex.see_state("blocked:kind=permission", "working", "idle")
    codex.ask("again")
    assert service.answer(["text", "ok"])["prompts"] == ["again"]


def test_a_patch_outside_of_the_workdir_is_asked_about(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    place = codex_home.folder / "outside.txt"
    codex.ask("go")
    service.answer(["call", patch(f"*** Add File: {place}", "+hello")], stop_reason="tool_use")
    codex.see("Would you like to make the following edits?")
    assert f"Destination: {place}" in codex.screen.text.replace("\n  ", "")
    codex.type(ESCAPE)
    codex.see(INTERRUPTED)
    assert not place.exists()


def test_ordinary_letters_do_not_answer_a_dialog(codex: Codex, service: Service) -> None:
    codex.ask("go")
    service.answer(["call", escalated("echo esc")], stop_reason="tool_use")
    codex.see("Would you like to run the following command?")
    codex.type("quite ordinar")
    codex.paste("y")
    codex.type("1")
    service.answer(["text", "ok"])
    codex.see_state("blocked:kind=permission", "working", "done")


def test_full_access_never_asks_and_refuses_to_escalate(start_codex: StartCodex, service: Service) -> None:
    codex = start_codex("--dangerously-bypass-approvals-and-sandbox", "go")
    service.accept()
    service.answer(["call", escalated("echo esc")], stop_reason="tool_use")
    (result,) = service.answer(["text", "ok"])["results"]
    assert result["output"].startswith("approval policy is Never; reject command")
    codex.see_state("working", "done")
    assert "permissions: YOLO mode" in codex.screen.text


def test_a_question_is_only_asked_in_plan_mode(codex: Codex, service: Service) -> None:
    options = [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}]
    question = {"id": "q1", "header": "Colour", "question": "Which colour?", "options": options}
    given = {"questions": [question]}
    call = {"id": "c1", "name": "request_user_input", "input": given, "kind": "ask_user", "arguments": given}
    codex.ask("go")
    service.answer(["call", call], stop_reason="tool_use")
    (result,) = service.answer(["text", "ok"])["results"]
    assert result["output"] == "request_user_input is unavailable in Default mode"
    codex.see_state("done")
    codex.type(BACK_TAB)
    codex.ask("go")
    service.answer(["call", {**call, "id": "c2"}], stop_reason="tool_use")
    codex.see("Which colour?")
    codex.see_state("blocked:kind=question")
    codex.type("2")
    (result,) = service.answer(["text", "ok"])["results"]
    assert result["output"] == '{"answers":{"q1":{"answers":["Blue"]}}}'


# --- the start ---


def test_a_folder_that_nobody_trusts_is_asked_about(
    start_codex: StartCodex, service: Service, codex_home: CodexHome
) -> None:
    codex_home.configure(project="/elsewhere")
    codex = start_codex()
    codex.see("Trust this folder?")
    codex.type(ENTER)
    service.accept()
    codex.see_box()
    assert f'[projects."{codex_home.workdir}"]' in codex_home.config_file.read_text()


def test_hooks_that_nobody_trusts_are_asked_about(
    start_codex: StartCodex, service: Service, codex_home: CodexHome
) -> None:
    hook = '[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = "command"\ncommand = "cat > stopped.json"\n'
    codex_home.configure(tables=hook)
    codex = start_codex()
    codex.see("Hooks need review")
    codex.type("2")
    service.accept()
    codex.see_box()
    codex.ask("hello")
    service.answer(["text", "hi"])
    codex.see_state("done")
    assert (codex_home.workdir / "stopped.json").exists()
    again = start_codex()
    service.accept()
    again.see_box()


def test_a_prompt_on_the_command_line_runs_at_once(start_codex: StartCodex, service: Service) -> None:
    start_codex("say hello")
    service.accept()
    assert service.answer(["text", "ok"])["prompt"] == "say hello"


def test_a_large_paste_is_folded_and_sent_whole(codex: Codex, service: Service) -> None:
    text = "\n".join(f"line {number}" for number in range(300))
    codex.paste(text)
    codex.see_box(f"[Pasted Content {len(text)} chars]")
    codex.type(ENTER)
    assert service.answer(["text", "ok"])["prompt"] == text


# --- conversations ---


def test_a_resumed_conversation_is_shown_and_gone_on_with(
    start_codex: StartCodex, service: Service, codex_home: CodexHome
) -> None:
    first = start_codex()
    service.accept()
    first.see_state("idle")
    first.ask("remember")
    service.answer(["call", run("echo kept")], stop_reason="tool_use")
    service.answer(["text", "I do"])
    first.see_state("done")
    first.type(CONTROL_D)
    first.leave()
    again = start_codex("resume", "--last")
    service.accept()
    again.see_state("idle")
    again.see("› remember\n")
    again.see("• Ran echo kept\n  └ kept\n")
    again.see("• I do\n")
    again.ask("and now?")
    service.answer(["text", "still"])
    again.see_state("working", "done")
    assert codex_home.events().count("task_complete") == 2


def test_a_conversation_is_picked(start_codex: StartCodex, service: Service, codex_home: CodexHome) -> None:
    first = start_codex()
    service.accept()
    first.ask("remember")
    service.answer(["text", "I do"])
    first.see_state("done")
    first.type(CONTROL_D)
    first.leave()
    again = start_codex("resume")
    again.see("Resume a previous session")
    again.type(ENTER)
    service.accept()
    again.see("• I do\n")
    assert len(codex_home.rollouts) == 1


def test_steering_is_recorded_in_the_turn_that_it_joins(
    codex: Codex, service: Service, codex_home: CodexHome
) -> None:
    codex.ask("count")
    service.reply(["text", "one\ntwo"], ["gate", 1])
    codex.see("  two")
    codex.ask("stop it")
    service.receive("abandoned")
    service.answer(["text", "stopped"])
    codex.see_state("done")
    assert codex_home.events().count("task_started") == 1
    assert codex_home.events().count("task_complete") == 1


# --- without a terminal ---


def test_exec_runs_one_prompt(run_codex: RunCodex, codex_home: CodexHome) -> None:
    replies = [{"shell": "echo ran > ran.txt"}, {"say": "done it"}]
    done = run_codex("exec", "--json", "do it", replies=replies)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [event["type"] for event in (events[0], events[-1])] == ["thread.started", "turn.completed"]
    assert len(codex_home.rollouts) == 1
    again = run_codex("exec", "resume", "--last", "again", replies=[{"say": "yes"}])
    assert (again.returncode, again.stdout) == (0, "yes\n")
    assert len(codex_home.rollouts) == 1


def test_without_a_terminal_the_screen_is_refused(run_codex: RunCodex) -> None:
    done = run_codex("hello")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Error: stdin is not a terminal\n")
