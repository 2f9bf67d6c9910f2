"""Transactions of every shape, and what a test needs to write them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bson import Timestamp
from pymongo import MongoClient, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError

SPLIT = "maxNumberOfTransactionOperationsInSingleOplogEntry"
SPLIT_AT_2 = ["--setParameter", f"{SPLIT}=2"]

Work = Callable[[ClientSession], object]


class Transaction:
    """An open transaction, to be ended in any order among others.

        one = Transaction(client); one.insert(db.c, 1, 2); one.prepare(); one.commit()
    """

    def __init__(self, client: MongoClient) -> None:
        self._admin = client.admin
        self._prepared: Timestamp | None = None
        self.session = client.start_session()
        self.session.start_transaction(write_concern=WriteConcern("majority"))

    def insert(self, collection: Any, *keys: Any) -> "Transaction":
        for key in keys:
            collection.insert_one({"_id": key, "n": key}, session=self.session)
        return self

    def prepare(self) -> "Transaction":
        reply = self._admin.command("prepareTransaction", writeConcern={"w": "majority"}, session=self.session)
        self._prepared = reply["prepareTimestamp"]
        return self

    def commit(self) -> None:
        if self._prepared:
            self._admin.command("commitTransaction", commitTimestamp=self._prepared, writeConcern={"w": "majority"},
                                session=self.session)
            self._leave()
        else:
            self.session.commit_transaction()

    def abort(self) -> None:
        if self._prepared:
            self._admin.command("abortTransaction", writeConcern={"w": "majority"}, session=self.session)
            self._leave()
        else:
            self.session.abort_transaction()

    def _leave(self) -> None:
        # The driver doesn't know that it is over.
        try:
            self.session.abort_transaction()
        except PyMongoError:
            pass
