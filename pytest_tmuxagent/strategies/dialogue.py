"""Whole conversations: prompts, the replies to each, and what is answered to its permission dialogs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.script.composition import Reply
from pytest_tmuxagent.script.language import fail, refuse, tool
from pytest_tmuxagent.script.parts import NeutralCall
from pytest_tmuxagent.strategies import answers, calls, hazards, typed
from pytest_tmuxagent.strategies.arguments import check_numbers, check_permissions, check_strategies
from pytest_tmuxagent.turn import StopReason

Answered = Literal["allow", "deny"]

ASKING = ("write", "edit", "shell")
"""The kinds of calls that raise a dialog where permission is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedTurn:
    """A prompt, the replies to it in order, and what is answered to each permission dialog that comes.

    All replies are used: where a dialog is denied, which ends the turn, none follows it.
    """

    prompt: str
    replies: tuple[Reply, ...]
    decisions: tuple[Answered, ...] = ()

    @property
    def expected_stop_reason(self) -> StopReason:
        """How the turn must end."""
        if "deny" in self.decisions:
            return "cancelled"
        last = type(self.replies[-1].parts[0]).__name__
        reasons: dict[str, StopReason] = {"Refuse": "refusal", "Fail": "failed"}
        return reasons.get(last, "end_turn")

    @property
    def expected_text(self) -> str | None:
        """What `Turn.text` must be; None where that is in the words of the CLI."""
        return self.replies[-1].text if self.expected_stop_reason == "end_turn" else None

    @property
    def calls(self) -> tuple[NeutralCall, ...]:
        """The tool calls of its replies, in order."""
        return tuple(part for reply in self.replies for part in reply.parts if isinstance(part, NeutralCall))


def conversations(
    *,
    agent: str | None = None,
    permissions: Permissions = "allow",
    prompts: SearchStrategy[str] | None = None,
    said: SearchStrategy[str] | None = None,
    max_turns: int = 3,
) -> SearchStrategy[tuple[ScriptedTurn, ...]]:
    """Turns that follow each other, each with its prompt, its replies and the answers to its dialogs.

    The prompts are short ones of `prompts()`, no two alike, and may be given to `script.when` as they are:
    none is a part of another. A turn has tool calls of its own files, and ends well, or is declined, or
    fails. With `permissions="ask"` each `write` and `shell` raises a dialog, which is allowed or denied.
    It shrinks to one turn whose model says `"0"`.
    """
    check_permissions("conversations", permissions)
    check_numbers("conversations", least=1, max_turns=max_turns)
    check_strategies("conversations", prompts=prompts, said=said)
    written = typed.prompts(agent=agent, max_size=120, max_lines=5) if prompts is None else prompts
    asked = st.lists(written, min_size=1, max_size=max_turns, unique=True).filter(_tell_apart)
    return _conversations(asked, permissions=permissions, said=said)


@st.composite
def _conversations(
    draw: DrawFn,
    asked: SearchStrategy[list[str]],
    *,
    permissions: Permissions,
    said: SearchStrategy[str] | None,
) -> tuple[ScriptedTurn, ...]:
    return tuple(
        _turn(draw, prompt, number=number, permissions=permissions, said=said)
        for number, prompt in enumerate(draw(asked), 1)
    )


def _turn(
    draw: DrawFn, prompt: str, *, number: int, permissions: Permissions, said: SearchStrategy[str] | None
) -> ScriptedTurn:
    most = 1 if permissions == "ask" else 2  # What becomes of a denied call's neighbours is the CLI's.
    replies = draw(answers.scripts(said=said, tools=_own_calls(number, permissions), max_calls=most))
    last = draw(st.just(replies[-1]) | _endings())
    turn = ScriptedTurn(prompt=prompt, replies=(*replies[:-1], last))
    return turn if permissions == "allow" else _answered(draw, turn)


def _answered(draw: DrawFn, turn: ScriptedTurn) -> ScriptedTurn:
    decisions: list[Answered] = []
    for at, reply in enumerate(turn.replies):
        for part in reply.parts:
            if isinstance(part, NeutralCall) and part.kind in ASKING:
                decisions.append(draw(st.sampled_from(("allow", "allow", "deny"))))
                if decisions[-1] == "deny":
                    kept = turn.replies[: at + 1]
                    return ScriptedTurn(prompt=turn.prompt, replies=kept, decisions=tuple(decisions))
    return ScriptedTurn(prompt=turn.prompt, replies=turn.replies, decisions=tuple(decisions))


def _endings() -> SearchStrategy[Reply]:
    return st.builds(lambda text: Reply(refuse(text)), answers.texts()) | st.just(Reply(fail(400)))


def _own_calls(number: int, permissions: Permissions) -> SearchStrategy[NeutralCall]:
    """Calls that find what they need: where permission is asked for, none must fail before it is asked."""
    written = st.builds(
        lambda path, content, one: tool.write(f"{number}{one}{path}", content),
        calls.paths(),
        st.sampled_from(hazards.CONTENTS),
        st.uuids().map(lambda one: one.hex[:8]),
    )
    others = ("read", "shell") if permissions == "ask" else ("read", "shell", "edit")
    return calls.tool_calls(kinds=others) | written


def _tell_apart(prompts: list[str]) -> bool:
    return not any(one in other for one in prompts for other in prompts if one is not other)
