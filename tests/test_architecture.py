"""The house rules that a machine can check: who imports whom, and what costs time."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_tmuxagent

PACKAGE = Path(pytest_tmuxagent.__file__).parent

# From the roof to the cellar: a room may import what stands below it, and what is in itself.
HOUSE = (
    "plugin",
    "fixtures",
    "trials",
    "judging",
    "machine",
    "strategies",
    "standalone",
    "launching",
    "given",
    "launcher",
    "reporting",
    "budgeting",
    "options",
    "settings",
    "hookspecs",
    "cli",
    "evals",
    "bench",
    "outcomes",
    "verdicts",
    "attaching",
    "session",
    "cancelling",
    "life",
    "keyboard",
    "waits",
    "view",
    "headless",
    "launched",
    "dialogs",
    "watch",
    "delivery",
    "permission",
    "ledger",
    "assembly",
    "body",
    "lodging",
    "resetting",
    "stay",
    "programs",
    "scripted",
    "outside",
    "servers",
    "agents",
    "diagnosis",
    "signals",
    "model_api",
    "script",
    "stub",
    "faces",
    "sandbox",
    "tmux",
    "waiting",
    "turns",
    "live_turn",
    "budgets",
    "events",
    "turn",
    "trajectory",
    "grid",
    "schedules",
    "errors",
)
# What they write down is read by people and file systems; nothing waits for it.
STAMPS = (
    "pytest_tmuxagent.outside.vault",
    "pytest_tmuxagent.programs.received",
    "pytest_tmuxagent.stub.launches",
    "pytest_tmuxagent.stub.received",
    "pytest_tmuxagent.stub.transcript",
    "pytest_tmuxagent.stub.claude.book",
    "pytest_tmuxagent.stub.claude.calling",
    "pytest_tmuxagent.stub.claude.history",
    "pytest_tmuxagent.stub.claude.journal",
    "pytest_tmuxagent.stub.claude.presence",
    "pytest_tmuxagent.stub.claude.prompting",
    "pytest_tmuxagent.stub.codex.book",
    "pytest_tmuxagent.stub.codex.history",
    "pytest_tmuxagent.stub.codex.journal",
    "pytest_tmuxagent.stub.codex.prompting",
    "pytest_tmuxagent.sandbox.workdir",
)
HEAVY = ("libtmux", "pexpect", "hypothesis", "asyncio", "subprocess", "pytest_tmuxagent.session")
MODULES = sorted(PACKAGE.rglob("*.py"))
FRONT_DOOR = "pytest_tmuxagent"  # Names every room, and loads them lazily.


def room(module: str) -> str:
    """`pytest_tmuxagent.tmux.client` is in the room `tmux`."""
    return module.split(".")[1] if "." in module else ""


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULE_NAMES = frozenset(map(module_name, MODULES))


def is_upward(importer: str, imported: str) -> bool:
    """Whether a module reaches into a room above its own."""
    above, below = HOUSE.index(room(imported)), HOUSE.index(room(importer))
    return above < below


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """The modules of the package that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{name.name}" for name in node.names]
            yield from ((name if name in MODULE_NAMES else node.module, node.lineno) for name in names)


def test_imports_go_down_only() -> None:
    upward = [
        f"{module_name(path)}, line {line}: imports {imported}"
        for path in MODULES
        if module_name(path) != FRONT_DOOR
        for imported, line in imports(path)
        if imported.startswith("pytest_tmuxagent.") and is_upward(module_name(path), imported)
    ]
    assert upward == []


def test_hypothesis_is_imported_in_two_rooms_only() -> None:
    importers = {
        room(module_name(path))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and any(name.partition(".")[0] == "hypothesis" for name in _imported(node))
    }
    assert importers == {"machine", "strategies"}


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [name.name for name in node.names] if isinstance(node, ast.Import) else [node.module or ""]


def test_no_two_modules_import_each_other() -> None:
    graph = {
        module_name(path): {name for name, _ in imports(path) if name.startswith("pytest_tmuxagent.")}
        for path in MODULES
        if module_name(path) != FRONT_DOOR
    }
    done: set[str] = set()

    def walk(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"cycle: {' -> '.join((*trail, module))}"
        if module not in done:
            for imported in graph.get(module, set()) - {module}:
                walk(imported, (*trail, module))
            done.add(module)

    for module in graph:
        walk(module, ())


def test_nothing_sleeps() -> None:
    sleeps = [
        f"{module_name(path)}, line {node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and "sleep" in ast.unparse(node.func).rpartition(".")[2]
    ]
    assert sleeps == [], "wait for the condition instead"


def test_no_wait_hangs_on_a_clock_that_can_jump() -> None:
    readings = [
        f"{module_name(path)}, line {node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("time", "time.time", "time.time_ns", "datetime.now", "time_ns")
        and module_name(path) not in STAMPS
    ]
    assert readings == [], "use time.monotonic()"


def test_every_module_says_what_it_is() -> None:
    silent = [
        module_name(path)
        for path in MODULES
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


@pytest.mark.parametrize("heavy", HEAVY)
def test_the_plugin_loads_nothing_heavy(heavy: str) -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import pytest_tmuxagent.plugin;"
        f"print({heavy!r} in set(sys.modules) - before)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "False"


def test_the_public_names_are_there() -> None:
    for name in pytest_tmuxagent.__all__:
        assert getattr(pytest_tmuxagent, name) is not None
    assert sorted(pytest_tmuxagent.__all__) == pytest_tmuxagent.__all__
    assert set(dir(pytest_tmuxagent)) >= set(pytest_tmuxagent.__all__)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Agnet'"):
        _ = pytest_tmuxagent.Agnet
