"""Tells in words what is known of an agent: the body of every failed wait."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from time import monotonic

from pytest_tmuxagent.events import Observation, ProcessExited
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.live_turn import LiveTurn
from pytest_tmuxagent.turns import TurnMachine

_PROMPT_WIDTH = 70


def account(machine: TurnMachine, *, screen: Screen | None, remedy: str = "") -> str:
    """Give state, turns, what each signal said last, and the screen, one below the other."""
    parts = [
        f"state: {machine.state}",
        *_turns(machine),
        *_signals(machine),
        *_unrecognised(machine),
        *_screen(screen),
    ]
    if remedy:
        parts.append(f"what to do: {remedy}")
    return "\n".join(parts)


def timeline(observations: Iterable[Observation], *, since: float) -> list[str]:
    """Give one line for each event, with its time after `since`."""
    return [
        f"{observed.at - since:+9.3f} s  {observed.source:<10} {describe(observed)}"
        for observed in observations
    ]


def describe(observed: Observation) -> str:
    """Give an event in one line."""
    text = repr(observed.event)
    return text if len(text) <= 300 else text[:297] + "..."


def exit_words(exited: ProcessExited) -> str:
    """Say how a process ended."""
    if exited.signal is not None:
        return f"was killed by {_signal_name(exited.signal)}"
    if exited.status is not None:
        return f"exited with status {exited.status}"
    return "is gone, status unknown"


def shorten(prompt: str) -> str:
    """Give a prompt in one short line, with its length where it was cut."""
    text = repr(prompt)
    if len(text) <= _PROMPT_WIDTH:
        return text
    return f"{text[:_PROMPT_WIDTH]}... ({len(prompt)} characters)"


def _turns(machine: TurnMachine) -> list[str]:
    lines = [_turn(number, turn) for number, turn in enumerate(machine.turns, start=1)][-3:]
    lines += [f"queued: {shorten(prompt)}" for prompt in machine.queued]
    return lines or ["turns: none has begun"]


def _turn(number: int, turn: LiveTurn) -> str:
    prompt = shorten(turn.prompts[0]) if turn.prompts else "(prompt unknown)"
    line = f"turn {number}: {turn.phase.value}, {len(turn.messages)} answers, prompt {prompt}"
    if turn.end is not None:
        line += f", {turn.end.stop_reason} by {turn.ended_by}"
    if turn.is_running and turn.end is not None and turn.veto:
        line += f"; held open: {turn.veto}"
    return line


def _signals(machine: TurnMachine) -> list[str]:
    now = monotonic()
    return [
        f"{source} last said, {now - observed.at:.2f} s ago: {describe(observed)}"
        for source, observed in machine.last_said.items()
    ] or ["signals: none has said anything"]


def _unrecognised(machine: TurnMachine) -> list[str]:
    return [f"not understood, {count} times: {what}" for what, count in machine.unrecognised.items()]


def _screen(screen: Screen | None) -> list[str]:
    if screen is None:
        return ["screen: cannot be had any more"]
    width = min(screen.size[0], 100)
    return [
        "screen:",
        "┌" + "─" * width,
        *("│" + line for line in screen.text.splitlines()),
        "└" + "─" * width,
    ]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
