"""Which prompts a `when` means, and which `when` a prompt comes nearest to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from pytest_tmuxagent.errors import InvalidScript
from pytest_tmuxagent.script import checks

# Comparing is quadratic, and a prompt may have a megabyte.
COMPARED_CHARACTERS = 300
# Shorter common runs are found between any two texts.
TELLING_RUN = 3


@dataclass(frozen=True, slots=True)
class Pattern:
    """What `when` was given: a substring, or a compiled regular expression that is searched for."""

    wanted: str | re.Pattern[str]

    @classmethod
    def checked(cls, wanted: object) -> Pattern:
        if isinstance(wanted, re.Pattern):
            if not isinstance(wanted.pattern, str):
                raise InvalidScript(
                    f"when({wanted!r}) is a pattern over bytes; prompts are text. Compile a str."
                )
            return cls(wanted)
        if wanted == "":
            raise InvalidScript(
                'when("") matches every prompt. Use script.reply(...) for replies to any prompt, '
                "or name a part of it."
            )
        if not isinstance(wanted, str):
            raise InvalidScript(
                f"when() takes a part of the prompt, or re.compile(...), not {checks.shortened(wanted)}."
            )
        return cls(wanted)

    def matches(self, prompt: str) -> bool:
        if isinstance(self.wanted, str):
            return self.wanted in prompt
        return self.wanted.search(prompt) is not None

    def nearness(self, prompt: str) -> float:
        """How near a prompt comes: 1 where it matches, else the share of the pattern that is in it."""
        if self.matches(prompt):
            return 1.0
        source = self.wanted if isinstance(self.wanted, str) else self.wanted.pattern
        return 0.99 * _share(source[:COMPARED_CHARACTERS].casefold(), prompt[:COMPARED_CHARACTERS].casefold())

    def __str__(self) -> str:
        if isinstance(self.wanted, str):
            return f"when({checks.shortened(self.wanted)})"
        return f"when(re.compile({checks.shortened(self.wanted.pattern)}))"


def _share(wanted: str, prompt: str) -> float:
    least = min(TELLING_RUN, len(wanted))
    runs = SequenceMatcher(None, wanted, prompt, autojunk=False).get_matching_blocks()
    return sum(run.size for run in runs if run.size >= least) / max(len(wanted), 1)
