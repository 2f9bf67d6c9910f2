"""What the server is asked to leave out changes nothing of what is printed: all shapes of entries, random selections."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bson
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from support import ReplicaSet
from support.oplog import Oplog, after, operations, parse_all, places, text_of
from support.proxy import RefusingProxy
from support.seed import seed
from support.selection import Selection
from support.shapes import COLLECTIONS, Shapes
from support.transactions import SPLIT_AT_2

SEED = seed()
SELECTIONS = int(os.environ.get("MONGOTAIL_TEST_SELECTIONS", 100))


@dataclass
class Written:
    """A server with all shapes of entries behind `since`; `operations` is what they mean."""

    rs: ReplicaSet
    names: list[str]
    since: str
    operations: list[dict[str, Any]]
    entries: list[dict[str, Any]]


@pytest.fixture(scope="module")
def written(server_version: str | None) -> Iterator[Written]:
    # Without periodic no-ops, what is there is the same for each run.
    quiet = ["--setParameter", "writePeriodicNoops=false"]
    with ReplicaSet(1, server_version, args=SPLIT_AT_2 + quiet) as rs:
        client: MongoClient = rs.client(w="majority")
        oplog = Oplog(client)
        begin = oplog.newest()
        shapes = Shapes(client, rs.primary, "shop", SEED)
        for _ in range(2):
            shapes.write()
        oplog.settle()
        entries = oplog.entries({"ts": {"$gt": begin}})
        yield Written(rs, shapes.names, text_of(after(begin)), list(operations(entries)), entries)


class Chooser:
    """Random selections of what is there, and of what is nearly there."""

    def __init__(self, written: Written, seed: int) -> None:
        self._random = random.Random(seed)
        self._operations = written.operations
        self._names = [*written.names, "shop*", "shopa*", "*", "shop?", f"{written.names[0]}_*", "config", "nothing"]

    def selection(self) -> Selection:
        chance = self._random.random
        chosen = Selection()
        if chance() < 0.75:
            chosen.ns = [self._pattern() for _ in range(self._random.choice([1, 1, 2, 3]))]
        if chance() < 0.35:
            chosen.exclude = [self._pattern() for _ in range(self._random.choice([1, 2]))]
        if chance() < 0.5:
            chosen.ops = "".join(self._random.sample("iudcn", self._random.choice([1, 2, 3])))
        if chance() < 0.25:
            chosen.id = self._random.randrange(1, 80)
        if chance() < 0.35:
            chosen.query = self._query()
        return chosen

    def _pattern(self) -> str:
        pick = self._random.choice
        if self._random.random() < 0.25:
            return pick(["*.orders", "*.order*", "*", "*.*", pick(self._names), "*.fresh*", "sh*a.order?"])
        if self._random.random() < 0.25:
            return pick(self._operations)["ns"].replace("\\", "\\\\") or "*"
        return f"{pick(self._names)}.{pick([*COLLECTIONS, 'a.*', '*', 'order?', 'fresh*', 'made*', 'view*', 'system.*', 'x'])}"

    def _query(self) -> Any:
        number = self._random.randrange(1, 80)
        return self._random.choice([
            (f'{{"o.n":{{"$gte":{number}}}}}', lambda op: isinstance(op["o"].get("n"), int) and op["o"]["n"] >= number),
            (f'{{"o._id":{number}}}', lambda op: op["o"].get("_id") == number),
            ('{"op":{"$in":["u","d"]}}', lambda op: op["op"] in "ud"),
            ('{"txnOpIndex":0}', lambda op: op.get("txnOpIndex") == 0),
            ('{"txnOpIndex":{"$exists":true}}', lambda op: "txnOpIndex" in op),
            ('{"txnNumber":{"$exists":false},"op":{"$ne":"c"}}', lambda op: "txnNumber" not in op and op["op"] != "c"),
            ('{"o.create":{"$exists":true}}', lambda op: "create" in op["o"]),
            ('{"$or":[{"o.dropDatabase":1},{"o2._id":{"$lt":20}}]}',
             lambda op: op["o"].get("dropDatabase") == 1 or below_20(op.get("o2", {}).get("_id"))),
        ])


def below_20(value: Any) -> bool:
    return isinstance(value, int) and value < 20


def in_bson(expected: list[dict[str, Any]]) -> bytes:
    dates = bson.CodecOptions(datetime_conversion=bson.DatetimeConversion.DATETIME_MS)
    return b"".join(bson.encode(operation, codec_options=dates) for operation in expected)


def documents(data: bytes) -> list[dict[str, Any]]:
    return bson.decode_all(data, bson.CodecOptions(datetime_conversion=bson.DatetimeConversion.DATETIME_MS))


def test_the_workload_holds_every_shape(written: Written):
    """So that the tests below are about something."""
    first_keys = {next(iter(entry["o"])) for entry in written.entries if entry["op"] == "c"}
    expected = {"create", "drop", "collMod", "createIndexes", "dropIndexes", "renameCollection", "dropDatabase", "emptycapped",
                "applyOps", "commitTransaction", "abortTransaction"}
    if written.rs.primary.version >= (4, 4):
        expected |= {"startIndexBuild", "commitIndexBuild", "abortIndexBuild"}
    assert expected <= first_keys
    assert {entry["op"] for entry in written.entries} == set("iudcn")
    flags = {name for entry in written.entries for name in ("partialTxn", "prepare", "count") if name in entry["o"]}
    assert flags == {"partialTxn", "prepare", "count"}
    assert len(written.operations) > 200


@pytest.mark.timeout(120)
def test_each_selection_prints_what_the_flags_say_of_all_operations(mongotail, written: Written):
    chooser = Chooser(written, SEED)
    shown = 0
    for number in range(SELECTIONS):
        selection = chooser.selection()
        expected = [op for op in written.operations if selection.shows(op)]
        args = ["--since", written.since, "--no-follow", "-o", "bson", *selection.args()]
        run = mongotail.run(written.rs.uri, *args).ok()
        told = f"seed {SEED}, selection {number}: {selection.args()}"
        assert places(documents(run.raw)) == places(expected), told
        assert run.raw == in_bson(expected), told
        shown += len(expected)
    print(f"seed {SEED}: {SELECTIONS} selections of {len(written.operations)} operations, {shown} shown")
    assert shown > 10 * SELECTIONS


@pytest.mark.timeout(120)
def test_a_saved_oplog_gives_what_the_server_gives(mongotail, written: Written, tmp_path):
    """In every format, for random selections; and once more through `-o bson` into a pipe."""
    raw = written.rs.client().local.get_collection("oplog.rs", bson.CodecOptions(document_class=RawBSONDocument))
    saved = tmp_path / "oplog.bson"
    saved.write_bytes(b"".join(entry.raw for entry in raw.find().sort("$natural", 1)))
    formats = [["-o", "json"], ["--jsonFormat", "canonical"], ["-o", "pretty", "--utc"], ["-o", "short", "--utc"],
               ["-o", "bson"], ["--raw"], ["--format", "{ts} {op} {ns} {id} {txnOpIndex}"], ["-n", "9"], ["--limit", "7"]]
    chooser = Chooser(written, SEED)
    compared = 0
    for number in range(4 * len(formats)):
        args = ["--since", written.since, *formats[number % len(formats)], *chooser.selection().args()]
        live = mongotail.run(written.rs.uri, "--no-follow", *args).ok().raw
        assert mongotail.run("--file", saved, *args).ok().raw == live, f"seed {SEED}: {args}"
        compared += len(live)
    print(f"seed {SEED}: {compared} bytes alike")
    assert compared > 10_000
    window = ["--since", written.since, "--ns", "shop*"]
    once = mongotail.run(written.rs.uri, "--no-follow", *window).ok().raw
    piped = mongotail.run(written.rs.uri, "--no-follow", "-o", "bson", *window).ok().raw
    assert mongotail.run("--file", "-", input=piped).ok().raw == once


@pytest.mark.timeout(120)
def test_a_host_that_refuses_the_filter_changes_nothing_of_what_is_printed(mongotail, written: Written):
    chooser = Chooser(written, SEED + 1)
    with RefusingProxy(written.rs.primary.port) as proxy:
        for number in range(SELECTIONS // 4):
            selection = chooser.selection()
            extra = random.Random(number).choice([[], [], ["--raw"], ["-n", 7], ["--limit", 5]])
            args = ["--since", written.since, "--no-follow", *selection.args(), *extra]
            run = mongotail.run(proxy.uri, *args).ok()
            assert run.stdout == mongotail.run(written.rs.uri, *args).ok().stdout, f"seed {SEED + 1}, selection {number}: {args}"
            if not extra:
                assert places(parse_all(run.lines)) == places(op for op in written.operations if selection.shows(op))
            assert "8000" not in run.stderr, run
        assert len(proxy.refused) >= SELECTIONS // 8
        assert all(set(filter) == {"ts"} or "$or" not in filter for filter in proxy.passed)


def test_a_refused_filter_is_said_with_v_and_only_once(mongotail, written: Written):
    args = ["--ns", f"{written.names[0]}.orders", "--since", written.since, "--no-follow", "-v"]
    with RefusingProxy(written.rs.primary.port) as proxy:
        said = mongotail.run(proxy.uri, *args).ok().stderr
        assert proxy.refused and said.count("8000") == 1 and "filtering here" in said, said
    with RefusingProxy(written.rs.primary.port, lambda filter: False) as proxy:
        said = mongotail.run(proxy.uri, *args).ok().stderr
        assert proxy.passed and "8000" not in said and "filtering here" not in said, said


def test_a_host_that_refuses_the_filter_is_followed(mongotail, written: Written):
    client: MongoClient = written.rs.client(w="majority")
    with RefusingProxy(written.rs.primary.port) as proxy:
        with mongotail.tail(proxy.uri, "--ns", "followed.c", "--op", "i", "--limit", 2) as tail:
            tail.wait_following()
            client.followed.other.insert_one({"_id": 0})
            client.followed.c.insert_many([{"_id": 1}, {"_id": 2}])
            assert [op["o"]["_id"] for op in tail.ended(0).json()] == [1, 2]
        assert proxy.refused
