"""The reading side of `--input-format stream-json`, and of a prompt that is piped in."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.claude.arguments import parse
from pytest_tmuxagent.stub.claude.control import Control
from pytest_tmuxagent.stub.claude.driver import Driver
from pytest_tmuxagent.stub.claude.headless import NO_STDIN, read_prompt, run_input, run_prompt
from pytest_tmuxagent.stub.claude.incoming import BadInput, Incoming, prompt_of
from pytest_tmuxagent.stub.claude.printing import Printing
from pytest_tmuxagent.stub.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

INPUT = ["-p", "--output-format", "stream-json", "--verbose", "--input-format", "stream-json"]


def user(text: str) -> dict[str, Any]:
    return {"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": text}]}}


def read(data: bytes) -> list[dict[str, Any]]:
    incoming = Incoming()
    return [*incoming.feed(data), *incoming.end()]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", 'not json: SyntaxError: JSON Parse error: Unexpected identifier "not"'),
        ("{", "{: SyntaxError: JSON Parse error: Expected '}'"),
        ("[1", "[1: SyntaxError: JSON Parse error: Expected ']'"),
        ('"abc', '"abc: SyntaxError: JSON Parse error: Unterminated string'),
        ("}", "}: SyntaxError: JSON Parse error: Unexpected token '}'"),
        ("null", "null: TypeError: null is not an object (evaluating 't.type')"),
        (
            '{"type": "user"}',
            '{"type": "user"}: TypeError: undefined is not an object (evaluating \'t.message.role\')',
        ),
    ],
)
def test_a_bad_line_is_refused_in_the_words_of_the_real_one(line: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(line.encode() + b"\n")
    assert str(refused.value) == f"Error parsing streaming input line: {words}"


def test_only_the_user_may_speak() -> None:
    with pytest.raises(BadInput) as refused:
        read(b'{"type":"user","message":{"role":"assistant","content":"x"}}')
    assert str(refused.value) == "Error: Expected message role 'user', got 'assistant'"


@pytest.mark.parametrize("line", [b"", b"1", b"[]", b'{"type":"nonesuch"}', b'{"type":"keep_alive"}'])
def test_what_the_real_one_ignores_is_ignored(line: bytes) -> None:
    assert read(line + b"\n") == []


def test_what_stands_before_a_bad_line_is_read() -> None:
    messages = Incoming().feed(json.dumps(user("one")).encode() + b"\noops\n")
    assert next(messages) == user("one")
    with pytest.raises(BadInput):
        next(messages)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("plain", "plain"),
        ([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}], "a\nb"),
        ([], ""),
        (None, ""),
    ],
)
def test_the_text_of_a_message_is_its_prompt(content: object, text: str) -> None:
    assert prompt_of({"type": "user", "message": {"role": "user", "content": content}}) == text


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "message", "role"]), inner),
)


@given(st.lists(_json.map(json.dumps) | st.text()), st.integers(1, 9))
def test_nothing_but_bad_input_is_raised_wherever_the_bytes_are_cut(lines: list[str], size: int) -> None:
    data = "\n".join(lines).encode("utf-8", "replace")
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert told(pieces) == told([data])


def told(pieces: list[bytes]) -> tuple[list[dict[str, Any]], str]:
    """Give the messages before the first bad line, and what was said of that one."""
    incoming = Incoming()
    found: list[dict[str, Any]] = []
    try:
        for piece in pieces:
            found.extend(incoming.feed(piece))
        found.extend(incoming.end())
    except BadInput as refused:
        return found, str(refused)
    return found, ""


# --- the whole of it, on a pipe ---


class Echo:
    """A conversation that answers each prompt at once with itself; `hold` waits to be interrupted."""

    def __init__(self, printing: Printing, loop: Loop) -> None:
        self._printing = printing
        self._loop = loop
        self._queue: list[str] = []
        self.open = False
        self.prompts: list[str] = []

    def submit(self, text: str) -> None:
        if self.open:
            self._queue.append(text)
            return
        self.prompts.append(text)
        self._printing.begun(session="s", tools=[], mcp_servers=[], model="m", mode="default")
        self._printing.prompted(text)
        self._printing.requesting(message_id="m1", request_id="r1")
        self.open = text == "hold"
        if not self.open:
            self._printing.said(text, [], usage=None, stop_reason="end_turn")
            self._printing.ended(text, stop_reason="end_turn")

    def interrupt(self) -> None:
        if not self.open:
            return
        self._printing.interrupted(in_tool=False)
        self._loop.after(0, self._go_on)

    def _go_on(self) -> None:
        self.open = False
        queue, self._queue = self._queue, []
        for text in queue:
            self.submit(text)

    def set_mode(self, mode: str) -> str:
        return "no" if mode == "bypassPermissions" else ""

    def set_model(self, model: str) -> None: ...

    def add_hooks(self, hooks: Mapping[str, Any]) -> None: ...

    def connect_servers(self, names: Sequence[str], ready: Callable[[], None]) -> None:  # noqa: ARG002
        ready()

    def mcp_servers(self) -> list[dict[str, Any]]:
        return []

    def context_usage(self) -> dict[str, Any]:
        return {}


class Run:
    """What `run_input` makes of some lines, and of the end of them."""

    def __init__(self, *lines: object, signalled: bool = False) -> None:
        """Let the lines end, or let SIGINT come after them."""
        self.written = b""
        self.printing = Printing(
            parse(INPUT), session="s", cwd="/", memory="", version="1", write=self._write
        )
        loop = Loop()
        self.conversation = Echo(self.printing, loop)
        control = Control(self.conversation, printing=self.printing, driver=Driver(self.printing), cwd="/")
        reading, writing = os.pipe()
        for line in lines:
            os.write(writing, f"{line if isinstance(line, str) else json.dumps(line)}\n".encode())
        if signalled:
            loop.after(0, lambda: os.kill(os.getpid(), signal.SIGINT))
        else:
            os.close(writing)
        self.status = run_input(
            self.conversation, loop=loop, printing=self.printing, control=control, fd=reading
        )
        os.close(reading)
        if signalled:
            os.close(writing)

    @property
    def types(self) -> list[str]:
        told = [json.loads(line) for line in self.written.splitlines()]
        return [each["subtype"] if each["type"] in ("system", "result") else each["type"] for each in told]

    def _write(self, _fd: int, data: bytes) -> None:
        self.written += data


def ask(name: str, **request: object) -> dict[str, Any]:
    return {"type": "control_request", "request_id": name, "request": request}


@pytest.fixture(autouse=True)
def _signals_restored() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    wakeup = signal.set_wakeup_fd(-1)
    yield
    signal.signal(signal.SIGINT, before)
    signal.set_wakeup_fd(wakeup)


def test_every_prompt_that_comes_in_gets_its_result() -> None:
    run = Run(user("one"), user("two"))
    assert run.conversation.prompts == ["one", "two"]
    assert run.types == ["init", "assistant", "success"] * 2
    assert run.status == 0


def test_no_prompt_at_all_is_a_success() -> None:
    run = Run()
    assert (run.written, run.status) == (b"", 0)


def test_a_bad_line_ends_the_run_with_status_1(capfd: pytest.CaptureFixture[str]) -> None:
    run = Run(user("one"), "oops", user("two"))
    assert run.conversation.prompts == ["one"]
    assert run.status == 1
    assert capfd.readouterr().err.startswith("Error parsing streaming input line: oops: SyntaxError")


def test_an_interrupt_is_granted_before_it_is_obeyed_and_the_next_prompt_runs() -> None:
    run = Run(user("hold"), user("two"), ask("q", subtype="interrupt"))
    assert run.types == [
        "init",
        "control_response",
        "user",
        "error_during_execution",
        "init",
        "assistant",
        "success",
    ]
    assert run.status == 0


def test_sigint_ends_the_turn_and_the_run_though_more_could_come_in() -> None:
    run = Run(user("hold"), user("hold"), signalled=True)
    assert run.types[:3] == ["init", "user", "error_during_execution"]
    assert run.types[3:] in ([], ["init"])  # the real one, too, may still begin the next
    assert run.status == 0


def test_sigint_ends_a_run_that_waits_for_prompts() -> None:
    run = Run(user("one"), signalled=True)
    assert run.types == ["init", "assistant", "success"]
    assert run.status == 0


def test_sigint_interrupts_a_single_prompt() -> None:
    written: list[bytes] = []
    printing = Printing(
        parse(["-p", "x"]),
        session="s",
        cwd="/",
        memory="",
        version="1",
        write=lambda _fd, data: written.append(data),
    )
    loop = Loop()
    loop.after(0, lambda: os.kill(os.getpid(), signal.SIGINT))
    status = run_prompt("hold", conversation=Echo(printing, loop), loop=loop, printing=printing)
    assert (b"".join(written), status) == (b"Execution error", 0)


def test_a_mode_that_the_engine_refuses_is_refused() -> None:
    run = Run(ask("q", subtype="set_permission_mode", mode="bypassPermissions"))
    assert json.loads(run.written)["response"] == {"subtype": "error", "request_id": "q", "error": "no"}


# --- a prompt that is piped in ---


def piped(data: bytes, given: str) -> str:
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    warnings: list[str] = []
    prompt = read_prompt(given, warn=warnings.append, fd=reading)
    os.close(reading)
    assert warnings == []
    return prompt


@pytest.mark.parametrize(
    ("data", "given", "prompt"),
    [
        (b"from stdin\n", "", "from stdin\n"),
        (b"from stdin\n", "argument", "argument\nfrom stdin\n"),
        (b"", "argument", "argument"),
        (b"", "", ""),
    ],
)
def test_what_is_piped_in_follows_the_prompt_of_the_command_line(
    data: bytes, given: str, prompt: str
) -> None:
    assert piped(data, given) == prompt


def test_a_pipe_that_stays_silent_is_given_up_on_with_a_warning() -> None:
    reading, writing = os.pipe()
    warnings: list[str] = []
    assert read_prompt("argument", warn=warnings.append, fd=reading, patience=0.01) == "argument"
    assert warnings == [NO_STDIN]
    os.close(reading)
    os.close(writing)


def test_a_stdin_that_cannot_be_read_counts_as_empty() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    assert read_prompt("argument", warn=pytest.fail, fd=reading) == "argument"
