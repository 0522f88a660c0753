"""Who is left behind by a dead sandbox, and who only looks so."""

from __future__ import annotations

import os
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.sandbox.census import Inhabitant, Judgement, census, judge, parse_census
from pytest_tmuxagent.sandbox.cookie import Cookie, OwnerState, new_cookie, read_cookie
from pytest_tmuxagent.sandbox.cookie import here as this_place

ME = 50
DEAD_OWNER, LIVING_OWNER = 90, 91
STATES: dict[str, OwnerState] = {"dead": "ended", "alive": "lives", "far": "elsewhere"}


def cookie(name: str, *, session: int = 9) -> Cookie:
    owner = LIVING_OWNER if name == "alive" else DEAD_OWNER
    return Cookie(text=name, pid=owner, start=0, session=session, place=this_place())


def person(
    pid: int,
    *names: str,
    parent: int = 1,
    session: int | None = None,
    user: int = 1000,
    warden_of: int | None = None,
    strange: tuple[str, ...] = (),
) -> Inhabitant:
    return Inhabitant(
        pid=pid,
        parent=parent,
        group=session or pid,
        session=session or pid,
        user=user,
        cookies=tuple(map(cookie, names)),
        warden_of=warden_of,
        strange=strange,
    )


def judged(*people: Inhabitant, me: Inhabitant | None = None, gone: Iterable[int] = ()) -> Judgement:
    return judge(
        [me or person(ME), *people],
        state=lambda cookie: STATES[cookie.text],
        runs=lambda pid: pid not in {DEAD_OWNER, *gone},
        me=ME,
    )


def doomed(*people: Inhabitant, me: Inhabitant | None = None, gone: Iterable[int] = ()) -> set[int]:
    return set(judged(*people, me=me, gone=gone).doomed)


def test_a_carrier_goes_with_its_descendants_and_its_session() -> None:
    assert doomed(
        person(2, "dead"), person(3, parent=2), person(4, parent=3), person(5, session=2), person(6)
    ) == {2, 3, 4, 5}


def test_a_carrier_of_a_living_sandbox_stays_with_its_descendants() -> None:
    assert doomed(person(2, "alive"), person(3, parent=2)) == set()


def test_a_dead_sandbox_in_a_living_one_is_left_to_that() -> None:
    assert doomed(person(2, "alive", "dead")) == set()


def test_a_living_sandbox_in_a_dead_one_stays_with_the_process_that_owns_it() -> None:
    owner, child = person(LIVING_OWNER, "dead", parent=2), person(7, "dead", parent=LIVING_OWNER)
    warden = person(8, "dead", warden_of=LIVING_OWNER)
    assert doomed(person(2, "dead"), owner, child, warden, person(9, "dead", "alive")) == {2}


def test_what_cannot_be_told_from_here_stays() -> None:
    assert doomed(person(2, "far"), person(3, "dead", "far"), person(4, "dead", strange=("old",))) == set()


def test_a_cookie_that_we_carry_ourselves_says_nothing() -> None:
    me = person(ME, "alive", strange=("old",))
    assert doomed(person(2, "alive"), person(3, "alive", "dead", strange=("old",)), me=me) == {3}


def test_neither_we_nor_our_ancestors_go() -> None:
    me = person(ME, "dead", parent=40)
    assert doomed(person(40, "dead", parent=1), person(2, "dead"), me=me) == set()
    assert doomed(person(40, "dead", parent=1), person(2, "dead"), me=person(ME, parent=40)) == {2}


def test_a_carrier_of_another_user_stays() -> None:
    assert doomed(person(2, "dead", user=1001)) == set()


def test_the_session_of_the_dead_owner_is_not_taken() -> None:
    assert doomed(person(2, "dead", session=9), person(3, session=9), gone={9}) == {2}


def test_a_session_whose_leader_is_gone_is_taken() -> None:
    assert doomed(person(2, "dead", session=8), person(3, session=8), gone={8}) == {2, 3}


def test_a_session_of_a_living_run_is_not_taken() -> None:
    assert doomed(
        person(2, "dead", session=8), person(3, session=8), person(4, "alive", session=8), gone={8}
    ) == {2}


def test_a_group_with_another_member_does_not_go_as_a_whole() -> None:
    shared = judged(person(2, "dead", session=8), person(3, session=8))
    assert (set(shared.doomed), shared.groups) == ({2}, frozenset())
    assert judged(person(2, "dead"), person(3, "dead", session=2)).groups == {2}


PEOPLE = st.builds(
    lambda pid, names, parent, session, strange: person(
        pid, *names, parent=parent, session=session, strange=strange
    ),
    st.integers(2, 20),
    st.lists(st.sampled_from(sorted(STATES)), max_size=2),
    st.integers(1, 20),
    st.integers(1, 20),
    st.sampled_from([(), ("old",)]),
)


@given(st.lists(PEOPLE, max_size=12, unique_by=lambda person: person.pid))
def test_nothing_of_a_living_run_goes_whatever_there_is(people: list[Inhabitant]) -> None:
    known = {person.pid: person for person in people}
    found = doomed(*people)
    for pid in found:
        place: Inhabitant | None = known[pid]
        seen: set[int] = set()
        while place is not None and place.pid not in seen:
            seen.add(place.pid)
            assert not {"alive", "far"} & {cookie.text for cookie in place.cookies}
            assert not place.strange
            place = known.get(place.parent)


def test_this_process_is_counted() -> None:
    (me,) = [person for person in census() if person.pid == os.getpid()]
    assert (me.parent, me.session, me.user) == (os.getppid(), os.getsid(0), os.geteuid())


def test_a_listing_of_ps_is_read() -> None:
    text = new_cookie()
    (seen,) = parse_census(
        [b"4000000 1 77 1000 S sleep 1 TMUXAGENT_SANDBOX=old:%s" % text.encode(), b"PID", b""]
    )
    assert (seen.pid, seen.parent, seen.session, seen.user) == (4000000, 1, 77, 1000)
    assert (seen.cookies, seen.strange) == ((read_cookie(text),), ("old",))
