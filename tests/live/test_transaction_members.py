"""The earlier parts of a transaction, read from a set whose members do not all have them yet."""

import contextlib
from collections.abc import Iterator

import pytest
from support import ReplicaSet, Tail, wait_until
from support.mongod import Mongod
from support.rollback import nobody_copies
from support.transactions import SPLIT_AT_2, Transaction

TAILS = 8


@pytest.fixture(scope="module")
def own(server_version) -> Iterator[ReplicaSet]:
    with ReplicaSet(3, server_version, args=SPLIT_AT_2) as rs:
        yield rs


@pytest.fixture
def collection(own, db_name):
    """Empty, and on all members."""
    client = own.client(w="majority")
    client[db_name].create_collection("c")
    client[db_name].create_collection("filtered_out")
    own.wait_healthy()
    return client[db_name].c


def commit(collection, key: int) -> None:
    """One transaction of two entries. A server filters out the first, which a tail then has to look up."""
    database = collection.database
    Transaction(database.client).insert(database.filtered_out, key, -key).insert(collection, key).commit()


def ids(tail: Tail) -> list[int]:
    return [op["o"]["_id"] for op in tail.json()]


def inserts(collection) -> tuple[str, ...]:
    return ("--ns", f"{collection.database.name}.c", "--op", "i")


@pytest.mark.timeout(150)
def test_parts_that_a_lagging_secondary_lacks_are_not_lost(mongotail, own, collection):
    """Each tail follows either secondary; a look-up that asked the other one would miss the first part."""
    lagging, other = own.secondaries
    uri = own.uri + "&readPreference=secondary"
    with contextlib.ExitStack() as stack:
        tails = [stack.enter_context(mongotail.tail(uri, *inserts(collection))) for _ in range(TAILS)]
        for tail in tails:
            tail.wait_following()
        with nobody_copies([lagging]):
            commit(collection, 1)
            wait_until(lambda: any(tail.lines for tail in tails), "the other secondary's operations", 20)
            commit(collection, 2)
            wait_until(lambda: any(len(tail.lines) == 2 for tail in tails), "the other secondary's operations", 20)
        for tail in tails:
            tail.wait_lines(2, 30)
            assert ids(tail) == [1, 2], tail
            assert tail.alive, tail


def kill_cursors(node: Mongod) -> int:
    """All that read the oplog there; how many."""
    admin = node.client().admin
    found = admin.aggregate([{"$currentOp": {"allUsers": True, "idleCursors": True}},
                             {"$match": {"ns": "local.oplog.rs", "appName": "mongotail", "cursor": {"$exists": True}}}])
    ids = [op["cursor"]["cursorId"] for op in found]
    if ids:
        node.client().local.command({"killCursors": "oplog.rs", "cursors": ids})
    return len(ids)


@pytest.mark.timeout(150)
def test_parts_are_looked_up_on_the_member_that_is_tailed_after_a_step_up(mongotail, own, collection):
    old, (new, other) = own.primary, own.secondaries
    with mongotail.tail(own.uri, *inserts(collection)) as tail:
        tail.wait_following()
        commit(collection, 1)
        tail.wait_lines(1)
        new.client().admin.command({"replSetStepUp": 1})
        own.wait_for_primary(other_than=old)
        own.wait_healthy()
        wait_until(lambda: kill_cursors(old), "the tail's cursor on the old primary")
        collection.insert_one({"_id": 2})
        tail.wait_lines(2, 30)
        with nobody_copies([old]):
            commit(collection, 3)
            tail.wait_lines(3, 30)
        assert ids(tail) == [1, 2, 3], tail
        assert "not in the oplog" not in tail.stderr, tail
