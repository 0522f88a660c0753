"""How often each rule errs, by pytest itself: `python -m tests.error_rates [N] [--seed S] [--agent]`.

N tests of each rule at each rate, whose trials pass with that probability; with --agent each trial asks an
agent of the stub, which is slower by far.
"""

# ruff: noqa: T201 - printing is what it does.

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from pytest_tmuxagent.evals.designs import Design, design_from
from pytest_tmuxagent.evals.formats import read_document
from pytest_tmuxagent.evals.results import TestResult

RATES = (0.95, 0.9, 0.8, 0.6)
RULES: Mapping[str, str] = {
    "sequential": "accept=0.9, reject=0.6, at_most=30",
    "wilson": "20, pass_rate=0.6",
    "decided": "20, pass_rate=0.6, stop='decided'",
    "rate": "20, pass_rate=0.8, judge='rate'",
}
MOST = 5000
_WITHOUT = ("anyio", "hypothesispytest", "asyncio", "libtmux", "timeout", "xdist", "cacheprovider")
_TRIAL = {
    "none": "    assert agent_trial.random.random() < rate\n",
    "stub": "    agent.script.reply('yes' if agent_trial.random.random() < rate else 'no')\n"
    "    assert agent.ask('Well?').text == 'yes'\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of all tests of one rule at one rate, and what its design promises."""

    rule: str
    rate: float
    tests: int
    passed: float
    trials: float
    promised: float
    promised_trials: float

    @property
    def strays(self) -> float:
        """How many standard errors the share of passes is away from the promise."""
        error = sqrt(max(self.promised * (1 - self.promised), 1 / self.tests) / self.tests)
        return (self.passed - self.promised) / error


def suite(tests: int, *, rates: Sequence[float] = RATES, agent: str = "none") -> str:
    """Write the suite, a test function for each rule."""
    asked = "agent_trial" if agent == "none" else "agent, agent_trial"
    functions = (
        f"@pytest.mark.trials({arguments})\n@pytest.mark.parametrize('run', range({tests}))\n"
        f"@pytest.mark.parametrize('rate', {[*rates]})\ndef test_{rule}({asked}, rate, run):\n{_TRIAL[agent]}"
        for rule, arguments in RULES.items()
    )
    return "import pytest\n\n\n" + "\n\n".join(functions)


def measure(
    tests: int, *, seed: int, rates: Sequence[float] = RATES, agent: str = "none", folder: Path
) -> list[Found]:
    """Run it, and hold what was found against the promises."""
    (folder / "test_rules.py").write_text(suite(tests, rates=rates, agent=agent))
    (folder / "pytest.ini").write_text("[pytest]\n")
    options = [f"-pno:{name}" for name in _WITHOUT]
    command = [sys.executable, "-m", "pytest", "-q", *options, "--tb=no", f"--agent-seed={seed}"]
    results = folder / "results.json"
    run = subprocess.run(
        [*command, "--agent-artifacts=off", f"--agent-results={results}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if not results.exists():
        raise RuntimeError(f"{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return list(_found(read_document(results).results.tests, rates=rates))


def _found(tests: Sequence[TestResult], *, rates: Sequence[float]) -> Iterator[Found]:
    for rule in RULES:
        for rate in rates:
            alike = [test for test in tests if f"::test_{rule}[" in test.test and f"{rate}-" in test.test]
            made: Design = design_from(alike[0].design)
            decided = [test.verdict.decision for test in alike if test.verdict is not None]
            assert len(decided) == len(alike), "a test has no verdict"
            yield Found(
                rule=rule,
                rate=rate,
                tests=len(alike),
                passed=decided.count("passed") / len(alike),
                trials=sum(test.scored for test in alike) / len(alike),
                promised=made.pass_probability(rate),
                promised_trials=made.expected_trials(rate),
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.error_rates", description=__doc__)
    parser.add_argument("tests", nargs="?", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--agent", action="store_const", const="stub", default="none")
    asked = parser.parse_args()
    if not 1 <= asked.tests <= MOST:
        parser.error(f"N is a number from 1 to {MOST}")
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(asked.tests, seed=asked.seed, agent=asked.agent, folder=Path(folder))
    print(f"{'rule':<11} rate   passed  promised  strays  trials  promised   ({asked.tests} tests each)")
    for row in rows:
        passes = f"{row.passed:>7.1%}  {row.promised:>8.1%}  {row.strays:>+6.1f}"
        print(f"{row.rule:<11} {row.rate:<5} {passes}  {row.trials:>6.1f}  {row.promised_trials:>8.1f}")


if __name__ == "__main__":
    main()
