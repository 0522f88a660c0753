"""What a person types: prompts that must arrive unchanged, and those that must be refused."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_tmuxagent import delivery
from pytest_tmuxagent.agents.profile import AgentProfile
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.errors import Misuse, PromptRefused
from pytest_tmuxagent.strategies.arguments import check_numbers
from pytest_tmuxagent.strategies.hazards import PROMPTS, REFUSED

Agent = str | AgentProfile

LARGEST = 1_000_000
"""The characters that a prompt has at the most."""
MOST_LINES = 100_000

_LENGTHS = (1_000, 10_000, 100_000, LARGEST)
_LINES = (20, 100, 1_000, 10_000, MOST_LINES)
_SHORT = 100
"""Longer ones than this are made by repeating short ones."""


def prompts(
    *,
    agent: Agent | None = None,
    alphabet: Collection[str] | SearchStrategy[str] | None = None,
    min_size: int = 1,
    max_size: int = LARGEST,
    max_lines: int = MOST_LINES,
) -> SearchStrategy[str]:
    """Text that can be typed and must arrive unchanged, as one prompt.

    It covers all of Unicode; wide and combining characters, right-to-left scripts, emoji with their joiners;
    leading `-`, `/`, `#`, `@`, `?` and trailing `;`; what tmux (`#{}`), a shell (`$()`, quotes), a format
    string or a CLI could take for its own; names of keys, placeholders of pastes; blank and indented lines;
    of a hundred some four are long: up to a million characters, or 100 000 lines, which are numbered and
    print as the Python that makes them. It shrinks to `"0"`.

    Left out is what the agent refuses (`PromptRefused`): of `agent`, or, where none is named, of each agent
    of ours; tabs, and `\\` at the end, come for those who take them. `alphabet` are the only characters that
    are used; sizes count characters. A small `max_lines` and `max_size` make a test fast.
    """
    check_numbers("prompts", least=0, min_size=min_size, max_size=max_size, max_lines=max_lines)
    if not min_size <= max_size or max_size < 1 or max_lines < 1:
        raise Misuse(
            f"prompts() cannot give min_size={min_size}, max_size={max_size}, max_lines={max_lines}: "
            "a prompt has one character and one line at the least, and min_size is not above max_size."
        )
    profiles = _profiles(agent)
    line = _lines(alphabet)
    lengths = [length for length in (min_size, *_LENGTHS) if max(min_size, _SHORT + 1) <= length <= max_size]
    most = max_lines if alphabet is None else 1
    counts = [count for count in _LINES if count <= most]
    many = st.builds(_many, line, count=st.sampled_from(counts), size=st.just(max_size)) if counts else None
    drawn = _weighted(
        (80, line if min_size <= _SHORT else None),
        (16, _several(line, most) if most > 1 and min_size <= _SHORT else None),
        (2, st.builds(_long, line, size=st.sampled_from(lengths)) if lengths else None),
        (2, many),
    )

    def fits(text: str) -> bool:
        within = min_size <= len(text) <= max_size and text.count("\n") < max_lines
        return within and all(_accepts(profile, text) for profile in profiles)

    return drawn.filter(fits)


def refused_prompts(*, agent: Agent | None = None) -> SearchStrategy[str]:
    """Text that must be refused before anything is typed: by `agent`, or else by each agent of ours.

    Empty, or only blanks; `ESC[201~`, which ends a paste; NUL; lone surrogates. For an agent that is named
    also what its CLI would change, or obey: control characters, CR, commands, `!`, a mention at the end.
    """
    profiles = _profiles(agent)

    def is_refused(text: str) -> bool:
        return not any(_accepts(profile, text) for profile in profiles)

    hazards = [hazard for kind in REFUSED.values() for hazard in kind]
    around = st.just("") | st.text("a \n", max_size=5) | st.text(max_size=20)
    # What spoils a text only in some places is put there: hardly any text must be drawn again.
    begins = [hazard for hazard in hazards if is_refused(f"{hazard}x")]
    ends = [hazard for hazard in hazards if is_refused(f"x{hazard}")]
    within = [hazard for hazard in hazards if is_refused(f"x{hazard}x")]
    spoilt = [
        st.text(" \n\t\u3000", max_size=5),
        st.sampled_from([hazard for hazard in hazards if is_refused(hazard)]),
        *([st.tuples(around, st.sampled_from(within), around).map("".join)] if within else []),
        *([st.tuples(st.sampled_from(begins), around).map("".join)] if begins else []),
        *([st.tuples(around, st.sampled_from(ends)).map("".join)] if ends else []),
    ]
    return st.one_of(spoilt).filter(is_refused)


class Repeated(str):
    """A long text that prints as it was made."""

    _source: str

    def __new__(cls, text: str, *, source: str) -> Repeated:
        """`source` is the Python that makes `text`."""
        made = super().__new__(cls, text)
        made._source = source
        return made

    def __repr__(self) -> str:
        return self._source

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


def _lines(alphabet: Collection[str] | SearchStrategy[str] | None) -> SearchStrategy[str]:
    if alphabet is not None:
        _check_alphabet(alphabet)
        return st.text(alphabet, min_size=1)
    # What has no shape of its own comes with the hazards: most agents refuse it where it stands alone.
    characters = st.characters(exclude_categories=("Cs", "Cc", "Cf"))
    hazards = st.sampled_from([hazard for kind in PROMPTS.values() for hazard in kind])
    plain = st.text(characters, min_size=1)
    mixed = st.lists(hazards | st.text(characters, min_size=1, max_size=9), min_size=1, max_size=5)
    return plain | hazards | mixed.map("".join)


def _check_alphabet(alphabet: object) -> None:
    if isinstance(alphabet, SearchStrategy):
        return
    characters = list(alphabet) if isinstance(alphabet, Collection) else []
    if not characters or not all(isinstance(each, str) and len(each) == 1 for each in characters):
        raise Misuse(f"prompts(alphabet={alphabet!r}): give some characters, or a strategy that draws them.")


def _weighted(*choices: tuple[int, SearchStrategy[str] | None]) -> SearchStrategy[str]:
    """Draw from each that is there as often as its weight says."""
    left = [strategy for weight, strategy in choices for _ in range(weight) if strategy is not None]
    return st.integers(0, len(left) - 1).flatmap(left.__getitem__)


def _several(line: SearchStrategy[str], most: int) -> SearchStrategy[str]:
    return st.lists(st.just("") | line, min_size=2, max_size=min(8, most)).map("\n".join)


def _long(line: str, *, size: int) -> str:
    times, rest = divmod(size, len(line))
    source = f"{line!r} * {times} + {line[:rest]!r}" if rest else f"{line!r} * {times}"
    return Repeated(line * times + line[:rest], source=source)


def _many(line: str, *, count: int, size: int) -> str:
    """Number the lines, so that none can be lost or doubled unseen."""
    short = line[: max(size // count - len(str(count)) - 1, 0)]
    source = f'"\\n".join({short!r} + str(n) for n in range({count}))'
    text = "\n".join(f"{short}{number}" for number in range(count))
    return Repeated(text, source=source)


def _profiles(agent: Agent | None) -> list[AgentProfile]:
    if isinstance(agent, AgentProfile):
        return [agent]
    if agent is not None and not isinstance(agent, str):
        raise Misuse(f"agent= takes the name of an agent, or an AgentProfile, not {agent!r}.")
    registry = Registry()
    return [registry[agent]] if agent else [registry[name] for name in ("plain", "claude", "codex")]


def _accepts(profile: AgentProfile, text: str) -> bool:
    try:
        delivery.check(text, profile=profile)
    except PromptRefused:
        return False
    return True
