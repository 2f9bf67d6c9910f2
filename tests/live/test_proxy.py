"""A connection that is cut, swallowed or slowed down on its way."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pymongo.database import Database
from support import ReplicaSet, Tail, wait_until
from support.reads import wait_for_read
from support.tcp_proxy import TcpProxy
from support.writers import Writers, stored_inserts


@pytest.fixture
def proxy(rs: ReplicaSet) -> Iterator[TcpProxy]:
    with TcpProxy(rs.primary.port) as proxy:
        yield proxy


@contextmanager
def following(mongotail, proxy: TcpProxy, db: Database, options: str = "") -> Iterator[Tail]:
    """A run that has printed the document 0."""
    db.create_collection("c")
    with mongotail.tail(proxy.uri + options, "--ns", f"{db.name}.c") as tail:
        tail.wait_following()
        db.c.insert_one({"_id": 0})
        tail.wait_lines(1)
        yield tail


def ids(tail: Tail, count: int, timeout: float = 15) -> list[int]:
    return [op["o"]["_id"] for op in tail.wait_json(count, timeout)]


@pytest.mark.parametrize("reset", [True, False], ids=["RST", "FIN"])
def test_a_cut_connection_is_outlived(mongotail, rs, proxy, db, reset):
    with following(mongotail, proxy, db) as tail:
        for number in range(1, 6):
            db.c.insert_one({"_id": 2 * number - 1})
            tail.wait_lines(2 * number)
            wait_for_read(rs.primary)
            assert proxy.cut(reset) >= 1
            db.c.insert_one({"_id": 2 * number})
            tail.wait_lines(2 * number + 1)
            tail.wait_back(number)
        assert ids(tail, 11) == list(range(11))


def test_cuts_under_load_lose_nothing_and_repeat_nothing(mongotail, rs, proxy, db):
    client = rs.client(w="majority")
    client[db.name].c0.create_index("nothing")
    with mongotail.tail(proxy.uri, "--ns", f"{db.name}.*", "--op", "i") as tail:
        tail.wait_following()
        with Writers(client, db.name) as writers:
            for number in range(10):
                writers.more(50)
                wait_for_read(rs.primary)
                assert proxy.cut(reset=number % 2 == 0) >= 1
        stored = stored_inserts(client, db.name)
        assert len(stored) >= 500
        printed = [op["o"]["_id"] for op in tail.wait_json(len(stored))]
        assert printed == [id for _, id in stored]


def test_a_black_hole_is_noticed_and_outlived(mongotail, proxy, db):
    with following(mongotail, proxy, db, "&socketTimeoutMS=3000&connectTimeoutMS=1000&serverSelectionTimeoutMS=1000") as tail:
        proxy.swallow()
        db.c.insert_one({"_id": 1})
        begin = time.monotonic()
        tail.wait_stderr("connection lost")
        assert time.monotonic() - begin < 8
        db.c.insert_one({"_id": 2})
        proxy.pass_on()
        assert ids(tail, 3) == [0, 1, 2]
        tail.wait_back()


def test_a_server_that_refuses_for_a_while_is_tried_again(mongotail, proxy, db):
    with following(mongotail, proxy, db, "&serverSelectionTimeoutMS=500") as tail:
        proxy.refuse()
        proxy.cut()
        before = proxy.accepted
        tail.wait_stderr("connection lost")
        wait_until(lambda: proxy.accepted >= before + 3, "more attempts")
        db.c.insert_one({"_id": 1})
        proxy.pass_on()
        assert ids(tail, 2) == [0, 1]
        tail.wait_back()


def test_a_slow_connection_is_not_an_outage(mongotail, proxy, db):
    with following(mongotail, proxy, db) as tail:
        proxy.delay(0.3)
        for number in range(1, 4):
            db.c.insert_one({"_id": number})
        assert ids(tail, 4) == [0, 1, 2, 3]
        assert "connection lost" not in tail.stderr


def test_cuts_in_the_middle_of_replies_repeat_nothing(mongotail, proxy, db):
    """A backlog of large replies; over each connection, less than three of them come through."""
    text = "x" * 1000
    db.c.insert_many([{"_id": number, "text": text} for number in range(20_000)])
    proxy.cut_each_after(3_500_000, times=5)
    with mongotail.tail(proxy.uri, "--since", "oldest", "--ns", f"{db.name}.c", "--op", "i", "--format", "{id}") as tail:
        tail.wait_for(lambda tail: tail.stdout.endswith("\n19999\n"), "all of it", 60)
        assert proxy.cuts_left == 0
        assert [int(line) for line in tail.lines] == list(range(20_000))
