"""What model requests cost, by a dated table (`prices.toml`) that a user's own is added to."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.turn import Usage

tomllib = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
_OURS = Path(__file__).with_name("prices.toml")
_PER = 1_000_000
_ANY = "*"
_DATE = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2})$")
_RATES = ("input", "output", "cache_read", "cache_write")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """USD per million tokens; `long` stands for all of it in a request that reads more than `long_above`."""

    input: float
    output: float
    cache_read: float
    cache_write: float
    long_above: int | None = None
    long: Price | None = None

    def of(self, usage: Usage) -> float:
        """What these tokens of one request cost, in USD."""
        if self.long is not None and self.long_above is not None and usage.input_tokens > self.long_above:
            return self.long.of(usage)
        fresh = max(0, usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens)
        return (
            fresh * self.input
            + usage.cache_read_tokens * self.cache_read
            + usage.cache_write_tokens * self.cache_write
            + usage.output_tokens * self.output
        ) / _PER


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A table. `agents` names the model of an agent that names none; `dated` is as of when the prices are."""

    models: Mapping[str, Price] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    dated: str = ""

    def cost(self, model: str | None, usage: Usage, /, *, agent: str) -> float | None:
        """What a model request costs in USD; None where no price is known."""
        price = self.find(model, agent=agent)
        return None if price is None else price.of(usage)

    def find(self, model: str | None, *, agent: str) -> Price | None:
        """Give the price of a model; None where there is none."""
        named = model or self.agents.get(agent, "")
        for name in _names(named):
            if name in self.models:
                return self.models[name]
        return self.models.get(_ANY)


def read_prices(own: Path | None = None) -> Prices:
    """Read our table, with the user's added to it.

    Raises:
        Misuse: the user's cannot be read; the message names the file and the entry.
    """
    ours = _read(_OURS)
    if own is None:
        return ours
    theirs = _read(own)
    return Prices(
        models={**ours.models, **theirs.models},
        agents={**ours.agents, **theirs.agents},
        dated=theirs.dated or ours.dated,
    )


def _names(model: str) -> tuple[str, ...]:
    """The names to look for: as it is, and without what stands around the name proper."""
    bare = model.rpartition("/")[2].partition("[")[0]
    return (model, bare, _DATE.sub("", bare))


def _read(path: Path) -> Prices:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise Misuse(f"the price table {path} cannot be read: {error}") from error
    strange = sorted(told.keys() - {"models", "agents", "dated"})
    if strange:
        raise Misuse(f"the price table {path} has {strange[0]!r}; it takes dated, [agents] and [models.NAME]")
    models = _table(told.get("models", {}), at="models", path=path)
    agents = _table(told.get("agents", {}), at="agents", path=path)
    for agent, model in agents.items():
        if not isinstance(model, str):
            raise Misuse(f"the price table {path}: agents.{agent} is {model!r}; it is the name of a model")
    return Prices(
        models={name: _price(entry, at=f"models.{name}", path=path) for name, entry in models.items()},
        agents=agents,
        dated=str(told.get("dated", "")),
    )


def _price(told: object, *, at: str, path: Path) -> Price:
    entry = _table(told, at=at, path=path)
    strange = sorted(entry.keys() - {*_RATES, "long_above", "long"})
    if strange:
        raise Misuse(f"the price table {path}: {at} has {strange[0]!r}; it takes {', '.join(_RATES)}")
    for name in ("input", "output"):
        if name not in entry:
            raise Misuse(f"the price table {path}: {at} lacks {name!r}, in USD per million tokens")
    if ("long" in entry) != ("long_above" in entry):
        raise Misuse(f"the price table {path}: {at} has one of long and long_above; each needs the other")
    read = _rate(entry["input"], at=f"{at}.input", path=path)
    rates = {name: _rate(entry.get(name, read), at=f"{at}.{name}", path=path) for name in _RATES}
    above = entry.get("long_above")
    if above is not None and (not isinstance(above, int) or isinstance(above, bool) or above < 0):
        raise Misuse(f"the price table {path}: {at}.long_above is {above!r}; it is a number of tokens")
    long = None if above is None else _price(entry["long"], at=f"{at}.long", path=path)
    return Price(**rates, long_above=above, long=long)


def _rate(told: object, *, at: str, path: Path) -> float:
    try:
        is_number = isinstance(told, (int, float)) and not isinstance(told, bool)
        rate = float(told) if is_number else math.nan  # type: ignore[arg-type]
    except OverflowError:
        rate = math.inf
    if not math.isfinite(rate) or rate < 0:
        raise Misuse(f"the price table {path}: {at} is {told!r:.80}; it is USD per million tokens")
    return rate


def _table(told: object, *, at: str, path: Path) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise Misuse(f"the price table {path}: {at} is {told!r}; it is a table")
    return told
