"""What mongotail understands of an update turns the document before into the server's document after."""

import copy
import itertools
import os
import random
import subprocess
from typing import Any

import bson
import pytest
from bson import Binary, CodecOptions, Int64
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database
from pymongo.errors import WriteError
from support import ReplicaSet
from support.cli import probe
from support.seed import seed

SEED = seed()
UPDATES = int(os.environ.get("MONGOTAIL_TEST_UPDATES", 5000))

_KEYS = ["a", "b", "s", "l", "u", "d", "i", "s1", "u0", "0", "1", "é", "long name"]
# Makes a delta smaller than a replacement, so that the server logs it.
_PADDING = "p" * 2000


class Maker:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def scalar(self) -> Any:
        return self.random.choice([0, 1, -5, 1.5, Int64(7), "x", "text", None, True, Binary(b"abc"), Binary(b"abc", 5)])

    def value(self, depth: int = 3) -> Any:
        kind = self.random.random()
        if depth and kind < 0.3:
            return self.fields(depth - 1)
        if depth and kind < 0.6:
            return [self.value(depth - 1) for _ in range(self.random.randrange(6))]
        return self.scalar()

    def fields(self, depth: int) -> dict[str, Any]:
        return {key: self.value(depth) for key in self.random.sample(_KEYS, self.random.randrange(5))}

    def document(self, number: int) -> dict[str, Any]:
        return {"_id": number, "padding": _PADDING, "inner": {"padding": _PADDING, "list": [1, {"padding": _PADDING}]}} | self.fields(3)

    def changed(self, value: Any) -> Any:
        """The value with a few changes somewhere inside."""
        if isinstance(value, dict) and value:
            for _ in range(self.random.choice([1, 1, 2, 3])):
                key = self.random.choice([k for k in value if k != "_id"] + _KEYS)
                how = self.random.random()
                if how < 0.15:
                    value.pop(key, None)
                elif how < 0.3:
                    value[key] = value.pop(key, self.value(2))
                elif key in value and how < 0.8 and isinstance(value[key], (dict, list)):
                    value[key] = self.changed(value[key])
                else:
                    value[key] = self.value(2)
            return value
        if isinstance(value, list) and value:
            how = self.random.random()
            if how < 0.2:
                return value[:self.random.randrange(len(value) + 1)]
            if how < 0.4:
                return [*value, self.value(1)]
            at = self.random.randrange(len(value))
            value[at] = self.changed(value[at])
            return value
        return self.scalar()

    def path(self) -> str:
        return ".".join(self.random.choice([*_KEYS, "inner", "list", "0", "1", "3"])
                        for _ in range(self.random.choice([1, 1, 2, 3])))

    def update(self, document: dict[str, Any]) -> Any:
        kind = self.random.random()
        if kind < 0.6:
            after = self.changed(copy.deepcopy(document)) | {"_id": document["_id"]}
            if kind < 0.05:
                return after
            return [{"$replaceWith": {"$literal": after}}]
        operator = self.random.choice(["$set", "$unset", "$push", "$pop", "$addToSet", "$inc", "$rename"])
        path = self.path()
        if operator == "$rename":
            return {operator: {path: self.random.choice(_KEYS) + "x"}}
        if operator == "$pop":
            return {operator: {path: self.random.choice([1, -1])}}
        if operator == "$inc":
            return {operator: {path: 1}}
        return {operator: {path: self.value(1)}}


def make_updates(db: Database, maker: Maker) -> list[tuple[bytes, bytes]]:
    """At least UPDATES random updates that are in the oplog; each document as it was before and after."""
    raw = db.get_collection("c", codec_options=CodecOptions(document_class=RawBSONDocument))
    seen = []
    for number in itertools.count():
        if len(seen) >= UPDATES:
            return seen
        document = maker.document(number)
        db.c.insert_one(document)
        before = raw.find_one({"_id": number}).raw
        for _ in range(10):
            update = maker.update(document)
            try:
                change = db.c.replace_one if isinstance(update, dict) and "_id" in update else db.c.update_one
                logged = change({"_id": number}, update).modified_count
            except WriteError:
                continue
            after = raw.find_one({"_id": number}).raw
            # Some change nothing and are logged nevertheless.
            assert logged or after == before
            if logged:
                seen.append((before, after))
            before, document = after, bson.decode(after)


@pytest.mark.timeout(180)
def test_decoded_updates_lead_to_the_documents_of_the_server(rs: ReplicaSet, db: Database) -> None:
    print(f"seed {SEED}")
    seen = make_updates(db, Maker(SEED))
    oplog = rs.client().local.get_collection("oplog.rs", codec_options=CodecOptions(document_class=RawBSONDocument))
    entries = list(oplog.find({"ns": f"{db.name}.c", "op": "u"}).sort("$natural", 1))
    assert len(entries) == len(seen)
    assert len(seen) >= UPDATES
    pairs = b"".join(bson.encode({"before": RawBSONDocument(before), "o": entry["o"]})
                     for (before, _), entry in zip(seen, entries))
    out = subprocess.run([probe("update_probe")], input=pairs, capture_output=True, check=True, timeout=60).stdout
    results = [document.raw for document in bson.decode_all(out, CodecOptions(document_class=RawBSONDocument))]
    forms: dict[str, int] = {}
    for (before, after), entry, result in zip(seen, entries, results, strict=True):
        first = next(iter(entry["o"].keys()))
        forms[first] = forms.get(first, 0) + 1
        assert result == after, f"{bson.decode(before)}\n{bson.decode(entry.raw)}\n{bson.decode(result)}\n{bson.decode(after)}"
    print(forms)
    assert forms.get("$v", 0) > UPDATES // 10
