"""The hooks of the stub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stub.stub_driver import Service, Start, Stub


def payload(stub: Stub, path: Path) -> dict[str, Any]:
    """Wait for what a hook was told."""
    while not path.exists() or not path.read_text().endswith("\n"):
        assert stub.terminal.isalive()
    return dict(json.loads(path.read_text()))


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "told"


def test_an_accepted_prompt_is_told(start: Start, service: Service, told: Path, workdir: Path) -> None:
    running = start("hi", hooks={"prompt_accepted": [f"cat > {told}"]})
    service.accept()
    found = payload(running, told)
    (record,) = running.records("prompt")
    assert found == {
        "hook": "prompt_accepted",
        "transcript": str(running.state / f"{record['session']}.jsonl"),
        "session": record["session"],
        "cwd": str(workdir.resolve()),
        "turn": record["turn"],
        "text": "hi",
        "prompt": "hi",
    }


def test_the_end_is_on_record_before_its_hook_runs(start: Start, service: Service, told: Path) -> None:
    copy = f'cp $(sed \'s/.*"transcript":"//; s/".*//\') {told}'
    running = start("hi", hooks={"turn_ended": [copy]})
    service.accept()
    service.answer(["text", "ok"])
    while not told.exists() or not told.read_text().endswith("\n"):
        assert running.terminal.isalive()
    assert json.loads(told.read_text().splitlines()[-1])["stop_reason"] == "end_turn"


def test_a_large_payload_that_nobody_reads_blocks_nothing(start: Start, service: Service) -> None:
    running = start(hooks={"prompt_accepted": ["true"], "turn_ended": ["true", "true"]})
    service.accept()
    for number in (1, 2):
        running.ask("x" * 300_000)
        service.answer(["text", f"ok {number}"])
        running.see(f"• ok {number}")


def test_a_permission_request_is_told(start: Start, service: Service, told: Path) -> None:
    running = start("hi", permissions="ask", hooks={"permission_requested": [f"cat > {told}"]})
    service.accept()
    arguments = {"command": "true"}
    call = {"id": "c", "name": "shell", "kind": "shell", "input": arguments, "arguments": arguments}
    service.answer(["call", call], stop_reason="tool_use")
    running.see("Allow shell?")
    assert payload(running, told).items() >= {"hook": "permission_requested", "call": "c"}.items()


def test_the_next_turn_waits_for_the_hooks_of_the_last(
    start: Start, service: Service, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    running = start(hooks={"turn_ended": [f"until [ -e {gate} ]; do sleep 0.01; done"]})
    service.accept()
    running.ask("first")
    service.answer(["text", "ok"])
    running.see("• ok")
    running.see_idle()  # the hook still runs
    running.ask("second")
    running.see("queued: second")
    running.until_recorded("queued", 1)
    assert len(running.records("prompt")) == 1
    gate.touch()
    assert service.answer(["text", "ok"])["prompt"] == "second"


def test_a_failing_hook_is_one_line_and_no_more(start: Start, service: Service) -> None:
    running = start("hi", hooks={"prompt_accepted": ["exit 3"]})
    service.accept()
    running.see("✗ hook prompt_accepted failed: exit 3")
    service.answer(["text", "ok"])
    running.see("• ok")
