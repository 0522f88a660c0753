"""`tmuxagent ls` and `reap`: everything of dead runs goes, nothing of a living one is touched.

What a test leaves behind carries a cookie of the test as well, so that only it takes it for left behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_tmuxagent.sandbox.cookie import here, new_cookie, read_cookie
from tests.cli.command_line import COMMAND, tmuxagent
from tests.sandbox.test_ownership import Owner, comes_true, runs

TROUBLEMAKERS = ("quiet", "deaf", "session", "background")
NOBODY = 4_000_000


class Household:
    """Runs whose sandboxes lie in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.tmp = Path(tempfile.mkdtemp(prefix="h-", dir="/tmp")).resolve()  # A short path, for sockets.
        self.folder = folder
        self.environment = {"TMPDIR": str(self.tmp), "TMUXAGENT_SANDBOX": new_cookie()}
        self._owners: list[Owner] = []

    def owner(self, *troublemakers: str, environment: Mapping[str, str] | None = None) -> Owner:
        """Start a run with a sandbox full of them."""
        named = troublemakers or TROUBLEMAKERS
        owner = Owner(named, environment={**self.environment, **(environment or {})})
        self._owners.append(owner)
        return owner

    def tmuxagent(self, command: str) -> subprocess.CompletedProcess[str]:
        return tmuxagent(command, home=self.folder, environment=self.environment)

    def close(self) -> None:
        for owner in self._owners:
            for pid in (owner.keeper, owner.warden):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
            owner.close()
        self.tmuxagent("reap")
        shutil.rmtree(self.tmp, ignore_errors=True)


@pytest.fixture
def household(tmp_path: Path) -> Iterator[Household]:
    household = Household(tmp_path)
    yield household
    household.close()


def kill_all_who_clean_up(owner: Owner) -> None:
    """End owner, warden and keeper in one moment, so that none does anything about another's end."""
    everybody = (owner.keeper, owner.warden, owner.process.pid)
    for pid in everybody:
        os.kill(pid, signal.SIGSTOP)
    for pid in everybody:
        os.kill(pid, signal.SIGKILL)
    owner.process.wait()


def test_what_a_killed_run_left_is_listed_and_goes(household: Household) -> None:
    owner = household.owner()
    kill_all_who_clean_up(owner)

    listed = household.tmuxagent("ls").stdout
    reaped = household.tmuxagent("reap")

    assert str(owner.root) in listed.partition("left behind")[2]
    assert "sleep 60" in listed.partition("left behind")[2]
    assert owner.survivors() == set()
    assert not owner.root.exists()
    assert reaped.returncode == 0
    assert f"removed {owner.root}\n" in reaped.stdout
    assert "ended process" in reaped.stdout
    assert str(owner.root) not in household.tmuxagent("ls").stdout + household.tmuxagent("reap").stdout


def test_a_fork_bomb_goes(household: Household) -> None:
    owner = household.owner("quiet", "forking", "bomb", "writer")
    kill_all_who_clean_up(owner)
    assert household.tmuxagent("reap").returncode == 0
    assert owner.survivors() == set()
    assert not owner.root.exists()


def test_two_may_reap_at_once(household: Household) -> None:
    owners = [household.owner("quiet", "writer") for _ in range(3)]
    for owner in owners:
        kill_all_who_clean_up(owner)
    environment = {**os.environ, **household.environment}
    reapers = [
        subprocess.Popen([*COMMAND, "reap"], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    printed = "".join(reaper.communicate()[0] for reaper in reapers)
    assert [reaper.returncode for reaper in reapers] == [0, 0, 0]
    for owner in owners:
        assert owner.survivors() == set()
        assert not owner.root.exists()
        assert printed.count(f"removed {owner.root}\n") == 1


def test_a_run_whose_owner_lives_is_listed_and_not_touched(household: Household) -> None:
    dead, owner = household.owner("quiet"), household.owner()
    kill_all_who_clean_up(dead)
    before = contents(owner.root)

    listed = household.tmuxagent("ls").stdout
    reaped = household.tmuxagent("reap").stdout

    assert f"{owner.root}  since " in listed.partition("left behind")[0]
    assert f"of process {owner.process.pid} (" in listed
    assert f"removed {dead.root}" in reaped
    assert str(owner.root) not in reaped
    assert contents(owner.root) == before
    assert owner.tell("hello") == {}
    assert all(map(runs, (owner.warden, owner.keeper)))
    assert not owner.ended()
    assert owner.tell("close") == {"survivors": []}


def test_a_run_that_lost_its_warden_and_keeper_is_not_touched_while_it_lives(household: Household) -> None:
    owner = household.owner()
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in (owner.keeper, owner.warden):
            os.kill(pid, number)
    assert str(owner.root) not in household.tmuxagent("reap").stdout
    assert owner.root.exists()
    assert not owner.ended()
    owner.kill()
    assert f"removed {owner.root}" in household.tmuxagent("reap").stdout
    assert owner.survivors() == set()


def test_who_was_stopped_while_cleaning_up_goes_on(household: Household) -> None:
    owner = household.owner()
    for pid in (owner.keeper, owner.warden):
        os.kill(pid, signal.SIGSTOP)
    owner.kill()
    assert household.tmuxagent("reap").returncode == 0
    assert owner.survivors() == set()
    assert not owner.root.exists()
    assert comes_true(lambda: not any(map(runs, (owner.keeper, owner.warden))))


def test_a_process_whose_folder_is_gone_is_found(household: Household) -> None:
    owner = household.owner("quiet")
    kill_all_who_clean_up(owner)
    shutil.rmtree(owner.root)
    assert "sleep 60" in household.tmuxagent("ls").stdout
    assert household.tmuxagent("reap").returncode == 0
    assert owner.survivors() == set()


def test_sandboxes_in_another_temporary_folder_are_found_by_their_processes(household: Household) -> None:
    with tempfile.TemporaryDirectory(prefix="h-", dir="/tmp") as other:
        living = household.owner("quiet", environment={"TMPDIR": other})
        dead = household.owner("quiet", environment={"TMPDIR": other})
        kill_all_who_clean_up(dead)
        assert str(living.root) in household.tmuxagent("ls").stdout.partition("left behind")[0]
        assert f"removed {dead.root}\n" in household.tmuxagent("reap").stdout
        assert living.root.exists()
        living.tell("close")


# --- folders ---


def contents(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def cookie_of(*, pid: int = NOBODY, start: int = 0, **elsewhere: str) -> str:
    cookie = read_cookie(new_cookie())
    assert cookie is not None
    place = replace(here(), **elsewhere)
    secret = cookie.text.partition(".")[0]
    return ".".join((secret, str(pid), str(start), "9", place.boot, place.namespace, place.host))


def leftover(
    household: Household, *, cookie: str, name: str = "ta-0123abcd", around: str | None = None
) -> Path:
    root = household.tmp / name
    (root / "work").mkdir(parents=True)
    root.chmod(0o700)
    (root / "work/file").write_text("precious")
    (root / "cookie").symlink_to(f"{around or household.environment['TMUXAGENT_SANDBOX']}:{cookie}")
    return root


def test_the_folder_of_a_dead_owner_is_removed_whatever_it_holds(household: Household) -> None:
    root = leftover(household, cookie=cookie_of())
    outside = household.folder / "outside"
    outside.mkdir()
    (outside / "file").write_text("precious")
    (root / "work/link").symlink_to(outside)
    (root / "work/closed").mkdir(mode=0)
    assert f"removed {root}\n" in household.tmuxagent("reap").stdout
    assert not root.exists()
    assert (outside / "file").read_text() == "precious"


def test_a_folder_whose_owners_number_has_passed_on_is_removed(household: Household) -> None:
    cookie = cookie_of(pid=os.getpid(), start=1)
    root = leftover(household, cookie=cookie)
    household.tmuxagent("reap")
    assert not root.exists()


def test_a_folder_from_before_the_last_boot_is_removed(household: Household) -> None:
    root = leftover(household, cookie=cookie_of(pid=os.getpid(), boot="abc"))
    os.utime(root / "cookie", (1, 1), follow_symlinks=False)
    household.tmuxagent("reap")
    assert not root.exists()


def of_our_own_process(household: Household) -> Path:
    return leftover(household, cookie=new_cookie())


def of_another_machine(household: Household) -> Path:
    root = leftover(household, cookie=cookie_of(host="elsewhere", boot="abc"))
    os.utime(root / "cookie", (1, 1), follow_symlinks=False)
    return root


def of_another_container(household: Household) -> Path:
    return leftover(household, cookie=cookie_of(namespace="1-1"))


def of_another_machine_of_our_name(household: Household) -> Path:
    return leftover(household, cookie=cookie_of(boot="abc"))


def inside_a_living_run(household: Household) -> Path:
    return leftover(household, cookie=cookie_of(), around=new_cookie())


def without_a_cookie(household: Household) -> Path:
    root = leftover(household, cookie=cookie_of())
    (root / "cookie").unlink()
    return root


def with_a_cookie_that_is_a_file(household: Household) -> Path:
    root = without_a_cookie(household)
    (root / "cookie").write_text(cookie_of())
    return root


def with_the_cookie_of_another_release(household: Household) -> Path:
    return leftover(household, cookie="0" * 32)


def of_another_name(household: Household) -> Path:
    return leftover(household, cookie=cookie_of(), name="ta-photos00")


def that_others_may_write_to(household: Household) -> Path:
    root = leftover(household, cookie=cookie_of())
    root.chmod(0o777)
    return root


def behind_a_link(household: Household) -> Path:
    real = leftover(household, cookie=cookie_of(), name="mine")
    (household.tmp / "ta-0123abcd").symlink_to(real)
    return real


def of_another_user(household: Household) -> Path:
    if os.geteuid() != 0:
        pytest.skip("only root can make it")
    root = leftover(household, cookie=cookie_of())
    os.chown(root, 65534, 65534)
    return root


@pytest.mark.parametrize(
    "make",
    [
        of_our_own_process,
        of_another_machine,
        of_another_container,
        of_another_machine_of_our_name,
        inside_a_living_run,
        without_a_cookie,
        with_a_cookie_that_is_a_file,
        with_the_cookie_of_another_release,
        of_another_name,
        that_others_may_write_to,
        behind_a_link,
        of_another_user,
    ],
)
def test_what_may_be_somebodys_is_not_touched(
    household: Household, make: Callable[[Household], Path]
) -> None:
    root = make(household)
    reaped = household.tmuxagent("reap")
    assert str(household.tmp) not in reaped.stdout
    assert (root / "work/file").read_text() == "precious"


def test_what_nobody_here_can_tell_of_is_listed(household: Household) -> None:
    root = of_another_machine(household)
    listed = household.tmuxagent("ls").stdout
    assert str(root) in listed.partition("another container")[2]
    assert "on elsewhere" in listed


def test_what_a_living_run_sees_to_is_listed(household: Household) -> None:
    root = inside_a_living_run(household)
    assert str(root) in household.tmuxagent("ls").stdout.partition("inside the sandbox of another run")[2]


def test_a_folder_inside_a_run_that_has_ended_is_removed(household: Household) -> None:
    root = leftover(household, cookie=cookie_of(), around=cookie_of())
    household.tmuxagent("reap")
    assert not root.exists()


def test_nothing_there_is_no_failure(household: Household) -> None:
    household.tmp.rmdir()
    for command in ("ls", "reap", "reap"):
        done = household.tmuxagent(command)
        assert (done.returncode, done.stderr) == (0, "")
        assert str(household.tmp) not in done.stdout
