"""The steps of a story: what a person does to an agent, and what the world does.

A step is a value. `play` does it by public verbs alone, and `source` writes the very same as Python, in
terms of the names `agent`, `released` (the handle of the reply that stood at its hold) and `machine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_tmuxagent.machine.lives import Close, Crash, KillServer, Relaunch, Restart
from pytest_tmuxagent.machine.scene import Called, Scene
from pytest_tmuxagent.script.composition import Reply

__all__ = [
    "Answer",
    "Ask",
    "Called",
    "Choose",
    "Close",
    "Crash",
    "Interrupt",
    "KillServer",
    "Paste",
    "Press",
    "Prompting",
    "Queue",
    "Redirect",
    "Relaunch",
    "Release",
    "Resize",
    "Restart",
    "Send",
    "SendRefused",
    "Settle",
    "Steer",
    "Step",
    "Wait",
    "WaitInVain",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompting:
    """A step that gives the agent a prompt; `replies` answer its model requests, up to where it rests."""

    prompt: str
    replies: tuple[Reply, ...] = ()


class Send(Prompting):
    """Send a prompt, and do not wait for its turn."""

    __slots__ = ()

    def play(self, scene: Scene) -> None:
        scene.agent.send(self.prompt)

    @property
    def source(self) -> str:
        return f"agent.send({self.prompt!r})"


class Ask(Prompting):
    """Send a prompt, and wait for its turn."""

    __slots__ = ()

    def play(self, scene: Scene) -> object:
        return scene.agent.ask(self.prompt)

    @property
    def source(self) -> str:
        return f"agent.ask({self.prompt!r})"


class Queue(Prompting):
    """Give a follow-up while a turn runs."""

    __slots__ = ()

    def play(self, scene: Scene) -> None:
        scene.agent.queue(self.prompt)

    @property
    def source(self) -> str:
        return f"agent.queue({self.prompt!r})"


class Steer(Prompting):
    """Give a prompt into the turn that runs; `replies` go on from there."""

    __slots__ = ()

    def play(self, scene: Scene) -> None:
        scene.agent.steer(self.prompt)

    @property
    def source(self) -> str:
        return f"agent.steer({self.prompt!r})"


class Redirect(Prompting):
    """Interrupt what runs, and ask for something else."""

    __slots__ = ()

    def play(self, scene: Scene) -> object:
        return scene.agent.redirect(self.prompt)

    @property
    def source(self) -> str:
        return f"agent.redirect({self.prompt!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRefused:
    """Send a text that cannot arrive unchanged: nothing of it is typed."""

    prompt: str

    def play(self, scene: Scene) -> None:
        scene.agent.send(self.prompt)

    @property
    def source(self) -> str:
        return f"agent.send({self.prompt!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Wait for the oldest turn not yet returned."""

    def play(self, scene: Scene) -> object:
        return scene.agent.wait()

    @property
    def source(self) -> str:
        return "agent.wait()"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitInVain:
    """Wait for a turn that does not end by itself."""

    timeout: float = 0.02

    def play(self, scene: Scene) -> object:
        return scene.agent.wait(timeout=self.timeout)

    @property
    def source(self) -> str:
        return f"agent.wait(timeout={self.timeout!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Let what was begun come to its end, and return no turn."""

    def play(self, scene: Scene) -> object:
        return scene.agent.wait_until(lambda: scene.agent.state == "idle")

    @property
    def source(self) -> str:
        return "agent.wait_until(lambda: agent.state == 'idle')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """Interrupt the turn that runs."""

    def play(self, scene: Scene) -> object:
        return scene.agent.interrupt()

    @property
    def source(self) -> str:
        return "agent.interrupt()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer the permission dialog; `replies` go on from there."""

    decision: Literal["allow", "allow_always", "deny"]
    replies: tuple[Reply, ...] = ()

    def play(self, scene: Scene) -> None:
        request = scene.agent.wait_for_permission()
        answers = {"allow": request.allow, "allow_always": request.allow_always, "deny": request.deny}
        answers[self.decision]()

    @property
    def source(self) -> str:
        return f"agent.wait_for_permission().{self.decision}()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """Answer a question by the number of an option; `replies` go on from there."""

    number: int
    replies: tuple[Reply, ...] = ()

    def play(self, scene: Scene) -> None:
        scene.agent.wait_for_permission().choose(self.number)

    @property
    def source(self) -> str:
        return f"agent.wait_for_permission().choose({self.number})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Let the reply that is held go on; `replies` follow it."""

    replies: tuple[Reply, ...] = ()

    def play(self, scene: Scene) -> object:
        assert scene.released is not None, "the model lets a reply be released where one is held"
        return scene.released.release()

    @property
    def source(self) -> str:
        return "released.release()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """Give the pane another size."""

    columns: int
    rows: int

    def play(self, scene: Scene) -> None:
        scene.agent.resize(self.columns, self.rows)

    @property
    def source(self) -> str:
        return f"agent.resize({self.columns}, {self.rows})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paste:
    """Paste a text into the input box, and leave it there."""

    text: str

    def play(self, scene: Scene) -> None:
        scene.agent.paste(self.text)

    @property
    def source(self) -> str:
        return f"agent.paste({self.text!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Press keys in the input box, none of which submits it."""

    keys: tuple[str, ...]

    def play(self, scene: Scene) -> None:
        scene.agent.press(*self.keys)

    @property
    def source(self) -> str:
        return f"agent.press({', '.join(map(repr, self.keys))})"


Step = (
    Send
    | Ask
    | SendRefused
    | Queue
    | Steer
    | Redirect
    | Wait
    | WaitInVain
    | Settle
    | Interrupt
    | Answer
    | Choose
    | Release
    | Resize
    | Paste
    | Press
    | Restart
    | Crash
    | KillServer
    | Relaunch
    | Close
    | Called
)
