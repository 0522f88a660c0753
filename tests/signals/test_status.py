"""Following a status file that many agents' lie beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_tmuxagent.signals.status import StatusFile


def write(folder: Path, pid: int, **status: Any) -> None:  # noqa: ANN401
    path = folder / f"{pid}.json.new"
    path.write_text(json.dumps({"pid": pid, **status}), encoding="utf-8")
    path.rename(folder / f"{pid}.json")


def test_a_status_is_read_each_time_that_it_is_written(tmp_path: Path) -> None:
    status = StatusFile(tmp_path / "later")
    status.follow(7)
    assert status.poll() is None
    (tmp_path / "later").mkdir()
    write(tmp_path / "later", 7, status="busy")
    assert status.poll() == {"pid": 7, "status": "busy"}
    assert status.poll() is None
    write(tmp_path / "later", 7, status="idle")
    assert status.poll() == {"pid": 7, "status": "idle"}


def test_the_status_of_another_agent_is_none_of_ours(tmp_path: Path) -> None:
    status = StatusFile(tmp_path)
    status.follow(7)
    write(tmp_path, 8, status="busy", sessionId="theirs")
    status.name_session("ours")
    assert status.poll() is None


def test_a_process_further_down_is_known_by_its_conversation(tmp_path: Path) -> None:
    status = StatusFile(tmp_path)
    status.follow(7)
    write(tmp_path, 9, status="idle", sessionId="ours")
    assert status.poll() is None
    status.name_session("ours")
    assert status.poll() == {"pid": 9, "status": "idle", "sessionId": "ours"}
    assert status.poll() is None


def test_a_status_that_is_half_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    status = StatusFile(tmp_path)
    status.follow(7)
    (tmp_path / "7.json").write_text('{"status": "bu')
    assert status.poll() is None
    write(tmp_path, 7, status="busy")
    assert status.poll() == {"pid": 7, "status": "busy"}


def test_after_a_restart_the_new_process_is_followed(tmp_path: Path) -> None:
    status = StatusFile(tmp_path)
    status.follow(7)
    write(tmp_path, 7, status="idle")
    assert status.poll() is not None
    write(tmp_path, 8, status="idle")
    status.follow(8)
    assert status.poll() == {"pid": 8, "status": "idle"}
