"""Fixtures of the live tests: one client and one view of the oplog for the shared set."""

from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from support import ReplicaSet
from support.oplog import Oplog


@pytest.fixture(scope="session")
def client(rs: ReplicaSet) -> MongoClient:
    """Its writes are acknowledged by a majority, so that a reader that starts then finds them."""
    return rs.client(w="majority")


@pytest.fixture(scope="session")
def oplog(client: MongoClient) -> Oplog:
    return Oplog(client)


@pytest.fixture
def db(client: MongoClient, db_name: str) -> Iterator[Database]:
    """An empty database of this test's own in `rs`; it is dropped behind it."""
    yield client[db_name]
    client.drop_database(db_name)
