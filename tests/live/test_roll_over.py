"""An oplog that no longer reaches back to where a stream should begin."""

import os
from collections.abc import Iterator

import pytest
from bson import Timestamp
from support import ReplicaSet
from support.oplog import Oplog, after, parse_all, places, text_of
from support.roll_over import lose_entries, of_a_megabyte
from support.transactions import SPLIT


@pytest.fixture(scope="module")
def small(server_version) -> Iterator[ReplicaSet]:
    """A set whose oplog holds about a megabyte, and has lost its first entries."""
    with of_a_megabyte(server_version) as rs:
        client = rs.client(w="majority")
        first = Oplog(client).oldest()
        lose_entries(client, first)
        yield rs


@pytest.fixture
def oplog(small: ReplicaSet) -> Oplog:
    return Oplog(small.client())


def test_a_start_that_is_gone_ends_with_3_and_both_bounds(mongotail, small, oplog: Oplog):
    run = mongotail.run(small.uri, "--since", "1700000000:7", "--no-follow").ended(3, "1700000000:7")
    assert text_of(oplog.oldest()) in run.stderr, run
    assert "--allow-gap" in run.stderr and "--since" in run.stderr
    assert len(run.stderr.splitlines()) == 2 and run.raw == b"", run


def test_a_time_ago_that_is_gone_ends_with_3(mongotail, small, oplog: Oplog):
    for form in ("1h", "2020-01-01", "Timestamp(1, 0)", "yesterday"):
        mongotail.run(small.uri, "--since", form, "--no-follow").ended(3, text_of(oplog.oldest()))


def test_the_last_timestamp_that_is_gone_is_told_from_the_first_that_is_there(mongotail, small, oplog: Oplog):
    oldest = oplog.oldest()
    assert oldest.inc > 0
    before = Timestamp(oldest.time, oldest.inc - 1)
    mongotail.run(small.uri, "--since", text_of(before), "--limit", 1, "--op", "i,u,d,c,n").ended(3)
    run = mongotail.run(small.uri, "--since", text_of(oldest), "--limit", 1, "--op", "i,u,d,c,n", "--internal").ok()
    assert parse_all(run.lines)[0]["ts"] == oldest
    assert mongotail.run(small.uri, "--since", text_of(after(oldest)), "--limit", 1, "--op", "i,u,d,c,n").ok().lines


def test_with_a_gap_allowed_it_warns_and_begins_with_the_oldest(mongotail, small, oplog: Oplog):
    run = mongotail.run(small.uri, "--since", "1700000000:7", "--allow-gap", "--no-follow", "--ns", "filler.c").ok()
    assert "1700000000:7" in run.stderr and text_of(oplog.oldest()) in run.stderr, run
    stored = oplog.entries({"ns": "filler.c"})
    assert places(parse_all(run.lines)) == places(stored)


def test_since_oldest_never_fails(mongotail, small, oplog: Oplog):
    run = mongotail.run(small.uri, "--since", "oldest", "--no-follow", "--ns", "filler.c").ok()
    assert "no longer" not in run.stderr
    assert places(parse_all(run.lines)) == places(oplog.entries({"ns": "filler.c"}))


def test_lines_look_back_as_far_as_there_is_something(mongotail, small, oplog: Oplog):
    run = mongotail.run(small.uri, "-n", 10**6, "--no-follow", "--ns", "filler.c").ok()
    assert places(parse_all(run.lines)) == places(oplog.entries({"ns": "filler.c"}))


def test_a_transaction_that_lost_its_begin_is_a_lost_start(mongotail, server_version):
    """It is told, rather than printed as a shorter one."""
    with of_a_megabyte(server_version, "--setParameter", f"{SPLIT}=1") as rs:
        client = rs.client(w="majority")
        oplog = Oplog(client)
        client.x.create_collection("c")
        with client.start_session() as session, session.start_transaction():
            # Its own entries span several of the pieces in which an oplog is cut off.
            for number in range(12):
                client.x.c.insert_one({"_id": number, "text": os.urandom(60_000).hex()}, session=session)
        parts = [entry["ts"] for entry in oplog.entries({"o.applyOps": {"$exists": True}})]
        assert len(parts) == 12
        # Slowly: the oplog is cut off about once a second, and only as far as it is too large.
        lose_entries(client, parts[0], interval=0.2)
        assert oplog.oldest() < parts[-1], "the whole transaction is gone at once: nothing was tested"
        since = text_of(parts[-1])
        mongotail.run(rs.uri, "--ns", "x.c", "--since", since, "--no-follow").ended(3, since)
        run = mongotail.run(rs.uri, "--ns", "x.c", "--since", since, "--no-follow", "--allow-gap").ok()
        assert run.stderr and not run.lines, run
        assert not mongotail.run(rs.uri, "--ns", "x.c", "--since", "oldest", "--no-follow").ok().lines
