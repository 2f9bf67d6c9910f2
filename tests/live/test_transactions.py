"""Transactions are unwrapped: each operation a line, with its own fields and those of the commit."""

import os
from collections.abc import Callable

import pytest
from pymongo.client_session import ClientSession
from pymongo.database import Database
from support import ReplicaSet
from support.oplog import Oplog, parse_all, places


@pytest.fixture(scope="module", params=["one entry", "several entries"])
def rs(rs: ReplicaSet, splitting: ReplicaSet, request: pytest.FixtureRequest) -> ReplicaSet:
    return rs if request.param == "one entry" else splitting


@pytest.fixture
def collections(db: Database) -> Database:
    """orders, users and log, and a document 1 in each."""
    for name in ("orders", "users", "log"):
        db[name].insert_one({"_id": 1})
    return db


def transaction(db: Database, work: Callable[[ClientSession], object], commit: bool = True) -> None:
    with db.client.start_session() as session:
        session.start_transaction()
        work(session)
        session.commit_transaction() if commit else session.abort_transaction()


def change_all(db: Database) -> Callable[[ClientSession], object]:
    def work(session: ClientSession) -> None:
        db.orders.insert_one({"_id": 2}, session=session)
        db.users.update_one({"_id": 1}, {"$set": {"name": "ann"}}, session=session)
        db.log.insert_many([{"_id": number} for number in (2, 3, 4)], session=session)
        db.orders.delete_one({"_id": 1}, session=session)

    return work


def test_a_transaction_is_printed_operation_by_operation(mongotail, rs, collections: Database, oplog: Oplog):
    since = oplog.newest()
    with mongotail.tail(rs.uri, "--ns", collections.name, "--limit", 6) as tail:
        tail.wait_following()
        transaction(collections, change_all(collections))
        printed = parse_all(tail.ended(0).lines)
    stored = [op for op in oplog.of(collections.name, since) if "txnOpIndex" in op]
    assert printed == stored
    assert [op["op"] for op in printed] == list("iuiiid")
    assert [op["txnOpIndex"] for op in printed] == list(range(6))


def test_an_unwrapped_operation_ends_with_the_fields_of_its_commit(mongotail, rs, collections: Database, oplog: Oplog):
    since = oplog.here()
    transaction(collections, change_all(collections))
    run = mongotail.run(rs.uri, "--ns", collections.name, "--since", since, "--no-follow").ok()
    for op in parse_all(run.lines):
        own = [key for key in op if key in ("op", "ns", "ui", "o", "o2", "stmtId")]
        assert list(op) == [*own, "ts", "t", "v", "wall", "lsid", "txnNumber", "txnOpIndex"]


def test_only_the_operations_that_match_are_printed(mongotail, rs, collections: Database, oplog: Oplog):
    since = oplog.here()
    transaction(collections, change_all(collections))

    def shown(*args: str) -> list[tuple[str, str, int]]:
        run = mongotail.run(rs.uri, "--since", since, "--no-follow", *args).ok()
        return [(op["ns"].partition(".")[2], op["op"], op["txnOpIndex"]) for op in parse_all(run.lines)]

    name = collections.name
    assert shown("--ns", f"{name}.users") == [("users", "u", 1)]
    assert shown("--ns", f"{name}.orders") == [("orders", "i", 0), ("orders", "d", 5)]
    assert shown("--ns", name, "--ns-exclude", f"{name}.log", "--op", "i,u") == [("orders", "i", 0), ("users", "u", 1)]
    assert shown("--ns", f"{name}.log", "--limit", "2") == [("log", "i", 2), ("log", "i", 3)]
    assert shown("--ns", f"{name}.nothing") == []


def test_an_aborted_or_empty_transaction_prints_nothing(mongotail, rs, collections: Database, oplog: Oplog):
    since = oplog.here()
    transaction(collections, change_all(collections), commit=False)
    transaction(collections, lambda session: collections.orders.find_one({}, session=session))
    assert not mongotail.run(rs.uri, "--ns", collections.name, "--since", since, "--no-follow").ok().lines


def test_a_transaction_can_create_its_collection(mongotail, rs, db: Database, oplog: Oplog):
    if rs.primary.version < (4, 4):
        pytest.skip("a transaction creates collections since 4.4")
    since = oplog.here()
    transaction(db, lambda session: db.fresh.insert_one({"_id": 1}, session=session))
    run = mongotail.run(rs.uri, "--ns", f"{db.name}.fresh", "--since", since, "--no-follow").ok()
    assert [next(iter(op["o"])) for op in parse_all(run.lines)] == ["create", "_id"]


def test_a_transaction_is_whole_wherever_the_stream_begins(mongotail, rs, collections: Database, oplog: Oplog):
    """Its earlier entries may lie before --since: what counts is when it was committed."""
    before = oplog.newest()
    transaction(collections, change_all(collections))
    entries = oplog.entries({"ts": {"$gt": before}, "ns": "admin.$cmd"})
    assert len(entries) in (1, 3)
    for entry in entries:
        run = mongotail.run(rs.uri, "--ns", collections.name, "--since", f"{entry['ts'].time}:{entry['ts'].inc}", "--no-follow")
        assert [index for _, index in places(parse_all(run.ok().lines))] == list(range(6))


def test_a_transaction_over_16_mb_is_printed_whole(mongotail, rs, collections: Database, oplog: Oplog):
    since = oplog.here()
    text = os.urandom(2 << 20).hex()

    def work(session: ClientSession) -> None:
        for number in range(10, 16):
            collections.orders.insert_one({"_id": number, "text": text}, session=session)

    transaction(collections, work)
    run = mongotail.run(rs.uri, "--ns", collections.name, "--since", since, "--no-follow", timeout=40).ok()
    printed = parse_all(run.lines)
    assert [(op["o"]["_id"], op["txnOpIndex"]) for op in printed] == [(10 + i, i) for i in range(6)]
    assert all(op["o"]["text"] == text for op in printed)


def test_raw_prints_the_entries_as_stored(mongotail, rs, collections: Database, oplog: Oplog):
    before = oplog.newest()
    since = oplog.here()
    transaction(collections, change_all(collections))
    stored = oplog.entries({"ts": {"$gt": before}, "op": "c", "ns": "admin.$cmd"})
    printed = parse_all(mongotail.run(rs.uri, "--raw", "--ns", collections.name, "--since", since, "--no-follow").ok().lines)
    assert len(stored) in (1, 3)
    assert printed == stored


def test_an_apply_ops_by_hand_is_unwrapped(mongotail, rs, collections: Database, oplog: Oplog):
    name = collections.name
    since = oplog.here()
    inner = [{"op": "i", "ns": f"{name}.orders", "o": {"_id": 7}}, {"op": "d", "ns": f"{name}.users", "o": {"_id": 1}}]
    collections.client.admin.command("applyOps", [{"op": "c", "ns": f"{name}.$cmd", "o": {"applyOps": inner}}])
    oplog.settle()
    run = mongotail.run(rs.uri, "--ns", name, "--since", since, "--no-follow").ok()
    printed = parse_all(run.lines)
    assert [(op["op"], op["ns"].partition(".")[2]) for op in printed] == [("i", "orders"), ("d", "users")]
