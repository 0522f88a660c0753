"""What `codex exec` prints, held against captured runs of the real one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent.faces.codex.output import Lines, not_utf8
from pytest_tmuxagent.faces.codex.quoting import joined
from pytest_tmuxagent.stub.codex.arguments import parse
from pytest_tmuxagent.stub.codex.clap import Refused
from pytest_tmuxagent.stub.codex.config import load_config
from pytest_tmuxagent.stub.codex.event_printing import Events
from pytest_tmuxagent.stub.codex.headless import about, check_start, make_printing, take_prompt
from pytest_tmuxagent.stub.codex.line_printing import Plain
from pytest_tmuxagent.stub.codex.patch import parse as parse_patch
from pytest_tmuxagent.stub.codex.printing import Printing
from pytest_tmuxagent.stub.codex.turn_diff import TurnDiff
from pytest_tmuxagent.stub.codex.unattended import UnattendedJournal
from pytest_tmuxagent.stub.journal import Outcome, Said, Verdict
from pytest_tmuxagent.stub.leave import Leave

CAPTURED = Path(__file__).parents[1] / "captured/codex/0.169.0/exec"
THREAD = "01a1fd1a-0000-7000-8000-000000000000"
USAGE = {"input_tokens": 10, "output_tokens": 7}
SHELL = {
    "id": "call_1",
    "name": "exec_command",
    "kind": "shell",
    "input": {"cmd": "echo hi; echo err >&2; exit 3"},
}
ABOUT = [
    ("workdir", "/home/dev/proj"),
    ("model", "fake-model"),
    ("provider", "fake"),
    ("approval", "never"),
    ("sandbox", "workspace-write [workdir]"),
    ("reasoning effort", "none"),
    ("reasoning summaries", "none"),
]


class Paper:
    """Keeps what is written, by file descriptor."""

    def __init__(self) -> None:
        self.written = {1: "", 2: ""}

    def write(self, fd: int, data: bytes) -> None:
        self.written[fd] += data.decode()


def plain(paper: Paper, *, cwd: str = "/home/dev/proj", coloured: bool = False) -> Plain:
    return Plain(
        lines=Lines(coloured=coloured),
        about=ABOUT,
        version="0.169.0",
        diff=TurnDiff(cwd),
        cwd=cwd,
        login_shell=False,
        write=paper.write,
        now=lambda: 1795247710.0043725,
    )


def events(paper: Paper) -> Events:
    return Events(cwd="/home/dev/proj", login_shell=False, write=paper.write, now=lambda: 1795247710.0043725)


def prompt_of(name: str) -> str:
    told = (CAPTURED / f"{name}.txt").read_text()
    return told.partition("\nuser\n")[2].partition("\n")[0]


def a_command(printing: Printing) -> None:
    printing.said("Let me run.", usage=USAGE)
    printing.started(SHELL)
    result = {"output": "told to the model", "is_error": True, "exit_code": 3}
    # The two streams of the real command raced: people and programs were told of different orders.
    order = "err\nhi\n" if isinstance(printing, Events) else "hi\nerr\n"
    printing.returned(SHELL, {**result, "response": {"aggregated_output": order, "seconds": 0.0001}})
    printing.said("done", usage=USAGE)
    printing.ended("done")


def a_refused_call(printing: Printing) -> None:
    printing.said("", usage=USAGE)
    call = {"id": "call_1", "name": "nope", "kind": "other", "input": {}}
    printing.returned(call, {"output": "unsupported call: nope", "is_error": True, "exit_code": None})
    printing.said("ok", usage=USAGE)
    printing.ended("ok")


def a_failure(printing: Printing) -> None:
    printing.failed("unexpected status 401 Unauthorized: no key, url: http://127.0.0.1:8080/v1/responses")


STORIES = {"command": a_command, "refused": a_refused_call, "failed": a_failure}


@pytest.mark.parametrize("name", list(STORIES))
def test_people_are_told_what_the_real_one_tells(name: str) -> None:
    paper = Paper()
    printing = plain(paper)
    printing.begun(THREAD, prompt_of(name))
    STORIES[name](printing)

    assert paper.written[2] == (CAPTURED / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", list(STORIES))
def test_programs_are_told_what_the_real_one_tells(name: str) -> None:
    paper = Paper()
    printing = events(paper)
    printing.begun(THREAD, "p")
    STORIES[name](printing)

    assert paper.written[1] == (CAPTURED / f"{name}.jsonl").read_text()


def test_patches_are_shown_with_all_that_the_turn_has_done(tmp_path: Path) -> None:
    paper, people = Paper(), Paper()
    file = tmp_path / "a%d.txt"
    steps: list[tuple[str, str | None]] = [
        ("add", "hello\nworld\n"),
        ("update", "bye\nworld\n"),
        ("delete", None),
    ]
    printers = (events(paper), plain(people, cwd=str(tmp_path)))
    for printing in printers:
        printing.begun(THREAD, prompt_of("patches"))
        for number, (kind, content) in enumerate(steps):
            call = patch_call(f"call_{number}", kind)
            assert [hunk.kind for hunk in parse_patch(call["input"]["input"])] == [kind]
            printing.said("", usage=USAGE)
            printing.patching(call)
            file.unlink() if content is None else file.write_text(content)
            response = {"changes": {str(file): {"type": kind}}, "status": "completed"}
            printing.returned(call, {"output": "", "is_error": False, "exit_code": 0, "response": response})
        printing.said("ok", usage=USAGE)
        printing.ended("ok")

    here, there = str(file), "/home/dev/proj/a%d.txt"
    assert paper.written[1].replace(here, there) == (CAPTURED / "patches.jsonl").read_text()
    assert people.written[2].replace(here, there) == (CAPTURED / "patches.txt").read_text()


def patch_call(name: str, kind: str) -> dict[str, Any]:
    body = {
        "add": "*** Add File: a%d.txt\n+hello\n+world",
        "update": "*** Update File: a%d.txt\n@@\n-hello\n+bye\n world",
        "delete": "*** Delete File: a%d.txt",
    }[kind]
    text = f"*** Begin Patch\n{body}\n*** End Patch\n"
    return {"id": name, "name": "apply_patch", "kind": "edit", "input": {"input": text}}


def test_colours_are_the_real_ones(tmp_path: Path) -> None:
    paper, told = Paper(), (CAPTURED / "coloured.txt").read_text()
    printing = plain(paper, cwd=str(tmp_path), coloured=True)
    printing.begun(THREAD, told.partition("user\x1b[0m\n")[2].partition("\n")[0])
    printing.said("Let me **run**.", usage=USAGE)
    call = {**SHELL, "input": {**SHELL["input"], "workdir": "/home/dev/proj"}}  # type: ignore[dict-item]
    printing.started(call)
    response: dict[str, Any] = {"aggregated_output": "hi\nerr\n", "seconds": 0.0}
    printing.returned(call, {"output": "", "is_error": True, "exit_code": 3, "response": response})
    printing.said("", usage=USAGE)
    patch = {"id": "c", "name": "apply_patch", "input": {"input": "*** Add File: b.txt\n+hello"}}
    printing.patching(patch)
    (tmp_path / "b.txt").write_text("hello\n")
    response = {"changes": {"/home/dev/proj/b.txt": {"type": "add"}}}
    printing.returned(patch, {"output": "", "is_error": False, "exit_code": 0, "response": response})
    printing.said("**done** `x`", usage=USAGE)
    printing.ended("**done** `x`")

    assert paper.written[2] == told


def test_a_stream_that_breaks_off_is_told_with_what_had_come() -> None:
    paper = Paper()
    printing = events(paper)
    said = "stream disconnected before completion: stream closed before response.completed"
    printing.begun(THREAD, "p")
    for attempt in (1, 2):
        printing.partial("pa\nrt")
        printing.retrying(said, attempt=attempt, attempts=2)
    printing.partial("pa\nrt")
    printing.failed(said)

    assert paper.written[1] == (CAPTURED / "broken_off.jsonl").read_text()
    assert printing.status == 1


def test_the_last_answer_goes_to_stdout_and_to_its_file(tmp_path: Path) -> None:
    paper, file = Paper(), tmp_path / "last"
    printing = Plain(
        lines=Lines(coloured=False), about=[], version="1", cwd="/", last_message=str(file), write=paper.write
    )
    printing.ended("fin\nal")

    assert paper.written[1] == "fin\nal\n"
    assert file.read_text() == "fin\nal"


def test_an_interrupt_is_told_to_people_only_and_counts_as_failure() -> None:
    people, programs = Paper(), Paper()
    for printing in (plain(people), events(programs)):
        printing.interrupted()

        assert printing.status == 1
    assert (people.written, programs.written) == ({1: "", 2: "turn interrupted\n"}, {1: "", 2: ""})


def test_a_command_that_an_interrupt_ends_is_told_no_more() -> None:
    paper = Paper()
    printing = plain(paper)
    result = {"output": "aborted by user", "is_error": True, "exit_code": None, "aborted": True}
    printing.returned(SHELL, result)

    assert paper.written == {1: "", 2: ""}


def test_the_usage_of_a_resumed_thread_goes_on_counting() -> None:
    paper = Paper()
    printing = Events(cwd="/", spent={"input_tokens": 20, "output_tokens": 14}, write=paper.write)
    printing.said("x", usage={**USAGE, "cached_input_tokens": 4})
    printing.ended("x")
    usage = json.loads(paper.written[1].splitlines()[-1])["usage"]

    assert (usage["input_tokens"], usage["cached_input_tokens"], usage["output_tokens"]) == (30, 4, 21)


def test_a_command_left_in_the_background_stays_in_progress() -> None:
    paper = Paper()
    printing = events(paper)
    printing.started(SHELL)
    printing.returned(SHELL, {"output": "Chunk ID: 1", "is_error": False, "exit_code": None})

    assert [json.loads(line)["type"] for line in paper.written[1].splitlines()] == ["item.started"]


def test_it_leaves_where_nobody_reads() -> None:
    def broken(_fd: int, _data: bytes) -> None:
        raise BrokenPipeError

    with pytest.raises(Leave):
        Events(cwd="/", write=broken).begun(THREAD, "p")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["/bin/bash", "-c", "true"], "/bin/bash -c true"),
        (["echo hi; exit 3"], "'echo hi; exit 3'"),
        (["echo 'a b' $HOME"], "\"echo 'a b' \"'$HOME'"),
        (["", "a=b", 'say "x"'], "'' 'a=b' 'say \"x\"'"),
        (['it\'s "q"\\'], '"it\'s \\"q\\"\\\\"'),
        (["^x"], "'^x'"),
    ],
)
def test_words_are_quoted_as_the_real_one_does(words: list[str], line: str) -> None:
    assert joined(words) == line


# --- the journal ---


class Kept:
    """A journal that lets everything pass."""

    session = THREAD

    def __init__(self, behavior: str = "allow") -> None:
        self.told: list[str] = []
        self._behavior = behavior

    def __getattr__(self, name: str) -> Callable[..., None]:
        def note(*given: object, go: Callable[[], None] | None = None, **_named: object) -> None:
            self.told.append(name)
            if name == "judge" and callable(given[-1]):
                given[-1](Verdict(self._behavior))
            elif go is not None:
                go()

        return note


def test_a_turn_is_printed_and_kept() -> None:
    paper, kept = Paper(), Kept()
    journal = UnattendedJournal(kept, printing=events(paper), said_of=lambda text, _: f"said: {text}")  # type: ignore[arg-type]
    journal.prompt("t", ["p"], go=lambda: None, refused=lambda _: None)
    journal.message("t", Said("hello", [], usage=USAGE, request=None, stop_reason="end_turn"))
    journal.judge("t", dict(SHELL), lambda _: None)
    journal.failed("t", 529, "busy", retry={"attempt": 1, "attempts": 2, "delay": 0.1})
    journal.failed("t", None, "cut", retry={"attempt": 1, "attempts": 2, "delay": 0.1})
    journal.end("t", Outcome("failed", error="no"), go=lambda: None, go_on=lambda _: None)

    told = [json.loads(line) for line in paper.written[1].splitlines()]
    kinds = [
        "thread.started",
        "turn.started",
        "item.completed",
        "item.started",
        "error",
        "error",
        "turn.failed",
    ]
    assert [each["type"] for each in told] == kinds
    assert told[4]["message"] == "Reconnecting... 1/2 (said: cut)"
    assert told[-1]["error"] == {"message": "said: no"}
    assert kept.told == ["prompt", "message", "judge", "failed", "failed", "end"]


def test_a_call_that_may_not_run_is_not_started() -> None:
    paper = Paper()
    journal = UnattendedJournal(Kept("deny"), printing=events(paper), said_of=lambda text, _: text)  # type: ignore[arg-type]
    journal.judge("t", dict(SHELL), lambda _: None)

    assert paper.written[1] == ""


# --- the start ---


def piped_in(data: bytes) -> int:
    """Give the reading end of a pipe with nothing but this in it."""
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading


@pytest.mark.parametrize(
    ("argv", "piped", "prompt", "said"),
    [
        (["exec"], b"piped\n", "piped\n", "Reading prompt from stdin...\n"),
        (["exec", "-"], b"piped\n", "piped\n", ""),
        (["exec", "p"], b"", "p", "Reading additional input from stdin...\n"),
        (["exec", "p"], b"x", "p\n\n<stdin>\nx\n</stdin>", "Reading additional input from stdin...\n"),
        (["exec", "p"], b"x\n", "p\n\n<stdin>\nx\n</stdin>", "Reading additional input from stdin...\n"),
        (["exec", ""], b"x", "\n\n<stdin>\nx\n</stdin>", "Reading additional input from stdin...\n"),
        (["exec", "resume", "--last", "p"], b"ignored", "p", ""),
        (["exec", "resume", "--last"], b"piped", "piped", "Reading prompt from stdin...\n"),
    ],
)
def test_the_prompt_comes_from_the_words_and_from_stdin(
    argv: list[str],
    piped: bytes,
    prompt: str,
    said: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert take_prompt(parse(argv), fd=piped_in(piped)) == prompt
    assert capfd.readouterr().err == said


@pytest.mark.parametrize(
    ("piped", "said"),
    [
        (b"  \n", "No prompt provided via stdin."),
        (
            b"a\xff\n",
            not_utf8(1),
        ),
    ],
)
def test_a_prompt_that_is_none_is_refused(piped: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        take_prompt(parse(["exec"]), fd=piped_in(piped))

    assert (str(refused.value), refused.value.status) == (said, 1)


def test_it_runs_in_a_repository_or_where_that_is_waived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    (tmp_path / "auth.json").touch()
    config = load_config(parse(["exec", "p"]), cwd=str(tmp_path))
    with pytest.raises(Refused, match="Not inside a trusted directory"):
        check_start(parse(["exec", "p"]), config)

    check_start(parse(["exec", "--skip-git-repo-check", "p"]), config)
    check_start(parse(["exec", "--yolo", "p"]), config)
    (tmp_path / ".git").mkdir()
    check_start(parse(["exec", "p"]), load_config(parse(["exec", "p"]), cwd=str(tmp_path)))


def test_files_that_cannot_be_used_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    config = load_config(parse(["exec", "p"]), cwd=str(tmp_path))
    (tmp_path / "bad.json").write_text("{bad")
    refusals = {
        ("-o", "/nosuch/x"): 'Error: Failed to open last message file "/nosuch/x": No such file or directory',
        (
            "--output-schema",
            "/nosuch",
        ): "Failed to read output schema file /nosuch: No such file or directory",
        (
            "--output-schema",
            str(tmp_path / "bad.json"),
        ): f"Output schema file {tmp_path}/bad.json is not valid JSON",
    }
    for options, said in refusals.items():
        with pytest.raises(Refused) as refused:
            check_start(parse(["exec", "--skip-git-repo-check", *options, "p"]), config)
        assert str(refused.value).startswith(said)


def test_the_banner_tells_what_the_run_goes_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    options = parse(
        ["exec", "-c", "sandbox_workspace_write.network_access=true", "-s", "workspace-write", "p"]
    )
    told = dict(about(load_config(options, cwd=str(tmp_path))))

    assert told["sandbox"] == "workspace-write [workdir, /tmp, $TMPDIR] (network access enabled)"
    assert (told["workdir"], told["model"], told["provider"]) == (str(tmp_path), "gpt-6.1-sol", "openai")


def test_the_options_choose_the_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    for argv, kind in ((["exec", "--json", "p"], Events), (["exec", "p"], Plain)):
        options = parse(argv)

        assert type(make_printing(options, load_config(options, cwd=str(tmp_path)))) is kind
