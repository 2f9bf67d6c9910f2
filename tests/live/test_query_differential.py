"""-q with --ns, --op and --id print, byte for byte and in order, what the server finds in its oplog by the same filter."""

import json
import os
import random
import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import bson
import pytest
from bson import CodecOptions, Decimal128, Int64, ObjectId, json_util
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database
from pymongo.errors import OperationFailure
from support import ReplicaSet
from support.oplog import Oplog
from support.random_queries import CertainMaker, Maker
from support.raw_bson import Typed, raw

SEED = int(os.environ.get("MONGOTAIL_TEST_SEED", random.SystemRandom().randrange(2**32)))
FILTERS = int(os.environ.get("MONGOTAIL_TEST_FILTERS", 100))
DOCUMENTS = 80
COLLECTIONS = ["orders", "users", "a.b", "order"]
_RAW: CodecOptions = CodecOptions(document_class=RawBSONDocument)
IDS: list[Any] = [*range(40), *(f"k{i}" for i in range(15)), *(ObjectId(f"{i:024x}") for i in range(10)),
                  *({"a": i} for i in range(5)), *(i + 0.5 for i in range(5)), *(Int64(2**53 + i) for i in range(5))]
assert len(IDS) == DOCUMENTS
FIELDS = ["op", "ns", "ts", "t", "v", "wall", "ui", "o2._id", "o._id", "txnNumber", "lsid.id"]


def in_json(value: Any) -> Any:
    """Canonical Extended JSON, also of the types that Python has none for."""
    if isinstance(value, dict):
        return {key: in_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [in_json(item) for item in value]
    if isinstance(value, Typed):
        text = value.value[4:-1].decode(errors="replace")
        if value.type == 0x06:
            return {"$undefined": True}
        if value.type == 0x0E:
            return {"$symbol": text}
        return {"$dbPointer": {"$ref": value.value[4:-13].decode(), "$id": {"$oid": value.value[-12:].hex()}}}
    if isinstance(value, bson.Binary):
        return {"$binary": {"base64": b64encode(value).decode(), "subType": f"{value.subtype:02x}"}}
    if isinstance(value, bytes):
        return {"$binary": {"base64": b64encode(value).decode(), "subType": "00"}}
    return json.loads(json_util.dumps(value, json_options=json_util.CANONICAL_JSON_OPTIONS))


class Workload:
    """Inserts, updates, replacements and deletes of random documents."""

    def __init__(self, db: Database, maker: Maker) -> None:
        self._db = db
        self._maker = maker
        self._random = maker.random
        for name in COLLECTIONS:
            db.create_collection(name)

    def write(self) -> None:
        for key in IDS:
            collection = self._db[self._random.choice(COLLECTIONS)]
            collection.insert_one(raw(self._maker.document(0) | {"_id": key}))
            for _ in range(self._random.randrange(4)):
                self._change(collection, key)
            if self._random.random() < 0.4:
                collection.delete_one({"_id": key})

    def _change(self, collection: Any, key: Any) -> None:
        change = {"$set": {self._random.choice("abc"): self._maker.value() for _ in range(2)}, "$unset": {"0": 1}}
        if self._random.random() < 0.4:
            change = self._maker.document(0) | {"_id": key}
        update = {"q": {"_id": key}, "u": change}
        self._db.command("update", collection.name, updates=[raw(update)], writeConcern={"w": "majority"})


class Questions:
    """Queries on entries, from queries on documents."""

    def __init__(self, maker: Maker, db: Database, entries: list[dict]) -> None:
        self._maker = maker
        self._db = db
        self._random = maker.random
        self._entries = entries

    def query(self) -> dict[str, Any]:
        kind = self._random.random()
        if kind < 0.15:
            return self._of_the_entry()
        query = self._moved(self._maker.query())
        return {"$and": [query, self._of_the_entry()]} if kind < 0.3 else query

    def _moved(self, query: dict[str, Any]) -> dict[str, Any]:
        """The same question about a part of an entry."""
        moved: dict[str, Any] = {}
        for key, value in query.items():
            if key in ("$and", "$or", "$nor"):
                moved[key] = [self._moved(each) for each in value]
            else:
                moved[f"{self._random.choice(['o', 'o', 'o', 'o.$set', 'o.diff.u', 'o.diff.i', 'o2'])}.{key}"] = value
        return moved

    def _of_the_entry(self) -> dict[str, Any]:
        pick = self._random.choice
        entry = pick(self._entries)
        field = pick(FIELDS)
        value: Any = entry
        for part in field.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            return {field: {"$exists": pick([True, False])}}
        return {field: pick([value, {pick(["$gt", "$gte", "$lt", "$lte", "$ne", "$eq"]): value}, {"$in": [value]}])}

    def flags(self) -> tuple[list[str], dict[str, Any]]:
        """Flags, and the condition that means the same to the server."""
        pick = self._random.choice
        name = self._db.name
        patterns = {f"{name}.orders": f"^{name}\\.orders$", f"{name}.order*": f"^{name}\\.order", f"{name}.a.b": f"^{name}\\.a\\.b$",
                    name: f"^{name}\\.", f"{name[:-1]}?.*s": f"^{name[:-1]}[^.]\\..*s$", f"{name}.order?": f"^{name}\\.order.$"}
        chosen = self._random.sample(list(patterns), pick([1, 1, 2]))
        args = [arg for pattern in chosen for arg in ("--ns", pattern)]
        conditions: list[dict[str, Any]] = [{"$or": [{"ns": {"$regex": patterns[pattern]}} for pattern in chosen]}]
        ops = self._random.sample("iud", pick([1, 2, 3]))
        conditions.append({"op": {"$in": ops}})
        args += ["--op", ",".join(ops)]
        if self._random.random() < 0.2:
            key = pick(IDS)
            args += ["--id", json.dumps(in_json(key))]
            conditions.append({"$or": [{"o._id": {"$eq": key}}, {"o2._id": {"$eq": key}}]})
        return args, {"$and": conditions}


class Judge:
    """What the server finds among the entries of one window."""

    def __init__(self, rs: ReplicaSet, window: dict[str, Any]) -> None:
        self._window = window
        self._local = rs.client().local

    def find(self, condition: dict[str, Any]) -> list[bytes] | str:
        whole = raw({"$and": [self._window, condition]})
        try:
            reply = self._local.command({"find": "oplog.rs", "filter": whole, "batchSize": 100_000, "singleBatch": True},
                                        readConcern={"level": "majority"}, codec_options=_RAW)
        except OperationFailure as refusal:
            return f"refused: {refusal.details['errmsg']}"
        return [bytes(entry.raw) for entry in reply["cursor"]["firstBatch"]]


def documents_of(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at:at + 4], "little")
        yield data[at:at + size]
        at += size


def maker_for(version: tuple[int, ...]) -> Maker:
    # Servers before 6.0 refuse other operands; 6.0.5 rounds decimals before it tests their bits.
    if version[0] != 6:
        return CertainMaker(SEED)
    return Maker(SEED, bits=version >= (6, 0, 27))


@pytest.mark.timeout(120)
def test_a_query_prints_what_the_server_finds(mongotail, rs: ReplicaSet, db: Database, oplog: Oplog):
    since = oplog.newest()
    here = oplog.here()
    maker = maker_for(rs.primary.version)
    Workload(db, maker).write()
    window = {"ts": {"$gt": since}, "op": {"$in": ["i", "u", "d"]}, "ns": {"$regex": f"^{re.escape(db.name)}\\."}}
    judge = Judge(rs, window)
    entries = list(rs.client().local["oplog.rs"].find(window, dict.fromkeys(FIELDS, 1)))
    assert len(entries) >= 150
    questions = Questions(maker, db, entries)
    pairs = selected = refused = 0
    for number in range(FILTERS):
        query = questions.query()
        args, condition = questions.flags()
        if number % 3 == 0:
            args.append("--raw")
        expected = judge.find({"$and": [condition, query]})
        text = json.dumps(in_json(query))
        run = mongotail.run(rs.uri, "--since", here, "--no-follow", "-o", "bson", *args, "-q", text)
        told = f"seed {SEED}, filter {number}: {' '.join(args)} -q {text}\n"
        if isinstance(expected, str):
            refused += 1
            assert run.status == 2, f"{told}the server {expected}\n{run.status} {run.stderr}"
            continue
        assert run.status == 0, f"{told}{run.status} {run.stderr}"
        printed = list(documents_of(run.raw))
        assert printed == expected, f"{told}{len(printed)} printed, {len(expected)} found"
        pairs += len(entries)
        selected += len(expected)
    print(f"seed {SEED}: {pairs} pairs, {selected} selected, {refused} of {FILTERS} filters refused")
    assert pairs >= min(2000, 20 * FILTERS) and selected > 0
