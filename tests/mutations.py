"""What an agent of tomorrow, or a hostile program, may write: real values with parts dropped or replaced.

A value is mutated as text: what JSON can say and Python hardly hold (a number without end, a list in a list
in a list ...) is written only into the bytes, so that an example prints as what a person reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pytest_tmuxagent.strategies import json_values

MONSTERS: Mapping[str, str] = {
    "<a list nested 400 deep>": "[" * 400 + "]" * 400,
    "<an object nested 800 deep>": '{"a":' * 800 + "0" + "}" * 800,
    "<a list nested 20000 deep>": "[" * 20_000 + "]" * 20_000,
    "<a number of 400 digits>": "7" * 400,
    "<a number of 5000 digits>": "7" * 5000,
    "<infinite>": "1e999",
    "<no number>": "NaN",
}
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    -1,
    0,
    2**63,
    1.5,
    "",
    "\0",
    "\ud800",
    "/",
    "..",
    "*",
    "[",
    "x" * 5000,
    [],
    {},
    [[]],
)


def values() -> SearchStrategy[Any]:
    """Any value of JSON, those that nobody expects first; a monster is its name until it is `written`."""
    return st.sampled_from(ODD) | st.sampled_from(sorted(MONSTERS)) | json_values()


@st.composite
def mutated(draw: DrawFn, real: Any, *, most: int = 2) -> Any:  # noqa: ANN401 - any JSON
    """That value, with up to so many places of it dropped or replaced."""
    value = json.loads(json.dumps(real))
    for _ in range(draw(st.integers(1, most))):
        places = list(_places(value))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        if draw(st.booleans()):
            holder[key] = json.loads(json.dumps(draw(values())))
        else:
            del holder[key]
    return value


def written(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """The value as JSON, on one line without its end, monsters and all."""
    text = json.dumps(value)
    for name, monster in MONSTERS.items():
        text = text.replace(json.dumps(name), monster)
    return text.encode()


def read(line: bytes) -> dict[str, Any] | None:
    """Read what was written, None where it cannot be read or is no object."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _places(inside: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - any JSON
    for key in list(inside) if isinstance(inside, dict) else range(len(inside)):
        yield inside, key
        if isinstance(inside[key], (dict, list)):
            yield from _places(inside[key])
