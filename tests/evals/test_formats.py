"""Files of results."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.errors import InvalidResults
from pytest_tmuxagent.evals.files import refuse_unwritable
from pytest_tmuxagent.evals.formats import (
    Form,
    as_json,
    read_document,
    rewrite_document,
    write_document,
)
from pytest_tmuxagent.evals.results import Results, TestResult, TrialResult
from tests.evals.agents import ended

BOTH = Results(
    tests=(
        ended("+-?s.", name="test_a.py::test_a[claude]", decision="failed", n=7),
        ended("++", name='test_b.py::test_ö["x"]', decision="passed"),
    ),
    rung="stub",
    version="1.2.3",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "results.json"


def contents(**changes: object) -> str:
    return json.dumps({**as_json(BOTH, form="results"), **changes})


def baseline(**test: object) -> str:
    return contents(format="pytest-tmuxagent baseline", tests={"t": {"trials": "+", **test}})


def test_results_come_back_as_they_were(file: Path) -> None:
    write_document(file, BOTH, form="results")
    document = read_document(file)
    assert (document.form, document.results, document.name) == ("results", BOTH, str(file))


def test_a_baseline_has_a_letter_for_each_trial_and_a_line_for_each_thing(file: Path) -> None:
    write_document(file, BOTH, form="baseline")
    assert file.read_text(encoding="utf-8") == (
        """{
 "format": "pytest-tmuxagent baseline",
 "format_version": 1,
 "rung": "stub",
 "tests": {
  "test_a.py::test_a[claude]": {
   "design": {
    "confidence": 0.95,
    "judge": "rate",
    "n": 7,
    "pass_rate": 0.5,
    "stop": "never"
   },
   "trials": "+-?s",
   "verdict": "failed"
  },
  "test_b.py::test_ö[\\"x\\"]": {
   "design": {
    "confidence": 0.95,
    "judge": "rate",
    "n": 4,
    "pass_rate": 0.5,
    "stop": "never"
   },
   "trials": "++",
   "verdict": "passed"
  }
 }
}
"""
    )


@given(letters=st.text("+-?s.", max_size=250).filter(lambda row: not row.endswith(".")))
def test_a_baseline_keeps_what_became_of_each_trial(
    letters: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "baseline.json"
    write_document(file, Results(tests=(ended(letters),)), form="baseline")
    (test,) = read_document(file).results.tests
    assert [(t.number, t.outcome) for t in test.trials] == [
        (t.number, t.outcome) for t in ended(letters).trials
    ]
    assert max(map(len, file.read_text(encoding="utf-8").splitlines())) < 120


def test_trials_of_other_machines_leave_their_places_free(file: Path) -> None:
    late = TestResult(test="test_a", trials=(TrialResult(number=3, outcome="passed"),))
    write_document(file, Results(tests=(late,)), form="baseline")
    assert json.loads(file.read_text(encoding="utf-8"))["tests"]["test_a"]["trials"] == "..+"


def test_the_agent_and_the_prompt_of_a_test_are_kept_in_a_baseline(file: Path) -> None:
    test = TestResult(test="test_a", group="g", agent="codex", variant="v")
    write_document(file, Results(tests=(test,)), form="baseline")
    assert read_document(file).results.tests == (test,)


@pytest.mark.parametrize("form", ["results", "baseline"])
def test_any_order_of_tests_gives_the_same_file(file: Path, form: Form) -> None:
    write_document(file, BOTH, form=form)
    straight = file.read_bytes()
    write_document(file, Results(tests=BOTH.tests[::-1], rung="stub", version="1.2.3"), form=form)
    assert file.read_bytes() == straight


def test_half_a_character_from_a_screen_is_kept(file: Path) -> None:
    trial = TrialResult(number=1, outcome="failed", reason="seen: \udce4")
    write_document(file, Results(tests=(TestResult(test="test_a", trials=(trial,)),)), form="results")
    assert read_document(file).results.tests[0].trials == (trial,)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no JSON"),
        (contents()[:-40], "is no JSON: .* Was it cut off"),
        ("<<<<<<< HEAD\n{}", "merged by git"),
        ("[]", "an object is expected"),
        ("{}", 'no file of pytest-tmuxagent: its "format" is None'),
        ("[" * 100_000, "is no JSON"),
        (contents(format_version=2), r"newer pytest-tmuxagent \(format 2, and this one reads 1\): update it"),
        (contents(format_version="1"), "not a whole number"),
        (contents(extra=1), "'extra' is unknown"),
        (contents(tests=[]), "tests: an object is expected"),
        (
            contents(tests={"test_x": {"trials": [{"number": 1}]}}),
            r"test_x\.trials\[0\]: 'outcome' is missing",
        ),
        (
            baseline(trials="+x"),
            r"t\.trials: a text of \+",
        ),
        (
            baseline(mood=1),
            "'mood' is unk",
        ),
        (
            baseline(verdict="good"),
            r"t\.verdict: one of passed",
        ),
        (
            baseline(agent=3),
            r"t\.agent: a text",
        ),
        ('{"format": "x", "tests": {"b": 0, "a": 1, "a": 2}}', "a stands in it twice"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_what_is_wrong(file: Path, text: str, told: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidResults, match=told) as raised:
        read_document(file)
    assert str(file) in str(raised.value)


def test_a_file_of_other_bytes_is_named(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidResults, match="is no JSON"):
        read_document(file)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(InvalidResults, match="cannot be read: No such file"):
        read_document(file)


def test_a_file_that_windows_marked_is_read(file: Path) -> None:
    file.write_text(f"\ufeff{contents()}", encoding="utf-8")
    assert read_document(file).results == BOTH


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    file = tmp_path / "made" / "for" / "it.json"
    write_document(file, BOTH, form="results")
    assert [path.name for path in file.parent.iterdir()] == ["it.json"]


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "results.json"
    folder.mkdir()
    (folder / "kept").touch()
    with pytest.raises(InvalidResults, match=r"cannot be written: [A-Z]"):
        write_document(folder, BOTH, form="results")
    assert [path.name for path in tmp_path.rglob("*")] == ["results.json", "kept"]


def test_a_link_goes_on_leading_to_the_file(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    link.symlink_to(real)
    write_document(link, BOTH, form="results")
    assert link.is_symlink()
    assert read_document(real).results == BOTH


TRIAL = {"number": 1, "outcome": "passed"}


@pytest.mark.parametrize(
    ("trials", "told"),
    [
        ([{**TRIAL, "duration": float("nan")}], "NaN is no number of JSON"),
        ([{**TRIAL, "duration": 10**400}], r"duration: a number is expected, not 1000"),
        ([{**TRIAL, "number": 0}], "each has a number of its own, from 1 to"),
        ([{**TRIAL, "number": 10**12}], "each has a number of its own, from 1 to"),
        ([TRIAL, {**TRIAL, "outcome": "failed"}], "each has a number of its own, from 1 to"),
    ],
)
def test_numbers_that_no_run_has_written_are_refused(file: Path, trials: object, told: str) -> None:
    file.write_text(contents(tests={"t": {"trials": trials}}))
    with pytest.raises(InvalidResults, match=told):
        read_document(file)


def test_a_number_that_is_too_great_for_a_float_is_refused(file: Path) -> None:
    file.write_text(contents(tests={"t": {"trials": [{**TRIAL, "duration": 5}]}}).replace(": 5}", ": 1e999}"))
    with pytest.raises(InvalidResults, match="duration: a number is expected, not inf"):
        read_document(file)


def test_trials_are_read_in_the_order_of_their_numbers(file: Path) -> None:
    file.write_text(contents(tests={"t": {"trials": [{**TRIAL, "number": 2}, TRIAL]}}))
    assert [trial.number for trial in read_document(file).results.tests[0].trials] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"format_version": True}, "is True, not a whole number above 0"),
        ({"format_version": 0}, "is 0, not a whole number above 0"),
        ({"rung": 3}, "rung: a text is expected, not 3"),
    ],
)
def test_a_head_that_no_run_has_written_is_refused(file: Path, changes: dict[str, object], told: str) -> None:
    file.write_text(contents(**changes))
    with pytest.raises(InvalidResults, match=told):
        read_document(file)


@pytest.mark.parametrize(
    ("put", "told"),
    [
        (os.mkfifo, "It is no regular file"),
        (os.mkdir, "Is a directory"),
        (lambda file: file.symlink_to(os.ttyname(os.openpty()[1])), "It is no regular file"),
        (lambda file: file.symlink_to(file), "Too many levels"),
    ],
    ids=["pipe", "folder", "device", "loop"],
)
def test_what_is_no_file_is_neither_read_nor_replaced(
    file: Path, put: Callable[[Path], None], told: str
) -> None:
    put(file)
    before = file.lstat()
    with pytest.raises(InvalidResults, match=f"cannot be read: {told}"):
        read_document(file)
    for write in (refuse_unwritable, lambda path: write_document(path, BOTH, form="results")):
        with pytest.raises(InvalidResults, match=f"cannot be written: {told}"):
            write(file)
    assert file.lstat() == before


def test_a_file_keeps_the_rights_that_it_has(file: Path) -> None:
    write_document(file, BOTH, form="results")
    file.chmod(0o640)
    write_document(file, BOTH, form="results")
    assert file.stat().st_mode & 0o777 == 0o640


def test_what_can_be_written_is_foreseen(file: Path) -> None:
    refuse_unwritable(file)
    refuse_unwritable(file.parent / "new" / "folders" / "results.json")
    assert list(file.parent.iterdir()) == []
    file.write_text("not a folder")
    with pytest.raises(InvalidResults, match=r"results\.json/a/b cannot be written: "):
        refuse_unwritable(file / "a" / "b")


def add_test(file: Path, name: str) -> None:
    rewrite_document(
        file, lambda old: Results(tests=(*(old.tests if old else ()), ended("+", name=name))), form="baseline"
    )


def test_processes_that_rewrite_a_file_at_once_do_not_undo_each_other(file: Path) -> None:
    spawning = multiprocessing.get_context("fork")
    names = [f"test_{number}" for number in range(8)]
    processes = [spawning.Process(target=add_test, args=(file, name)) for name in names]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [test.test for test in read_document(file).results.tests] == names


@pytest.mark.parametrize("letters", ["+++-", "+" * 250])
def test_a_baseline_changes_in_one_line_for_each_test_that_changed(file: Path, letters: str) -> None:
    def lines(first: str) -> list[str]:
        tests = (ended(first, name="test_a"), ended(letters, name="test_b"))
        write_document(file, Results(tests=tests), form="baseline")
        return file.read_text().splitlines()

    before, after = lines(letters), lines("-" + letters[1:])
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
