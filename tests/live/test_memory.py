"""The most memory that a run over a server's oplog holds."""

from collections.abc import Iterator

import pytest
from support import ReplicaSet
from support.peak import MB, peak_memory


@pytest.fixture(scope="module")
def own_set(server_version: str | None) -> Iterator[ReplicaSet]:
    with ReplicaSet(1, server_version, oplog_mb=300) as rs:
        for first in range(0, 60_000, 10_000):
            rs.client().shop.orders.insert_many({"_id": number, "pad": "x" * 900} for number in range(first, first + 10_000))
        yield rs


def test_ordinary_entries_take_little(mongotail, own_set):
    # Of which the program and its libraries are 13 MiB.
    assert peak_memory(mongotail, own_set.uri, "--since", "oldest", "--no-follow") < 28 * MB


def test_a_document_of_16_mb_is_read_once_and_printed_within_66_mib(mongotail, own_set):
    # The driver's reply, the buffer that it fills it from, which it keeps, and the line.
    own_set.client().shop.large.insert_one({"_id": 1, "text": "x" * (16 * MB - 100)})
    assert peak_memory(mongotail, own_set.uri, "-n", 1, "--no-follow") < 66 * MB
    assert peak_memory(mongotail, own_set.uri, "--since", "oldest", "--no-follow", "--ns", "shop.large") < 66 * MB
