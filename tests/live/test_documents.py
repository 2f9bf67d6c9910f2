"""--id, --changed and -q against what a real server writes."""

import uuid

import pytest
from bson import Binary, Decimal128, Int64, ObjectId
from pymongo.database import Database
from support.oplog import Oplog, parse_all


@pytest.fixture
def shown(mongotail, rs, db: Database, oplog: Oplog):
    """What a run prints of this test's inserts, updates and deletes."""
    since = oplog.here()

    def run(*args: object) -> list[dict]:
        argv = (rs.uri, "--ns", db.name, "--op", "i,u,d", "--since", since, "--no-follow", *args)
        return parse_all(mongotail.run(*argv).ok().lines)

    return run


def ops(printed: list[dict]) -> str:
    return "".join(op["op"] for op in printed)


OID = ObjectId("6561f0a2c3d4e5f601234567")


@pytest.mark.parametrize("stored, asked", [
    (OID, [str(OID), str(OID).upper(), f'{{"$oid":"{OID}"}}']),
    (str(OID), [f'"{OID}"']),
    ("ann", ["ann", '"ann"']),
    ("7", ['"7"']),
    (7, ["7", "7.0", '{"$numberLong":"7"}', '{"$numberDecimal":"7.0"}']),
    (Int64(2**53 + 1), ["9007199254740993"]),
    (1.5, ["1.5", '{"$numberDecimal":"1.50"}']),
    (Decimal128("0.5"), ["0.5"]),
    (True, ["true"]),
    ({"a": 1, "b": [1, 2]}, ['{"a":1,"b":[1,2]}', '{"a":1.0,"b":[1,2]}']),
    (Binary.from_uuid(uuid.UUID(int=7)), ['{"$uuid":"00000000-0000-0000-0000-000000000007"}']),
], ids=lambda value: type(value).__name__ if not isinstance(value, list) else "")
def test_an_id_finds_all_that_happened_to_its_document(shown, db: Database, stored, asked):
    for key in (stored, "another", -1):
        db.c.insert_one({"_id": key})
        db.c.update_one({"_id": key}, {"$set": {"a": 1}})
        db.c.replace_one({"_id": key}, {"b": 1})
        db.c.delete_one({"_id": key})
    for text in asked:
        printed = shown("--id", text)
        assert ops(printed) == "iuud", text
        assert {repr(op["o2"]["_id"] if op["op"] == "u" else op["o"]["_id"]) for op in printed} == {repr(printed[0]["o"]["_id"])}
        assert printed[0]["o"]["_id"] == stored


def test_an_id_of_another_type_finds_nothing(shown, db: Database):
    db.c.insert_many([{"_id": 7}, {"_id": str(OID)}, {"_id": {"b": 2, "a": 1}}])
    for text in ('"7"', str(OID), '{"a":1,"b":2}', "8", "seven"):
        assert shown("--id", text) == [], text


def test_an_id_is_found_inside_of_a_transaction(shown, db: Database):
    db.c.insert_one({"_id": 0})
    with db.client.start_session() as session, session.start_transaction():
        db.c.insert_many([{"_id": 1}, {"_id": 2}], session=session)
        db.c.delete_one({"_id": 0}, session=session)
    assert [(op["op"], op["txnOpIndex"]) for op in shown("--id", 2)] == [("i", 1)]
    assert [(op["op"], op.get("txnOpIndex")) for op in shown("--id", 0)] == [("i", None), ("d", 2)]


@pytest.fixture
def changes(db: Database) -> Database:
    """Changes of one document, numbered by n where they can be."""
    db.c.insert_one({"_id": 1, "address": {"city": "x", "zip": 1}, "tags": ["a", "b"], "n": 0})
    db.c.update_one({"_id": 1}, {"$set": {"address.city": "y"}})
    db.c.update_one({"_id": 1}, {"$set": {"address": {"city": "z"}}})
    db.c.update_one({"_id": 1}, {"$unset": {"address.city": ""}})
    db.c.update_one({"_id": 1}, {"$set": {"tags.1": "c"}})
    db.c.update_one({"_id": 1}, {"$set": {"n": 1}})
    db.c.replace_one({"_id": 1}, {"address": {"city": "w"}})
    db.c.delete_one({"_id": 1})
    return db


@pytest.mark.parametrize("path, count", [("address.city", 5), ("address", 5), ("address.city.deep", 3), ("address.zip", 2),
                                         ("tags", 2), ("tags.1", 2), ("n", 2), ("nothing", 0), ("addres", 0)])
def test_changed_finds_what_touches_a_path(shown, changes, path, count):
    printed = shown("--changed", path)
    assert "d" not in ops(printed)
    assert len(printed) == count, ops(printed)


def test_several_paths_find_what_touches_any_of_them(shown, changes):
    assert len(shown("--changed", "tags", "--changed", "n")) == 3


@pytest.mark.parametrize("query, expected", [
    ('{"o.status": "paid"}', [1, 3]),
    ('{"o.total": {"$gte": 10, "$lt": {"$numberInt": "20"}}}', [1, 2]),
    ('{"$or": [{"o._id": 0}, {"o.tags": "b"}]}', [0, 2]),
    ('{"o.tags": {"$all": ["a", "b"]}}', [2]),
    ('{"o.status": {"$regex": "^P", "$options": "i"}}', [1, 3]),
    ('{"o.status": {"$exists": false}, "op": "i"}', [2]),
    ('{}', [0, 1, 2, 3]),
])
def test_a_query_selects_entries(shown, db: Database, query, expected):
    db.c.insert_many([{"_id": 0, "status": "new", "total": 5}, {"_id": 1, "status": "paid", "total": 10.0},
                      {"_id": 2, "total": Int64(15), "tags": ["a", "b"]}, {"_id": 3, "status": "paid", "total": "10"}])
    assert [op["o"]["_id"] for op in shown("-q", query)] == expected


def test_all_filters_hold_together(shown, changes):
    printed = shown("--id", 1, "--changed", "address", "-q", '{"op": "u", "o.address": {"$exists": true}}')
    assert [op["o"] for op in printed] == [{"_id": 1, "address": {"city": "w"}}]


def test_limit_and_lines_count_what_is_selected(shown, changes):
    assert len(shown("--changed", "address", "--limit", 3)) == 3
    assert shown("--changed", "address", "-n", 2) == shown("--changed", "address")[-2:]
