"""--state while a set lives: followed documents, hot ones, large transactions, collections that go, logins that may not read."""

import threading
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from support import Mongotail, ReplicaSet
from support.oplog import Oplog, parse_all


def args(db: Database, *more: Any) -> list[Any]:
    return ["--ns", f"{db.name}.c", "--id", 7, "--state", "-o", "json", *more]


def states(lines: list[str]) -> list[Any]:
    return [(line["state"], line.get("stateUnknown")) for line in parse_all(lines)]


@pytest.fixture
def since(db: Database, oplog: Oplog) -> str:
    """Right behind the insert of a document."""
    db.c.insert_one({"_id": 7, "n": 0, "kept": "x", "l": [1, 2]})
    return oplog.here()


def test_what_is_followed_starts_with_the_document_as_it_is(mongotail: Mongotail, rs: ReplicaSet, db: Database, since: str) -> None:
    with mongotail.tail(rs.uri, *args(db)) as tail:
        tail.wait_following()
        db.c.update_one({"_id": 7}, {"$set": {"n": 1}})
        db.c.delete_one({"_id": 7})
        db.c.insert_one({"_id": 7, "m": 1})
        db.c.update_one({"_id": 7}, {"$push": {"l": 5}})
        tail.wait_lines(4)
        assert states(tail.lines) == [({"_id": 7, "n": 1, "kept": "x", "l": [1, 2]}, None), (None, None),
                                      ({"_id": 7, "m": 1}, None), ({"_id": 7, "m": 1, "l": [5]}, None)]


def test_past_and_followed_operations_are_one_history(mongotail: Mongotail, rs: ReplicaSet, db: Database, since: str) -> None:
    db.c.update_one({"_id": 7}, {"$set": {"n": 1}})
    db.c.update_one({"_id": 7}, {"$set": {"kept": "y"}})
    with mongotail.tail(rs.uri, *args(db, "--since", since)) as tail:
        tail.wait_lines(2)
        db.c.update_one({"_id": 7}, {"$inc": {"n": 5}})
        tail.wait_lines(3)
        assert states(tail.lines) == [({"_id": 7, "n": 1, "l": [1, 2]}, ["kept"]), ({"_id": 7, "n": 1, "kept": "y", "l": [1, 2]}, None),
                                      ({"_id": 7, "n": 6, "kept": "y", "l": [1, 2]}, None)]


def test_a_resumed_run_continues_with_the_same_states(mongotail: Mongotail, rs: ReplicaSet, db: Database, since: str, tmp_path) -> None:
    for n in range(1, 7):
        db.c.update_one({"_id": 7}, {"$set": {"n": n, f"f{n % 3}": n}})
    whole = states(mongotail.run(rs.uri, *args(db, "--since", since, "--no-follow")).ok().lines)
    one = args(db, "--since", since, "--no-follow", "--cursor-file", tmp_path / "cursor", "--limit", 2)
    parts = [states(mongotail.run(rs.uri, *one).ok().lines) for _ in range(3)]
    assert [len(part) for part in parts] == [2, 2, 2]
    # What a run has seen before its start can only leave less unknown.
    for (said, unknown), (resumed, less) in zip(whole, sum(parts, [])):
        assert set(resumed) <= set(said) | set(unknown or []) and all(said.get(name, value) == value for name, value in resumed.items())
        assert resumed["n"] == said["n"], less


def test_the_last_operations_come_with_their_states(mongotail: Mongotail, rs: ReplicaSet, db: Database, since: str) -> None:
    for n in range(1, 7):
        db.c.update_one({"_id": 7}, {"$set": {"n": n}})
    lines = mongotail.run(rs.uri, *args(db, "-n", 2, "--no-follow")).ok().lines
    assert states(lines) == [({"_id": 7, "n": n, "kept": "x", "l": [1, 2]}, None) for n in (5, 6)]


def test_operations_of_a_transaction_in_parts_have_their_own(mongotail: Mongotail, splitting: ReplicaSet, db_name: str) -> None:
    client: MongoClient = splitting.client(w="majority")
    db = client[db_name]
    db.c.insert_one({"_id": 7, "kept": "x"})
    db.c.insert_one({"_id": 8})
    here = Oplog(client).here()
    with client.start_session() as session, session.start_transaction():
        for n in range(5):
            db.c.update_one({"_id": 7}, {"$set": {"n": n}}, session=session)
            db.c.update_one({"_id": 8}, {"$set": {"n": n}}, session=session)
        db.c.delete_one({"_id": 7}, session=session)
        db.c.insert_one({"_id": 7, "again": 1}, session=session)
        db.c.update_one({"_id": 8}, {"$set": {"n": 9}}, session=session)
    run = mongotail.run(splitting.uri, *args(db, "--since", here, "--no-follow")).ok()
    assert states(run.lines)[-2:] == [(None, None), ({"_id": 7, "again": 1}, None)]
    # Today's document came after the delete, and says nothing of before.
    assert [state for state, _ in states(run.lines)[:-2]] == [{"_id": 7, "n": n} for n in range(5)]
    pretty = mongotail.run(splitting.uri, *args(db, "--since", here, "--no-follow", "-o", "pretty")).ok()
    assert "end of transaction, 7 of 13 operations" in pretty.stdout, pretty


@pytest.mark.parametrize("rename", [False, True])
def test_a_document_goes_with_its_collection(mongotail: Mongotail, rs: ReplicaSet, db: Database, since: str, rename: bool) -> None:
    db.c.update_one({"_id": 7}, {"$set": {"n": 1}})
    db.other.insert_one({"_id": 7, "other": 1, "m": 0})
    if rename:
        db.other.rename("c", dropTarget=True)
    else:
        db.drop_collection("c")
        db.c.insert_one({"_id": 7, "other": 1})
    db.c.update_one({"_id": 7}, {"$set": {"m": 1}})
    run = mongotail.run(rs.uri, *args(db, "--since", since, "--no-follow")).ok()
    first, last = states(run.lines)[0], states(run.lines)[-1]
    assert first == ({"_id": 7, "n": 1}, ["*"])
    assert last == ({"_id": 7, "other": 1, "m": 1}, None)


def test_a_document_that_changes_all_the_time_is_read_at_one_point(mongotail: Mongotail, rs: ReplicaSet, db: Database,
                                                                   oplog: Oplog) -> None:
    db.c.insert_one({"_id": 7, "n": 0, "kept": "x", "l": [1, 2]})
    here = oplog.here()
    stop, warm = threading.Event(), threading.Event()

    def write() -> None:
        with rs.client(w=1) as client:
            n = 0
            while not stop.is_set():
                n += 1
                client[db.name].c.update_one({"_id": 7}, {"$set": {"n": n, "twice": 2 * n}})
                if n == 20:
                    warm.set()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert warm.wait(60)
        runs = [mongotail.run(rs.uri, *args(db, "--since", here, "--no-follow")).ok() for _ in range(5)]
    finally:
        stop.set()
        thread.join()
    for run in runs:
        found = states(run.lines)
        assert len(found) > 5
        # Never a value of another time; where it could not be read at a point, that is said.
        assert [state["n"] for state, _ in found] == list(range(1, len(found) + 1))
        assert all(state["twice"] == 2 * state["n"] for state, _ in found)
        too_fast = "changes faster than it can be read" in run.stderr
        assert too_fast or all(state["kept"] == "x" and unknown is None for state, unknown in found), run
        assert not too_fast or rs.primary.version < (5, 0), run


@pytest.fixture(scope="module")
def locked(server_version: str | None):
    with ReplicaSet(1, server_version, auth=True) as one:
        yield one


def test_who_may_not_read_the_collection_is_told_and_sees_the_updates(mongotail: Mongotail, locked: ReplicaSet) -> None:
    client: MongoClient = locked.client(w="majority")
    db = client.shop
    db.c.insert_one({"_id": 7, "kept": "x"})
    here = Oplog(client).here()
    db.c.update_one({"_id": 7}, {"$set": {"n": 1}})
    local = {"role": "read", "db": "local"}
    for user, roles, known in (("blind", [local], False), ("sees", [local, {"role": "read", "db": "shop"}], True)):
        password = locked.create_user(user, roles)
        run = mongotail.run(locked.uri_with(user, password), *args(db, "--since", here, "--no-follow")).ok()
        if known:
            assert states(run.lines) == [({"_id": 7, "kept": "x", "n": 1}, None)] and run.stderr == ""
        else:
            assert states(run.lines) == [({"_id": 7, "n": 1}, ["*"])]
            assert run.stderr.count("\n") == 1 and "not allowed to read shop.c" in run.stderr, run


def test_a_collation_finds_no_other_document(mongotail: Mongotail, rs: ReplicaSet, db: Database, oplog: Oplog) -> None:
    db.create_collection("c", collation={"locale": "en", "strength": 2})
    db.c.insert_one({"_id": "Ann", "n": 1})
    here = oplog.here()
    db.c.update_one({"_id": "ANN"}, {"$set": {"n": 2}})
    run = mongotail.run(rs.uri, "--ns", f"{db.name}.c", "--id", "Ann", "--state", "-o", "json", "--since", here, "--no-follow").ok()
    assert states(run.lines) == [({"_id": "Ann", "n": 2}, None)]
    run = mongotail.run(rs.uri, "--ns", f"{db.name}.c", "--id", "ann", "--state", "-o", "json", "--since", here, "--no-follow").ok()
    assert run.lines == [] and run.stderr == ""
