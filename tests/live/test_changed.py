"""--changed PATH=VALUE over what real servers write: inserts, replacements, modifiers and deltas."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bson
import bson.json_util
import pytest
from bson import Decimal128, Int64, ObjectId
from pymongo import MongoClient, UpdateOne
from support import Mongotail, ReplicaSet
from support.oplog import Oplog, after, text_of
from support.serve import Server

OID = ObjectId("65f0abcd0123456789abcdef")


@dataclass
class Written:
    rs: ReplicaSet
    since: str
    saved: Path


def write(client: MongoClient) -> None:
    """Documents by what their ids say: what was done to them, and what it gave them."""
    orders = client.changes.orders
    orders.insert_many([
        {"_id": "insert paid", "status": "paid", "n": 5}, {"_id": "insert new", "status": "new", "n": Int64(5)},
        {"_id": "insert lines", "lines": [{"q": 1}, {"q": 2, "tags": ["red"]}], "ref": OID, "a": {"b": {"c": 7}}},
        *({"_id": f"update {i}", "status": "new", "n": 0, "lines": [{"q": 0}, {"q": 0}], "a": {"b": {"c": 0, "d": "x" * 99}}}
          for i in range(9))])
    orders.update_one({"_id": "update 0"}, {"$set": {"status": "paid"}})
    orders.update_one({"_id": "update 1"}, {"$set": {"lines.1.q": 2}})
    orders.update_one({"_id": "update 2"}, {"$set": {"a.b.c": 7}})
    orders.update_one({"_id": "update 3"}, {"$set": {"a.b": {"c": 7}}})
    orders.update_one({"_id": "update 4"}, {"$push": {"lines": {"q": 2, "tags": ["red", "blue"]}}})
    orders.update_one({"_id": "update 5"}, {"$unset": {"status": 1}, "$set": {"n": Decimal128("5.0")}})
    orders.replace_one({"_id": "update 6"}, {"status": "paid", "n": 1})
    orders.update_one({"_id": "update 7"}, [{"$set": {"status": "paid", "ref": OID}}])
    orders.update_one({"_id": "update 8"}, {"$set": {"lines": [{"q": 2}], "status": "PAID"}})
    with client.start_session() as session, session.start_transaction():
        orders.insert_one({"_id": "transaction", "status": "paid"}, session=session)
        orders.bulk_write([UpdateOne({"_id": "transaction"}, {"$set": {"n": 5, "lines": [{"q": 2}]}})], session=session)
    orders.delete_one({"_id": "update 0"})


@pytest.fixture(scope="module")
def written(server_version: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    with ReplicaSet(1, server_version) as rs:
        client: MongoClient = rs.client(w="majority")
        begin = Oplog(client).newest()
        write(client)
        saved = tmp_path_factory.mktemp("saved") / "oplog.bson"
        saved.write_bytes(b"".join(bson.encode(entry) for entry in Oplog(client).entries({"ts": {"$gt": begin}})))
        yield Written(rs, text_of(after(begin)), saved)


CASES = {
    "status=paid": ["insert paid", "update 0", "update 6", "update 7", "transaction"],
    "status='paid'": ["insert paid", "update 0", "update 6", "update 7", "transaction"],
    "status=/^paid$/i": ["insert paid", "update 0", "update 6", "update 7", "update 8", "transaction"],
    "n=5": ["insert paid", "insert new", "update 5", "transaction"],
    "n=Long('5')": ["insert paid", "insert new", "update 5", "transaction"],
    "lines.q=2": ["insert lines", "update 1", "update 4", "update 8", "transaction"],
    "lines[1].q=2": ["insert lines", "update 1"],
    "lines.1.q=2": ["insert lines", "update 1"],
    "lines[2].q=2": ["update 4"],
    "lines.tags=red": ["insert lines", "update 4"],
    "lines={q: 2}": ["update 8", "transaction"],
    "a.b.c=7": ["insert lines", "update 2", "update 3"],
    "a.b={\"c\": 7}": ["insert lines", "update 3"],
    f"ref={OID}": ["insert lines", "update 7"],
    f"ref=ObjectId('{OID}')": ["insert lines", "update 7"],
    f"ref=\"{OID}\"": [],
    "status=gone": [],
}
ID = "{id}"


@pytest.mark.parametrize("changed", CASES)
def test_a_value_is_found_however_it_was_given(mongotail, written: Written, changed: str) -> None:
    live = mongotail.run(written.rs.uri, "--since", written.since, "--no-follow", "--changed", changed, "--format", ID).ok()
    assert live.lines == CASES[changed]
    assert mongotail.run("--file", written.saved, "--changed", changed, "--format", ID).ok().lines == CASES[changed]


def test_several_are_or_ed(mongotail, written: Written) -> None:
    run = mongotail.run(written.rs.uri, "--since", written.since, "--no-follow", "--changed", "status=paid", "--changed",
                        "lines[2].q", "--format", ID, "--op", "u,i").ok()
    assert run.lines == ["insert paid", "update 0", "update 4", "update 6", "update 7", "update 8", "transaction", "transaction"]


def test_serve_its_clients_and_config_files_take_values(mongotail: Mongotail, written: Written, tmp_path: Path) -> None:
    wanted = CASES["lines[1].q=2"]
    with Server(mongotail, written.rs.uri) as server:
        with server.subscribe(changed="lines[1].q=2", since=written.since, no_follow="1") as stream:
            assert [entry["o2" if entry["op"] == "u" else "o"]["_id"] for entry in map(bson.json_util.loads, stream.wait_end())] == wanted
        run = mongotail.run("--connect", server.address, "--changed", "lines[1].q=2", "--since", written.since, "--no-follow",
                            "--format", ID)
        assert run.ok().lines == wanted
        status, refusal = server.refusal("/tail?changed=status%3DISODate('x')")
        assert status == 400 and "ISODate" in refusal["error"]
    config = tmp_path / "config"
    config.write_text('changed = "lines[1].q=2"\n')
    run = mongotail.run("--config", config, "--file", written.saved, "--format", ID)
    assert run.ok().lines == wanted
