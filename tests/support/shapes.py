"""Every shape of entry that a real server can be made to write, over a few databases and collections."""

import random
from typing import Any

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure

from .mongod import Mongod
from .transactions import Transaction

COLLECTIONS = ["orders", "users", "a.b", "order"]


class Shapes:
    """Writes to the databases `<name>a` and `<name>b` of a server; `write()` is one round of all shapes."""

    def __init__(self, client: MongoClient, primary: Mongod, name: str, seed: int) -> None:
        self._client = client
        self._primary = primary
        self._random = random.Random(seed)
        self._number = 0
        self.names = [f"{name}a", f"{name}b"]
        self._databases = [client[each] for each in self.names]
        for database in self._databases:
            for collection in COLLECTIONS:
                database.create_collection(collection)

    def write(self) -> None:
        shapes = [self.plain] * 6 + [self.small_transaction, self.large_transaction, self.aborted, self.interleaved, self.empty,
                                     self.by_hand, self.batched, self.note, self.indexes, self.renames, self.drops,
                                     self.dropped_database, self.special_collections, self.new_collection_in_transaction]
        self._random.shuffle(shapes)
        for shape in shapes:
            shape()

    def plain(self) -> None:
        collection = self._any()
        for key in self._keys(3):
            collection.insert_one({"_id": key, "n": key})
            collection.update_one({"_id": key}, {"$set": {"n": key + 1}})
        collection.replace_one({"_id": key}, {"replaced": key})
        collection.delete_one({"_id": key})

    def small_transaction(self) -> None:
        one = Transaction(self._client).insert(self._any(), *self._keys(1))
        one.insert(self._any(), *self._keys(1)).commit()

    def large_transaction(self) -> None:
        one = Transaction(self._client)
        keys = self._keys(7)
        for key in keys:
            one.insert(self._any(), key)
        collection = self._any()
        one.insert(collection, *self._keys(1))
        collection.delete_one({"_id": self._number}, session=one.session)
        one.commit()

    def aborted(self) -> None:
        Transaction(self._client).insert(self._any(), *self._keys(3)).abort()
        Transaction(self._client).insert(self._any(), *self._keys(3)).prepare().abort()

    def interleaved(self) -> None:
        """Three open at once, each of several entries; they end in another order, writes between."""
        several = [Transaction(self._client) for _ in range(3)]
        for _ in range(2):
            for one in several:
                one.insert(self._any(), *self._keys(2))
        several[0].prepare()
        several[1].prepare()
        self.plain()
        several[2].commit()
        several[1].commit()
        self.plain()
        several[0].commit()

    def empty(self) -> None:
        one = Transaction(self._client)
        self._any().find_one({"_id": 1}, session=one.session)
        one.prepare().commit()

    def by_hand(self) -> None:
        """An applyOps in an applyOps in an applyOps."""
        def insert() -> dict[str, Any]:
            (key,) = self._keys(1)
            return {"op": "i", "ns": self._any().full_name, "o": {"_id": key, "n": key}}

        def nested(*inner: dict[str, Any]) -> dict[str, Any]:
            return {"op": "c", "ns": "admin.$cmd", "o": {"applyOps": list(inner)}}

        self._client.admin.command("applyOps", [insert(), nested(insert(), nested(insert(), insert()), insert()), insert()])

    def batched(self) -> None:
        if self._primary.version < (6, 0):
            return
        collection = self._any()
        keys = self._keys(4)
        collection.insert_many([{"_id": key} for key in keys])
        with self._primary.failpoint("batchDeletesByDefault"):
            collection.delete_many({"_id": {"$in": keys}})

    def note(self) -> None:
        self._client.admin.command("appendOplogNote", data={"note": self._number})

    def indexes(self) -> None:
        """On an empty and on a filled collection, and one that fails."""
        collection = self._fresh()
        collection.create_index("x")
        collection.insert_many([{"n": 1}, {"n": 1}])
        collection.create_index("n")
        try:
            collection.create_index("missing", unique=True)
        except OperationFailure:
            pass
        collection.database.command("collMod", collection.name, validationLevel="moderate")
        collection.drop_indexes()

    def renames(self) -> None:
        """Within a database, over another collection, and to another database."""
        first = self._fresh()
        first.insert_one({"_id": 1})
        second = first.database.create_collection(f"renamed{self._number}")
        first.rename(second.name, dropTarget=True)
        other = self._other(second.database)[first.name]
        self._client.admin.command("renameCollection", second.full_name, to=other.full_name)

    def drops(self) -> None:
        self._fresh().drop()
        self._fresh().aggregate([{"$match": {}}, {"$out": self._fresh().name}])

    def dropped_database(self) -> None:
        database = self._client[f"{self.names[0]}_{self._keys(1)[0]}"]
        database.orders.insert_one({"_id": 1})
        self._client.drop_database(database)

    def special_collections(self) -> None:
        database = self._random.choice(self._databases)
        number = self._keys(1)[0]
        database.command("create", f"view{number}", viewOn="orders", pipeline=[])
        capped = database.create_collection(f"capped{number}", capped=True, size=4096)
        capped.insert_many([{"_id": key, "n": key} for key in range(3)])
        database.command("emptycapped", capped.name)
        converted = self._fresh()
        converted.database.command("convertToCapped", converted.name, size=100_000)
        if self._primary.version >= (5, 0):
            database.create_collection(f"series{number}", timeseries={"timeField": "at"})

    def new_collection_in_transaction(self) -> None:
        if self._primary.version < (4, 4):
            return
        collection = self._random.choice(self._databases)[f"made{self._keys(1)[0]}"]
        with self._client.start_session() as session, session.start_transaction():
            collection.create_index("n", session=session)
            collection.insert_one({"_id": 1, "n": 1}, session=session)

    def _any(self) -> Collection:
        return self._random.choice(self._databases)[self._random.choice(COLLECTIONS)]

    def _fresh(self) -> Collection:
        database = self._random.choice(self._databases)
        return database.create_collection(f"fresh{self._keys(1)[0]}")

    def _other(self, database: Database) -> Database:
        return next(each for each in self._databases if each.name != database.name)

    def _keys(self, count: int) -> list[int]:
        self._number += count
        return list(range(self._number - count + 1, self._number + 1))
