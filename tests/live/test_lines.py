"""-n: the last operations that match, oldest first, and then what follows without a gap."""

import threading

import pytest
from pymongo import WriteConcern
from pymongo.database import Database
from support.oplog import Oplog, parse_all, places, text_of


@pytest.fixture
def filled(db: Database) -> Database:
    """Ten inserts, a transaction of six over two collections, three inserts more."""
    db.create_collection("c")
    db.create_collection("other")
    for number in range(10):
        db.c.insert_one({"_id": number})
    with db.client.start_session() as session, session.start_transaction():
        for number in range(10, 13):
            db.c.insert_one({"_id": number}, session=session)
            db.other.insert_one({"_id": number}, session=session)
    for number in range(13, 16):
        db.c.insert_one({"_id": number})
    return db


@pytest.fixture
def shown(mongotail, rs, filled: Database):
    def run(*args: object) -> list[int]:
        printed = mongotail.run(rs.uri, "--ns", f"{filled.name}.c", "--op", "i", *args).ok()
        return [op["o"]["_id"] for op in parse_all(printed.lines)]

    return run


ALL = list(range(16))


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 6, 7, 15, 16, 17, 1_000_000])
def test_the_last_n_are_printed_oldest_first(shown, count):
    """4 and 5 begin inside of the transaction, whose other operations are not counted."""
    assert shown("-n", count, "--no-follow") == ALL[max(0, 16 - count):]


def test_operations_of_one_transaction_are_counted_apart(mongotail, rs, filled: Database, oplog: Oplog):
    run = mongotail.run(rs.uri, "--ns", filled.name, "--op", "i", "-n", 7, "--no-follow").ok()
    printed = parse_all(run.lines)
    assert places(printed) == places(oplog.of(filled.name))[-7:]
    assert [op.get("txnOpIndex") for op in printed] == [2, 3, 4, 5, None, None, None]


def test_since_is_where_it_looks_back_to(shown, oplog: Oplog, filled: Database):
    stored = oplog.entries({"ns": f"{filled.name}.c"})
    for first in (0, 4, 9):
        since = text_of(stored[first]["ts"])
        for count in (0, 2, 8, 100):
            from_there = ALL[first:]
            expected = from_there[max(0, len(from_there) - count):]
            assert shown("--since", since, "-n", count, "--no-follow") == expected, (first, count)
    assert shown("--since", "oldest", "-n", 100, "--no-follow") == ALL
    assert shown("--since", "now", "-n", 5, "--no-follow") == []


def test_until_is_where_it_looks_back_from(shown, oplog: Oplog, filled: Database):
    stored = oplog.entries({"ns": f"{filled.name}.c"})
    assert shown("--until", text_of(stored[4]["ts"]), "-n", 2) == [2, 3]
    assert shown("--until", text_of(stored[4]["ts"]), "-n", 100) == [0, 1, 2, 3]
    assert shown("--since", text_of(stored[3]["ts"]), "--until", text_of(stored[9]["ts"]), "-n", 4) == [5, 6, 7, 8]
    assert shown("--until", text_of(stored[11]["ts"]), "-n", 4) == [10, 11, 12, 13]


def test_limit_counts_from_the_first_of_them(shown):
    assert shown("-n", 5, "--limit", 2) == [11, 12]
    assert shown("-n", 5, "--limit", 5) == ALL[-5:]
    assert shown("-n", 0, "--limit", 0) == []


def test_all_of_an_oplog_that_has_fewer_is_printed(mongotail, rs, oplog: Oplog, filled: Database):
    run = mongotail.run(rs.uri, "-n", 10**9, "--op", "i", "--no-follow", "--ns", f"{filled.name}.other").ok()
    assert len(run.lines) == 3


def test_entries_are_counted_with_raw(mongotail, rs, filled: Database):
    run = mongotail.run(rs.uri, "--raw", "-n", 5, "--no-follow", "--ns", filled.name).ok()
    printed = parse_all(run.lines)
    assert [len(entry["o"].get("applyOps", [1])) for entry in printed] == [1, 6, 1, 1, 1]


def test_what_follows_joins_without_a_gap(mongotail, rs, db: Database, oplog: Oplog):
    """Writers write all the while; every tail has every entry from its first on."""
    db.create_collection("c")
    for number in range(50):
        db.c.insert_one({"_id": number})
    stop = threading.Event()

    def write_on(writer: int) -> None:
        number = 0
        while not stop.is_set():
            db.get_collection("c", write_concern=WriteConcern(1)).insert_one({"_id": f"{writer} {number}"})
            number += 1

    writers = [threading.Thread(target=write_on, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        runs = [mongotail.run(rs.uri, "--ns", f"{db.name}.c", "-n", count, "--limit", 200).ok() for count in (1, 10, 40, 40)]
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    stored = places(oplog.of(db.name))
    for run in runs:
        printed = places(parse_all(run.lines))
        first = stored.index(printed[0])
        assert printed == stored[first:first + 200]


def test_none_is_needed_before_what_follows(mongotail, rs, db: Database):
    db.create_collection("c")
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.c", "--op", "i", "-n", 5, "--limit", 1) as tail:
        tail.wait_following()
        db.c.insert_one({"_id": 1})
        assert [op["o"] for op in tail.ended(0).json()] == [{"_id": 1}]


def test_lines_are_printed_before_anything_new_happens(mongotail, rs, filled: Database):
    with mongotail.tail(rs.uri, "--ns", f"{filled.name}.c", "-n", 2) as tail:
        assert [op["o"]["_id"] for op in tail.wait_json(2)] == [14, 15]
        assert tail.alive
