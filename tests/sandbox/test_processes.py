"""Who belongs to a sandbox, read from a table of processes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tmuxagent.sandbox.processes import Family, Process, from_ps, parse_ps, running

KEEPER, OWN_SESSION = 100, 50
NOBODY = 1 << 22  # Above the highest pid there can be: the leader of a session that is gone.


def process(
    pid: int, parent: int, *, session: int = NOBODY, carrier: bool = False, zombie: bool = False
) -> Process:
    return Process(pid, parent=parent, group=session, session=session, carrier=carrier, zombie=zombie)


def family(*processes: Process, spared: tuple[int, ...] = ()) -> set[int]:
    return set(Family(processes, parent=KEEPER, spared=spared, foreign={OWN_SESSION}).members)


def test_children_and_their_children_belong() -> None:
    assert family(process(3, 2), process(2, KEEPER), process(4, 3)) == {2, 3, 4}


def test_strangers_do_not_belong() -> None:
    assert family(process(2, 1, session=2), process(3, 2, session=2)) == set()


def test_a_carrier_belongs_wherever_it_went() -> None:
    assert family(process(2, 1, session=2, carrier=True), process(3, 2, session=3)) == {2, 3}


def test_who_dropped_the_cookie_is_known_by_the_session() -> None:
    assert family(process(2, 1, session=2, carrier=True), process(3, 1, session=2)) == {2, 3}


def test_a_session_that_lost_its_leader_belongs_whole() -> None:
    assert family(process(3, 1, carrier=True), process(4, 1)) == {3, 4}


def test_a_carrier_in_a_persons_session_belongs_alone() -> None:
    shell = os.getsid(0)
    assert family(process(3, shell, session=shell, carrier=True), process(4, shell, session=shell)) == {3}


def test_the_session_of_our_owner_is_never_taken_whole() -> None:
    assert family(process(3, 1, session=OWN_SESSION, carrier=True), process(4, 1, session=OWN_SESSION)) == {3}


def test_other_keepers_and_what_is_theirs_do_not_belong() -> None:
    other, theirs, orphan = process(2, KEEPER), process(3, 2, session=3), process(4, KEEPER, session=4)
    assert family(other, theirs, orphan, spared=(2,)) == {4}


def test_a_zombie_belongs_to_who_has_to_bury_it() -> None:
    assert family(process(2, KEEPER, zombie=True), process(3, 1, zombie=True, carrier=True)) == {2}


@pytest.fixture
def carrier() -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "X": "c00k1e"}
    # A session of its own: the one that the tests run in may be led from outside of this process namespace.
    with subprocess.Popen(
        ["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        # In the very moment of its start a program has no environment yet that could be read.
        process.stdin.write(b"it runs\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"it runs\n"
        yield process


def test_a_carrier_is_found_by_the_system_and_by_ps(carrier: subprocess.Popen[bytes]) -> None:
    for table in (running(cookie=b"c00k1e")[0], from_ps(cookie=b"c00k1e")):
        (seen,) = [process for process in table if process is not None and process.pid == carrier.pid]
        assert seen.carrier
        assert (seen.parent, seen.session) == (os.getpid(), carrier.pid)


def test_a_name_with_parentheses_does_not_confuse_the_reading(tmp_path: Path) -> None:
    odd = tmp_path / ") R 1 ("
    shutil.copy("/bin/cat", odd)
    with subprocess.Popen([odd], stdin=subprocess.PIPE) as process:
        assert os.getpid() in {seen.parent for seen in running(cookie=b"none")[0] if seen.pid == process.pid}


def test_ps_does_not_count_itself(carrier: subprocess.Popen[bytes]) -> None:
    children = {process.pid for process in from_ps(cookie=b"") if process and process.parent == os.getpid()}
    assert carrier.pid in children
    assert not any(runs_no_more(pid) for pid in children)


def runs_no_more(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_lines_of_ps_that_make_no_sense_are_left_out() -> None:
    assert list(parse_ps([b"", b"PID PPID", b"7 1"], cookie=b"x")) == []


def test_who_has_gone_by_the_time_of_asking_is_known_by_the_group() -> None:
    (seen,) = parse_ps([b"%d 1 77 S sleep 1 X=c00k1e" % NOBODY], cookie=b"c00k1e")
    assert (seen.carrier, seen.session) == (True, 77)
