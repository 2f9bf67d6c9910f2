"""Reads of the past behind a filter, which are silent for as long as nothing is selected."""

import contextlib
import datetime
import random
import time

import pytest
from bson import Int64, Timestamp
from support import Mongod, ReplicaSet, wait_until
from support.seed import seed

DOCUMENTS = 500


@pytest.fixture(scope="module")
def own(server_version):
    """A set that may hang without harm to other tests."""
    with ReplicaSet(1, server_version) as rs:
        if rs.nodes[0].version < (4, 4):
            pytest.skip("a server before 4.4 can't be made to hold back a reply")
        yield rs
        rs.heal()


@pytest.fixture
def db(own: ReplicaSet, db_name: str):
    own.heal()
    database = own.client(w="majority")[db_name]
    database.c.insert_many([{"_id": number} for number in range(DOCUMENTS)])
    return database


def a_read_is_held_back(own: ReplicaSet) -> bool:
    return any(op.get("command", {}).get("getMore") and op.get("appName") == "mongotail"
               for op in own.primary.client().admin.command("currentOp")["inprog"])


def all_documents(tail) -> bool:
    return [op["o"]["_id"] for op in tail.wait_json(DOCUMENTS, 30)] == list(range(DOCUMENTS))


def test_a_read_that_only_takes_long_is_not_an_outage(mongotail, own, db):
    uri = own.uri + "&socketTimeoutMS=2000"
    with own.primary.failpoint("failCommand", {"times": 1}, failCommands=["getMore"], appName="mongotail",
                               blockConnection=True, blockTimeMS=3000):
        with mongotail.tail(uri, "--ns", f"{db.name}.c", "--op", "i", "--since", "oldest", verbose=True) as tail:
            assert all_documents(tail), tail
            tail.wait_stderr("in smaller pieces")
            assert "connection lost" not in tail.stderr, tail


def test_the_last_lines_are_found_though_the_read_takes_long(mongotail, own, db):
    uri = own.uri + "&socketTimeoutMS=2000"
    with own.primary.failpoint("failCommand", {"times": 1}, failCommands=["getMore"], appName="mongotail",
                               blockConnection=True, blockTimeMS=3000):
        run = mongotail.run(uri, "--ns", f"{db.name}.c", "--op", "i", "-n", DOCUMENTS - 20, "--no-follow").ok()
    assert [op["o"]["_id"] for op in run.json()] == list(range(20, DOCUMENTS))
    assert "connection lost" not in run.stderr, run


def test_a_hang_while_the_past_is_read_is_noticed_within_15_seconds(mongotail, own, db, record_property):
    node = own.nodes[0]
    with contextlib.ExitStack() as held_back:
        held_back.enter_context(node.failpoint("failCommand", failCommands=["getMore"], appName="mongotail",
                                               blockConnection=True, blockTimeMS=20000))
        with mongotail.tail(own.uri, "--ns", f"{db.name}.c", "--op", "i", "--since", "oldest") as tail:
            wait_until(lambda: a_read_is_held_back(own), "a read that waits")
            begin = time.monotonic()
            node.pause()
            try:
                tail.wait_stderr("connection lost", timeout=20)
                seconds = time.monotonic() - begin
            finally:
                node.resume()
            held_back.close()
            assert all_documents(tail), tail
    record_property("noticed_after", round(seconds, 1))
    print(f"noticed after {seconds:.1f} s")
    assert seconds < 15


# ---- Entries far apart in time, so that many pieces are read, with nothing in most of them


@pytest.fixture(scope="module")
def years(server_version):
    """A set whose oplog holds six years, and the documents inserted into `app.picked` then.

    The entries are written while it runs as a standalone, before its own first one, so that it never applies them.
    """
    with ReplicaSet(1, server_version) as rs:
        if rs.primary.version < (6, 0):
            pytest.skip("a server before 6.0 takes no entry that is older than its newest checkpoint")
        (node,) = rs.nodes
        node.stop()
        node.repl_set = None
        node.start()
        picked = write_years(node)
        node.stop()
        node.repl_set = rs.name
        node.start()
        rs.wait_healthy()
        yield rs, picked


def write_years(node: Mongod) -> list[int]:
    print(f"seed {seed()}")
    chance = random.Random(seed())
    seconds, ordinal, picked, entries = 1577836800, 1, [], []
    for number in range(2000):
        gap = chance.choice([0, 0, 0, 1, 60, 3600, 7 * 86400])
        seconds, ordinal = (seconds + gap, 1) if gap else (seconds, ordinal + 1)
        of_those = chance.random() < 0.1
        picked += [number] if of_those else []
        entries.append({"op": "i", "ns": "app.picked" if of_those else "app.other", "o": {"_id": number},
                        "ts": Timestamp(seconds, ordinal), "t": Int64(1), "v": Int64(2),
                        "wall": datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)})
    node.client().local["oplog.rs"].insert_many(entries)
    assert len(picked) > 100 and seconds < 1577836800 + 6.9 * 365 * 86400
    return picked


def ids(run) -> list[int]:
    return [op["o"]["_id"] for op in run.ok().json()]


def test_pieces_of_the_past_give_every_entry_once(mongotail, years):
    rs, picked = years
    assert ids(mongotail.run(rs.uri, "--ns", "app.picked", "--since", "oldest", "--no-follow")) == picked
    with mongotail.tail(rs.uri, "--ns", "app.picked", "--op", "i", "--since", "oldest") as tail:
        tail.wait_lines(len(picked))
        rs.client(w="majority").app.picked.insert_one({"_id": "now"})
        assert [op["o"]["_id"] for op in tail.wait_json(len(picked) + 1)] == [*picked, "now"]


def test_the_last_lines_are_found_over_years(mongotail, years):
    rs, picked = years
    run = mongotail.run(rs.uri, "--ns", "app.picked", "--op", "i", "--no-follow", "-n", "50", "--until", "2026-11-01")
    assert ids(run) == picked[-50:]
    every = mongotail.run(rs.uri, "--ns", "app.picked", "--no-follow", "-n", "100000", "--until", "2026-11-01")
    assert ids(every) == picked
