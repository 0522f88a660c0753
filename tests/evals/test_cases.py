"""Cases that are kept in files."""

from __future__ import annotations

import copy
import csv
import pickle
from pathlib import Path

import pytest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.cases import Case, read_cases


def write(folder: Path, name: str, text: str | bytes) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


def read(folder: Path, *patterns: str) -> list[tuple[str, str]]:
    return [(case.id, case.prompt) for case in read_cases(patterns, folder=folder)]


def refusal(folder: Path, *patterns: str) -> str:
    with pytest.raises(Misuse) as raised:
        read_cases(patterns, folder=folder)
    return str(raised.value)


def test_a_text_file_is_a_prompt_called_by_its_stem(tmp_path: Path) -> None:
    write(tmp_path, "prompts/plain.md", "# Repair it\n\nPlease.\n")
    write(tmp_path, "prompts/angry.txt", "Repair it!")
    assert read(tmp_path, "prompts/*.md", "prompts/*.txt") == [
        ("plain", "# Repair it\n\nPlease."),
        ("angry", "Repair it!"),
    ]


def test_files_come_in_the_order_of_their_names_and_each_once(tmp_path: Path) -> None:
    for name in ("b", "c", "a"):
        write(tmp_path, f"{name}.md", name)
    assert [id for id, _ in read(tmp_path, "c.md", "*.md")] == ["c", "a", "b"]  # noqa: A001


def test_two_stars_look_into_all_folders(tmp_path: Path) -> None:
    write(tmp_path, "one.md", "1")
    write(tmp_path, "deep/er/two.md", "2")
    assert read(tmp_path, "**/*.md") == [("two", "2"), ("one", "1")]


def test_an_absolute_pattern_means_what_it_says(tmp_path: Path) -> None:
    write(tmp_path, "one.md", "1")
    assert read(tmp_path / "elsewhere", f"{tmp_path}/*.md") == [("one", "1")]


def test_the_name_of_a_file_that_is_there_is_no_pattern(tmp_path: Path) -> None:
    write(tmp_path, "a[1].md", "x")
    assert read(tmp_path, "a[1].md") == [("a-1", "x")]


def test_a_link_is_called_by_its_own_name(tmp_path: Path) -> None:
    write(tmp_path, "kept/one.md", "1")
    (tmp_path / "mine.md").symlink_to(tmp_path / "kept/one.md")
    assert read(tmp_path, "mine.md") == [("mine", "1")]


@pytest.mark.parametrize("name", ["one.md", "one.toml", "one.csv", "one.jsonl"])
def test_marks_of_windows_are_no_part_of_a_prompt(tmp_path: Path, name: str) -> None:
    texts = {
        "one.md": "a\r\nb\r\n",
        "one.toml": '[[case]]\r\nid = "one"\r\nprompt = """a\r\nb"""\r\n',
        "one.csv": 'id,prompt\r\none,"a\r\nb"\r\n',
        "one.jsonl": '{"id": "one", "prompt": "a\\nb"}\r\n',
    }
    write(tmp_path, name, b"\xef\xbb\xbf" + texts[name].encode())
    assert read(tmp_path, name) == [("one", "a\nb")]


def test_a_line_break_that_json_spells_out_stays(tmp_path: Path) -> None:
    write(tmp_path, "one.jsonl", '{"prompt": "a\\r\\nb"}')
    assert read(tmp_path, "one.jsonl") == [("one-1", "a\r\nb")]


def test_a_line_of_json_may_have_the_separators_of_unicode(tmp_path: Path) -> None:
    write(tmp_path, "one.jsonl", '{"prompt": "a\u2028b"}\n\n{"prompt": "c", "id": 7}\n')
    assert read(tmp_path, "one.jsonl") == [("one-1", "a\u2028b"), ("7", "c")]


def test_a_case_has_its_fields_as_attributes_and_as_items(tmp_path: Path) -> None:
    write(
        tmp_path, "cases.toml", '[[case]]\nname = "one"\nprompt = "p"\nlimit = 3\nitems = ["x"]\nfields = 1\n'
    )
    (case,) = read_cases(["cases.toml"], folder=tmp_path)
    assert (case.id, case.prompt, case.limit, case.items) == ("one", "p", 3, ["x"])
    assert (case["limit"], case["prompt"], case["fields"]) == (3, "p", 1)


def test_a_missing_field_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    write(tmp_path, "cases.csv", "prompt,limit\np,3\n")
    (case,) = read_cases(["cases.csv"], folder=tmp_path)
    with pytest.raises(AttributeError, match=r"the case has no 'limits'. It has prompt, limit"):
        _ = case.limits
    assert case.limit == "3"


def test_a_case_can_be_copied_and_sent_to_another_process() -> None:
    case = Case(id="one", prompt="p", fields={"limit": 3})
    assert copy.deepcopy(case) == case
    assert pickle.loads(pickle.dumps(case)) == case


def test_cases_without_ids_are_called_by_file_and_number(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "id,prompt\n,x\nmine,y\n")
    write(tmp_path, "b.toml", '[[case]]\nprompt = "z"\n')
    assert read(tmp_path, "*.csv", "*.toml") == [("a-1", "x"), ("mine", "y"), ("b-1", "z")]


def test_an_id_has_nothing_that_a_node_id_would_read_as_something_else(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", 'id,prompt\n"[x] a/b::c\nd é",p\n')
    assert read(tmp_path, "a.csv") == [("x-a-b-c-d-é", "p")]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.md", " \n\n", "a.md: the file is empty"),
        ("a.md", b"ok\n\xff\n", "a.md, line 2: this is no UTF-8; save"),
        ("a.rst", "x", "a.rst: a file of prompts ends in .md, .txt, .toml, .csv, .jsonl, not in '.rst'"),
        ("a.csv", "id;prompt\n1;x\n", "a.csv, line 1: no column is called `prompt`; there are 'id;prompt'"),
        ("a.csv", "prompt,prompt\nx,y\n", "a.csv, line 1: two columns are called 'prompt'"),
        ("a.csv", "prompt\n", "a.csv: the file has no case"),
        ("a.csv", "prompt,id\nx,1\ny\n", "a.csv, line 3: it has fewer values than there are columns"),
        ("a.csv", "prompt,id\nx,1\ny, and z,2\n", "a.csv, line 3: it has more values than there are columns"),
        ("a.csv", 'prompt\n"x"y\n', "a.csv, line 2: this is no CSV"),
        ("a.csv", "prompt,id\nx,1\n  ,2\n", "a.csv, line 3: `prompt` must be a text that is not empty"),
        ("a.toml", "prompt = ", "a.toml: this is no TOML"),
        ("a.toml", 'prompt = "x"', "a.toml: write each case as a table of its own: [[case]]"),
        ("a.toml", "[[case]]\nprompt = 3\n", "a.toml, case 1: `prompt` must be a text"),
        ("a.toml", '[[case]]\nprompt = "x"\nid = 1.5\n', "a.toml, case 1: `id` is 1.5; an id is a text"),
        ("a.jsonl", '{"prompt": "x"}\n{"prompt"', "a.jsonl, line 2: this is no JSON"),
        ("a.jsonl", '["x"]', "a.jsonl, line 1: each line is an object"),
        ("a.jsonl", "[" * 100_000, "a.jsonl, line 1: this is no JSON"),
        ("a.toml", "x = " + "[" * 5_000, "a.toml: this is no TOML"),
        ("a.toml", "x = " + "9" * 5_000, "a.toml: this is no TOML"),
        ("a.jsonl", '{"id": "x"}', "a.jsonl, line 1: `prompt` must be a text"),
        ("a.csv", "id,prompt\n///,x\n", "a.csv, line 2: nothing of '///' can stand in a test's id"),
        (
            "a.csv",
            "id,prompt\na b,x\na/b,y\n",
            "a.csv, line 3: the id 'a-b' is that of a.csv, line 2 as well",
        ),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line_and_the_remedy(
    tmp_path: Path, name: str, text: str | bytes, words: str
) -> None:
    write(tmp_path, name, text)
    assert refusal(tmp_path, name).startswith(words)


def test_a_prompt_in_a_table_may_be_as_long_as_in_a_file_of_its_own(tmp_path: Path) -> None:
    limit, prompt = csv.field_size_limit(), "x" * 1_000_000
    write(tmp_path, "a.csv", f"id,prompt\nlong,{prompt}\n")
    assert read(tmp_path, "a.csv") == [("long", prompt)]
    assert csv.field_size_limit() == limit


def test_two_files_of_one_stem_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a/x.md", "1")
    write(tmp_path, "b/x.md", "2")
    assert refusal(tmp_path, "*/*.md").startswith("b/x.md: the id 'x' is that of a/x.md as well; give each")


def test_a_pattern_without_a_file_is_told_with_the_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    expected = f"no file matches 'empt*' in {tmp_path}; patterns are relative to the test's own file"
    assert refusal(tmp_path, "empt*") == expected
