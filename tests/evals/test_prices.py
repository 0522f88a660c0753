"""What model requests cost."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.prices import read_prices
from pytest_tmuxagent.turn import Usage

MILLION = 1_000_000


def own(tmp_path: Path, written: str) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(written, encoding="utf-8")
    return path


def test_each_kind_of_token_has_its_price(tmp_path: Path) -> None:
    rates = "input = 1\noutput = 10\ncache_read = 0.1\ncache_write = 2"
    prices = read_prices(own(tmp_path, f'[models."m"]\n{rates}\n'))
    usage = Usage(
        input_tokens=6 * MILLION,
        output_tokens=MILLION,
        cache_read_tokens=3 * MILLION,
        cache_write_tokens=MILLION,
    )
    assert prices.cost("m", usage, agent="") == pytest.approx(2 * 1 + 3 * 0.1 + 1 * 2 + 1 * 10)


def test_without_prices_of_the_cache_all_input_costs_the_same(tmp_path: Path) -> None:
    prices = read_prices(own(tmp_path, "[models.m]\ninput = 3\noutput = 10\n"))
    usage = Usage(input_tokens=MILLION, cache_read_tokens=MILLION // 2, cache_write_tokens=MILLION // 4)
    assert prices.cost("m", usage, agent="") == pytest.approx(3.0)


@pytest.mark.parametrize(("tokens", "cost"), [(100_000, 0.1), (100_001, 0.500005)])
def test_a_long_request_costs_more_altogether(tmp_path: Path, tokens: int, cost: float) -> None:
    table = "input = 1\noutput = 1\nlong_above = 100_000\nlong = { input = 5, output = 5 }"
    prices = read_prices(own(tmp_path, f"[models.m]\n{table}\n"))
    assert prices.cost("m", Usage(input_tokens=tokens), agent="") == pytest.approx(cost)


@pytest.mark.parametrize(
    "name",
    [
        "claude-opus-4-5",
        "claude-opus-4-5-20251101",
        "anthropic/claude-opus-4-5",
        "claude-opus-4-5[1m]",
        "claude-opus-4-5-20251101[1m]",
    ],
)
def test_a_model_is_found_by_its_names(name: str) -> None:
    assert read_prices().cost(name, Usage(output_tokens=MILLION), agent="") == 25.0


@pytest.mark.parametrize("name", ["claude-opus-4-55", "claude-opus", "gpt-99", ""])
def test_a_model_that_is_only_alike_has_no_price(name: str) -> None:
    assert read_prices().cost(name, Usage(output_tokens=1), agent="mybot") is None


@pytest.mark.parametrize("agent", ["claude", "codex"])
def test_an_agent_that_names_no_model_has_its_usual_one(agent: str) -> None:
    assert read_prices().find(None, agent=agent) is not None


def test_the_users_table_is_added_to_ours(tmp_path: Path) -> None:
    ours = read_prices()
    table = 'dated = "2027-01-01"\n[agents]\nmybot = "m"\n[models.m]\ninput = 1\noutput = 1\n'
    prices = read_prices(own(tmp_path, table))
    assert prices.cost(None, Usage(input_tokens=MILLION), agent="mybot") == 1.0
    assert prices.dated == "2027-01-01"
    assert prices.models.items() >= ours.models.items()


def test_the_users_price_of_a_model_wins(tmp_path: Path) -> None:
    prices = read_prices(own(tmp_path, '[models."claude-opus-4-8"]\ninput = 7\noutput = 7\n'))
    assert prices.cost("claude-opus-4-8", Usage(input_tokens=MILLION), agent="") == 7.0


def test_a_star_is_the_price_of_all_others(tmp_path: Path) -> None:
    prices = read_prices(own(tmp_path, '[models."*"]\ninput = 2\noutput = 2\n'))
    assert prices.cost("gpt-99", Usage(input_tokens=MILLION), agent="") == 2.0
    assert prices.cost(None, Usage(input_tokens=MILLION), agent="mybot") == 2.0
    assert prices.cost("claude-opus-4-8", Usage(input_tokens=MILLION), agent="") == 5.0


def test_our_table_says_as_of_when_and_cites_its_sources() -> None:
    prices = read_prices()
    assert date.fromisoformat(prices.dated) <= date.today()  # noqa: DTZ011
    written = (Path(read_prices.__code__.co_filename).parent / "prices.toml").read_text(encoding="utf-8")
    assert len(re.findall("# Source: https://", written)) == 2


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[models.m\n", "cannot be read"),
        ("[model.m]\ninput = 1\n", "has 'model'"),
        ("[models.m]\ninput = 1\n", "models.m lacks 'output'"),
        (f"[models.m]\ninput = 1{'0' * 400}\noutput = 1\n", "models.m.input is 1000"),
        ("x = " + "[" * 5_000, "cannot be read"),
        ("[models.m]\ninput = -1\noutput = 1\n", "models.m.input is -1"),
        ("[models.m]\ninput = true\noutput = 1\n", "models.m.input is True"),
        ("[models.m]\ninput = nan\noutput = 1\n", "models.m.input is nan"),
        ("[models.m]\ninput = 1\noutput = 1\nprice = 1\n", "models.m has 'price'"),
        ("[models.m]\ninput = 1\noutput = 1\nlong_above = 1\n", "each needs the other"),
        ("[models]\nm = 1\n", "models.m is 1"),
        ("[agents]\nmybot = 1\n", "agents.mybot is 1"),
    ],
)
def test_a_table_that_cannot_be_is_refused_by_its_entry(tmp_path: Path, written: str, words: str) -> None:
    path = own(tmp_path, written)
    with pytest.raises(Misuse, match=re.escape(words)) as refused:
        read_prices(path)
    assert str(path) in str(refused.value)


def test_a_table_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"nowhere\.toml"):
        read_prices(tmp_path / "nowhere.toml")
