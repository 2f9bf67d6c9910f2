"""Cursors that are killed, and errors of a server between two replies."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pymongo.database import Database
from support import ReplicaSet, Tail
from support.reads import wait_for_read

RESUMABLE = [43, 237, 175, 11601, 91, 189, 11600, 11602, 10107, 13435, 13436, 6, 7, 89, 9001, 50, 262, 202, 134]
CAPPED_POSITION_LOST = 136
# Ends it, and what stderr says of it.
FATAL = {13: "requires authentication", 2: "error 2:", 9: "error 9:", 96: "error 96:"}


@contextmanager
def following(mongotail, rs: ReplicaSet, db: Database, *args: str) -> Iterator[Tail]:
    """A run that has printed the document 0."""
    db.create_collection("c")
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.c", *args) as tail:
        tail.wait_following()
        db.c.insert_one({"_id": 0})
        tail.wait_lines(1)
        yield tail


def goes_on_exactly(tail: Tail, db: Database, outages: int = 1) -> None:
    db.c.insert_many([{"_id": number} for number in range(1, 6)])
    tail.wait_lines(6)
    tail.wait_back(outages)
    db.c.insert_one({"_id": 6})
    assert [op["o"]["_id"] for op in tail.wait_json(7)] == list(range(7))
    tail.wait_back(outages)


@pytest.mark.parametrize("code", RESUMABLE)
def test_a_passing_error_is_outlived(mongotail, rs, db, code):
    with following(mongotail, rs, db) as tail:
        with rs.primary.failpoint("failCommand", {"times": 1}, failCommands=["getMore"], errorCode=code):
            goes_on_exactly(tail, db)


def test_a_place_that_the_server_calls_lost_is_looked_for_again(mongotail, rs, db):
    """Where it is still there, nothing was lost, and nothing is said."""
    with following(mongotail, rs, db) as tail:
        with rs.primary.failpoint("failCommand", {"times": 1}, failCommands=["getMore"], errorCode=CAPPED_POSITION_LOST):
            goes_on_exactly(tail, db, outages=0)


def test_a_connection_closed_instead_of_a_reply_is_outlived(mongotail, rs, db):
    with following(mongotail, rs, db) as tail:
        with rs.primary.failpoint("failCommand", {"times": 1}, failCommands=["getMore"], closeConnection=True):
            goes_on_exactly(tail, db)


@pytest.mark.parametrize("code", FATAL)
def test_an_error_that_will_not_pass_ends_it(mongotail, rs, db, code):
    with following(mongotail, rs, db) as tail:
        with rs.primary.failpoint("failCommand", "alwaysOn", failCommands=["getMore"], errorCode=code):
            tail.ended(1, FATAL[code], "\n  try: ")
        assert len(tail.lines) == 1


def test_errors_while_it_reconnects_belong_to_the_same_outage(mongotail, rs, db):
    """The find of the new cursor fails, more often than libmongoc tries it by itself."""
    with following(mongotail, rs, db) as tail:
        with rs.primary.failpoint("failCommand", {"times": 6}, failCommands=["getMore", "find"], errorCode=11602):
            goes_on_exactly(tail, db)


def test_a_killed_cursor_is_outlived(mongotail, rs, db):
    local = rs.primary.client().local
    with following(mongotail, rs, db) as tail:
        for read in wait_for_read(rs.primary):
            local.command({"killCursors": "oplog.rs", "cursors": [read["cursor"]["cursorId"]]})
        goes_on_exactly(tail, db)


def test_a_killed_operation_is_outlived(mongotail, rs, db):
    with following(mongotail, rs, db) as tail:
        for read in wait_for_read(rs.primary):
            rs.primary.client().admin.command({"killOp": 1, "op": read["opid"]})
        goes_on_exactly(tail, db)


def test_killed_sessions_are_outlived(mongotail, rs, db):
    with following(mongotail, rs, db) as tail:
        wait_for_read(rs.primary)
        rs.primary.client().admin.command({"killAllSessions": []})
        goes_on_exactly(tail, db)
