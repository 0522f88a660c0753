"""Whether prompts arrived: each once, unchanged, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher

from pytest_tmuxagent.programs.received import Prompt, shown

_COMPARED = 500
"""Of long prompts the beginnings are compared: it takes the square of that."""

_NEAR = 0.4
_CONTEXT = 20


def check_deliveries(wanted: Sequence[str], *, received: Sequence[Prompt]) -> None:
    """Compare what was to arrive with what did.

    Raises:
        AssertionError: they differ; without `wanted`: something arrived twice, or was empty.
    """
    __tracebackhide__ = True
    prompts = [prompt for prompt in received if not prompt.is_command or prompt.text in wanted]
    faults = _faults(wanted, prompts) if wanted else _faults_in(prompts)
    if faults:
        came = "\n".join(f"  {prompt}" for prompt in received) or "  nothing"
        told = "\n".join(f"  {fault}" for fault in faults)
        raise AssertionError(
            f"prompts were not delivered once, unchanged:\n{told}\nwhat the agents received:\n{came}"
        )


def _faults_in(prompts: Sequence[Prompt]) -> list[str]:
    counted = Counter(prompt.text for prompt in prompts)
    faults = [f"{shown(text)} arrived {times} times" for text, times in counted.items() if times > 1]
    return faults + [f"an empty prompt arrived: {prompt}" for prompt in prompts if not prompt.text.strip()]


def _faults(wanted: Sequence[str], prompts: Sequence[Prompt]) -> list[str]:
    came, expected = Counter(prompt.text for prompt in prompts), Counter(wanted)
    left = list((came - expected).elements())
    faults = []
    for text, times in expected.items():
        if came[text] > times:
            faults.append(f"{shown(text)} arrived {came[text]} times, not {times}")
            left = [each for each in left if each != text]
        for _ in range(times - came[text]):
            faults.append(f"{shown(text)} did not arrive; {_nearest(text, left)}")
    return faults + [f"{shown(text)} arrived, and was not to" for text in left]


def _nearest(text: str, left: list[str]) -> str:
    """Say what arrived in its place, and take it out of `left`."""
    if not left:
        return "nothing else did"
    halves = _halves(text, left)
    if halves:
        for half in halves:
            left.remove(half)
        return f"a newline in it submitted: it came in {len(halves)} pieces"
    known = next((each for each in left if _difference(text, each)), None)
    nearest = known if known is not None else max(left, key=lambda each: _likeness(text, each))
    if known is None and _likeness(text, nearest) < _NEAR:
        return f"nothing like it did (the nearest: {shown(nearest)})"
    left.remove(nearest)
    return _difference(text, nearest) or _first_difference(text, nearest)


def _halves(text: str, left: Sequence[str]) -> list[str]:
    """Find the lines of a prompt that came each on its own."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    came = [each for each in left if each.strip() in lines]
    return came if len(lines) > 1 and len(came) > 1 else []


def _difference(text: str, came: str) -> str:
    """Name what is known to become of prompts on the way, or give nothing."""
    return next((name for name, loses in _LOSSES.items() if came != text and loses(text, came)), "") or _cut(
        text, came
    )


def _cut(text: str, came: str) -> str:
    if came and text.startswith(came):
        return f"it was cut off after {len(came)} of {len(text)} characters"
    if came and text.endswith(came):
        return f"its first {len(text) - len(came)} of {len(text)} characters were lost"
    if came == text * (len(came) // max(len(text), 1)) and came:
        return f"it came {len(came) // len(text)} times in one"
    return ""


def _first_difference(text: str, came: str) -> str:
    pairs = enumerate(zip(text, came, strict=False))
    place = next((place for place, (one, other) in pairs if one != other), min(len(text), len(came)))
    there, here = (each[max(place - _CONTEXT, 0) : place + _CONTEXT] for each in (text, came))
    sizes = f"{len(text)} characters were sent, {len(came)} came"
    return f"what came differs from character {place} on: {here!r} instead of {there!r} ({sizes})"


def _likeness(text: str, came: str) -> float:
    matcher = SequenceMatcher(None, text[:_COMPARED], came[:_COMPARED], autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _NEAR else 0.0


def _joined(text: str) -> str:
    return " ".join(text.split())


_LOSSES: Mapping[str, Callable[[str, str], bool]] = {
    "its leading '-' was lost": lambda text, came: text[:1] == "-" and text.lstrip("-") == came,
    "its trailing ';' was lost": lambda text, came: text[-1:] == ";" and text[:-1] == came,
    "its tabs became spaces": lambda text, came: "\t" in text and _untabbed(text, came),
    "its tabs were lost": lambda text, came: "\t" in text and text.replace("\t", "") == came,
    "its newlines were lost": lambda text, came: "\n" in text and text.replace("\n", "") == came,
    "its newlines became spaces": lambda text, came: "\n" in text and text.replace("\n", " ") == came,
    "it was stripped of white space": lambda text, came: text.strip() == came.strip(),
    "its white space was changed": lambda text, came: _joined(text) == _joined(came),
}


def _untabbed(text: str, came: str) -> bool:
    return any(text.replace("\t", " " * width) == came for width in (1, 2, 4, 8)) or text.expandtabs() == came
