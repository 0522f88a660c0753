"""What messages use and cost, by model, as the last line of a headless run tells it.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

NO_USAGE: Mapping[str, int] = {
    "input_tokens": 0,
    "output_tokens": 0,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
}
_COUNTS = {
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "cache_read_input_tokens": "cacheReadInputTokens",
    "cache_creation_input_tokens": "cacheCreationInputTokens",
}
# Dollars for a million tokens: input, output, read from the cache, written to it. Others cost as the first.
_PRICES = (
    ("claude-opus", (5.0, 25.0, 0.5, 6.25)),
    ("claude-sonnet", (3.0, 15.0, 0.3, 3.75)),
    ("claude-haiku", (1.0, 5.0, 0.1, 1.25)),
)
_LONG_ANSWERS = ("claude-opus-4-8", "claude-sonnet-5")


def whole_usage(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Give a usage with all counts, in the order of the API, which leaves out none."""
    return {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, **usage}


class Spending:
    """Adds up: `turn` is the usage of the newest turn, `by_model` and `cost` are those of the process."""

    __slots__ = ("_models", "_turn", "cost")

    def __init__(self) -> None:
        self._models: dict[str, dict[str, Any]] = {}
        self._turn = dict.fromkeys(_COUNTS, 0)
        self.cost: float = 0  # an integer until something was spent, as JSON shows it

    def begin_turn(self) -> None:
        self._turn = dict.fromkeys(_COUNTS, 0)

    def add(self, model: str, usage: Mapping[str, Any]) -> None:
        """Count one message; `model` is its full name, `[1m]` included."""
        counts = {name: _count(usage.get(name)) for name in _COUNTS}
        spent = self._models.setdefault(model, _nothing_spent(model))
        for name, key in _COUNTS.items():
            self._turn[name] += counts[name]
            spent[key] += counts[name]
        price = _price(model, counts)
        spent["costUSD"] += price
        self.cost += price

    def by_model(self) -> dict[str, Any]:
        return {model: dict(spent) for model, spent in self._models.items()}

    def turn(self) -> dict[str, Any]:
        return {
            "input_tokens": self._turn["input_tokens"],
            "cache_creation_input_tokens": self._turn["cache_creation_input_tokens"],
            "cache_read_input_tokens": self._turn["cache_read_input_tokens"],
            "output_tokens": self._turn["output_tokens"],
            "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
            "service_tier": "standard",
            "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
            "inference_geo": "",
            "iterations": [],
            "speed": "standard",
        }


def _nothing_spent(model: str) -> dict[str, Any]:
    return {
        **dict.fromkeys(_COUNTS.values(), 0),
        "webSearchRequests": 0,
        "costUSD": 0,
        "contextWindow": 1_000_000 if model.endswith("[1m]") else 200_000,
        "maxOutputTokens": 64_000 if model.startswith(_LONG_ANSWERS) else 32_000,
    }


def _price(model: str, counts: Mapping[str, int]) -> float:
    prices = next((prices for name, prices in _PRICES if model.startswith(name)), _PRICES[0][1])
    pairs = zip(counts.values(), prices, strict=True)
    return sum(count / 1_000_000 * price for count, price in pairs)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
