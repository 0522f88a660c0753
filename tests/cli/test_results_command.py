"""`tmuxagent results`."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tmuxagent.cli.command import main
from pytest_tmuxagent.evals.formats import Form, read_document, write_document
from pytest_tmuxagent.evals.results import Results, TestResult
from tests.evals.agents import ended


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the command runs in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def write(folder: Path, *tests: TestResult, name: str, form: Form = "results") -> None:
    write_document(folder / name, Results(tests=tests, rung="stub"), form=form)


@pytest.mark.parametrize("form", ["results", "baseline"])
def test_merge_joins_files_into_one(folder: Path, capsys: pytest.CaptureFixture[str], form: Form) -> None:
    write(folder, ended("++++", name="test_b", decision="passed"), name="a.json", form=form)
    write(folder, ended("----", name="test_a", decision="failed"), name="b.json", form=form)
    assert main(["results", "merge", "a.json", "b.json", "-o", "all.json"]) == 0
    assert capsys.readouterr().out == "2 tests of 2 files in all.json\n"
    merged = read_document(folder / "all.json")
    assert merged.form == form
    assert [test.test for test in merged.results.tests] == ["test_a", "test_b"]


def test_merge_shows_what_it_is_not_asked_to_write(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, ended("+++-", name="test_b", decision="passed"), name="a.json")
    assert main(["results", "merge", "a.json"]) == 0
    assert "3/4" in capsys.readouterr().out
    assert [path.name for path in folder.iterdir()] == ["a.json"]


def test_a_contradiction_is_told_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, ended("+"), name="a.json")
    write(folder, ended("-"), name="b.json")
    assert main(["results", "merge", "a.json", "b.json", "-o", "all.json"]) == 1
    assert "trial 1 passed in a.json and failed in b.json" in capsys.readouterr().err
    assert not (folder / "all.json").exists()


def test_merge_writes_over_no_file_that_it_cannot_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, ended("+"), name="a.json")
    (folder / "notes.txt").write_text("my notes")
    assert main(["results", "merge", "a.json", "-o", "notes.txt"]) == 1
    assert "notes.txt is no JSON" in capsys.readouterr().err
    assert (folder / "notes.txt").read_text() == "my notes"
    write(folder, ended("+"), name="baseline.json", form="baseline")
    assert main(["results", "merge", "a.json", "-o", "baseline.json"]) == 1
    assert "baseline.json is of another form than a.json" in capsys.readouterr().err


def test_show_prints_a_line_for_each_test(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, ended("+++-", name="test_b", decision="passed"), name="a.json", form="baseline")
    assert main(["results", "show", "a.json"]) == 0
    printed = capsys.readouterr().out
    assert "test_b" in printed
    assert "3/4" in printed


def test_show_tells_the_chances_that_are_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    write(folder, ended("+-", name="test_a", decision="passed"), name="a.json")
    assert main(["results", "show", "--k", "1,2,9", "a.json"]) == 0
    title, line, note = capsys.readouterr().out.splitlines()
    assert title.split()[-5:] == ["pass@1", "pass^1", "pass@2", "pass^2", "verdict"]
    assert line.split()[-5:] == ["0.50", "0.50", "1.00", "0.00", "passed"]
    assert note.startswith("pass@9 and pass^9 are not estimable for 1 of 1 results")
    assert main(["results", "show", "--k", "none", "a.json"]) == 1
    assert "'none' is no list" in capsys.readouterr().err


def test_who_reads_results_is_told_of_a_later_run_that_was_killed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, ended("+"), name="a.json")
    assert main(["results", "show", "a.json"]) == 0
    assert capsys.readouterr().err == ""
    (folder / "a.json.journal").touch()
    assert main(["results", "show", "a.json"]) == 0
    told = "tmuxagent: a.json is older than a.json.journal, of a run that was killed or goes on\n"
    assert capsys.readouterr().err == told


def test_show_says_when_there_is_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, name="a.json")
    assert main(["results", "show", "a.json"]) == 0
    assert capsys.readouterr().out == "no tests with trials\n"


def test_compare_tells_what_changed_and_fails_where_it_got_worse(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, ended("+" * 8), ended("+", name="gone"), name="old.json", form="baseline")
    write(folder, ended("-" * 8), name="new.json")
    assert main(["results", "compare", "old.json", "new.json"]) == 1
    printed = capsys.readouterr().out
    assert "got worse: test_a.py::test_a: of 8 trials in both runs, 8 passed before" in printed
    assert "only in the old file: gone" in printed
    assert printed.splitlines()[-1].startswith("the suite got worse")
    assert main(["results", "compare", "new.json", "new.json"]) == 0
    assert main(["results", "compare", "new.json", "old.json"]) == 0
    assert "got better: test_a.py::test_a" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["results", "show", str(folder / "no.json")]) == 1
    assert "no.json cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("name", [".", "/"])
def test_a_folder_without_a_name_is_no_file(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(["results", "show", name]) == 1
    assert f"{name} cannot be read" in capsys.readouterr().err


def test_names_in_a_file_do_not_steer_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, ended("+", name="\x1b[31mred\ud800"), name="a.json")
    assert main(["results", "show", "a.json"]) == 0
    assert "\\x1b[31mred\\ud800" in capsys.readouterr().out
