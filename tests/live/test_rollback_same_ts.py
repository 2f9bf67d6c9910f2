"""Two primaries wrote entries of the same ts, in different terms: a ts alone would take one for the other."""

import time
from collections.abc import Iterator

import pytest
from bson import Timestamp
from pymongo import MongoClient
from support import ReplicaSet, Tail, wait_until
from support.mongod import Mongod
from support.rollback import nobody_copies, write

OLD = range(100, 120)
NEW = range(1000, 1100)
TRIES = 8


@pytest.fixture
def own(server_version) -> Iterator[ReplicaSet]:
    with ReplicaSet(3, server_version, settings={"catchUpTimeoutMillis": 0}) as rs:
        yield rs


def last_inserted(node: Mongod) -> Timestamp:
    return node.oplog_entries({"ns": "shop.c", "o._id": OLD[-1]})[-1]["ts"]


def terms_at(node: Mongod, ts: Timestamp) -> list[int]:
    return [entry["t"] for entry in node.oplog_entries({"ts": ts})]


def begin_of_a_second() -> None:
    wait_until(lambda: time.time() % 1 < 0.05, "the begin of a second")


def part_ways(rs: ReplicaSet, tail: Tail) -> tuple[Timestamp, Mongod, Mongod]:
    """The old primary writes OLD, which nobody copies, and hangs; another writes NEW in the same second, if it can."""
    old, (new, other) = rs.primary, rs.secondaries
    new.client().admin.command("ping")
    before = len(tail.lines)
    with nobody_copies([new, other]):
        begin_of_a_second()
        # Asleep, they don't hear of the cluster's time either: they will count from where they were.
        for node in (new, other):
            node.pause()
        write(old, OLD)
        tail.wait_for(lambda tail: len(tail.lines) >= before + len(OLD), "the old primary's entries")
        ts = last_inserted(old)
        old.pause()
        for node in (new, other):
            node.resume()
        new.client().admin.command({"replSetStepUp": 1})
        wait_until(lambda: new.hello().get("isWritablePrimary", new.hello().get("ismaster")), "the new primary")
        write(new, NEW)
    return ts, old, new


@pytest.mark.long
@pytest.mark.timeout(240)
def test_an_entry_of_the_same_ts_in_another_term_is_not_taken_for_the_last_one(mongotail, own):
    client: MongoClient = own.client(w="majority")
    args = (own.uri + "&socketTimeoutMS=2000", "--ns", "shop.c", "--op", "i", "--read-concern", "local")
    for attempt in range(TRIES):
        client.drop_database("shop")
        client.shop.create_collection("c")
        with mongotail.tail(*args) as tail:
            tail.wait_following()
            ts, old, new = part_ways(own, tail)
            same_ts = terms_at(new, ts)
            old.resume()
            own.wait_healthy()
            client.shop.c.insert_one({"_id": 5000})
            tail.wait_for(lambda tail: tail.lines and tail.json()[-1]["o"]["_id"] == 5000, "what came after", 60)
            printed = [op["o"]["_id"] for op in tail.json()]
            assert printed == [*OLD, *NEW, 5000], tail
            assert f"{len(OLD)} printed operations are void" in tail.stderr, tail
        if same_ts:
            print(f"the same ts in two terms, at try {attempt + 1}: {ts}")
            return
    pytest.fail(f"in {TRIES} tries no two primaries wrote an entry of the same ts")
