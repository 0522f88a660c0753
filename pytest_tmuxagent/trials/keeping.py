"""Keeps each trial as it ends, for the case that the run is killed before it can write its results."""

from __future__ import annotations

from pathlib import Path

from pytest_tmuxagent.evals.journal import Journal, journal_of
from pytest_tmuxagent.evals.results import TrialResult
from pytest_tmuxagent.trials.plan import Plan
from pytest_tmuxagent.trials.referee import Referee


class Keeper:
    """The journal of the run that a referee judges, beside the file of its results."""

    def __init__(self, referee: Referee, *, results: Path) -> None:
        self._referee = referee
        self._path = journal_of(results)
        self._journal = Journal(self._path, head={"rung": referee.rung, "version": referee.version})
        self.trouble = ""
        """Why no more can be kept; the run goes on, as its end may yet write it all."""
        referee.listeners.append(self._heard)

    def close(self) -> None:
        """Keep no more; what was kept stays."""
        self._journal.close()

    def forget(self) -> None:
        """Remove it: the results are written."""
        self._journal.remove()

    def _heard(self, plan: Plan, trial: TrialResult) -> None:
        if self.trouble:
            return
        try:
            self._journal.add(trial, of=self._referee.expect(plan).described)
        except OSError as error:
            self.trouble = f"{self._path} cannot be written: {error.strerror or error}"
