"""What an error is about: the turns and the agents that the statement names which raised it.

Of the test's frames the innermost one decides whose statement names any: `turn` in `assert turn.text`,
`agent` in `agent.ask("go")`, `self.agent`; of a list, tuple or dict all that are in it. Nothing but names is
looked at: of `assert (workdir / "made").exists()` nobody can tell which agent should have made it.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from traceback import walk_tb
from types import FrameType

from pytest_tmuxagent.headless import key_of_runs
from pytest_tmuxagent.turn import Turn
from pytest_tmuxagent.view import AgentView

_NOT_OF_THE_TEST = frozenset({"_pytest", "pluggy", __name__.partition(".")[0]})
_DEPTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """The turns, with the last one of each agent, and those agents' keys, with and without a terminal."""

    turns: tuple[Turn, ...] = ()
    agents: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.turns or self.agents)


def concern_of(error: BaseException) -> Concern:
    """Give what an error is about; nothing where no statement of the test names any."""
    frames = [(frame, line) for frame, line in walk_tb(error.__traceback__) if _is_of_the_test(frame)]
    found = (_of(_held(_named(frame, line))) for frame, line in reversed(frames))
    return next(filter(None, found), Concern())


def _of(things: Iterable[Turn | AgentView]) -> Concern:
    found = {id(each): each for each in things}.values()
    agents = [each for each in found if isinstance(each, AgentView)]
    turns = [each for each in found if isinstance(each, Turn)]
    last = [agent.turns[-1] for agent in agents if agent.turns]
    keys = (key for agent in agents for key in (agent.key, key_of_runs(agent.key)))
    return Concern(turns=(*turns, *last), agents=frozenset(keys))


def _is_of_the_test(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] not in _NOT_OF_THE_TEST


def _named(frame: FrameType, line: int) -> Iterator[object]:
    """Give what the names in the statement on a line stand for, where its source can be read."""
    here = {**frame.f_globals, **frame.f_locals}
    yield from (_value(part, here) for part in _statement(frame, line))


def _value(part: ast.AST, here: Mapping[str, object]) -> object:
    """Give what a name stands for, or an attribute that an object holds itself: none of its code is run."""
    if isinstance(part, ast.Name):
        return here.get(part.id)
    if not isinstance(part, ast.Attribute):
        return None
    try:
        held = object.__getattribute__(_value(part.value, here), "__dict__")
    except AttributeError:
        return None
    return held.get(part.attr)


def _statement(frame: FrameType, line: int) -> Iterator[ast.AST]:
    source = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):  # It is no Python, or has changed since.
        return
    around = [node for node in nodes if isinstance(node, ast.stmt) and _has(node, line)]
    for statement in around[-1:]:  # `walk` gives the inner ones last.
        yield from _parts(statement)


def _has(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """Give what is in a statement, but not in statements of its own; and nothing that it assigns to."""
    yield node
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, (ast.stmt, ast.ExceptHandler)) and not _is_assigned(part):
            yield from _parts(part)


def _is_assigned(node: ast.AST) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute)) and not isinstance(node.ctx, ast.Load)


def _held(values: Iterable[object], *, depth: int = _DEPTH) -> Iterator[Turn | AgentView]:
    for value in values:
        if isinstance(value, (Turn, AgentView)):
            yield value
        elif depth and isinstance(value, (list, tuple)):
            yield from _held(value, depth=depth - 1)
        elif depth and isinstance(value, dict):
            yield from _held(value.values(), depth=depth - 1)
