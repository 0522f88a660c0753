"""aimax 0.1.0 as its users have it: its command, in a sandbox, with the files that it wants to find."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_tmuxagent import AgentSandbox, Completed

COMMAND = Path(sys.executable).with_name("aimax")
# It gives an agent 25 s to start, 30 s to note its thread.
PATIENCE = 90.0
QUESTIONS = 200
_OWN = "<"
"""Messages that Codex writes for the model itself begin with it: `<environment_context>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One of its two: what it is called, what it starts, and in which tmux session.

    `speed` is how fast its clock may go while it starts an agent. It looks for a thread of Codex that began
    after it started that Codex, by its own clock; a fast one is ahead of the agent's.
    """

    name: str
    agent: str
    hub: str
    speed: float


CLAUDE = Backend(name="tmux-claude-code", agent="claude", hub="imac_claude_code_agent_hub", speed=2)
CODEX = Backend(name="tmux-codex", agent="codex", hub="imac_codex_agent_hub", speed=1)
SPEED = 3
"""How fast its clock goes else: its 25 s for a start are then 8 s of ours, which a real CLI may need."""

BOTH_TASKS = (
    ("user", "the first task"),
    ("assistant", "One."),
    ("user", "the second task"),
    ("assistant", "Two."),
)


class Aimax:
    """The command, one backend of it, and the folder that its agents work in."""

    def __init__(self, sandbox: AgentSandbox, backend: Backend) -> None:
        self.sandbox = sandbox
        self.backend = backend
        # Today's Codex does not show the words `/model to change` that aimax waits for, but its folder.
        self.folder = sandbox.workdir / "model to change"
        self.folder.mkdir()
        _write(sandbox.home / ".claude" / "settings.api.json", "{}")
        _write(sandbox.home / ".codex" / "rightcode.config.toml", "")

    def run(self, *words: str, speed: float = SPEED, env: Mapping[str, str] | None = None) -> Completed:
        """Run it with these words, whatever becomes of it."""
        command = [str(COMMAND), *words]
        return self.sandbox.run(command, timeout=PATIENCE, env=env or {}, clock_speed=speed)

    def told(self, *words: str, speed: float = SPEED, env: Mapping[str, str] | None = None) -> str:
        """Run it with these words, which it has to like, and give what it prints."""
        done = self.run(*words, speed=speed, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def asked(self, verb: str, session: str, *words: str, speed: float = SPEED) -> dict[str, Any]:
        """Have a verb done to a session, and give the answer."""
        command = (verb, "--backend", self.backend.name, "--session", session, "--json", *words)
        return answer(self.told(*command, speed=speed))

    def creation(self, session: str, prompt: str, *words: str, cwd: Path | None = None) -> tuple[str, ...]:
        """Give the words that create a session; `cwd` is the folder of its agent, if not the common one."""
        place = ("--cwd", str(cwd or self.folder), "--use-proxy", "false")
        return ("create", "--backend", self.backend.name, "--session", session, *place, "-p", prompt, *words)

    def create(self, session: str, prompt: str, *words: str, cwd: Path | None = None) -> dict[str, Any]:
        """Create a session and send its first prompt; gives its ids and the path of its records."""
        command = self.creation(session, prompt, "--json", *words, cwd=cwd)
        return answer(self.told(*command, speed=self.backend.speed))

    def begin(self, session: str, prompt: str, *words: str) -> dict[str, Any]:
        """Create a session whose first answer is held, and wait until it is seen to work."""
        created = self.create(session, prompt, *words)
        self.await_status(session, working=True)
        return created

    def send(self, session: str, prompt: str) -> None:
        """Send a further prompt."""
        assert self.asked("send", session, "-p", prompt)["ok"] is True

    def revive(self, session: str, prompt: str) -> None:
        """Send a prompt to a session whose agent is gone; it has its whole 25 s to come back."""
        assert self.asked("send", session, "-p", prompt, speed=1)["ok"] is True

    def pause(self, session: str, *words: str) -> None:
        """Interrupt the running turn; `-p PROMPT` among the words is sent thereafter.

        Three Ctrl-C, 50 ms apart, mean something else to an agent when they come faster.
        """
        assert self.asked("pause", session, *words, speed=1)["ok"] is True

    def status(self, session: str) -> dict[str, Any]:
        """Say what it knows of a session."""
        return self.asked("status", session)

    def await_status(self, session: str, **wanted: object) -> None:
        """Ask for its status again and again, as its users do, until it is that."""
        self._await(lambda: {key: self.status(session)[key] for key in wanted}, wanted)

    def await_conversation(self, session: str, *wanted: tuple[str, str]) -> None:
        """Ask for its history again and again until it ends so."""
        self._await(lambda: self.conversation(session)[-len(wanted) :], list(wanted))

    def conversation(self, session: str) -> list[tuple[str, str]]:
        """Give who said what, from its history."""
        return [said for entry in self.asked("history", session)["entries"] for said in _said(entry)]

    def sessions(self) -> list[str]:
        """List its live sessions, but the one that holds its tmux session open."""
        listed = answer(self.told("list", "--json"))[self.backend.name]
        return [session["sessionId"] for session in listed if session["sessionId"] != "_root"]

    def flag(self, session: str, *, root: Path | None = None) -> Path:
        """Give the path of the flag that stands while a job runs; the agent removes it."""
        return (root or self.folder) / ".imac" / "flags" / session / "running.flag"

    def _await(self, look: Callable[[], object], wanted: object) -> None:
        seen = None
        for _ in range(QUESTIONS):
            seen = look()
            if seen == wanted:
                return
        raise AssertionError(f"{wanted} did not come; the last was {seen}")


def answer(printed: str) -> dict[str, Any]:
    """Find the JSON answer below the lines that it logs."""
    start = 0 if printed.startswith("{") else printed.index("\n{")
    found: dict[str, Any] = json.loads(printed[start:])
    return found


def _said(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Read one record of Claude Code or Codex."""
    written = entry.get("message") or entry.get("payload") or {}
    if entry.get("type") not in ("user", "assistant", "response_item") or "content" not in written:
        return []
    content = written["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    texts = [part["text"] for part in parts if part["type"] in ("text", "input_text", "output_text")]
    spoken = [text for text in texts if not text.startswith(_OWN)]
    return [(written["role"], text) for text in spoken if written["role"] in ("user", "assistant")]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
