"""The benchmark runs, and prints what it promises; how fast is not asked here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOLS = ("pytest-tmuxagent", "libtmux", "pexpect", "hecate")


def test_the_benchmark_prints_one_table_with_a_column_for_each_tool(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    argv = ["-m", "tests.benchmark", "--quick", "command", "wait", "--json", str(figures)]
    done = run(*argv)
    assert done.returncode == 0, done.stderr

    head = next(line for line in done.stdout.splitlines() if line.split() == list(TOOLS))
    row = next(line for line in done.stdout.splitlines() if line.startswith("one tmux command  "))
    assert float(row[head.index(TOOLS[0]) :].split()[0]) > 0
    assert row[head.index("pexpect") :].startswith("unavailable: it has no")
    for fact in ("cores", "tmux", "python", "load average"):
        assert fact in done.stdout

    table = json.loads(figures.read_text(encoding="utf-8"))
    assert [row["unit"] for row in table["rows"]] == ["ms"] * 4
    assert {"p50", "p95", "p99"} <= table["rows"][2]["tools"][TOOLS[0]].keys()


def test_programs_under_test_stand_beside_what_people_do_by_hand(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    done = run(
        "-m", "tests.benchmark", "--quick", "program", "bench", "attach", "shell", "--json", str(figures)
    )
    assert done.returncode == 0, done.stderr

    heads = [line.split() for line in done.stdout.splitlines() if line.split()[:1] == [TOOLS[0]]]
    assert heads == [
        ["pytest-tmuxagent", "subprocess.run"],
        ["pytest-tmuxagent", "libtmux", "aimax"],
        ["pytest-tmuxagent", "bash", "alone"],
    ]
    rows = json.loads(figures.read_text(encoding="utf-8"))["rows"]
    without_figures = [
        (row["label"], tool) for row in rows for tool, cell in row["tools"].items() if "p50" not in cell
    ]
    assert without_figures == [
        ("... with a decoy and all five assertions, too", "subprocess.run"),
        ("agent started in a program's tmux -> usable", "aimax"),
        ("agent ready in a program's tmux -> usable", "aimax"),
        ("its turn: end reported -> wait returns", "libtmux"),
        ("its turn: end reported -> wait returns", "aimax"),
    ]


def test_resets_and_stories_are_measured(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    done = run("-m", "tests.benchmark", "--quick", "reset", "stories", "--json", str(figures))
    assert done.returncode == 0, done.stderr

    rows = json.loads(figures.read_text(encoding="utf-8"))["rows"]
    assert [row["unit"] for row in rows] == ["ms", "ms", "ms", "ms", "s", "ms", "ms"]
    assert all(min(row["tools"][TOOLS[0]].get(name, 1) for name in ("p50", "value")) > 0 for row in rows)
    assert not [row["label"] for row in rows if "unavailable" in row["tools"][TOOLS[0]]["words"]]


def test_trials_stand_beside_plain_tests(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    done = run("-m", "tests.benchmark", "--quick", "trials", "--json", str(figures))
    assert done.returncode == 0, done.stderr

    assert ["trials", "plain", "tests"] in [line.split() for line in done.stdout.splitlines()]
    rows = json.loads(figures.read_text(encoding="utf-8"))["rows"]
    assert [row["unit"] for row in rows] == ["ms", "ms", "ms", "kB", "ms", "kB", "ms"]
    cells = [cell for row in rows for cell in row["tools"].values()]
    assert len(cells) == 9
    assert not [cell["words"] for cell in cells if "unavailable" in cell["words"]]


def test_an_unknown_row_is_refused_with_the_names_of_all() -> None:
    done = run("-m", "tests.benchmark", "speed")
    assert done.returncode == 2
    assert "'command'" in done.stderr


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    """Run Python where the benchmark is."""
    return subprocess.run(
        [sys.executable, *argv], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
