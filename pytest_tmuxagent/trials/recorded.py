"""What trials record by pytest's `record_property`: kept with each, and told of the test in JUnit's file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_tmuxagent.evals.results import TrialResult
from pytest_tmuxagent.trials.plan import trial_suffix

_GREATEST = sys.float_info.max


def recorded(pairs: Iterable[tuple[object, object]]) -> dict[str, Any]:
    """Give what was recorded by name, as JSON has it; several values of one name as a list."""
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        found.setdefault(str(name), []).append(_plain(value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def properties_of(trials: Iterable[TrialResult]) -> Iterator[tuple[str, object]]:
    """Name what all trials that ran recorded alike once, and anything else with the trial: `size[trial2]`."""
    ran = [trial for trial in trials if trial.outcome not in ("not_run", "skipped")]
    for name in dict.fromkeys(name for trial in ran for name in trial.properties):
        if all(trial.properties.get(name) == ran[0].properties.get(name) for trial in ran):
            yield from _each(name, ran[0].properties)
            continue
        for trial in ran:
            yield from _each(name, trial.properties, said_as=f"{name}[{trial_suffix(trial.number)}]")


def _each(
    name: str, properties: Mapping[str, Any], *, said_as: str | None = None
) -> Iterator[tuple[str, object]]:
    if name not in properties:
        return
    held = properties[name]
    for value in held if isinstance(held, list) else [held]:
        yield said_as or name, value


def _plain(value: object) -> object:
    """Give a value as it goes between processes and into a file; pytest writes its text, too."""
    if value is None or (type(value) in (int, float, bool) and abs(value) <= _GREATEST):  # type: ignore[arg-type]
        return value
    try:
        text = str(value)
    except Exception:  # Of any class: the trial is over, and must not be lost for it.
        text = f"a value of {type(value).__name__}, which has no text"
    return text.encode(errors="backslashreplace").decode()
