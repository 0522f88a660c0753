"""Lets a stub live through many turns at random times, and counts the false completions and the hangs.

    python -m tests.proof stories [NUMBER] [--seed N] [--faults SEED] [--agent NAME]

NUMBER is how many turns there are in all (2000). A story is an agent with a handful of turns: answers in
pieces with pauses, tools, permission dialogs, held answers, queued prompts, interrupts. The script says what
each turn must have become, so that a turn that was returned too early lacks something. A completion is false,
too, where the agent says, asks or does something in a turn after it was returned. It exits with 1 unless both
counts are 0.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Timer
from time import monotonic

from pytest_tmuxagent import AgentSession, open_sandbox, say, tool
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import AgentBlocked, AgentError, TurnTimeout, WaitTimeout
from pytest_tmuxagent.events import (
    CallReturned,
    ErrorReported,
    Event,
    MessageSaid,
    PermissionAsked,
    RequestOpened,
)
from pytest_tmuxagent.schedules import FaultSchedule
from pytest_tmuxagent.script.parts import Say
from pytest_tmuxagent.standalone import OwnSandbox
from pytest_tmuxagent.turn import Turn

NUMBER = 2000
TURNS_IN_A_STORY = 8
STORIES_IN_A_SANDBOX = 25
FACES = ("claude", "codex", "plain")
LONGEST_TURN = 10.0
SHOWN = 20
PAUSES = (0.0, 0.0, 0.001, 0.005, 0.02, 0.05)

# What belongs to a turn, and cannot come after its end.
WORK = (MessageSaid, CallReturned, PermissionAsked, RequestOpened, ErrorReported)


@dataclass(slots=True)
class Count:
    """What was seen in all stories."""

    turns: int = 0
    stories: int = 0
    sandboxes: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    early: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


class Story:
    """One agent and its turns."""

    def __init__(self, agent: AgentSession, *, random: Random, count: Count) -> None:
        self._agent = agent
        self._random = random
        self._count = count
        self._number = 0
        self._returned: dict[str, int] = {}

    def play(self) -> None:
        """Go through some turns of any kind, then look at what came after them."""
        kinds = [self._answer, self._tools, self._held, self._interrupted, self._queued]
        for _ in range(TURNS_IN_A_STORY):
            kind = self._random.choice(kinds)
            self._count.kinds[kind.__name__.strip("_")] += 1
            kind()
        self._look_for_what_came_late()

    def _prompt(self) -> str:
        self._number += 1
        return f"prompt {self._number} of this story"

    def _say(self, text: str) -> Say:
        """Say a text in pieces, each after a pause of its own."""
        middle = self._random.randrange(len(text) + 1)
        said = say(*filter(None, (text[:middle], text[middle:])))
        pause = self._random.choice(PAUSES)
        return said.delay(pause) if pause else said

    def _answer(self) -> None:
        prompt = self._prompt()
        self._agent.script.when(prompt).reply(self._say(f"answer to {prompt}"))
        self._check(self._agent.ask(prompt), prompt, text=f"answer to {prompt}")

    def _tools(self) -> None:
        prompt, calls = self._prompt(), self._random.randrange(1, 4)
        for at in range(calls):
            said = [self._say(f"step {at}")] if self._random.random() < 0.5 else []
            self._agent.script.when(prompt).reply(*said, tool.shell(f"echo {at}"))
        self._agent.script.when(prompt).reply(self._say(f"answer to {prompt}"))
        self._agent.send(prompt)
        self._check(self._wait_allowing(), prompt, text=f"answer to {prompt}", calls=calls)

    def _held(self) -> None:
        prompt = self._prompt()
        text = f"answer to\n{prompt}"
        held = self._agent.script.when(prompt).reply(
            self._say(text).hold(after_characters=self._random.randrange(len(text)))
        )
        self._agent.send(prompt)
        self._later(held.release)
        self._check(self._agent.wait(), prompt, text=text)

    def _queued(self) -> None:
        first, second = self._prompt(), self._prompt()
        held = self._agent.script.when(first).reply(self._say(f"answer to\n{first}").hold(after_characters=3))
        self._agent.script.when(second).reply(self._say(f"answer to {second}"))
        self._agent.send(first)
        self._agent.queue(second)
        self._later(held.release)
        self._check(self._agent.wait(), first, text=f"answer to\n{first}")
        self._check(self._agent.wait(), second, text=f"answer to {second}")

    def _interrupted(self) -> None:
        prompt = self._prompt()
        self._agent.script.when(prompt).reply(self._say("first\nsecond").hold(after_characters=6))
        self._agent.send(prompt)
        if self._random.random() < 0.5:
            self._agent.wait_for_text("first")
        turn = self._agent.interrupt()
        self._check(turn, prompt, stop_reason="cancelled")

    def _later(self, act: Callable[[], object]) -> None:
        Timer(self._random.choice(PAUSES), act).start()

    def _wait_allowing(self) -> Turn:
        while True:
            try:
                return self._agent.wait()
            except AgentBlocked as blocked:
                blocked.request.allow()

    def _check(
        self,
        turn: Turn,
        prompt: str,
        *,
        text: str | None = None,
        calls: int = 0,
        stop_reason: str = "end_turn",
    ) -> None:
        """Hold a turn that was returned against what the script says of it."""
        self._count.turns += 1
        self._returned[prompt] = len(self._agent._observer.observations)
        whole = all(call.output is not None for call in turn.tool_calls) and len(turn.tool_calls) == calls
        is_right = turn.prompts == (prompt,) and turn.stop_reason == stop_reason and whole
        if not is_right or (text is not None and turn.text != text):
            self._count.early.append(f"{self._agent.key}: {turn!r}, and not {text!r} with {calls} calls")

    def _look_for_what_came_late(self) -> None:
        """The agent is asked once more, so that all that is under way is here; then it is closed."""
        self._answer()
        self._agent.close()
        observed = self._agent._observer.observations
        ids = {prompt: live.id for live in self._agent._machine.turns for prompt in live.prompts}
        for prompt, known in self._returned.items():
            self._count.early += [
                f"{self._agent.key}: after the turn of {prompt!r} was returned: {late.event} by {late.source}"
                for late in observed[known:]
                if isinstance(late.event, WORK) and late.event.turn == ids[prompt]
                if _what(late.event) not in {_what(seen.event) for seen in observed[:known]}
            ]


def _what(event: Event) -> tuple[object, ...]:
    """Name what an event tells, whoever tells it: what was known by another source is no news."""
    match event:
        case PermissionAsked(call=call):
            return "asked", call.id
        case CallReturned(call=name):
            return "returned", name
        case MessageSaid(text=text, calls=calls):
            return "said", text, tuple(call.id for call in calls)
        case RequestOpened(request_id=name, pid=pid):
            return "requested", name, pid
        case other:
            return "told", repr(other)


def main(arguments: list[str]) -> int:
    """Play stories until there were so many turns."""
    asked = _parse(arguments)
    count, began = Count(), monotonic()
    while count.turns < asked.number:
        _play_some(asked, count=count)
    sys.stdout.write(
        f"{count.turns} turns in {count.stories} stories, {monotonic() - began:.0f} s ({dict(count.kinds)})\n"
        f"false completions: {len(count.early)}\nhangs: {len(count.hangs)}\n"
        f"other failures: {len(count.others)}\n"
    )
    found = [*count.early, *count.hangs, *count.others]
    sys.stdout.write("".join(f"{one}\n" for one in found[:SHOWN]))
    return 1 if found else 0


def _play_some(asked: argparse.Namespace, *, count: Count) -> None:
    """Play stories in a sandbox of their own; in every second one the agents ask for permission."""
    permissions: Permissions = "ask" if count.sandboxes % 2 else "allow"
    faults = None if asked.faults is None else FaultSchedule(seed=asked.faults, name=str(count.sandboxes))
    count.sandboxes += 1
    names = asked.agent or FACES
    with open_sandbox(timeout=LONGEST_TURN, permissions=permissions, faults=faults) as sandbox:
        for _ in range(STORIES_IN_A_SANDBOX):
            if count.turns < asked.number:
                count.stories += 1
                name = names[count.stories % len(names)]
                _play(sandbox, name, random=Random(f"{asked.seed}:{count.stories}"), count=count)


def _play(sandbox: OwnSandbox, name: str, *, random: Random, count: Count) -> None:
    agent = sandbox.launch(name)
    try:
        Story(agent, random=random, count=count).play()
    except (TurnTimeout, WaitTimeout) as error:
        count.hangs.append(f"story {count.stories}: {error}")
    except AgentError as error:
        count.others.append(f"story {count.stories}: {type(error).__name__} {error}")
    finally:
        agent.close()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=["stories"])
    parser.add_argument("number", nargs="?", type=int, default=NUMBER)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=None)
    parser.add_argument("--agent", action="append")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
