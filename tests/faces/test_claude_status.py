"""The status file and the places of files, as measured with Claude Code 2.1.197."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.claude.places import project_folder
from pytest_tmuxagent.faces.claude.status import Status

REAL = {
    "pid": 15820,
    "sessionId": "e901853b-de6f-4060-9ef2-22f552e54c8b",
    "cwd": "/home/dev/proj",
    "startedAt": 1795237164331,
    "procStart": "1217033",
    "version": "2.1.197",
    "peerProtocol": 1,
    "kind": "interactive",
    "entrypoint": "cli",
    "name": "proj-cc",
    "nameSource": "derived",
    "status": "idle",
    "updatedAt": 1795237168801,
    "statusUpdatedAt": 1795237168801,
}


@pytest.fixture
def status() -> Status:
    return Status(
        REAL["sessionId"],  # type: ignore[arg-type]
        pid=15820,
        cwd="/home/dev/proj",
        version="2.1.197",
        suffix="cc",
        started_at=1795237164.331,
        process_started="1217033",
    )


def test_the_status_is_the_real_one(status: Status) -> None:
    assert json.dumps(status.idle(1795237168.801)) == json.dumps(REAL)


def test_the_status_says_what_it_waits_for_and_then_no_more(status: Status) -> None:
    assert status.waiting(2.0)["waitingFor"] == "permission prompt"
    assert "waitingFor" not in status.busy(3.0)


def test_the_time_of_a_status_is_that_of_its_change(status: Status) -> None:
    status.busy(1.0)
    again = status.busy(2.0)
    assert (again["updatedAt"], again["statusUpdatedAt"]) == (2000, 1000)


def test_a_name_that_the_user_gave_has_no_source(status: Status) -> None:
    status.rename("foo")
    told = status.busy(1.0)
    assert told["name"] == "foo"
    assert "nameSource" not in told


def test_a_name_is_made_of_the_folder() -> None:
    made = Status(
        "s", pid=1, cwd="/a/My Project_é/", version="", suffix="0f", started_at=0, process_started=""
    )
    assert made.name == "my-project-0f"


@pytest.mark.parametrize(
    ("cwd", "folder"),
    [
        ("/home/dev/my_proj.x", "-home-dev-my-proj-x"),
        ("/tmp/é", "-tmp--"),
        ("/tmp/😀", "-tmp---"),
        (
            "/tmp/cc/run-h2-g/home/" + "/".join(["very_Long.dir name é"] * 12),
            "-tmp-cc-run-h2-g-home" + "-very-Long-dir-name--" * 8 + "-very-Long--d04azk",
        ),
    ],
)
def test_a_folder_is_named_as_the_real_one(cwd: str, folder: str) -> None:
    assert project_folder(cwd) == folder


@given(st.text(max_size=400))
def test_every_path_has_a_short_folder_of_plain_signs(cwd: str) -> None:
    folder = project_folder(cwd)
    assert len(folder) <= 208
    assert all(sign.isascii() and (sign.isalnum() or sign == "-") for sign in folder)
