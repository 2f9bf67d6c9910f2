"""What an oplog holds, as pymongo reads it, and what the program should print of it."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import bson
from bson import Timestamp, json_util
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.json_util import JSONMode, JSONOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

Document = dict[str, Any]

_CAPPED_POSITION_LOST = 136

# Dates stay milliseconds: an oplog holds more of them than Python's own type can.
_CODEC = CodecOptions(document_class=dict, datetime_conversion=DatetimeConversion.DATETIME_MS)
_JSON = JSONOptions(json_mode=JSONMode.RELAXED, document_class=dict,
                    datetime_conversion=DatetimeConversion.DATETIME_MS)


def parse(line: str) -> Document:
    """One printed line, read back by bson.json_util."""
    return json_util.loads(line, json_options=_JSON)


def parse_all(lines: Iterable[str]) -> list[Document]:
    return [parse(line) for line in lines]


def text_of(ts: Timestamp) -> str:
    """`SECS:ORD`."""
    return f"{ts.time}:{ts.inc}"


def after(ts: Timestamp) -> Timestamp:
    """The least timestamp behind it."""
    return Timestamp(ts.time, ts.inc + 1)


class Oplog:
    """The entries of a set's local.oplog.rs."""

    def __init__(self, client: MongoClient) -> None:
        options = {"codec_options": _CODEC, "read_concern": ReadConcern("majority")}
        self._admin = client.admin
        self._entries = client.local.get_collection("oplog.rs", **options)
        self._raw = self._entries.with_options(codec_options=CodecOptions(document_class=RawBSONDocument))

    def settle(self) -> None:
        """Waits until a majority holds all that was written so far: commands that a test sends don't wait for that."""
        self._admin.command("appendOplogNote", data={"msg": "settled"}, writeConcern={"w": "majority", "wtimeout": 20_000})

    def newest_entry(self) -> Document:
        """The newest one that a majority holds."""
        return self._entries.find_one(sort=[("$natural", -1)])

    def newest(self) -> Timestamp:
        return self.newest_entry()["ts"]

    def oldest(self) -> Timestamp:
        while True:
            try:
                return self._entries.find_one(sort=[("$natural", 1)])["ts"]
            except OperationFailure as error:
                # It was cut off just then.
                if error.code != _CAPPED_POSITION_LOST:
                    raise

    def here(self) -> str:
        """A --since that begins right behind the newest entry."""
        return text_of(after(self.newest()))

    def entries(self, condition: Document | None = None) -> list[Document]:
        return list(self._entries.find(condition or {}).sort("$natural", 1))

    def raw(self, condition: Document) -> list[bytes]:
        return [entry.raw for entry in self._raw.find(condition).sort("$natural", 1)]

    def of(self, database: str, since: Timestamp | None = None) -> list[Document]:
        """The operations in one database, transactions unwrapped, as they should be printed."""
        # Other databases' documents stay unread: pymongo can't decode all that an oplog may hold.
        window: Document = {"$or": [{"ns": {"$regex": f"^{re.escape(database)}\\."}}, {"op": "c"}]}
        window |= {"ts": {"$gte": since}} if since else {}
        return [op for op in operations(self.entries(window)) if op["ns"].startswith(f"{database}.")]


def operations(entries: Iterable[Document]) -> Iterator[Document]:
    """Entries with their transactions unwrapped. A transaction's parts must all be among them."""
    parts: dict[Timestamp, Document] = {}
    for entry in entries:
        command = entry["o"] if entry["op"] == "c" else {}
        if command.get("partialTxn") or command.get("prepare"):
            parts[entry["ts"]] = entry
        elif "applyOps" in command or "commitTransaction" in command:
            yield from _unwrapped(entry, parts)
        elif "abortTransaction" not in command:
            yield entry


_FROM_THE_END = ("ts", "t", "v", "wall", "lsid", "txnNumber")


def _unwrapped(end: Document, parts: dict[Timestamp, Document]) -> Iterator[Document]:
    chain = [end] if "applyOps" in end["o"] else []
    before = end.get("prevOpTime", {}).get("ts")
    while before in parts:
        chain.insert(0, parts[before])
        before = parts[before]["prevOpTime"]["ts"]
    inner = [operation for entry in chain for operation in entry["o"]["applyOps"]]
    for index, operation in enumerate(inner):
        shared = {name: end[name] for name in _FROM_THE_END if name in end}
        yield operation | shared | {"txnOpIndex": index}


def places(printed: Iterable[Document]) -> list[tuple[str, int | None]]:
    """Where each operation stands: its entry's ts, and its index in a transaction."""
    return [(text_of(op["ts"]), op.get("txnOpIndex")) for op in printed]


def same_bytes(one: Document, other: Document) -> bool:
    """Equal in values, types and the order of keys."""
    return bson.encode(one, codec_options=_CODEC) == bson.encode(other, codec_options=_CODEC)
