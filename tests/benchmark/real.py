"""Rows about the real CLIs on a scripted model: how soon they are ready, and what a turn costs, by whom."""

from __future__ import annotations

import http.client
import json
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, perf_counter, time
from typing import Any
from urllib.parse import urlsplit

from pytest_tmuxagent import AgentSandbox, AgentSession, Script
from pytest_tmuxagent.agents.clis import Clis
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.errors import CliMissing
from pytest_tmuxagent.launched import LaunchedBody
from pytest_tmuxagent.sandbox.slots import Slots
from pytest_tmuxagent.scripted import ScriptedRung
from pytest_tmuxagent.tmux import typing
from tests.benchmark.measuring import Effort, Outcome, in_turns
from tests.benchmark.table import OURS, Cell, Row, single, timed_row, unavailable

NAMES = ("claude", "codex")
_TIMEOUT = 60.0
_LIVE = 8
_SHARES = (0.5, 0.95)
_PROMPTS = (
    "short {n}",
    "two lines,\nnumber {n}",
    "wörter 日本語 \U0001f469\u200d\U0001f52c {n} end",
    "long " * 400 + "{n} end",
    "\n".join(f"line {line} of many" for line in range(3000)) + "\n{n} end",
)


@contextmanager
def sandbox(room: Path) -> Iterator[AgentSandbox]:
    """A sandbox on the scripted rung."""
    slots = Slots(room / "live", most=_LIVE * 4)
    opened = AgentSandbox.open(rung=ScriptedRung(clis=Clis({}), slots=slots), timeout=_TIMEOUT)
    try:
        yield opened
    finally:
        opened.close()


def launch(name: str, opened: AgentSandbox, *, ready: bool = True) -> AgentSession:
    """Start the real CLI, as the fixture does."""
    body = LaunchedBody(profile=Registry()[name], sandbox=opened, script=Script(), permissions="allow")
    session = AgentSession(body, timeout=_TIMEOUT)
    if ready:
        session.await_ready()
    return session


def ready(effort: Effort, room: Path) -> list[Row]:
    """From the launch to the empty input box; and a whole test with one turn, from nothing to nothing."""

    def launched(_tool: str) -> float:
        with sandbox(room) as opened:
            began = perf_counter()
            launch(name, opened)
            return perf_counter() - began

    def tested(_tool: str) -> float:
        began = perf_counter()
        with sandbox(room) as opened:
            session = launch(name, opened)
            session.script.reply("Hello.")
            session.ask("Say hello")
        return perf_counter() - began

    rows: list[Row] = []
    for name in NAMES:
        for label, sample in (("launched -> ready", launched), ("cold test with one turn", tested)):
            outcomes = in_turns((OURS,), sample, effort=effort, samples=10)
            rows.append(timed_row(f"{words(name)}: {label}", outcomes))
    return rows


@dataclass(slots=True)
class _Split:
    """One turn after the other, cut where the work changes hands."""

    whole: Outcome = field(default_factory=Outcome)
    typed: Outcome = field(default_factory=Outcome)
    cli: Outcome = field(default_factory=Outcome)
    noticed: Outcome = field(default_factory=Outcome)


def turns(effort: Effort, room: Path) -> list[Row]:
    """A warm turn: typing up to Enter, the CLI from Enter to its end record, us from there to the Turn."""
    rows: list[Row] = []
    for name in NAMES:
        split, label = _Split(), words(name)
        try:
            with sandbox(room) as opened:
                session = launch(name, opened)
                for number in range(effort.of(100) + 1):
                    _one_turn(session, number, split if number else _Split())
        except CliMissing as error:
            rows.append(Row(label=f"{label}: a turn", unit="", cells={OURS: unavailable(str(error)[:60])}))
            continue
        for what, outcome in (
            ("a turn: ask -> Turn", split.whole),
            ("... ask -> Enter (paste, its echo)", split.typed),
            ("... Enter -> end record (the CLI's own)", split.cli),
            ("... end record -> Turn (ours)", split.noticed),
        ):
            rows.append(timed_row(f"{label}: {what}", {OURS: outcome}, shares=_SHARES))
    return rows


def _one_turn(session: AgentSession, number: int, split: _Split) -> None:
    session.script.reply(f"Answer {number}.")
    with _stamping_enter() as entered:
        began, began_at = monotonic(), time()
        session.ask(f"Question {number}")
        returned = monotonic()
    transcript = session.transcript
    assert transcript is not None and transcript.path is not None  # noqa: PT018
    recorded = began + (transcript.path.stat().st_mtime - began_at)
    split.whole.samples.append(returned - began)
    split.typed.samples.append(entered[0] - began)
    split.cli.samples.append(recorded - entered[0])
    split.noticed.samples.append(returned - recorded)


@contextmanager
def _stamping_enter() -> Iterator[list[float]]:
    """Note when a key is pressed, or a paste ends with one."""
    stamps: list[float] = []

    def stamped(real: Callable[..., Any], *, wanted: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            if wanted != "paste" or kwargs.get("then_press"):
                stamps.append(monotonic())
            return real(*args, **kwargs)

        return call

    press, paste = typing.press, typing.paste
    typing.press = stamped(press, wanted="press")
    typing.paste = stamped(paste, wanted="paste")
    try:
        yield stamps
    finally:
        typing.press, typing.paste = press, paste


def many_turns(effort: Effort, room: Path) -> list[Row]:
    """Prompts of all kinds, back to back and right after the start, each accepted once and ended right."""
    rows = []
    for name in NAMES:
        wanted, right = 0, 0
        for _ in range(effort.of(10)):
            with sandbox(room) as opened:
                session = launch(name, opened)
                for number in range(20):
                    wanted += 1
                    right += _is_right(session, number)
        cell = Cell(words=f"{right} of {wanted}", figures={"right": right, "wanted": wanted})
        rows.append(
            Row(label=f"{words(name)}: turns accepted once, ended right", unit="", cells={OURS: cell})
        )
    return rows


def _is_right(session: AgentSession, number: int) -> bool:
    prompt = _PROMPTS[number % len(_PROMPTS)].replace("{n}", str(number))
    session.script.reply(f"Answer {number}.")
    turn = session.ask(prompt)
    asked = [request.prompt for request in session.script.requests]
    return (
        turn.stop_reason == "end_turn"
        and turn.text == f"Answer {number}."
        and turn.prompts == (prompt,)
        and asked.count(prompt) == 1
        and len(asked) == number + 1
    )


def live(_effort: Effort, room: Path) -> list[Row]:
    """Several at once, started together, each asked once."""
    rows = []
    for name in NAMES:
        began = perf_counter()
        with sandbox(room) as opened, ExitStack() as _:
            sessions = [launch(name, opened, ready=False) for _ in range(_LIVE)]
            for session in sessions:
                session.await_ready()
            ready_after = perf_counter() - began
            for number, session in enumerate(sessions):
                session.script.reply(f"Answer {number}.")
                session.send(f"Question {number}")
            answers = [session.wait().text for session in sessions]
            asked_after = perf_counter() - began - ready_after
        right = answers == [f"Answer {number}." for number in range(_LIVE)]
        label = f"{words(name)}: {_LIVE} at once"
        rows += [
            Row(label=f"{label}, all ready", unit="s", cells={OURS: single(ready_after)}),
            Row(label=f"{label}, one turn each", unit="s", cells={OURS: single(asked_after)}),
            Row(label=f"{label}, right answers", unit="", cells={OURS: single(_LIVE if right else 0)}),
        ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return [*rows, Row(label="peak memory of our process", unit="MB", cells={OURS: single(peak)})]


def model(effort: Effort, room: Path) -> list[Row]:
    """Our work between a model request and the first byte of its answer, over one kept connection."""
    rows = []
    with sandbox(room) as opened:
        assert opened.rung is not None
        opened.script.reply("Hello.").always()
        for name in NAMES:
            path, body = _REQUESTS[name]
            key = opened.rung.plan(Registry()[name], key=f"programs-{name}").key
            connection = http.client.HTTPConnection(urlsplit(opened.rung.door.url).netloc)
            outcome = Outcome()
            for _ in range(effort.of(300)):
                outcome.samples.append(_first_byte(connection, path, body, key=key))
            connection.close()
            rows.append(timed_row(f"{name}: model request -> first byte", {OURS: outcome}, shares=_SHARES))
    return rows


_REQUESTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "claude": (
        "/v1/messages",
        {"model": "m", "stream": True, "tools": [{}], "messages": [{"role": "user", "content": "x" * 9000}]},
    ),
    "codex": (
        "/v1/responses",
        {
            "model": "m",
            "stream": True,
            "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}],
        },
    ),
}


def _first_byte(connection: http.client.HTTPConnection, path: str, body: object, *, key: str) -> float:
    data = json.dumps(body).encode()
    began = perf_counter()
    connection.request("POST", path, data, {"Authorization": f"Bearer {key}"})
    response = connection.getresponse()
    response.read(1)
    taken = perf_counter() - began
    response.read()
    return taken


def words(name: str) -> str:
    """The name of a CLI and its version, where it is here."""
    try:
        return f"real {Clis({}).find(Registry()[name]).words}"
    except CliMissing:
        return f"real {name} (not here)"
