"""Claude Code's stub in a terminal: dialogs at the start, keys, queue, interrupts, commands, ways out."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.stub.claude_driver import BACK_TAB, DOWN, ENTER, ESCAPE, SEEDED, UP, call
from tests.stub.test_life import DEAR

if TYPE_CHECKING:
    from tests.stub.claude_driver import Claude, ClaudeHome, StartClaude
    from tests.stub.stub_driver import Service

ROOT = os.geteuid() == 0
CONTROL_C, CONTROL_D, CONTROL_U = "\x03", "\x04", "\x15"
KEY = "sk-ant-api03-0123456789abcdefghij"
TRUSTS, KEYS, BYPASS = (
    "Accessing workspace:",
    "Do you want to use this API key?",
    "WARNING: Claude Code running",
)


def hold(claude: Claude, service: Service, prompt: str = "hi", *, shown: str = "") -> dict[str, Any]:
    """Ask, and leave the answer unfinished after the line that is shown."""
    claude.ask(prompt)
    steps = [["text", f"{shown}\n"]] if shown else []
    request = service.reply(*steps, ["gate", 1], ["text", "the rest"])
    if shown:
        claude.see(f"● {shown}")
    else:
        claude.see("esc to interrupt")
    return request


def release(service: Service, request: dict[str, Any]) -> None:
    service.send({"type": "release", "id": request["id"], "count": 1})
    service.receive("finished")


# --- turns ---


def test_a_turn_is_shown_from_the_prompt_to_the_end(claude: Claude, service: Service) -> None:
    claude.ask("hi")
    service.answer(["text", "one\ntw"], ["text", "o"])
    claude.see_end()
    shown = claude.screen.text
    assert "\n❯ hi\n\n● one\n  two\n\n✻ " in shown
    assert shown.splitlines()[-1].startswith("  ? for shortcuts · ← for agents")


def test_the_title_tells_whether_it_works(claude: Claude, service: Service) -> None:
    assert claude.screen.title == "✳ Claude Code"
    request = hold(claude, service)
    claude.until(lambda: claude.screen.title in ("⠂ Claude Code", "⠐ Claude Code"))
    release(service, request)
    claude.until(lambda: claude.screen.title == "✳ Claude Code")
    claude.ask("/exit")
    claude.leave()
    assert claude.screen.title == ""


def test_a_prompt_on_the_command_line_runs_at_once(start_claude: StartClaude, service: Service) -> None:
    start_claude("--model", "opus", "say hello")
    service.accept()
    assert service.answer(["text", "ok"])["prompt"] == "say hello"


def test_the_name_of_the_model_and_the_arguments_reach_the_service(
    start_claude: StartClaude, service: Service
) -> None:
    start_claude("--permission-mode", "plan", "go")
    assert service.accept()["argv"] == ["claude", "--permission-mode", "plan", "go"]


# --- permission ---


def test_a_dialog_stands_in_the_place_of_the_box(claude: Claude, service: Service) -> None:
    claude.ask("go")
    service.answer(["call", call("Bash", command="touch x", description="Make x")], stop_reason="tool_use")
    claude.see("Do you want to proceed?")
    assert "  touch x\n   Make x\n" in claude.screen.text
    assert claude.box is None
    claude.type("ordinary letters")
    claude.paste("1")
    claude.type("1")
    (result,) = service.answer(["text", "done"])["results"]
    assert (result["output"], result["is_error"]) == ("(Bash completed with no output)", False)
    claude.see_end()


@pytest.mark.parametrize("key", [ESCAPE, "3", UP + ENTER, CONTROL_C])
def test_who_refuses_interrupts_the_turn(
    claude: Claude, service: Service, home: ClaudeHome, key: str
) -> None:
    claude.ask("go")
    service.answer(["call", call("Write", file_path="a.txt", content="x")], stop_reason="tool_use")
    claude.see("Do you want to create a.txt?")
    claude.type(key)
    claude.see("User rejected write to a.txt")
    claude.see_idle()
    assert not (home.workdir / "a.txt").exists()
    claude.ask("again")
    assert service.answer(["text", "ok"])["prompts"] == ["again"]


def test_a_question_of_the_model_is_answered_by_a_choice(claude: Claude, service: Service) -> None:
    options = [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}]
    question = {"question": "Which colour?", "header": "Color", "options": options, "multiSelect": False}
    asked = {**call("AskUserQuestion", questions=[question]), "kind": "ask_user"}
    claude.ask("go")
    service.answer(["call", asked], stop_reason="tool_use")
    claude.see("☐ Color")
    claude.type(DOWN)
    claude.see("❯ 2. Blue")
    claude.type(ENTER)
    (result,) = service.answer(["text", "done"])["results"]
    assert '"Which colour?"="Blue"' in result["output"]


def test_what_is_allowed_for_the_session_is_not_asked_again(
    claude: Claude, service: Service, home: ClaudeHome
) -> None:
    claude.ask("go")
    service.answer(["call", call("Write", file_path="a.txt", content="x")], stop_reason="tool_use")
    claude.see("Do you want to create a.txt?")
    claude.type("2")
    service.answer(["call", call("Write", file_path="b.txt", content="y", id="t2")], stop_reason="tool_use")
    service.answer(["text", "done"])
    claude.see("⏵⏵ accept edits on")
    assert (home.workdir / "b.txt").read_text() == "y"


def test_shift_tab_goes_through_the_modes(claude: Claude) -> None:
    for footer in ("⏵⏵ accept edits on", "⏸ plan mode on", "⏵⏵ auto mode on", "? for shortcuts"):
        claude.type(BACK_TAB)
        claude.see(footer)


# --- the queue ---


def test_prompts_wait_above_the_box_and_open_the_next_turn_together(claude: Claude, service: Service) -> None:
    request = hold(claude, service)
    claude.ask("second")
    claude.ask("third")
    claude.see("  ❯ second\n  ❯ third\n")
    claude.see("Press up to edit queued messages")
    release(service, request)
    assert service.answer(["text", "ok"])["prompts"] == ["second", "third"]
    claude.see_end()
    assert "Press up" not in claude.screen.text


def test_a_queued_prompt_joins_the_turn_at_the_next_result_of_a_tool(
    claude: Claude, service: Service
) -> None:
    claude.ask("go")
    request = service.reply(["gate", 1], ["call", call("Bash", command="echo 1")], stop_reason="tool_use")
    claude.see("esc to interrupt")
    claude.ask("also this")
    claude.see("Press up to edit")
    release(service, request)
    folded = service.answer(["text", "both"])
    assert folded["prompts"] == ["go", "also this"]
    assert [result["output"] for result in folded["results"]] == ["1"]
    assert folded["turn"] == request["turn"]
    claude.see_end()


def test_up_brings_the_queue_back_into_the_box(claude: Claude, service: Service) -> None:
    request = hold(claude, service)
    claude.ask("second")
    claude.ask("third")
    claude.see("  ❯ third\n")
    claude.type(UP)
    claude.see_box("second\nthird")
    release(service, request)
    claude.until(lambda: "esc to interrupt" not in claude.screen.text)
    claude.type(ENTER)
    assert service.answer(["text", "ok"])["prompts"] == ["second\nthird"]


def test_up_recalls_what_was_sent(claude: Claude, service: Service) -> None:
    claude.ask("first")
    service.answer(["text", "ok"])
    claude.see_end()
    claude.type(UP)
    claude.see_box("first")
    claude.type(DOWN)
    claude.see_box()


# --- interrupts ---


def test_esc_before_anything_is_shown_gives_the_prompt_back(claude: Claude, service: Service) -> None:
    hold(claude, service, "typed in vain")
    claude.type(ESCAPE)
    service.receive("abandoned")
    claude.see_box("typed in vain")
    assert "❯ typed in vain" not in claude.screen.text
    assert "Interrupted" not in claude.screen.text
    claude.type(f"{CONTROL_U}other{ENTER}")
    assert service.answer(["text", "ok"])["prompts"] == ["other"]


@pytest.mark.parametrize("key", [ESCAPE, CONTROL_C])
def test_an_interrupt_keeps_what_was_shown_and_the_draft(claude: Claude, service: Service, key: str) -> None:
    hold(claude, service, shown="one")
    claude.paste("draft")
    claude.see_box("draft")
    claude.type(key)
    claude.see("  ⎿ \u00a0Interrupted · What should Claude do instead?")
    assert claude.box == "draft"
    assert "❯ hi\n\n● one\n" in claude.screen.text


def test_esc_with_a_queue_sends_the_queue_at_once(claude: Claude, service: Service) -> None:
    hold(claude, service)
    claude.ask("second")
    claude.ask("third")
    claude.see("  ❯ third\n")
    claude.type(ESCAPE)
    service.receive("abandoned")
    assert service.answer(["text", "ok"])["prompts"] == ["second", "third"]
    claude.see_end()


def test_an_interrupt_ends_the_command_that_runs(claude: Claude, service: Service, home: ClaudeHome) -> None:
    os.mkfifo(home.workdir / "pipe")
    asked = call("Bash", command="echo $$ > pid; cat pipe")
    home.write_settings({"permissions": {"allow": ["Bash"]}})
    claude.ask("go")
    service.answer(["call", asked], stop_reason="tool_use")
    claude.see("Do you want to proceed?")
    claude.type("1")
    claude.until((home.workdir / "pid").exists)
    claude.see("esc to interrupt")
    claude.type(ESCAPE)
    claude.see("Interrupted")
    pid = int((home.workdir / "pid").read_text() or 0)
    claude.until(lambda: not pid or not Path(f"/proc/{pid}").exists())


# --- commands ---


@pytest.mark.parametrize("text", ["/exit", "/quit", "exit", " :wq "])
def test_a_command_leaves_and_says_how_to_go_on(
    claude: Claude, service: Service, home: ClaudeHome, text: str
) -> None:
    claude.ask("hi")
    service.answer(["text", "ok"])
    claude.see_end()
    claude.ask(text)
    assert claude.leave() == 0
    session = home.transcripts[0].stem
    assert claude.screen.text.endswith(f"Resume this session with:\nclaude --resume {session}\n")


def test_without_a_conversation_there_is_nothing_to_resume(claude: Claude) -> None:
    claude.ask("/exit")
    assert claude.leave() == 0
    assert "--resume" not in claude.screen.text


def test_an_unknown_command_is_told_and_asks_nobody(claude: Claude, service: Service) -> None:
    claude.ask("/nosuch thing")
    claude.see("Unknown command: /nosuch")
    claude.see_idle()
    claude.ask("hi")
    assert service.answer(["text", "ok"])["prompt"] == "hi"


def test_a_known_command_that_is_not_played_harms_nothing(claude: Claude, service: Service) -> None:
    claude.ask("/help")
    claude.see_idle()
    claude.ask("hi")
    assert service.answer(["text", "ok"])["prompt"] == "hi"


@pytest.mark.parametrize("prompt", ["/etc/hosts is what?", "/x.y z", "/é z", "/! z"])
def test_a_slash_that_begins_no_name_begins_a_prompt(claude: Claude, service: Service, prompt: str) -> None:
    claude.ask(prompt)
    assert service.answer(["text", "ok"])["prompt"] == prompt


def test_clear_empties_the_screen(claude: Claude, service: Service) -> None:
    claude.ask("hi")
    before = service.answer(["text", "ok"])["turn"]
    claude.see_end()
    claude.ask("/clear")
    claude.until(lambda: "● ok" not in claude.screen.text)
    claude.see_idle()
    assert "Claude Code v2.1.197" in claude.screen.text
    claude.ask("again")
    assert service.answer(["text", "ok"])["turn"] != before


def test_a_command_of_the_persons_own_runs_unasked_and_the_model_hears_of_it(
    claude: Claude, service: Service, home: ClaudeHome
) -> None:
    claude.ask("!echo one > made; echo two")
    service.answer(["text", "I see"])
    claude.see_end()
    assert "! echo one > made; echo two\n  ⎿ \u00a0two\n\n● I see" in claude.screen.text
    assert (home.workdir / "made").read_text() == "one\n"


def test_an_exclamation_mark_changes_the_mark_of_the_box(claude: Claude) -> None:
    claude.type("!")
    claude.see("\n!\u00a0")
    claude.see("! for shell mode")
    claude.type("\x7f")
    claude.see("? for shortcuts")


def test_the_menu_offers_commands_and_enter_runs_the_chosen_one(claude: Claude) -> None:
    claude.type("/ex")
    claude.see("/export")
    assert "\n/exit " in claude.screen.text
    claude.type(ENTER)
    assert claude.leave() == 0


def test_esc_closes_the_menu(claude: Claude) -> None:
    claude.type("/ex")
    claude.see("/export")
    claude.type(ESCAPE)
    claude.until(lambda: "/export" not in claude.screen.text)
    assert claude.box == "/ex"


def test_a_file_is_picked_with_the_first_enter_and_sent_with_the_second(
    claude: Claude, service: Service, home: ClaudeHome
) -> None:
    (home.workdir / "notes.txt").write_text("")
    claude.type("read @not")
    claude.see("notes.txt")
    claude.type(ENTER)
    claude.see_box("read @notes.txt")
    claude.type(ENTER)
    assert service.answer(["text", "ok"])["prompt"] == "read @notes.txt"


def test_a_question_mark_alone_shows_the_help(claude: Claude) -> None:
    claude.type("?")
    claude.see("! for shell mode")
    claude.type("?")
    claude.until(lambda: "! for shell mode" not in claude.screen.text)
    assert claude.box == ""


# --- pastes ---


LARGE = ["one\ntwo\nthree\nfour", "€" * 801]


def test_large_pastes_stand_for_themselves_until_they_are_sent(claude: Claude, service: Service) -> None:
    claude.paste(LARGE[0])
    claude.type(" and ")
    claude.paste(LARGE[1])
    claude.see_box("[Pasted text #1 +3 lines] and [Pasted text #2]")
    claude.type(ENTER)
    assert service.answer(["text", "ok"])["prompt"] == f"{LARGE[0]} and {LARGE[1]}"


def test_a_placeholder_that_was_edited_is_sent_as_it_stands(claude: Claude, service: Service) -> None:
    claude.paste(LARGE[0])
    claude.type("\x7f")
    claude.see_box("[Pasted text #1 +3 lines")
    claude.paste(LARGE[0])
    claude.type(ENTER)
    sent = service.answer(["text", "ok"])["prompt"]
    assert sent == f"[Pasted text #1 +3 lines{LARGE[0]}"


def test_a_pasted_text_that_names_another_paste_is_not_expanded_itself(
    claude: Claude, service: Service
) -> None:
    naming = "a\nb\nc\n[Pasted text #2]"
    claude.paste(naming)
    claude.paste(LARGE[1])
    claude.type(ENTER)
    assert service.answer(["text", "ok"])["prompt"] == naming + LARGE[1]


def test_a_paste_of_a_megabyte_arrives_whole(claude: Claude, service: Service) -> None:
    text = "".join(f"{number} é\n" for number in range(120_000))[: 1 << 20]
    claude.ask(text)
    assert service.answer(["text", "ok"])["prompt"] == text
    claude.see_end()


def test_small_pastes_are_shown_as_they_are(claude: Claude, service: Service) -> None:
    claude.paste("a\tb\r\nc\rd")
    claude.see_box("a    b\nc\nd")
    claude.type(ENTER)
    assert service.answer(["text", "ok"])["prompt"] == "a    b\nc\nd"


def test_an_enter_in_a_typed_burst_is_a_newline(claude: Claude, service: Service) -> None:
    claude.type("one\rtwo\rthree")
    claude.see_box("one\ntwo\nthree")
    claude.type(ENTER)
    assert service.answer(["text", "ok"])["prompt"] == "one\ntwo\nthree"


def test_what_comes_after_the_end_of_a_paste_is_typed(claude: Claude) -> None:
    claude.paste("one\x1b[201~\x03")
    claude.see("? for shortcuts")
    claude.see_box()


# --- the terminal ---


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (300, 100)])
def test_it_works_in_a_terminal_of_any_size(
    start_claude: StartClaude, service: Service, size: tuple[int, int]
) -> None:
    claude = start_claude(size=size)
    service.accept()
    claude.ask("a prompt that is wider than the terminal is")
    service.answer(["call", call("Bash", command="touch x")], stop_reason="tool_use")
    claude.see(" 3. No")
    claude.type("1")
    service.answer(["text", "done"])
    claude.see("● done")


def test_a_resize_draws_the_box_again(claude: Claude) -> None:
    claude.terminal.setwinsize(20, 60)
    claude.screen.columns = 60
    claude.until(lambda: f"\n{'─' * 60}\n❯\u00a0\n{'─' * 60}\n" in claude.screen.text.replace(" \n", "\n"))


def test_control_c_leaves_when_pressed_twice_and_clears_the_draft_first(claude: Claude) -> None:
    claude.paste("draft")
    claude.see_box("draft")
    claude.type(CONTROL_C)
    claude.see("Press Ctrl-C again to exit")
    assert claude.box == ""
    claude.type(CONTROL_C)
    assert claude.leave() == 0


def test_control_d_leaves_when_pressed_twice_in_an_empty_box(claude: Claude) -> None:
    claude.type(CONTROL_D)
    claude.see("Press Ctrl-D again to exit")
    claude.type(CONTROL_D)
    assert claude.leave() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it(claude: Claude, home: ClaudeHome, number: signal.Signals) -> None:
    os.kill(claude.pid, number)
    assert claude.leave() == 128 + number
    assert "\x1b[?2004l" in claude.printed
    assert home.statuses == []


OF_OTHERS = ("channel", "driver", "mcp_call", "server", "unattended")
"""What only sessions with MCP servers need, and those without a terminal."""


def test_it_loads_nothing_dear(start_claude: StartClaude, service: Service) -> None:
    claude = start_claude(flags=("-X", "importtime"))
    service.accept()
    claude.ask("hi")
    service.answer(["text", "ok"])
    claude.until(lambda: "ok" in claude.printed)
    claude.ask("/exit")
    while claude.terminal.isalive() and claude._read():  # the imports' lines are no screen
        pass
    claude.leave()
    lines = [line for line in claude.printed.splitlines() if "import time:" in line]
    loaded = {line.rpartition("|")[2].strip() for line in lines}
    assert "pytest_tmuxagent.stub.claude.journal" in loaded
    assert loaded & DEAR == set()
    assert loaded & {f"pytest_tmuxagent.stub.claude.{name}" for name in OF_OTHERS} == set()
    rooms = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("pytest_tmuxagent")}
    assert rooms == {"pytest_tmuxagent.stub", "pytest_tmuxagent.faces"}


def test_turns_leave_no_file_open_and_no_process_behind(claude: Claude, service: Service) -> None:
    def files() -> int:
        return len(list(Path(f"/proc/{claude.pid}/fd").iterdir()))

    def turn(number: int) -> None:
        asked = call("Bash", command="echo 1", id=f"t{number}")
        claude.ask("go")
        service.answer(["call", asked], stop_reason="tool_use")
        service.answer(["text", f"done {number}"])
        claude.see(f"● done {number}")
        claude.see_idle()

    if not Path("/proc/self/fd").exists():
        pytest.skip("there is no /proc")
    turn(0)
    before = files()
    for number in range(1, 4):
        turn(number)
    claude.until(lambda: files() <= before)
    claude.until(lambda: not Path(f"/proc/{claude.pid}/task/{claude.pid}/children").read_text())


# --- what is asked before the box ---


def test_an_unknown_folder_is_asked_about_and_remembered(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    home.seed({"hasCompletedOnboarding": True})
    claude = start_claude()
    claude.see("❯ 1. Yes, I trust this folder")
    assert TRUSTS in claude.screen.text
    assert f"\n {home.workdir}\n" in claude.screen.text
    assert claude.box is None
    claude.type(ENTER)
    service.accept()
    claude.see_idle()
    assert home.config["projects"][str(home.workdir)]["hasTrustDialogAccepted"] is True
    assert TRUSTS not in claude.screen.text


@pytest.mark.parametrize("key", [ESCAPE, "2", DOWN + ENTER, CONTROL_C])
def test_who_does_not_trust_the_folder_leaves(start_claude: StartClaude, home: ClaudeHome, key: str) -> None:
    home.seed({"hasCompletedOnboarding": True})
    claude = start_claude()
    claude.see("2. No, exit")
    claude.type(key)
    assert claude.leave() == 1
    assert str(home.workdir) not in home.config.get("projects", {})
    assert home.statuses == []


@pytest.mark.parametrize(
    ("key", "word"), [(UP + ENTER, "approved"), ("1", "approved"), (ENTER, "rejected"), (ESCAPE, "rejected")]
)
def test_an_unknown_key_is_asked_about_and_the_answer_remembered(
    start_claude: StartClaude, service: Service, home: ClaudeHome, key: str, word: str
) -> None:
    claude = start_claude(env={"ANTHROPIC_API_KEY": KEY})
    claude.see("❯ 2. No (recommended)")
    assert f"ANTHROPIC_API_KEY: sk-ant-...{KEY[-20:]}" in claude.screen.text
    claude.type(key)
    service.accept()
    claude.see_idle()
    assert home.config["customApiKeyResponses"][word] == [KEY[-20:]]
    assert ("Not logged in · Run /login" in claude.screen.text) == (word == "rejected")


def test_a_known_key_is_not_asked_about(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    home.seed({**SEEDED, "customApiKeyResponses": {"approved": [KEY[-20:]]}})
    claude = start_claude(env={"ANTHROPIC_API_KEY": KEY})
    service.accept()
    claude.see_idle()
    assert KEYS not in claude.printed


def test_trust_is_asked_about_before_the_key(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    home.seed({"hasCompletedOnboarding": True})
    claude = start_claude(env={"ANTHROPIC_API_KEY": KEY})
    claude.see(TRUSTS)
    claude.type("1")
    claude.see(KEYS)
    claude.type("1")
    service.accept()
    claude.see_idle()


@pytest.mark.parametrize("key", [ENTER, "1", ESCAPE])
def test_who_does_not_accept_the_bypass_mode_leaves(
    start_claude: StartClaude, home: ClaudeHome, key: str
) -> None:
    claude = start_claude("--dangerously-skip-permissions", env={"IS_SANDBOX": "1"})
    claude.see("❯ 1. No, exit")
    assert BYPASS in claude.screen.text
    claude.type(key)
    assert claude.leave() == 1
    assert not (home.state / "settings.json").exists()


def test_who_accepts_the_bypass_mode_is_not_asked_again(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    claude = start_claude("--dangerously-skip-permissions", env={"IS_SANDBOX": "1"})
    claude.see(BYPASS)
    claude.type(DOWN + ENTER)
    service.accept()
    claude.see("⏵⏵ bypass permissions on")
    claude.ask("/exit")
    assert claude.leave() == 0
    again = start_claude("--dangerously-skip-permissions", env={"IS_SANDBOX": "1"})
    service.accept()
    again.see("⏵⏵ bypass permissions on")
    assert BYPASS not in again.printed
    again.ask("go")
    service.answer(["call", call("Write", file_path="a.txt", content="x")], stop_reason="tool_use")
    service.answer(["text", "done"])
    assert (home.workdir / "a.txt").read_text() == "x"


def test_without_onboarding_it_cannot_start(start_claude: StartClaude, home: ClaudeHome) -> None:
    home.config_file.unlink()
    claude = start_claude()
    assert claude.leave() == 1
    assert "Unable to connect to Anthropic services" in claude.screen.text
    assert "Failed to connect to api.anthropic.com: ECONNREFUSED" in claude.screen.text


@pytest.mark.skipif(not ROOT, reason="the rule is for root")
@pytest.mark.parametrize("sandbox", ["", "yes", "true"])
def test_root_may_not_skip_permissions_outside_a_sandbox(start_claude: StartClaude, sandbox: str) -> None:
    claude = start_claude("--dangerously-skip-permissions", env={"IS_SANDBOX": sandbox})
    assert claude.leave() == 1
    assert "cannot be used with root/sudo privileges" in claude.screen.text


@pytest.mark.parametrize(
    ("files", "tip"), [((), "Ask Claude to create a new app"), ((".hidden",), "Run /init to create")]
)
def test_the_tip_is_another_one_in_an_empty_folder(
    start_claude: StartClaude, home: ClaudeHome, files: tuple[str, ...], tip: str
) -> None:
    for name in files:
        (home.workdir / name).touch()
    claude = start_claude(size=(120, 40))
    claude.see(tip)
