"""Transactions, prepared ones too, that a test ends when it wants to."""

from contextlib import suppress
from typing import Any

from bson import Timestamp
from pymongo import MongoClient, WriteConcern
from pymongo.errors import NotPrimaryError, PyMongoError

SPLIT = "maxNumberOfTransactionOperationsInSingleOplogEntry"
SPLIT_AT_2 = ["--setParameter", f"{SPLIT}=2"]


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
            self._end({"commitTransaction": 1, "commitTimestamp": self._prepared})
        else:
            self.session.commit_transaction()

    def abort(self) -> None:
        if self._prepared:
            self._end({"abortTransaction": 1})
        else:
            self.session.abort_transaction()

    def _end(self, command: dict[str, Any]) -> None:
        """Ends a prepared one, also where its primary has become a secondary meanwhile: then the second attempt finds the new one."""
        command["writeConcern"] = {"w": "majority"}
        try:
            self._admin.command(command, session=self.session)
        except NotPrimaryError:
            self._admin.command(command, session=self.session)
        # The driver doesn't know that it is over.
        with suppress(PyMongoError):
            self.session.abort_transaction()
