"""Tool calls of a model: neutral ones, which really happen, and exact ones with any arguments."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.script.language import tool
from pytest_tmuxagent.script.parts import ExactCall, NeutralCall
from pytest_tmuxagent.strategies.arguments import check_strategies
from pytest_tmuxagent.strategies.hazards import COMMANDS, CONTENTS, NAMES

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

KINDS = ("read", "write", "shell", "edit")

_names = st.text(st.characters(categories=("Ll", "Nd")), min_size=1, max_size=8)
_field = st.text(min_size=1, max_size=8).map(lambda text: text.encode("utf-8", "replace").decode())


def paths() -> SearchStrategy[str]:
    """The path of a file in the workdir, with blanks, quotes, signs of a shell, Unicode, folders."""
    return st.sampled_from(NAMES)


def tool_calls(*, kinds: Collection[str] = KINDS) -> SearchStrategy[NeutralCall]:
    """A neutral call, which every agent understands and which really happens: `tool.write("a", "")`.

    Files with odd names and contents (no line feed at the end, CRLF, what a patch or a here-document could
    take for its end), reads and edits of what may not be there, and harmless commands with every kind of
    output and status. It shrinks to `tool.read("a")`.
    """
    if not isinstance(kinds, Collection) or not kinds or any(kind not in KINDS for kind in kinds):
        raise Misuse(f"kinds={kinds!r} of tool_calls() must be some of {', '.join(KINDS)}.")
    made = {
        "read": st.builds(tool.read, paths()),
        "write": st.builds(tool.write, paths(), st.sampled_from(CONTENTS)),
        "shell": st.builds(tool.shell, st.sampled_from(COMMANDS)),
        "edit": st.builds(tool.edit, paths(), st.sampled_from(("a", "b\n", "x")), st.sampled_from(CONTENTS)),
    }
    return st.one_of([made[kind] for kind in KINDS if kind in kinds])


def exact_calls(*, names: SearchStrategy[str] | None = None) -> SearchStrategy[ExactCall]:
    """A call in a vendor's words, with any name and any JSON object as its input.

    Most CLIs answer them with an error, for they know no such tool, or not with such an input.
    """
    check_strategies("exact_calls", names=names)
    vendors = st.sampled_from(("Bash", "Write", "exec_command", "apply_patch", "mcp__a__b"))
    given = st.dictionaries(_field | _names, json_values(), max_size=4)
    return st.builds(_exact, names if names is not None else vendors | _names, given)


def json_values() -> SearchStrategy[Json]:
    """Any value that JSON can carry: nested, with control characters, huge numbers, odd keys."""
    texts = st.text(max_size=12)
    numbers = st.integers(-(2**63), 2**64) | st.floats(allow_nan=False, allow_infinity=False)
    leaves = st.none() | st.booleans() | numbers | texts
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=5,
    )


def _exact(name: str, given: dict[str, Json]) -> ExactCall:
    return tool.call(name, **given)
