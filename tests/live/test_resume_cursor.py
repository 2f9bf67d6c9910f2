"""Cursors: the file, the flags, and places that are not there any more."""

import os
import random
import re
import time

import pytest
from bson import Timestamp
from pymongo.database import Database
from support import ReplicaSet, Tail, wait_until
from support.oplog import Oplog, text_of
from support.roll_over import lose_entries, of_a_megabyte
from support.seed import seed

CURSOR = re.compile(r"^-- cursor: (\d+:\d+@\d+(?:#\d+)?)$", re.MULTILINE)


def cursor_said(stderr: str) -> str:
    found = CURSOR.findall(stderr)
    assert len(found) == 1, stderr
    return found[0]


def saved(path) -> str:
    return path.read_text().partition("\n")[2].strip() if path.exists() else ""


def ids(lines: list[dict]) -> list:
    return [op["o"]["_id"] for op in lines]


def newest_place(oplog: Oplog) -> str:
    entry = oplog.newest_entry()
    return f"{text_of(entry['ts'])}@{entry['t']}"


@pytest.fixture
def cursor(tmp_path):
    return tmp_path / "cursor"


# ---- The file


@pytest.mark.parametrize("content", [b"", b"\n", b"mongotail cursor file, version 1\n\n",
                                     b"mongotail cursor file, version 1\n12:3", b"mongotail cursor file, version 1\n12\n",
                                     b"mongotail cursor file, version 2\n12:3@1\n", b"12:3@1\n", random.Random(seed()).randbytes(4096),
                                     b"mongotail cursor file, version 1\n12:3@1\n12:4@1\n", b"root:x:0:0\n" * 100_000])
def test_a_foreign_or_damaged_cursor_file_is_refused_and_left_alone(mongotail, rs, cursor, content):
    cursor.write_bytes(content)
    mongotail.run(rs.uri, "--cursor-file", cursor, "--no-follow").ended(1, str(cursor), "\n  try: ")
    assert cursor.read_bytes() == content
    assert os.listdir(cursor.parent) == ["cursor"]


def test_a_folder_that_is_missing_is_told_before_it_follows(mongotail, rs, tmp_path):
    run = mongotail.run(rs.uri, "--cursor-file", tmp_path / "nowhere" / "cursor").ended(1, "nowhere", "\n  try: ")
    assert run.raw == b"" and "following" not in run.stderr


def test_a_cursor_file_that_is_new_starts_at_since(mongotail, rs, db: Database, oplog: Oplog, cursor):
    since = oplog.here()
    db.c.insert_many([{"_id": number} for number in range(3)])
    args = (rs.uri, "--ns", f"{db.name}.c", "--op", "i", "--since", since, "--no-follow", "--cursor-file", cursor)
    assert ids(mongotail.run(*args).ok().json()) == [0, 1, 2]
    assert mongotail.run(*args).ok().lines == []
    db.c.insert_one({"_id": 3})
    assert ids(mongotail.run(*args).ok().json()) == [3]


@pytest.mark.parametrize("concern", ["majority", "local"])
def test_the_cursor_moves_while_nothing_matches_on_an_idle_set(mongotail, rs, db: Database, oplog: Oplog, cursor, concern):
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.nothing", "--cursor-file", cursor, "--read-concern", concern) as tail:
        tail.wait_following()
        db.other.insert_one({"_id": 1})
        place = newest_place(oplog)
        wait_until(lambda: Timestamp(*map(int, saved(cursor).partition("@")[0].split(":")))
                   >= Timestamp(*map(int, place.partition("@")[0].split(":"))), "the cursor to pass what does not match", 25)
        assert tail.lines == []


def test_the_cursor_moves_while_nothing_matches_on_a_busy_set(mongotail, rs, db: Database, oplog: Oplog, cursor):
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.nothing", "--cursor-file", cursor) as tail:
        tail.wait_following()
        seen: set[str] = set()

        def moved() -> bool:
            db.other.insert_many([{} for _ in range(50)])
            seen.add(saved(cursor))
            return len(seen) >= 3

        wait_until(moved, "the cursor to move", 40)
        assert tail.lines == []


# ---- The flags


def test_after_cursor_resumes_right_behind_show_cursor(mongotail, rs, db: Database, oplog: Oplog):
    since = oplog.here()
    db.c.insert_many([{"_id": number} for number in range(10)])
    args = (rs.uri, "--ns", f"{db.name}.c", "--op", "i", "--limit", 3, "--show-cursor")
    run = mongotail.run(*args, "--since", since).ok()
    got = ids(run.json())
    while len(got) < 9:
        run = mongotail.run(*args, "--after-cursor", cursor_said(run.stderr)).ok()
        assert len(run.lines) == 3, run
        got += ids(run.json())
    assert got == list(range(9))


def test_the_cursor_file_wins_over_after_cursor(mongotail, rs, db: Database, oplog: Oplog, cursor):
    start = newest_place(oplog)
    db.c.insert_many([{"_id": number} for number in range(4)])
    args = (rs.uri, "--ns", f"{db.name}.c", "--op", "i", "--limit", 2, "--cursor-file", cursor, "--after-cursor", start)
    assert ids(mongotail.run(*args).ok().json()) == [0, 1]
    assert ids(mongotail.run(*args).ok().json()) == [2, 3]


def test_ctrl_c_shows_the_cursor_of_the_last_line(mongotail, rs, db: Database, oplog: Oplog):
    db.create_collection("c")
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.c", "--show-cursor") as tail:
        tail.wait_following()
        db.c.insert_one({"_id": 1})
        tail.wait_lines(1)
        entry = oplog.of(db.name)[-1]
        tail.interrupt()
        tail.wait_end()
        assert cursor_said(tail.stderr) == f"{text_of(entry['ts'])}@{entry['t']}"


def transaction_of(db: Database, count: int) -> None:
    db.create_collection("c")
    with db.client.start_session() as session, session.start_transaction():
        db.c.insert_many([{"_id": number} for number in range(count)], session=session)


@pytest.mark.parametrize("through", ["the flag", "the file"])
def test_a_cursor_inside_a_transaction_resumes_inside(mongotail, rs, db: Database, oplog: Oplog, cursor, through):
    since = oplog.here()
    transaction_of(db, 7)
    args = [rs.uri, "--ns", f"{db.name}.c", "--op", "i", "--limit", 2, "--show-cursor", "--since", since]
    got, indexes = [], []
    for number in range(3):
        more = ["--cursor-file", cursor] if through == "the file" else ["--after-cursor", said] if number else []
        run = mongotail.run(*args, *more).ok()
        said = cursor_said(run.stderr)
        assert len(run.lines) == 2 and said.endswith(f"#{2 * number + 1}"), run
        assert through == "the flag" or saved(cursor) == said
        got += ids(run.json())
        indexes += [op["txnOpIndex"] for op in run.json()]
    assert got == indexes == list(range(6))
    db.c.insert_one({"_id": 7})
    run = mongotail.run(*args, "--after-cursor", said).ok()
    assert ids(run.json()) == [6, 7] and "#" not in cursor_said(run.stderr)


# ---- Places that are not there


@pytest.fixture(scope="module")
def small(server_version):
    """A set with an oplog of a megabyte."""
    with of_a_megabyte(server_version) as rs:
        yield rs


def lose(rs: ReplicaSet, place: str) -> None:
    lose_entries(rs.client(w="majority"), Timestamp(*map(int, place.partition("@")[0].split(":"))))


def test_a_cursor_that_rolled_off_ends_with_3_and_both_bounds(mongotail, small, cursor):
    db = small.client(w="majority").x
    mongotail.run(small.uri, "--since", "oldest", "--no-follow", "--cursor-file", cursor).ok()
    before = cursor.read_bytes()
    lose(small, saved(cursor))
    ts = saved(cursor).partition("@")[0]
    run = mongotail.run(small.uri, "--cursor-file", cursor, "--no-follow").ended(3, ts, "--allow-gap")
    assert text_of(Oplog(small.client()).oldest()) in run.stderr and run.raw == b"", run
    assert cursor.read_bytes() == before
    mongotail.run(small.uri, "--after-cursor", saved(cursor), "--no-follow").ended(3, ts)

    db.c.insert_one({"_id": 1})
    run = mongotail.run(small.uri, "--cursor-file", cursor, "--allow-gap", "--no-follow", "--ns", "x.c", "--op", "i").ok()
    assert ids(run.json()) == [1] and ts in run.stderr, run
    assert cursor.read_bytes() != before
    assert mongotail.run(small.uri, "--cursor-file", cursor, "--no-follow", "--ns", "x.c").ok().lines == []


def test_a_refused_start_leaves_no_cursor_behind(mongotail, small, cursor):
    mongotail.run(small.uri, "--after-cursor", "1700000000:1@1", "--cursor-file", cursor, "--no-follow").ended(3)
    assert not cursor.exists()


def test_a_start_that_is_accepted_is_a_cursor_even_if_nothing_comes(mongotail, rs, client, db: Database, oplog: Oplog, cursor):
    start = newest_place(oplog)
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.c", "--after-cursor", start, "--cursor-file", cursor) as tail:
        tail.wait_following()
        wait_until(lambda: saved(cursor), "a cursor")


@pytest.mark.parametrize("term", [0, 7])
def test_another_term_is_refused(mongotail, rs, db: Database, oplog: Oplog, term):
    db.c.insert_one({"_id": 1})
    ts = newest_place(oplog).partition("@")[0]
    mongotail.run(rs.uri, "--after-cursor", f"{ts}@{term}", "--no-follow").ended(1, f"{ts} (", f") of term {term}", "\n  try: ")


def test_a_cursor_of_another_set_is_refused(mongotail, rs, small, oplog: Oplog):
    """Whether its entry would be among those of this set, or is yet to come."""
    newest = oplog.newest()
    between = f"{oplog.oldest().time}:999999"
    mongotail.run(rs.uri, "--after-cursor", f"{between}@1", "--no-follow").ended(1, between, "another replica set")
    mongotail.run(rs.uri, "--after-cursor", f"{between}@1", "--limit", 1).ended(1, between, "another replica set")
    later = f"{newest.time + 3600}:1"
    mongotail.run(rs.uri, "--after-cursor", f"{later}@1", "--no-follow").ended(1, later, "another replica set")
    with mongotail.tail(rs.uri, "--after-cursor", f"{later}@1") as tail:
        tail.wait_stderr(f"has not reached {later} (")
        assert tail.lines == []


def test_a_cursor_of_several_sources_is_refused_for_one(mongotail, rs):
    mongotail.run(rs.uri, "--after-cursor", "s0=1795743958:20@1,s1=1795743958:1@1", "--no-follow").ended(2, "several sources")


def test_a_cursor_without_a_term_asks_for_the_timestamp_alone(mongotail, rs, db: Database, oplog: Oplog):
    ts = oplog.here()
    db.c.insert_many([{"_id": 1}, {"_id": 2}])
    first = oplog.of(db.name, Timestamp(*map(int, ts.split(":"))))
    first = next(op for op in first if op["op"] == "i")
    run = mongotail.run(rs.uri, "--after-cursor", text_of(first["ts"]), "--ns", f"{db.name}.c", "--no-follow").ok()
    assert ids(run.json()) == [2]
