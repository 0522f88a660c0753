"""Writes the evidence of a test into a folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.diagnosis import shorten, timeline
from pytest_tmuxagent.errors import TmuxError
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.reporting.asciicast import Marker, cast
from pytest_tmuxagent.reporting.redaction import Redactor
from pytest_tmuxagent.session import AgentSession


def write(
    folder: Path, *, sandbox: AgentSandbox, sessions: Sequence[AgentSession], failed_at: float | None
) -> None:
    """Write one folder for each agent, and the launches; what was there before is replaced."""
    redact = Redactor(sandbox.env, secrets=sandbox.secrets)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    launches = [asdict(launch) for launch in sandbox.launches]
    _write(folder / "launches.json", [_json(launches)], redact)
    for session in sessions:
        home = folder / session.key
        home.mkdir()
        for name, lines in _files(session, failed_at=failed_at):
            _write(home / name, lines, redact)


def _files(session: AgentSession, *, failed_at: float | None) -> Iterator[tuple[str, Iterable[str]]]:
    screen = _screen(session)
    output = session.printed
    events = session.events
    began = events[0].at if events else 0.0
    if output:
        began = min(began, output[0][0]) if events else output[0][0]
    yield "screen.txt", [screen.text + "\n"]
    yield (
        "session.cast",
        cast(output, _markers(session, failed_at=failed_at), size=screen.size, title=session.key),
    )
    yield "timeline.txt", (line + "\n" for line in timeline(events, since=began))
    yield "requests.json", [_json([asdict(request) for request in session.script.requests])]
    transcript = session.transcript
    if transcript is not None:
        yield "transcript.jsonl", (json.dumps(record) + "\n" for record in transcript.records)


def _screen(session: AgentSession) -> Screen:
    try:
        return session.screen
    except TmuxError:
        return Screen(lines=("(the pane is gone)",), size=(120, 40))


def _markers(session: AgentSession, *, failed_at: float | None) -> Iterator[Marker]:
    for live in session.live_turns:
        yield live.opened_at, f"prompt {shorten(live.prompts[0] if live.prompts else '')}"
        if live.end is not None:
            yield live.ended_at, f"turn ended: {live.end.stop_reason}"
    if failed_at is not None:
        yield failed_at, "test failed"


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"


def _write(path: Path, lines: Iterable[str], redact: Redactor) -> None:
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(redact(line) for line in lines)
