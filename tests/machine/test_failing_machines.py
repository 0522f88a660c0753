"""What a failing machine tells: the shortest story, as a test that fails in the same way."""

from __future__ import annotations

import re

import pytest

# Ten lines: a rule and an invariant of one's own.
NOTES = """
from hypothesis import settings, strategies as st
from hypothesis.stateful import invariant, rule
from pytest_tmuxagent.machine import AgentMachine

class Notes(AgentMachine):
    crash = kill_server = restart = paste = press = None

    @rule(text=st.text("ab", min_size=1))
    def note_down(self, text):
        with open(self.agent.workdir / "notes", "a") as notes:
            notes.write(text)

    @invariant()
    def notes_are_few(self):
        notes = self.agent.workdir / "notes"
        assert not notes.exists() or len(notes.read_text()) < 2, "too many notes"

TestNotes = Notes.TestCase
TestNotes.settings = settings(
    max_examples=15,
    stateful_step_count=6,
    deadline=None,
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
)
"""

# The agent says it in capitals, as no agent should.
SHOUTING = """
from hypothesis import settings
from pytest_tmuxagent.machine import AgentMachine

class Quiet(AgentMachine):
    kill_server = crash = restart = paste = press = queue = steer = redirect = interrupt = None

TestQuiet = Quiet.TestCase
TestQuiet.settings = settings(
    max_examples=15,
    stateful_step_count=6,
    deadline=None,
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
)
"""

PLANTED = """
from pytest_tmuxagent import assembly

_text = assembly._text
assembly._text = lambda messages: _text(messages).replace("0", "O")
"""


@pytest.fixture
def tests(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.syspathinsert()
    return pytester


def story_in(output: str) -> str:
    """The test that a failing run printed."""
    told = output.partition("This story as a test:")[2].partition("# The end of the story.")[0]
    return re.sub(r"^E {0,7}", "", told, flags=re.MULTILINE).strip() + "\n"


def test_a_rule_of_the_users_own_is_told_as_a_call(tests: pytest.Pytester) -> None:
    tests.makepyfile(test_notes=NOTES)
    failed = tests.runpytest_subprocess("test_notes.py", "--agent-artifacts=off", "-p", "no:cacheprovider")
    failed.assert_outcomes(failed=1)
    story = story_in(failed.stdout.str())
    assert story.count("machine.note_down(") <= 2
    assert "agent.send(" not in story, "it is the shortest one"
    tests.makepyfile(test_story=story)
    again = tests.runpytest_subprocess("test_story.py", "--agent-artifacts=off", "-p", "no:cacheprovider")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*too many notes*"])


def test_a_fault_of_the_agent_is_told_by_public_verbs(tests: pytest.Pytester) -> None:
    tests.makeconftest(PLANTED)
    tests.makepyfile(test_quiet=SHOUTING)
    failed = tests.runpytest_subprocess("test_quiet.py", "--agent-artifacts=off", "-p", "no:cacheprovider")
    failed.assert_outcomes(failed=1)
    story = story_in(failed.stdout.str())
    assert "machine" not in story.replace("agent_machine", "")
    tests.makepyfile(test_story=story)
    again = tests.runpytest_subprocess("test_story.py", "--agent-artifacts=off", "-p", "no:cacheprovider")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*assert turn.text ==*", "*AssertionError*"])


def test_the_evidence_is_that_of_the_last_example(tests: pytest.Pytester) -> None:
    tests.makepyfile(test_notes=NOTES)
    failed = tests.runpytest_subprocess("test_notes.py", "-p", "no:cacheprovider")
    failed.assert_outcomes(failed=1)
    agents = re.findall(r"-+ agent (\S+) \(\S+\) -+", failed.stdout.str())
    assert len(agents) == 1


def test_a_machine_runs_without_pytest(tests: pytest.Pytester) -> None:
    tests.makepyfile(
        test_notes=NOTES.replace('"notes", "a"', '"notes", "w"').replace(
            '"ab", min_size=1', '"ab", max_size=1'
        )
    )
    done = tests.run("python", "-m", "unittest", "-q", "test_notes")
    assert done.ret == 0, done.stderr.str()


def test_a_machine_takes_the_agent_of_its_marker(tests: pytest.Pytester) -> None:
    machine = """
        import pytest
        from hypothesis import settings
        from hypothesis.stateful import invariant
        from pytest_tmuxagent.machine import AgentMachine

        class Codex(AgentMachine):
            crash = kill_server = None

            @invariant()
            def is_codex(self):
                assert self.agent.name == "codex"

        TestCodex = Codex.TestCase
        TestCodex.settings = settings(max_examples=2, stateful_step_count=2, deadline=None, database=None)
    """
    tests.makepyfile(test_codex=machine)
    done = tests.runpytest_subprocess("test_codex.py", "--agent=codex", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=1)


def test_a_program_under_test_is_started_for_each_example(tests: pytest.Pytester) -> None:
    machine = """
        import sys
        from hypothesis import settings
        from hypothesis.stateful import invariant, rule
        from pytest_tmuxagent.machine import AgentMachine

        class Echoes(AgentMachine):
            program_under_test = (sys.executable, "-c", "print('ready', flush=True); input()")
            program_ready = "ready"
            seen = 0

            @rule()
            def look(self):
                self.seen += 1
                assert not hasattr(self, "agent")

            @invariant()
            def it_runs(self):
                assert "ready" in self.program.stdout

        TestEchoes = Echoes.TestCase
        TestEchoes.settings = settings(max_examples=3, stateful_step_count=3, deadline=None, database=None)
    """
    tests.makepyfile(test_echoes=machine.replace("input()", "import time; time.sleep(600)"))
    done = tests.runpytest_subprocess("test_echoes.py", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=1)
