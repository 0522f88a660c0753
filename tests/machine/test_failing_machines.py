"""What a failing machine tells: the shortest story, as a test that fails in the same way."""

from __future__ import annotations

import json
import re
import sys

import pytest

SETTINGS = """
settings(
    max_examples=10,
    stateful_step_count=5,
    deadline=None,
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
    phases=[Phase.generate, Phase.shrink],
)
"""
FEW_STEPS = SETTINGS.replace("step_count=5", "step_count=3")
AS_FOUND = SETTINGS.replace(", Phase.shrink", "")
"""Made no shorter: each attempt takes an agent, or a program."""

# Ten lines: a rule and an invariant of one's own.
NOTES = f"""
from hypothesis import Phase, settings, strategies as st
from hypothesis.stateful import invariant, rule
from pytest_tmuxagent.machine import AgentMachine

class Notes(AgentMachine):
    crash = kill_server = restart = paste = press = queue = redirect = interrupt = settle = None
    release = resize = steer = wait_in_vain = answer_dialog = send = ask = relaunch = send_refused = None

    @rule(text=st.sampled_from("ab"))
    def note_down(self, text):
        self.script.reply("Noted.")
        self.agent.ask(text)
        with open(self.agent.workdir / "notes", "a") as notes:
            notes.write(text)

    @invariant()
    def notes_are_few(self):
        notes = self.agent.workdir / "notes"
        assert not notes.exists() or len(notes.read_text()) < 2, "too many notes"

TestNotes = Notes.TestCase
TestNotes.settings = {FEW_STEPS.strip()}
"""

# The example cannot be written: what a rule was given does not print.
SECRETIVE = f"""
from hypothesis import Phase, settings, strategies as st
from hypothesis.stateful import Bundle, rule
from pytest_tmuxagent.machine import AgentMachine

class Secret:
    def __repr__(self):
        raise LookupError("nobody may see it")

class Secretive(AgentMachine):
    program_under_test = ("sleep", "600")
    secrets = Bundle("secrets")

    @rule(target=secrets)
    def makes(self):
        return Secret()

    @rule(secret=secrets)
    def tells(self, secret):
        raise ValueError("it was told")

TestSecretive = Secretive.TestCase
TestSecretive.settings = {AS_FOUND.strip()}
"""

# The agent says it in capitals, as no agent should.
SHOUTING = f"""
from hypothesis import Phase, settings
from pytest_tmuxagent.machine import AgentMachine

class Quiet(AgentMachine):
    kill_server = crash = restart = paste = press = queue = steer = redirect = interrupt = resize = None
    send_refused = wait_in_vain = settle = None

TestQuiet = Quiet.TestCase
TestQuiet.settings = {AS_FOUND.strip()}
"""

# A program, and no agent of ours: what it is given comes from a bundle, and is no text.
SHELF = f"""
from hypothesis import Phase, settings, strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, precondition, rule
from pytest_tmuxagent.machine import AgentMachine

class Book:
    def __init__(self, pages):
        self.pages = pages

class Shelf(AgentMachine):
    program_under_test = ("sh", "-c", "echo ready; exec sleep 600")
    program_ready = "ready"
    books = Bundle("books")

    def __init__(self):
        super().__init__()
        self.read = [str(self.program.is_running)]

    @initialize(name=st.just("a"))
    def has_a_name(self, name):
        self.name = name

    @rule(target=books, pages=st.integers(1, 3))
    def asks(self, pages):
        return Book(pages)

    @rule(book=books)
    def reads(self, book):
        self.read.append(book.pages)

    @precondition(lambda self: len(self.read) < 1)
    @invariant()
    def never_checked(self):
        raise AssertionError("it has a precondition")

    @invariant()
    def reads_short_books(self):
        assert self.name == "a" and self.read[0] == 'True'
        assert self.read[1:] != [3], "a long book"

TestShelf = Shelf.TestCase
TestShelf.settings = {SETTINGS.strip()}
"""

PLANTED = """
from pytest_tmuxagent import assembly

_text = assembly._text
assembly._text = lambda messages, **given: _text(messages, **given).replace("0", "O")
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
    failed = tests.runpytest_subprocess("test_notes.py", "-p", "no:cacheprovider")
    failed.assert_outcomes(failed=1)
    output = failed.stdout.str()
    assert story_in(output).splitlines()[-6:] == [
        "    machine = Notes.on(agent)",
        "    machine.assert_invariants()",
        *["    machine.note_down(text='a')", "    machine.assert_invariants()"] * 2,
    ]
    turns = re.findall(r"^turn \d+: .*prompt '(.*?)'", output.partition("- agent claude")[2], re.MULTILINE)
    assert turns == ["a", "a"], "the evidence is that of the shortest story, and of no other"
    tests.makepyfile(test_story=story_in(output))
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


def test_a_story_of_a_program_alone_fails_in_the_same_way_in_its_sandbox(tests: pytest.Pytester) -> None:
    tests.makepyfile(test_shelf=SHELF)
    failed = tests.runpytest_subprocess("test_shelf.py", "--agent-artifacts=off", "-p", "no:cacheprovider")
    failed.assert_outcomes(failed=1)
    tests.makepyfile(test_story=story_in(failed.stdout.str()))
    assert story_in(failed.stdout.str()).splitlines()[-10:] == [
        "@pytest.mark.agent(rung='stub')",
        "def test_story(agent_sandbox: AgentSandbox) -> None:",
        "    machine = Shelf.on(agent_sandbox)",
        "    machine.assert_invariants()",
        "    machine.has_a_name(name='a')",
        "    machine.assert_invariants()",
        "    given_1 = machine.asks(pages=3)",
        "    machine.assert_invariants()",
        "    machine.reads(book=given_1)",
        "    machine.assert_invariants()",
    ]
    again = tests.runpytest_subprocess("test_story.py", "--agent-artifacts=off", "-p", "no:cacheprovider")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*a long book*"])


def test_a_story_that_cannot_be_written_does_not_hide_what_failed(tests: pytest.Pytester) -> None:
    tests.makepyfile(test_secretive=SECRETIVE)
    failed = tests.runpytest_subprocess(
        "test_secretive.py", "--agent-artifacts=off", "-p", "no:cacheprovider"
    )
    failed.assert_outcomes(failed=1)
    failed.stdout.fnmatch_lines(
        [
            "E * ValueError: it was told",
            "E * The story could not be written: LookupError: nobody may see it",
        ]
    )


def test_the_evidence_on_disk_is_that_of_the_shortest_story_alone(tests: pytest.Pytester) -> None:
    tests.makepyfile(test_notes=NOTES)
    kept = tests.path / "kept"
    options = (
        "-p",
        "no:cacheprovider",
        "--agent-artifacts=retain-on-failure",
        f"--agent-artifacts-dir={kept}",
    )
    tests.runpytest_subprocess("test_notes.py", *options).assert_outcomes(failed=1)
    (evidence,) = kept.iterdir()
    assert sorted(path.name for path in evidence.iterdir() if path.is_dir()) == ["claude-1"]
    files = {path.name: path.read_text() for path in evidence.rglob("*") if path.is_file()}
    assert [request["prompt"] for request in json.loads(files["requests.json"])] == ["a", "a"]
    assert len(json.loads(files["launches.json"])) == 1
    records = [json.loads(line) for line in files["transcript.jsonl"].splitlines()]
    said = [record["message"]["content"] for record in records if record["type"] == "user"]
    assert said == ["a", "a"]
    accepted = re.findall(r"hook +PromptAccepted\(prompt='(.*?)'", files["timeline.txt"])
    assert accepted == ["a", "a"]


def test_a_machine_runs_without_pytest(tests: pytest.Pytester) -> None:
    harmless = NOTES.replace('"a"', '"w"').replace("max_examples=10", "max_examples=2")
    tests.makepyfile(test_notes=harmless)
    done = tests.run(sys.executable, "-m", "unittest", "-q", "test_notes")
    assert done.ret == 0, done.stderr.str()


def test_a_machine_takes_the_agent_of_its_marker(tests: pytest.Pytester) -> None:
    machine = """
        import pytest
        from hypothesis import settings
        from hypothesis.stateful import invariant
        from pytest_tmuxagent.machine import AgentMachine

        class Codex(AgentMachine):
            crash = kill_server = restart = None

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
