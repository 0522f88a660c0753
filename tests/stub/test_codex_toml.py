"""The stub's own TOML reader, held against the standard library's."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.strategies import mangled
from pytest_tmuxagent.stub.codex.toml import BadToml, read_toml, read_value

tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has nothing to compare with")

DOCUMENT = '''
# what a person's config.toml may hold
model = "fake-model"   # a comment
"quoted key" = 'C:\\raw'
dotted.key."with quotes" = 1_000
numbers = [1, -2, +3, 0x1F, 0o17, 0b11, 1.5, 1e3, -2.5E-3, inf, -inf]
truths = [ true,
  false, # trailing comma
]
inline = { a = 1, b.c = "x", d = [{ e = 2 }] }
text = """
first \\
    joined
"quoted" \\u00e9 \\U0001F600"""
literal = \'\'\'
it's \\n raw\'\'\'
ends = """two quotes"""""

[projects."/home/dev/proj"]
trust_level = "trusted"

[[hooks.Stop]]
[[hooks.Stop.hooks]]
type = "command"
command = "echo 'a' \\"b\\""
[[hooks.Stop]]
matcher = "*"
[a.b.c]
x = 1
[a]
y = 2
[empty]
'''


def test_a_document_is_read_as_the_standard_library_reads_it() -> None:
    assert read_toml(DOCUMENT) == tomllib.loads(DOCUMENT)


def test_dates_and_times_stay_text() -> None:
    read = read_toml(
        "d = 1979-05-27\nt = 07:32:00.5\nboth = 1979-05-27T07:32:00Z\nspaced = 1979-05-27 07:32:00"
    )

    assert read == {
        "d": "1979-05-27",
        "t": "07:32:00.5",
        "both": "1979-05-27T07:32:00Z",
        "spaced": "1979-05-27 07:32:00",
    }


@pytest.mark.parametrize(
    "text",
    [
        "a = ",
        "a = = 1",
        "a = 1 b = 2",
        "a = 1\na = 2",
        "a.b = 1\na = 2",
        "[a]\n[a]",
        "[a]\nb = 1\n[a.b]",
        "a = [1",
        'a = "x',
        'a = "\\q"',
        'a = "\\ud800"',
        "a = 01",
        "a = 1__0",
        "a = .5",
        "a = 5.",
        "a = + 1",
        "a = ++1",
        "a = {b = 1, }",
        "a = {b = 1}\na.c = 2",
        "a = [{}]\n[[a]]",
        "[[a]]\n[a]",
        "[a.b]\n[a]\nb.c = 1",
        "= 1",
        "[ ]",
        "[a",
        "a = tru",
        "a = 'x\ny'",
        "a = \x01",
        "# \x01",
        "\x0b",
    ],
)  # fmt: skip
def test_what_is_no_toml_is_refused(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    with pytest.raises(BadToml):
        read_toml(text)


def test_a_mistake_is_placed() -> None:
    with pytest.raises(BadToml) as refused:
        read_toml("a = 1\nfoo = = 3\n")

    assert (refused.value.line, refused.value.column) == (2, 7)


def test_deep_nesting_is_refused_and_breaks_nothing() -> None:
    with pytest.raises(BadToml, match="deep"):
        read_value("[" * 100_000)


KEYS = st.text(alphabet="ab-_ .\"'é\n", max_size=4)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_any_value_that_is_written_is_read_back(value: object) -> None:
    assert read_value(_written(value)) == value


@settings(max_examples=1500)
@given(st.text(alphabet="ab.=[]{}\"'\\#,\n \t01_-+e:tx", max_size=24))
def test_any_text_is_read_as_the_standard_library_reads_it(text: str) -> None:
    try:
        expected: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        expected = BadToml
    try:
        found: Any = read_toml(text)
    except BadToml:
        found = BadToml

    assert found == expected


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = (f"\\U{ord(c):08x}" if c < " " or c in '"\\\x7f' else c for c in value)
        return f'"{"".join(escaped)}"'
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, dict):
        pairs = (f"{_written(key)} = {_written(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)


@given(spoilt=mangled(DOCUMENT.encode()))
def test_a_spoilt_document_is_read_as_the_standard_library_reads_it(spoilt: bytes) -> None:
    text = spoilt.decode("utf-8", "replace")
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(BadToml):
            read_toml(text)
    else:
        assert repr(read_toml(text)) == repr(expected)  # one NaN does not equal another


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000 + "]" * 5000,
        "a = " + "{b = " * 5000 + "1" + "}" * 5000,
        ".".join("a" * 20_000) + " = 1",
        "[" + ".".join("a" * 20_000) + "]",
        "a = " + "9" * 5000,
        "a = 0x" + "f" * 5000,
        "a = 1e" + "9" * 5000,
        "a = " + "2020-01-01 " * 5000,
        "a = '\0'",
        'a = "\\ud800"',
    ],
    ids=[
        "lists",
        "tables",
        "key",
        "header",
        "number",
        "hexadecimal",
        "exponent",
        "dates",
        "NUL",
        "surrogate",
    ],
)
def test_what_is_too_much_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadToml):
        read_toml(text)
