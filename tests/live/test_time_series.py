"""A time-series collection: the oplog has its buckets, and its name finds them."""

import datetime

import pytest
from pymongo.database import Database
from support import Mongotail, ReplicaSet
from support.oplog import Oplog, parse_all
from support.proxy import RefusingProxy
from support.serve import Server

AT = datetime.datetime(2026, 11, 23, tzinfo=datetime.timezone.utc)


@pytest.fixture
def since(rs: ReplicaSet, db: Database, oplog: Oplog) -> str:
    """Where the measurements of two collections, and a plain one's document, begin."""
    if rs.primary.version < (5, 0):
        pytest.skip("time-series collections came with 5.0")
    begin = oplog.here()
    for name in ("points", "other"):
        db.create_collection(name, timeseries={"timeField": "at", "metaField": "sensor"})
        for i in range(3):
            db[name].insert_one({"at": AT + datetime.timedelta(seconds=i), "sensor": name, "n": i})
    db.plain.insert_one({"_id": 1})
    db.drop_collection("points")
    return begin


def names(run) -> list[str]:
    return [op["ns"] if op["op"] != "c" else next(iter(op["o"])) for op in parse_all(run.ok().lines)]


def test_its_name_selects_what_happens_to_its_buckets(mongotail: Mongotail, rs: ReplicaSet, db: Database, since: str) -> None:
    buckets = f"{db.name}.system.buckets.points"
    for ns in ("points", "p?ints", "poi*"):
        found = names(mongotail.run(rs.uri, "--since", since, "--no-follow", "--ns", f"{db.name}.{ns}"))
        assert found[0] == "create" and found[-1] == "drop"
        assert found.count(buckets) == 3 and set(found) <= {"create", buckets, "drop", "createIndexes"}, found
    assert names(mongotail.run(rs.uri, "--since", since, "--no-follow", "-d", db.name, "-c", "points", "--op", "i,u")) == [buckets] * 3
    with RefusingProxy(rs.primary.port, lambda filter: "$or" in filter) as proxy:
        assert names(mongotail.run(proxy.uri, "--since", since, "--no-follow", "--ns", f"{db.name}.points", "--op", "i,u")) == [buckets] * 3
        assert proxy.refused


def test_its_name_excludes_them_too(mongotail: Mongotail, rs: ReplicaSet, db: Database, since: str) -> None:
    for pattern in ("points", "p*"):
        found = names(mongotail.run(rs.uri, "--since", since, "--no-follow", "--ns", db.name, "--ns-exclude", f"{db.name}.{pattern}",
                                    "--op", "i,u"))
        assert f"{db.name}.system.buckets.points" not in found
        assert found.count(f"{db.name}.system.buckets.other") == 3
        assert (f"{db.name}.plain" in found) == (pattern == "points")


def test_a_terminal_is_told(mongotail: Mongotail, rs: ReplicaSet, db: Database, since: str) -> None:
    said = f"{db.name}.points is a time-series collection"
    args = [rs.uri, "--since", since, "--no-follow", "-v"]
    assert mongotail.run(*args, "--ns", f"{db.name}.points").ok().stderr.count(said) == 1
    assert said not in mongotail.run(*args, "--ns", f"{db.name}.*").ok().stderr
    assert said not in mongotail.run(*args, "--ns", f"{db.name}.system.buckets.points").ok().stderr


def test_subscribers_of_its_name_get_them(mongotail: Mongotail, rs: ReplicaSet, db: Database, since: str) -> None:
    with Server(mongotail, rs.uri) as server:
        with server.subscribe(ns=f"{db.name}.other", op="i,u") as stream, \
                server.subscribe(ns=f"{db.name}.other", op="i,u", since=since) as past:
            past.wait_lines(3)
            db.other.insert_one({"at": AT + datetime.timedelta(days=1), "sensor": "new", "n": 1})
            assert stream.wait_json(1)[0]["ns"] == f"{db.name}.system.buckets.other"
            assert [entry["ns"] for entry in past.wait_json(4)] == [f"{db.name}.system.buckets.other"] * 4
