"""Fixtures of the live tests: a client and a view of the oplog of the set that a module works with.

That is the shared one, where the module has no fixture `rs` of its own.
"""

from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from support import ReplicaSet
from support.oplog import Oplog
from support.transactions import SPLIT_AT_2


@pytest.fixture(scope="session")
def splitting(server_version: str | None) -> Iterator[ReplicaSet]:
    """A set of one member whose transactions of more than two operations are several entries."""
    with ReplicaSet(1, server_version, args=SPLIT_AT_2) as one:
        yield one


@pytest.fixture(scope="module")
def client(rs: ReplicaSet) -> Iterator[MongoClient]:
    """Its writes are acknowledged by a majority, so that a reader that starts then finds them."""
    with rs.client(w="majority") as client:
        yield client


@pytest.fixture(scope="module")
def oplog(client: MongoClient) -> Oplog:
    return Oplog(client)


@pytest.fixture
def db(client: MongoClient, db_name: str) -> Iterator[Database]:
    """An empty database of this test's own in `rs`; it is dropped behind it."""
    yield client[db_name]
    client.drop_database(db_name)
