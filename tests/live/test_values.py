"""What a document holds comes out as it is stored, whatever it is."""

import datetime
import os

import pytest
from bson import Binary, Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database
from support.oplog import Oplog, parse, same_bytes
from support.raw_bson import UNDEFINED, Typed, db_pointer, raw, symbol

_EPOCH = datetime.datetime(1970, 1, 1)


def _date(ms: int) -> Typed:
    return Typed(0x09, ms.to_bytes(8, "little", signed=True))


EVERY_TYPE = {
    "_id": "every type",
    "doubles": [0.0, -0.0, 1.0, -1.5, 0.1, 1e-7, 123456789012345680.0, 1e21, 5e-324, 1.7976931348623157e308,
                float("inf"), float("-inf"), float("nan")],
    "strings": ["", "plain", "quote \" backslash \\ slash /", "\0\x01\x1f\x7f\x80\x9b\u2028\u202e", "é中😀", "\t\r\n\b\f"],
    "documents": [{}, {"a": {"b": {"c": []}}}, {"": 0}, {"a.b": 1, "a": 2}, {"$x": 1}],
    "arrays": [[], [[]], [1, [2, [3]]]],
    "binaries": [Binary(b""), Binary(b"\0\xff"), Binary(b"old", 2), Binary(bytes(16), 3), Binary(bytes(range(16)), 4),
                 Binary(bytes(16), 5), Binary(b"custom", 128), Binary(os.urandom(100))],
    "undefined": UNDEFINED,
    "ids": [ObjectId("0" * 24), ObjectId("f" * 24)],
    "bools": [True, False],
    "dates": [_date(0), _date(1), _date(-1), _date(1700000000123), _date(253402300799999), _date(253402300800000),
              _date(-62135596800000), _date(2**63 - 1), _date(-2**63)],
    "null": None,
    "regexes": [Regex("", ""), Regex("^a/b\\d\"", "imx")],
    "pointer": db_pointer("db.coll", bytes(range(12))),
    "codes": [Code("function() { return \"x\"; }"), Code("x", {"a": 1, "b": Int64(2)})],
    "symbol": symbol("sym"),
    "ints": [0, -1, 2**31 - 1, -2**31],
    "longs": [Int64(0), Int64(2**53 + 1), Int64(2**63 - 1), Int64(-2**63)],
    "timestamps": [Timestamp(0, 0), Timestamp(2**32 - 1, 2**32 - 1)],
    "decimals": [Decimal128(text) for text in ("0", "-0", "1.10", "1E+6144", "1E-6176", "NaN", "-Infinity",
                                               "9999999999999999999999999999999999")],
    "keys": [MinKey(), MaxKey()],
}


@pytest.fixture
def inserted(db: Database, oplog: Oplog):
    """Inserts a document, and gives the entry and a --since before it."""
    def insert(document: RawBSONDocument) -> tuple[str, dict, bytes]:
        since = oplog.here()
        db.values.insert_one(document)
        where = {"ns": f"{db.name}.values", "op": "i"}
        return since, oplog.entries(where)[-1], oplog.raw(where)[-1]

    return insert


def printed(mongotail, rs, db: Database, since: str, *args: str) -> str:
    run = mongotail.run(rs.uri, "--since", since, "--no-follow", "--ns", f"{db.name}.values", "--op", "i", *args, timeout=40)
    (line,) = run.ok().lines
    return line


def test_every_type_comes_back_from_canonical_json_byte_for_byte(mongotail, rs, db: Database, inserted):
    since, entry, _ = inserted(raw(EVERY_TYPE))
    back = parse(printed(mongotail, rs, db, since, "--jsonFormat", "canonical"))
    for name, value in entry["o"].items():
        assert same_bytes({name: back["o"][name]}, {name: value}), name
    assert same_bytes(back, entry)


def test_every_type_comes_back_from_relaxed_json_in_value(mongotail, rs, db: Database, inserted):
    since, entry, _ = inserted(raw(EVERY_TYPE))
    back = parse(printed(mongotail, rs, db, since))
    assert list(back) == list(entry) and list(back["o"]) == list(entry["o"])
    for name, value in entry["o"].items():
        # NaN is not equal to itself; everything else is.
        assert repr_of(back["o"][name]) == repr_of(value), name


def repr_of(value: object) -> object:
    """Equal for numbers that are equal, whatever their type; and for NaN."""
    if isinstance(value, list):
        return [repr_of(item) for item in value]
    if isinstance(value, float):
        return repr(value)
    return value


def test_bson_output_is_the_entries_own_bytes(mongotail, rs, db: Database, oplog: Oplog, inserted):
    since, _, _ = inserted(raw(EVERY_TYPE))
    db.values.update_one({"_id": "every type"}, {"$set": {"a.b": 1}, "$unset": {"null": 1}})
    db.values.delete_one({})
    run = mongotail.run(rs.uri, "--since", since, "--no-follow", "--ns", f"{db.name}.values", "--op", "i,u,d", "-o", "bson")
    assert run.ok().raw == b"".join(oplog.raw({"ns": f"{db.name}.values"}))


def test_a_document_of_15_mb_is_printed_whole(mongotail, rs, db: Database, inserted):
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.values", "--op", "i", "--limit", 1) as tail:
        tail.wait_following()
        text = os.urandom(15 << 19).hex()
        since, entry, bytes_of = inserted(raw({"_id": 1, "text": text}))
        (line,) = tail.ended(0, timeout=30).raw.splitlines()
    assert len(line) > 15 << 20
    assert parse(line.decode()) == entry
    run = mongotail.run(rs.uri, "--since", since, "--no-follow", "-o", "bson", "--ns", f"{db.name}.values", timeout=40)
    assert run.ok().raw.endswith(bytes_of)


def test_a_document_nested_as_deep_as_the_server_allows_is_printed_whole(mongotail, rs, db: Database, inserted):
    document: dict = {"leaf": 1}
    for _ in range(175):
        document = {"a": document}
    since, entry, _ = inserted(raw({"_id": 1} | document))
    assert parse(printed(mongotail, rs, db, since)) == entry


def test_updates_of_every_kind_are_printed_as_stored(mongotail, rs, db: Database, oplog: Oplog):
    since = oplog.here()
    db.values.insert_one({"_id": 1, "a": [1, 2, 3], "b": {"c": 1}, "d": 1})
    db.values.update_one({}, {"$set": {"a.1": 9, "b.c": 2}, "$unset": {"d": ""}, "$push": {"list": {"$each": [1, 2]}}})
    db.values.update_one({}, [{"$set": {"sum": {"$sum": "$a"}}}])
    db.values.replace_one({}, {"whole": True})
    run = mongotail.run(rs.uri, "--since", since, "--no-follow", "--ns", f"{db.name}.values", "--op", "i,u").ok()
    back = [parse(line) for line in run.lines]
    assert back == oplog.entries({"ns": f"{db.name}.values"})
    assert len(back) == 4


# ---- No-ops


@pytest.fixture
def noted(rs, oplog: Oplog) -> str:
    """An hour of an idle set: 360 no-ops. Gives the --since before them."""
    since = oplog.here()
    admin = rs.client().admin
    for number in range(360):
        admin.command("appendOplogNote", 1, data={"number": number})
    return since


def test_noops_are_hidden_until_they_are_asked_for(mongotail, rs, db: Database, oplog: Oplog, noted: str):
    db.values.insert_one({"_id": "after"})
    silent = mongotail.run(rs.uri, "--since", noted, "--no-follow").ok()
    assert [op["op"] for op in silent.json() if op["ns"].startswith(db.name)] == ["c", "i"]
    assert "n" not in {op["op"] for op in silent.json()}
    shown = mongotail.run(rs.uri, "--since", noted, "--no-follow", "--op", "n").ok().json()
    assert [op["o"]["number"] for op in shown if "number" in op["o"]] == list(range(360))
