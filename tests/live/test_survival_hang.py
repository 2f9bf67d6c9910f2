"""A server that hangs, and a signal at the worst moments."""

import signal
import time

import pytest
from pymongo.database import Database
from support import ReplicaSet, Tail
from support.reads import wait_for_read

# The contract is 200 ms; a loaded machine gets more, and the figure is printed.
LONGEST_END = 1.0


@pytest.fixture(scope="module")
def own(server_version):
    """A set that may hang and die without harm to other tests."""
    with ReplicaSet(1, server_version) as rs:
        yield rs
        rs.heal()


@pytest.fixture
def db(own: ReplicaSet, db_name: str) -> Database:
    own.heal()
    database = own.client(w="majority")[db_name]
    database.create_collection("c")
    return database


def hang_and_wake(own: ReplicaSet, db: Database, tail: Tail, within: float) -> float:
    """How long it took until the hang was noticed."""
    tail.wait_following()
    db.c.insert_one({"_id": 0})
    tail.wait_lines(1)
    wait_for_read(own.nodes[0])
    own.nodes[0].pause()
    try:
        begin = time.monotonic()
        tail.wait_stderr("connection lost", timeout=within + 5)
        seconds = time.monotonic() - begin
    finally:
        own.nodes[0].resume()
    db.c.insert_one({"_id": 1})
    assert [op["o"]["_id"] for op in tail.wait_json(2, timeout=25)] == [0, 1]
    tail.wait_back()
    print(f"noticed after {seconds:.1f} s")
    return seconds


def test_a_hanging_server_is_noticed_within_15_seconds(mongotail, own, db, record_property):
    with mongotail.tail(own.uri, "--ns", f"{db.name}.c") as tail:
        seconds = hang_and_wake(own, db, tail, 15)
        record_property("noticed_after", round(seconds, 1))
        assert seconds < 15


def test_the_connection_string_says_how_soon_a_hang_is_noticed(mongotail, own, db):
    with mongotail.tail(own.uri + "&socketTimeoutMS=2000", "--ns", f"{db.name}.c") as tail:
        assert hang_and_wake(own, db, tail, 4) < 4


def test_a_short_socket_timeout_is_not_an_outage(mongotail, own, db):
    """Shorter than the second for which a server holds back an empty reply."""
    with mongotail.tail(own.uri + "&socketTimeoutMS=900", "--ns", f"{db.name}.c") as tail:
        tail.wait_following()
        time.sleep(2)  # idle
        db.c.insert_one({"_id": 0})
        tail.wait_lines(1)
        assert "connection lost" not in tail.stderr, tail


# ---- Signals


def ends_quickly(tail: Tail, record_property) -> None:
    seconds = tail.end_by(signal.SIGINT)
    record_property("ms_until_the_end", round(seconds * 1000))
    print(f"ended after {seconds * 1000:.0f} ms")
    tail.ended(-signal.SIGINT)
    assert seconds < LONGEST_END, tail


def test_ctrl_c_while_a_read_waits(mongotail, own, db, record_property):
    with mongotail.tail(own.uri, "--ns", f"{db.name}.c") as tail:
        tail.wait_following()
        wait_for_read(own.nodes[0])
        ends_quickly(tail, record_property)


def test_ctrl_c_while_the_server_hangs(mongotail, own, db, record_property):
    with mongotail.tail(own.uri, "--ns", f"{db.name}.c", "--show-cursor") as tail:
        tail.wait_following()
        own.nodes[0].pause()
        ends_quickly(tail, record_property)
        assert "-- cursor: " in tail.stderr


def test_ctrl_c_while_the_first_connection_hangs(mongotail, own, db, record_property):
    own.nodes[0].pause()
    with mongotail.tail(own.uri, "--ns", f"{db.name}.c") as tail:
        time.sleep(0.5)  # nothing tells that it has begun to connect
        ends_quickly(tail, record_property)


def test_ctrl_c_while_it_reconnects_to_a_dead_server(mongotail, own, db, record_property):
    with mongotail.tail(own.uri, "--ns", f"{db.name}.c", "--show-cursor") as tail:
        tail.wait_following()
        own.nodes[0].kill()
        tail.wait_stderr("connection lost")
        ends_quickly(tail, record_property)
        assert "-- cursor: " in tail.stderr


def test_a_second_ctrl_c_ends_it_at_once(mongotail, own, db):
    with mongotail.tail(own.uri, "--ns", f"{db.name}.c") as tail:
        tail.wait_following()
        own.nodes[0].pause()
        tail.interrupt()
        tail.end_by(signal.SIGINT)
        tail.ended(-signal.SIGINT)
