"""Entries that a newer server might write: they are printed as they are, and nothing ends because of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from bson import Binary, Int64, Timestamp
from pymongo import MongoClient
from support import Mongod, ReplicaSet, wait_until
from support.oplog import Oplog, parse_all, text_of
from support.raw_bson import raw

NEWER: list[dict[str, Any]] = [
    {"op": "xi", "ns": "app.c", "o": {"k": b"\x01", "v": 1}},
    {"op": "ci", "ns": "app.c", "container": "idx", "o": {"k": Int64(7), "v": b""}},
    {"op": "km", "ns": "", "o": {"keys": []}},
    {"op": "", "ns": "app.c", "o": {}},
    {"op": "c", "ns": "app.$cmd", "o": {"refineEverything": "c", "to": ["finer"]}},
    {"op": "c", "ns": "app.$cmd", "o": {}},
    {"op": "c", "ns": "admin.$cmd", "o": {"dropIdent": "collection-7", "at": Timestamp(1, 1)}},
    {"op": "u", "ns": "app.c", "o": {"$v": 3, "patch": {"x": 1}}, "o2": {"_id": 1}},
    {"op": "u", "ns": "app.c", "o": {"$v": 2, "diff": {"q": {"x": 1}}}, "o2": {"_id": 1}},
    {"op": "i", "ns": "app.c", "o": {"_id": 2}, "multiOpType": 99, "m": {"sz": 7}, "versionContext": {"fcv": "9.0"}},
    {"op": "c", "ns": "admin.$cmd", "multiOpType": 1, "lsid": {"id": Binary(bytes(16), 4)}, "txnNumber": Int64(1),
     "prevOpTime": {"ts": Timestamp(1, 1), "t": Int64(1)},
     "o": {"applyOps": [{"op": "i", "ns": "app.c", "o": {"_id": 3}}, {"op": "zz", "ns": "app.c", "o": {"_id": 4}}]}},
]


# Its second half of a timestamp is larger than any that the server gave out in that second.
FIRST = 1_000_000


@pytest.fixture(scope="module")
def strange(server_version: str | None) -> Iterator[tuple[ReplicaSet, str]]:
    """A set with NEWER among its entries, and where they begin.

    They are written while it runs as a standalone, into a gap of its oplog, so that it never has to apply them.
    """
    with ReplicaSet(1, server_version) as rs:
        if rs.primary.version < (6, 0):
            pytest.skip("a server before 6.0 takes no entry that is older than its newest checkpoint")
        client: MongoClient = rs.client(w="majority")
        oplog = Oplog(client)
        client.app.c.insert_one({"_id": "before"})
        before = oplog.newest()
        wait_until(lambda: write_later_than(before.time + 1, client), "the clock", interval=0.2)
        (node,) = rs.nodes
        node.stop()
        node.repl_set = None
        node.start()
        fill_gap(node, before)
        node.stop()
        node.repl_set = rs.name
        node.start()
        rs.wait_healthy()
        yield rs, text_of(Timestamp(before.time + 1, FIRST))


def write_later_than(second: int, client: MongoClient) -> bool:
    client.app.c.insert_one({})
    return Oplog(client).newest().time > second


def fill_gap(node: Mongod, before: Timestamp) -> None:
    entries = node.client(retryWrites=False).local["oplog.rs"]
    common = entries.find_one({"ts": before})
    assert common
    for number, entry in enumerate(NEWER):
        place = {"ts": Timestamp(before.time + 1, FIRST + number), "t": common["t"], "v": common["v"], "wall": common["wall"]}
        entries.insert_one(raw(entry | place))


def test_what_is_unknown_is_printed_and_the_stream_continues(mongotail, strange):
    rs, since = strange
    run = mongotail.run(rs.uri, "--since", since, "--no-follow").ok()
    printed = parse_all(run.lines)
    assert [op["op"] for op in printed[:12]] == ["xi", "ci", "km", "", "c", "c", "c", "u", "u", "i", "i", "zz"]
    for op, entry in zip(printed, NEWER[:10]):
        assert {name: op[name] for name in entry} == entry
    assert len(printed) > 12 and all(op["op"] == "i" for op in printed[12:])


FORMS = [["-o", form] for form in ("json", "pretty", "short", "bson")] + [["--format", "{ts} {verb} {ns} {id} {o.x}"]]
FILTERS = [[], ["--raw"], ["--changed", "x"], ["--id", "3"], ["-q", '{"o.x":1}'], ["-n", "5"]]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form[-1].split()[0])
@pytest.mark.parametrize("filter", FILTERS, ids=lambda filter: " ".join(filter) or "all")
def test_no_form_and_no_filter_stumbles_over_them(mongotail, strange, form, filter):
    rs, since = strange
    run = mongotail.run(rs.uri, "--since", since, "--no-follow", *form, *filter).ok()
    assert "mongotail:" not in run.stderr, run


def test_a_namespace_selects_what_is_unknown(mongotail, strange):
    rs, since = strange

    def ops(*args: str) -> list[str]:
        return [op["op"] for op in parse_all(mongotail.run(rs.uri, "--since", since, "--no-follow", *args).ok().lines)]

    assert ops("--ns", "app.c")[:9] == ["xi", "ci", "", "c", "u", "u", "i", "i", "zz"]
    assert ops("--ns", "app.other") == []
    assert set(ops("--op", "i,u,d")) == {"i", "u"}
