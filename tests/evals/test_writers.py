"""Results as a table, as a summary of a GitHub job, as JUnit properties."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.evals.results import Decision, Results, TestResult, TestVerdict, TrialResult
from pytest_tmuxagent.evals.writers import figures
from pytest_tmuxagent.evals.writers.github import escaped, summary
from pytest_tmuxagent.evals.writers.junit import properties
from pytest_tmuxagent.evals.writers.sums import over_prompts, totals
from pytest_tmuxagent.evals.writers.table import table, table_of_proofs
from pytest_tmuxagent.faces.text import width as columns_of
from pytest_tmuxagent.turn import Spent

LETTERS = {"+": "passed", "-": "failed", "?": "unscored", "s": "skipped", ".": "not_run"}
CAUSES = {"-": "agent_behaviour", "?": "environment"}


def result(
    test: str,
    trials: str,
    *,
    agent: str | None = None,
    decision: Decision | None = "passed",
    why: str = "it is so",
    reason: str = "assert 1 == 2",
    cost: float | None = 0.0,
) -> TestResult:
    """A result whose trials are written as letters."""
    made = tuple(
        TrialResult(
            number=number,
            outcome=LETTERS[letter],  # type: ignore[arg-type]
            cause=CAUSES.get(letter),  # type: ignore[arg-type]
            reason=reason if letter in CAUSES else "",
            spent=Spent(cost_usd=cost),
        )
        for number, letter in enumerate(trials, start=1)
    )
    verdict = None if decision is None else TestVerdict(decision=decision, why=why)
    return TestResult(test=test, agent=agent, trials=made, verdict=verdict)


def results(*tests: TestResult) -> Results:
    return Results(tests=tests, rung="stub")


TWO_AGENTS = results(
    result("t::test_x[claude-easy]", "+" * 18 + "--", agent="claude", cost=0.01),
    result("t::test_x[claude-hard]", "++--?", agent="claude", decision="failed"),
    result("t::test_x[codex-easy]", "+" * 20, agent="codex"),
)


def test_the_table_has_a_line_per_test_and_its_agents_side_by_side() -> None:
    assert table(TWO_AGENTS, width=100) == (
        "test             claude  rate  95 %          verdict  |  codex  rate  95 %          verdict",
        "t::test_x[easy]  18/20   0.90  0.70 to 0.97  passed   |  20/20  1.00  0.84 to 1.00  passed",
        "t::test_x[hard]  2/4     0.50  0.15 to 0.85  failed   |",
    )
    assert "would cost  verdict  |" in table(TWO_AGENTS, width=110)[0]


def test_agents_stand_below_each_other_where_there_is_no_room_for_their_rates_and_intervals() -> None:
    assert table(TWO_AGENTS, width=85) == (
        "test             agent   passed  rate  95 %          unscored  would cost  verdict",
        "t::test_x[easy]  claude  18/20   0.90  0.70 to 0.97  -         $0.20       passed",
        "                 codex   20/20   1.00  0.84 to 1.00  -         -           passed",
        "t::test_x[hard]  claude  2/4     0.50  0.15 to 0.85  1         -           failed",
    )


def test_tests_with_one_agent_each_stand_below_each_other_however_wide_it_is() -> None:
    each = results(result("t::a[x]", "+", agent="x"), result("t::b[y]", "-", agent="y"))
    assert [line.split()[:2] for line in table(each, width=300)] == [
        ["test", "agent"],
        ["t::a", "x"],
        ["t::b", "y"],
    ]


@pytest.mark.parametrize("width", [80, 130])
def test_all_writers_tell_the_same_verdicts_and_numbers(width: int) -> None:
    words = " ".join(table(TWO_AGENTS, width=width)).split()
    for test in TWO_AGENTS.tests:
        found = dict(properties(test))
        counted = f"{found['agent.passed']}/{int(found['agent.passed']) + int(found['agent.failed'])}"
        assert {counted, f"{float(found['agent.rate']):.2f}", found["agent.verdict"]} <= set(words)
        assert counted in summary(TWO_AGENTS)


@pytest.mark.parametrize(("width", "told"), [(80, 1), (130, 2)])
def test_the_table_has_a_column_for_the_baseline_where_there_is_one(width: int, told: int) -> None:
    against = {"t::test_x[claude-hard]": "got worse", "t::test_x[codex-easy]": "got better"}
    title, *lines = table(TWO_AGENTS, width=width, against=against)
    assert title.count("baseline") == told
    assert [[word for word in ("worse", "better") if f"got {word}" in line] for line in lines] == (
        [[], ["better"], ["worse"]] if told == 1 else [["better"], ["worse"]]
    )


def test_chances_that_were_asked_for_are_told_before_others() -> None:
    lines = table(results(result("test_x", "+++-", cost=1.0)), width=60, tries=(1, 2))
    assert lines == (
        "test    passed  pass@1  pass^1  pass@2  pass^2  verdict",
        "test_x  3/4     0.75    0.75    1.00    0.50    passed",
    )


def test_of_chances_that_were_asked_for_it_is_told_which_have_no_room() -> None:
    told = results(result("test_x", "+++-"))
    assert table(told, width=50, tries=(1, 2, 3, 9))[-1] == "no room for pass@2, pass@3"
    assert not any("no room" in line for line in table(told, width=200, tries=(1, 2, 3)))


def test_of_chances_that_were_asked_for_it_is_told_which_cannot_be_estimated() -> None:
    both = results(result("test_x", "+++-"), result("test_y", "+?"))
    told = "pass@3 and pass^3 are not estimable for 1 of 2 results: too few scored trials"
    assert table(both, width=120, tries=(1, 3))[-1] == told
    assert table(both, width=120)[-1].startswith("test_y")
    text = summary(both, tries=(1, 3))
    assert f"- {escaped(told)}\n" in text
    assert f"pass@1 0.75, pass{escaped('^')}1 0.75, pass@3 1.00, pass{escaped('^')}3 0.25" in text
    assert "pass" + escaped("^") not in summary(both)
    assert properties(both.tests[1], tries=(1, 3)) == properties(both.tests[1], tries=(1,))


@pytest.mark.parametrize("width", [45, 60, 80, 100, 150])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = table(TWO_AGENTS, width=width)
    assert max(map(len, lines)) <= width
    assert lines[1].endswith("passed")


def test_a_name_gives_room_to_the_figures() -> None:
    title, line = table(results(result("tests/" + "deep/" * 20 + "test_x.py::test_it", "+++")), width=80)
    assert title.split() == ["test", "passed", "rate", "95", "%", "pass^3", "verdict"]
    assert line.startswith("…")
    assert "test_x.py::test_it  3/3" in line


def test_a_long_name_loses_its_beginning() -> None:
    long = result("tests/" + "deep/" * 20 + "test_ワイド.py::test_it", "+")
    lines = table(results(long), width=60)
    assert max(map(columns_of, lines)) <= 60
    assert lines[1].startswith("…")
    assert "::test_it  1/1" in lines[1]


def test_a_test_without_scored_trials_has_no_rate() -> None:
    (_, line) = table(results(result("test_x", "??.", decision=None)), width=120)
    assert line.split() == ["test_x", "0/0", "2", "1", "no", "verdict"]


PROOFS = results(
    replace(result("t::test_a[claude]", "-+", agent="claude"), design={"proof": 2}),
    replace(result("t::test_b[claude]", "+.", agent="claude", decision="failed"), design={"proof": 2}),
    replace(result("t::test_c[claude]", "-", agent="claude"), design={"proof": 1}),
)


def test_the_table_of_proofs_tells_who_passed() -> None:
    assert table_of_proofs(PROOFS, width=80) == (
        "test       agent   does nothing  solution  verdict",
        "t::test_a  claude  failed        passed    passed",
        "t::test_b  claude  passed        not run   failed",
        "t::test_c  claude  failed        -         passed",
    )


def test_a_proof_has_no_rate() -> None:
    text = summary(PROOFS)
    assert text.startswith("## Proofs: 2 passed, 1 failed")
    assert "0.5" not in text
    assert totals(PROOFS) == ()


def test_there_is_no_table_of_nothing() -> None:
    assert table(results(), width=80) == table_of_proofs(results(), width=80) == ()


def test_the_totals_put_the_agents_below_each_other() -> None:
    assert totals(TWO_AGENTS) == (
        "claude: 2 tests, 1 passed, 1 failed; 20 of 24 scored trials passed (0.83), would cost $0.20",
        "codex: 1 test, 1 passed; 20 of 20 scored trials passed (1.00)",
    )


def test_the_prompts_of_a_test_are_told_together_with_a_clustered_error() -> None:
    easy, hard = (
        replace(result(f"t::test_x[claude-{name}]", trials, agent="claude"), group="t::test_x", variant=name)
        for name, trials in (("easy", "+" * 10), ("hard", "+" * 5 + "-" * 5))
    )
    (line,) = over_prompts(results(easy, hard))
    assert line.startswith("t::test_x with claude, over 2 prompts: 0.75, 0.00 to 1.00 (only 2 variants:")
    assert escaped("over 2 prompts: 0.75") in summary(results(easy, hard))


def test_a_test_with_one_prompt_is_not_told_twice() -> None:
    assert over_prompts(results(replace(result("t::test_x", "+"), variant="easy"))) == ()


@pytest.mark.parametrize(
    ("test", "row"),
    [
        ("t.py::test_x[claude]", "t.py::test_x"),
        ("t.py::test_x[claude-a-claude]", "t.py::test_x[a-claude]"),
        ("t.py::test_x[a-claude]", "t.py::test_x[a]"),
        ("t.py::test_x[claudette]", "t.py::test_x[claudette]"),
        ("t.py::test_x", "t.py::test_x"),
        ("t.py::test_x[claude--a]", "t.py::test_x[-a]"),
        ("of[claude]/t.py::test_x[claude]", "of[claude]/t.py::test_x"),
    ],
)
def test_a_row_is_the_test_without_its_agent(test: str, row: str) -> None:
    assert figures.row_of(result(test, "+", agent="claude")) == row


def test_numbers_in_a_row_are_told_as_a_span() -> None:
    trials = result("x", "-+---+-").trials
    assert figures.numbers_of([each for each in trials if each.outcome == "failed"]) == "1, 3-5, 7"


def test_the_most_frequent_reason_comes_first() -> None:
    trials = result("x", "--+-").trials
    rare = replace(trials[0], reason="rare")
    reasons = figures.reasons_of(replace(result("x", ""), trials=(rare, *trials[1:])))
    assert {reason: figures.numbers_of(each) for reason, each in reasons.items()} == {
        "assert 1 == 2": "2, 4",
        "rare": "1",
    }
    assert list(reasons) == ["assert 1 == 2", "rare"]


@pytest.mark.parametrize(
    ("spent", "told"),
    [
        (Spent(cost_usd=1.234, judge_cost_usd=1), "$2.23"),
        (Spent(cost_usd=0.00123), "$0.0012"),
        (Spent(cost_usd=0.00001), "<$0.0001"),
        (Spent(cost_usd=None, judge_cost_usd=1), "unknown"),
        (Spent(), "-"),
    ],
)
def test_a_cost_is_told_with_that_of_the_judges(spent: Spent, told: str) -> None:
    assert figures.cost_of(spent) == told


def test_the_summary_has_the_agents_side_by_side_and_what_is_wrong_first() -> None:
    lines = summary(TWO_AGENTS).splitlines()
    claude = f"passed, 18/20, 0.90 (0.70 to 0.97), would cost {escaped('$0.20')}"
    assert lines[:6] == [
        "## Trials: 2 passed, 1 failed (rung stub)",
        "",
        "| test | claude | codex |",
        "|---|---|---|",
        f"| {escaped('t::test_x[hard]')} | **failed**, 2/4, 0.50 (0.15 to 0.85), 1 unscored |  |",
        f"| {escaped('t::test_x[easy]')} | {claude} | passed, 20/20, 1.00 (0.84 to 1.00) |",
    ]


def test_the_summary_explains_what_is_wrong() -> None:
    text = html.unescape(summary(TWO_AGENTS))
    assert "<b>t::test_x[claude-hard]</b>: failed: it is so" in text
    assert "Causes: agent_behaviour 2, environment 1" in text
    assert "- trial 3-5: assert 1 == 2" in text
    assert "codex-easy" not in text


def test_the_summary_explains_what_got_worse_though_it_passed() -> None:
    text = summary(results(result("test_x", "+++-")), against={"test_x": "got worse"}, suite="no evidence")
    assert "Against the baseline: no evidence" in text
    assert f"<b>{escaped('test_x')}</b>: passed, got worse: it is so" in text


HOSTILE = "a|b <script>`c`\n\n# **d** ~~e~~ [f](g) $h$ \\ &amp; \x1b[31m </details>"


def test_nothing_of_a_name_or_a_reason_is_read_as_markdown_or_html() -> None:
    text = summary(
        results(result(HOSTILE, "-", decision="failed", why=HOSTILE, reason=HOSTILE, agent=HOSTILE)),
        suite=HOSTILE,
    )
    ours = re.sub(r"</?(details|summary|b)>", "", text)
    assert not re.search(r"[<>`\\$~\[\]\x1b]", ours)
    assert text.count("</details>") == 1
    assert all(line.count("|") == 3 for line in text.splitlines() if line.startswith("|"))
    assert html.unescape(escaped(HOSTILE)) == HOSTILE.replace("\n", " ").replace("\x1b", " ")


@given(st.text(st.characters(codec="utf-8")))
def test_an_escaped_text_is_one_line_that_shows_as_it_is(text: str) -> None:
    told = escaped(text)
    assert not re.search(r"[\r\n\x85\u2028\u2029<>|`*_\[\]\\]", told)
    shown = html.unescape(told).removesuffix("…")
    assert shown == "".join(c if c.isprintable() else " " for c in text)[: len(shown)]


MANY = results(
    *(result(f"test_p[{number}]", "+" * 20) for number in range(1000)),
    *(result(f"test_f[{number}]", "-" * 5, decision="failed", reason="é" * 300) for number in range(100)),
)


@pytest.mark.parametrize("limit", [10_000, 30_000, 100_000, 140_000])
def test_a_summary_is_never_longer_than_its_limit_in_bytes(limit: int) -> None:
    assert limit - 3000 < len(summary(MANY, limit_bytes=limit).encode()) <= limit


def test_what_passed_is_cut_before_what_failed() -> None:
    full = summary(MANY, limit_bytes=10**9)
    rows = "".join(line for line in full.splitlines(keepends=True) if line.startswith("| test&#95;p"))
    text = summary(MANY, limit_bytes=len(full.encode()) - len(rows) // 2)
    assert text.count("| test&#95;f") == text.count("<details>") == 100
    assert 400 < text.count("| test&#95;p") < 600
    cut = 1000 - text.count("| test&#95;p")
    assert f"the lines of {cut} tests (of passed ones first), and the explanations of 0" in text


def test_explanations_are_cut_before_the_lines_of_what_failed() -> None:
    text = summary(MANY, limit_bytes=20_000)
    assert text.count("| test&#95;f") == 100
    assert text.count("| test&#95;p") == 0
    explained = text.count("<details>")
    assert 0 < explained < 100
    assert (
        f"the lines of 1000 tests (of passed ones first), and the explanations of {100 - explained}" in text
    )


def test_nothing_is_written_where_there_is_no_room_at_all() -> None:
    assert summary(MANY, limit_bytes=100) == ""


def test_the_properties_have_all_figures() -> None:
    found = dict(properties(TWO_AGENTS.tests[1], against="got worse"))
    assert found["agent.name"] == "claude"
    assert found["agent.verdict"] == "failed"
    assert found["agent.baseline"] == "got worse"
    assert (found["agent.passed"], found["agent.failed"], found["agent.unscored"]) == ("2", "2", "1")
    assert (found["agent.rate"], found["agent.pass_at_3"]) == ("0.5", "1")
    assert float(found["agent.rate_low"]) == pytest.approx(0.15, abs=0.005)
    assert (found["agent.cause.agent_behaviour"], found["agent.cause.environment"]) == ("2", "1")


def test_a_property_without_a_value_is_left_out() -> None:
    found = dict(properties(result("x", "..", decision=None, cost=None)))
    assert {"agent.name", "agent.rate", "agent.baseline", "agent.pass_at_3"}.isdisjoint(found)
    assert (found["agent.verdict"], found["agent.cost_usd"]) == ("no verdict", "unknown")


@pytest.mark.parametrize(
    ("rung", "word"), [("stub", "would cost"), ("scripted", "would cost"), ("live", "cost")]
)
def test_a_cost_that_nobody_pays_is_told_as_such(rung: str, word: str) -> None:
    both = replace(TWO_AGENTS, rung=rung)
    assert f"  unscored  {word}  " in table(both, width=85)[0]
    assert totals(both)[0].endswith(f"(0.83), {word} $0.20")
    assert f"(0.70 to 0.97), {word} {escaped('$0.20')}" in summary(both)
    found = dict(properties(both.tests[0], rung=rung))
    assert (found["agent.rung"], found[f"agent.{word.replace(' ', '_')}_usd"]) == (rung, "0.2")
