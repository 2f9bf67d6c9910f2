"""Entries that a set takes back: printed with --read-concern local, never with majority."""

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from support import ReplicaSet, Tail, wait_until
from support.mongod import Mongod
from support.rollback import nobody_copies, write

VOID = 5


@pytest.fixture(scope="module")
def own(server_version) -> Iterator[ReplicaSet]:
    # Whoever is told to be primary stays it, without first fetching what the old one has.
    with ReplicaSet(3, server_version, settings={"catchUpTimeoutMillis": 0}) as rs:
        yield rs


def ids(tail: Tail) -> list[int]:
    return [op["o"]["_id"] for op in tail.json() if op["op"] == "i"]


@pytest.mark.timeout(150)
def test_a_rollback_voids_local_lines_and_majority_never_prints_them(mongotail, own):
    client: MongoClient = own.client(w="majority")
    client.drop_database("shop")
    client.shop.create_collection("c")
    old, (new, other) = own.primary, own.secondaries
    args = (own.uri, "--ns", "shop.c", "--read-concern")
    with mongotail.tail(*args, "local") as local, mongotail.tail(*args, "majority") as majority, \
            mongotail.tail(f"{old.uri}/?directConnection=true", "--read-concern", "local", "--op", "i,u,d,c") as direct:
        for tail in (local, majority, direct):
            tail.wait_following()
        client.shop.c.insert_many([{"_id": number} for number in range(3)])
        for tail in (local, majority, direct):
            tail.wait_for(lambda tail: ids(tail)[-3:] == [0, 1, 2], "the first three")

        with nobody_copies([new, other]):
            write(old, range(100, 100 + VOID))
            for tail in (local, direct):
                tail.wait_for(lambda tail: len(ids(tail)) >= 3 + VOID, "the entries that will be taken back")
            void = old.oplog_entries({"ns": "shop.c", "o._id": 100})[0]
            new.client().admin.command({"replSetStepUp": 1})
            own.wait_for_primary(other_than=old)
            write(new, range(200, 205))
        own.wait_healthy()
        own.client(w="majority").shop.c.insert_one({"_id": 300})
        for tail in (local, direct, majority):
            tail.wait_for(lambda tail: 300 in ids(tail), "what came after", 40)

    kept = [0, 1, 2, *range(200, 205), 300]
    assert ids(majority) == kept
    assert "rolled" not in majority.stderr, majority
    for tail in (local, direct):
        assert ids(tail)[-len(kept) - VOID:] == [0, 1, 2, *range(100, 100 + VOID), *range(200, 205), 300], tail
        said = re.findall(r"(\d+) printed operations are void: .* from (\d+:\d+) \(.*?\) on", tail.stderr)
        assert said == [(str(VOID), f"{void['ts'].time}:{void['ts'].inc}")], tail
    stored = [entry["o"]["_id"] for entry in new.oplog_entries({"ns": "shop.c", "op": "i"})]
    assert stored == kept


@pytest.mark.timeout(150)
def test_a_rollback_while_it_was_away_is_said_at_the_next_start(mongotail, own, tmp_path):
    """A cursor of a local run, whose entry is gone when the next run starts."""
    client: MongoClient = own.client(w="majority")
    client.drop_database("shop")
    client.shop.create_collection("c")
    client.shop.c.insert_one({"_id": 0})
    old, (new, other) = own.primary, own.secondaries
    args = (own.uri, "--ns", "shop.c", "--op", "i", "--cursor-file", tmp_path / "cursor", "--read-concern", "local")
    with nobody_copies([new, other]):
        with mongotail.tail(*args) as tail:
            tail.wait_following()
            write(old, range(100, 103))
            tail.wait_lines(3)
            tail.interrupt()
            tail.wait_end()
        new.client().admin.command({"replSetStepUp": 1})
        own.wait_for_primary(other_than=old)
        write(new, range(200, 203))
    own.wait_healthy()
    with mongotail.tail(*args) as tail:
        tail.wait_lines(3)
        assert ids(tail) == [200, 201, 202]
        assert "rolled back" in tail.stderr, tail


def become_primary(node: Mongod) -> None:
    def elected() -> bool:
        # A vote that is under way, or a member that still follows another primary, makes it fail.
        with suppress(PyMongoError):
            node.client().admin.command({"replSetStepUp": 1})
        return bool(node.hello().get("ismaster"))

    wait_until(elected, "the member to become primary", 30, interval=0.2)


@pytest.mark.timeout(150)
def test_what_another_history_has_before_a_lost_entry_is_printed(mongotail, own):
    """The tail's member has 8 and writes 11, which is lost; 9 and 10, of an older term, are kept and not yet printed."""
    client: MongoClient = own.client(w="majority")
    client.shop.create_collection("parted")
    own.wait_healthy()
    b, (a, c) = own.primary, own.secondaries
    direct = f"{a.uri}/?directConnection=true"
    with mongotail.tail(direct, "--ns", "shop.parted", "--op", "i", "--read-concern", "local") as tail:
        tail.wait_following()
        client.shop.parted.insert_one({"_id": 8})
        own.wait_healthy()
        tail.wait_lines(1)
        with nobody_copies([c]):
            with nobody_copies([a]), b.failpoint("stopReplProducer"):
                write(b, range(9, 11), "parted")
                become_primary(a)
                write(a, range(11, 12), "parted")
                tail.wait_lines(2)
                become_primary(b)
            write(b, range(12, 13), "parted")
        own.wait_healthy()
        tail.wait_for(lambda tail: 12 in ids(tail), "what came after", 40)
    assert ids(tail) == [8, 11, 9, 10, 12], tail
    assert "1 printed operations are void" in tail.stderr, tail
    assert [entry["o"]["_id"] for entry in b.oplog_entries({"ns": "shop.parted", "op": "i"})] == [8, 9, 10, 12]
