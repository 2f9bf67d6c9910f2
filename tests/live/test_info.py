"""`mongotail info`: compared with replSetGetStatus, collStats and rs.printReplicationInfo()'s arithmetic."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import bson
import pytest
from bson import Int64, Timestamp
from pymongo import MongoClient
from support import ReplicaSet
from support.cli import Mongotail
from support.wait import wait_until


def info(mongotail: Mongotail, *args: object) -> dict[str, Any]:
    run = mongotail.run("info", "-o", "json", *args).ok()
    assert run.stderr == "" and len(run.lines) == 1, run
    return json.loads(run.lines[0])


def ts_of(field: dict[str, Any]) -> tuple[int, int]:
    return field["$timestamp"]["t"], field["$timestamp"]["i"]


def replication_info(client: MongoClient) -> dict[str, Any]:
    """What db.getReplicationInfo() of the shell computes."""
    oplog = client.local["oplog.rs"]
    stats = client.local.command("collStats", "oplog.rs")
    first, last = (oplog.find_one(sort=[("$natural", way)])["ts"] for way in (1, -1))
    return {"first": (first.time, first.inc), "last": (last.time, last.inc), "hours": (last.time - first.time) / 3600,
            "bytes": stats["size"], "maxBytes": stats["maxSize"], "entries": stats["count"]}


@pytest.fixture(scope="module")
def three(server_version: str | None) -> Iterator[ReplicaSet]:
    with ReplicaSet(3, server_version) as rs:
        yield rs


def settled(mongotail: Mongotail, rs: ReplicaSet, *args: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """What it says, and what pymongo computes while nothing was written."""
    with rs.client() as client:
        def both() -> tuple[dict[str, Any], dict[str, Any]] | None:
            before = replication_info(client)
            said = info(mongotail, *args, rs.uri)
            return (said, before) if replication_info(client) == before else None

        return wait_until(both, "a moment without writes", timeout=30)


def test_the_window_and_its_size_are_those_of_print_replication_info(mongotail, three):
    with three.client(w="majority") as client:
        client.info.c.insert_many([{"text": "x" * 1000} for _ in range(2000)])
    said, computed = settled(mongotail, three)
    assert said["set"] == "rs0" and said["host"] == three.primary.address
    assert (ts_of(said["first"]["ts"]), ts_of(said["last"]["ts"])) == (computed["first"], computed["last"])
    assert said["hours"] == pytest.approx(computed["hours"])
    assert {key: said[key] for key in ("bytes", "maxBytes", "entries")} == {
        key: computed[key] for key in ("bytes", "maxBytes", "entries")}
    assert said["bytesPerHour"] == pytest.approx(computed["bytes"] / computed["hours"], rel=1e-6)
    # It is younger than an hour.
    assert said["lastHourBytes"] == said["bytesPerHour"]
    assert said["hoursAtPresentRate"] == pytest.approx(computed["maxBytes"] / said["lastHourBytes"], rel=1e-6)
    assert said["minRetentionHours"] is None and said["notAllowed"] == [] and "members" not in said


def test_transactions_have_their_share(mongotail, three):
    with three.client(w="majority") as client:
        with client.start_session() as session, session.start_transaction():
            client.info.c.insert_many([{"text": "y" * 1000} for _ in range(500)], session=session)
        said, _ = settled(mongotail, three)
        sizes = [(len(bson.encode(entry)), "txnNumber" in entry and "applyOps" in entry["o"])
                 for entry in client.local["oplog.rs"].find({"ts": {"$lte": Timestamp(*ts_of(said["last"]["ts"]))}})]
    share = sum(size for size, is_part in sizes if is_part) / sum(size for size, _ in sizes)
    assert said["transactionShare"] == pytest.approx(share, abs=0.001) and said["transactionShare"] > 0.1


def test_the_members_are_those_of_repl_set_get_status(mongotail, three):
    with three.client() as client:
        def agreed() -> bool:
            before = client.admin.command("replSetGetStatus")["members"]
            said = info(mongotail, "--members", three.uri)["members"]
            newest = max(member["optime"]["ts"] for member in before if member["stateStr"] == "PRIMARY")
            return said == [{"name": member["name"], "state": member["stateStr"],
                             "ts": {"$timestamp": {"t": member["optime"]["ts"].time, "i": member["optime"]["ts"].inc}},
                             "lagSeconds": float(max(newest.time - member["optime"]["ts"].time, 0)),
                             "syncSource": member["syncSourceHost"] or None,
                             "hoursUntilStale": said[number]["hoursUntilStale"]} for number, member in enumerate(before)]

        wait_until(agreed, "both to say the same", timeout=30)
    said = info(mongotail, "--members", three.uri)
    # Who is not behind may be away for as long as the oplog takes to be written anew.
    primary = next(member for member in said["members"] if member["state"] == "PRIMARY")
    assert primary["hoursUntilStale"] == pytest.approx(said["hoursAtPresentRate"], rel=0.05)


def test_reading_all_of_it_counts_every_entry(mongotail, three):
    said, computed = settled(mongotail, three, "--deep")
    assert (said["entries"], said["bytes"]) == (computed["entries"], computed["bytes"])
    assert said["transactionShareIsEstimate"] is False and said["lastHourIsEstimate"] is False


def test_people_get_lines_and_a_table(mongotail, three):
    text = mongotail.run("info", "--members", "--utc", three.uri).ok().stdout
    assert re.search(r"(?m)^oplog +of rs0 on 127\.0\.0\.1:\d+$", text)
    assert re.search(r"(?m)^first entry +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z  \d+:\d+$", text)
    assert re.search(r"(?m)^size +[\d.]+ [kM]B of 52 MB \([\d.<]+%\), [\d,]+ entries$", text)
    assert len(re.findall(r"(?m)^127\.0\.0\.1:\d+ +(?:PRIMARY|SECONDARY) +\d+:\d+ +\d+ seconds? ", text)) == 3


def test_the_minimum_retention_is_told(mongotail, server_version):
    if server_version and server_version.startswith("4.2"):
        pytest.skip("4.4 was the first that has it")
    with ReplicaSet(1, server_version, args=["--oplogMinRetentionHours", "30.5"]) as rs:
        said = info(mongotail, rs.uri)
        assert said["minRetentionHours"] == 30.5
        assert re.search(r"(?m)^kept +for 30\.5 hours at least", mongotail.run("info", rs.uri).ok().stdout)


@pytest.fixture(scope="module")
def locked(server_version: str | None) -> Iterator[ReplicaSet]:
    with ReplicaSet(1, server_version, auth=True) as rs:
        yield rs


def test_without_cluster_monitor_the_rest_is_shown(mongotail, locked):
    password = locked.create_user("reads", [{"role": "read", "db": "local"}])
    run = mongotail.run("info", "--members", locked.uri_with("reads", password)).ok()
    assert re.search(r"(?m)^covers ", run.stdout) and re.search(r"(?m)^size ", run.stdout)
    for what in ("the minimum retention", "the members"):
        assert f"not shown: {what}; this needs the role clusterMonitor" in run.lines, run


def test_cluster_monitor_is_enough_for_all_of_it(mongotail, locked):
    said = info(mongotail, "--members", locked.uri_with("monitor", locked.create_user("monitor", ["clusterMonitor"])))
    assert said["notAllowed"] == [] and said["hours"] is not None and said["bytes"] and len(said["members"]) == 1


def test_a_user_who_may_nothing_is_told_each_role(mongotail, locked):
    run = mongotail.run("info", "--members", locked.uri_with("nobody", locked.create_user("nobody", []))).ended(1)
    for what, role in (("the first entry", "read on the database local"), ("the last entry", "read on the database local"),
                       ("the oplog's size", "read on the database local"), ("the members", "clusterMonitor")):
        assert f"not shown: {what}; this needs the role {role}" in run.lines, run


def test_a_server_that_is_not_there_is_an_error(mongotail):
    mongotail.run("info", "127.0.0.1:1").ended(1, "127.0.0.1:1")


@pytest.mark.parametrize("arguments", [("--ns", "a.b"), ("-o", "pretty"), ("--summary",), ("--file", "x")])
def test_flags_of_the_tail_are_refused(mongotail, arguments):
    mongotail.run("info", *arguments).ended(2)


class Aged:
    """A set whose oplog begins ten hours ago: no-ops every few seconds, as a server writes them, are put before its own.

    The last hour has three times the entries of each hour before.
    """

    HOURS = 10

    def __init__(self, rs: ReplicaSet, entries: int) -> None:
        node = rs.nodes[0]
        with rs.client() as client:
            first = client.local["oplog.rs"].find_one(sort=[("$natural", 1)])["ts"].time
        begin = first - self.HOURS * 3600
        an_hour = entries // (self.HOURS + 2)
        times = [begin + number * 3600 // an_hour for number in range(an_hour * (self.HOURS - 1))]
        times += [first - 3600 + number * 3600 // (3 * an_hour) for number in range(3 * an_hour)]
        node.stop()
        node.repl_set = None
        node.start()
        with node.client() as client:
            documents, inc = [], 0
            for number, second in enumerate(times):
                inc = inc + 1 if number and times[number - 1] == second else 1
                documents.append({"op": "n", "ns": "", "o": {"msg": "x" * 60}, "ts": Timestamp(second, inc), "t": Int64(1),
                                  "v": Int64(2), "wall": datetime.fromtimestamp(second, timezone.utc)})
            client.local["oplog.rs"].insert_many(documents)
        node.stop()
        node.repl_set = rs.name
        node.start()
        rs.wait_for_primary()


@pytest.mark.parametrize("entries", [5_000, 160_000], ids=["small", "large"])
def test_the_last_hour_is_counted_apart(mongotail, server_version, entries):
    if server_version and not server_version.startswith("6."):
        pytest.skip("servers before 6.0 end when older entries are put before their own")
    with ReplicaSet(1, server_version, oplog_mb=200) as rs:
        Aged(rs, entries)
        said = info(mongotail, rs.uri)
        assert said["hours"] == pytest.approx(10, abs=0.05)
        # A quarter of the entries are in the last hour.
        assert said["lastHourBytes"] / said["bytes"] == pytest.approx(0.25, abs=0.03)
        assert said["bytesPerHour"] == pytest.approx(said["bytes"] / said["hours"], abs=1)
        assert said["hoursAtPresentRate"] == pytest.approx(said["maxBytes"] / said["lastHourBytes"], rel=1e-6)
        deep = info(mongotail, "--deep", rs.uri)
        assert deep["lastHourBytes"] == pytest.approx(said["lastHourBytes"], rel=0.01)


def test_of_several_servers_each_is_told_and_what_all_of_them_hold(mongotail, server_version):
    with ReplicaSet(1, server_version, name="east") as east, ReplicaSet(1, server_version, name="west") as west:
        both = (east.uri, west.uri)
        rows = mongotail.run("info", "-o", "json", *both).ok().json()
        assert [(row["source"], row["set"]) for row in rows] == [("east", "east"), ("west", "west")]
        assert list(rows[0])[-1] == "source"
        run = mongotail.run("info", "--label", "a", "--label", "b", *both).ok()
        sections = run.stdout.split("\n\n")
        assert len(sections) == 3 and [line.split()[:2] for line in run.lines if line.startswith("source")] == [["source", "a"], ["source", "b"]]
        first, last = (re.search(rf"^{end} entry .* (\d+):(\d+)  of ([ab])$", sections[2], re.M) for end in ("first", "last"))
        begins = {row["set"]: ts_of(row["first"]["ts"]) for row in rows}
        assert (int(first[1]), int(first[2])) == max(begins.values())
        assert first[3] == ("a" if begins["east"] == max(begins.values()) else "b")
        assert last and "covers" in sections[2]
        mongotail.run("info", "--label", "a", *both).ended(2, "--label")


def test_a_server_that_cannot_be_reached_does_not_hide_the_other(mongotail, rs):
    run = mongotail.run("info", "-o", "json", rs.uri, "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500")
    run.ended(1, "127.0.0.1:1")
    assert [row["source"] for row in run.json()] == [rs.name]
