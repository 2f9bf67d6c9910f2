"""Several sets are followed as one stream: in order, whole, each under its name, whatever becomes of one."""

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import ReplicaSet, seed
from support.wait import wait_until
from support.writers import Printed, Writers

NAMES = ("east", "west", "north")


@pytest.fixture(scope="module")
def sets(server_version: str | None) -> Iterator[list[ReplicaSet]]:
    """Three sets of one member; a test that breaks one mends it."""
    started: list[ReplicaSet] = []
    try:
        for name in NAMES:
            started.append(ReplicaSet(1, server_version, name=name, oplog_mb=200))
            started[-1].start()
        yield started
    finally:
        for one in started:
            one.close()


@pytest.fixture
def uris(sets: list[ReplicaSet]) -> list[str]:
    return [one.uri for one in sets]


def stored(sets: list[ReplicaSet], ns: str) -> list[tuple]:
    """All inserts into the collection by time and name of their set: (seconds, ordinal, set, _id)."""
    found = []
    for one in sets:
        for entry in one.primary.oplog_entries({"op": "i", "ns": {"$regex": rf"^{ns}\."}}):
            found.append((entry["ts"].time, entry["ts"].inc, one.name, entry["o"]["_id"]))
    return sorted(found)


def place(op: dict) -> tuple:
    ts = op["ts"]["$timestamp"]
    return ts["t"], ts["i"], op["source"], op["o"]["_id"]


def test_all_that_is_written_comes_by_time(mongotail, sets, uris, db_name):
    with mongotail.tail(*uris, "--ns", f"{db_name}.*", "--op", "i") as tail:
        tail.wait_following(times=3)
        all_writers = [Writers(one.client(), db_name, count=2) for one in sets]
        for writers in all_writers:
            writers.__enter__()
        for writers in all_writers:
            writers.more(100)
        for writers in all_writers:
            writers.stop()
        expected = stored(sets, db_name)
        ops = tail.wait_json(len(expected))
    assert [place(op) for op in ops] == expected
    assert "lags" not in tail.stderr


def test_a_set_that_is_idle_holds_the_others_back_for_less_than_the_hold(mongotail, sets, uris, db_name):
    with mongotail.tail(*uris, "--ns", f"{db_name}.*", "--op", "i") as tail:
        tail.wait_following(times=3)
        collection = sets[1].client(w="majority")[db_name].c
        for number in range(3):
            collection.insert_one({"_id": number})
            tail.wait_lines(number + 1)
    assert [op["source"] for op in tail.json()] == ["west"] * 3
    assert "lags" not in tail.stderr


def test_what_is_past_is_exact_with_no_follow(mongotail, sets, uris, db_name):
    for number in range(60):
        sets[number * 7 % 3].client(w="majority")[db_name].c.insert_one({"_id": number})
    run = mongotail.run(*uris, "--ns", f"{db_name}.*", "--op", "i", "--since", "oldest", "--no-follow").ok()
    expected = stored(sets, db_name)
    assert [place(op) for op in run.json()] == expected and len(expected) == 60
    last = mongotail.run(*uris, "--ns", f"{db_name}.*", "--op", "i", "-n", "7", "--no-follow").ok()
    assert [place(op) for op in last.json()] == expected[-7:]
    with mongotail.tail(*uris, "--ns", f"{db_name}.*", "--op", "i", "-n", "7") as tail:
        assert [place(op) for op in tail.wait_json(7)] == expected[-7:]


def test_in_order_of_arrival_nobody_waits_for_a_paused_set(mongotail, sets, uris, db_name):
    with mongotail.tail(*uris, "--order", "arrival", "--ns", f"{db_name}.*", "--op", "i") as tail:
        tail.wait_following(times=3)
        sets[0].primary.pause()
        try:
            sets[1].client(w="majority")[db_name].c.insert_one({"_id": 1})
            tail.wait_lines(1)
            assert "lags" not in tail.stderr
        finally:
            sets[0].nodes[0].resume()
            sets[0].wait_healthy()


def test_a_paused_set_is_said_to_lag_and_to_be_back_and_nothing_is_lost(mongotail, sets, uris, db_name):
    clients = [one.client(w="majority") for one in sets]
    with mongotail.tail(*uris, "--ns", f"{db_name}.*", "--op", "i") as tail:
        tail.wait_following(times=3)
        sets[0].primary.pause()
        try:
            for number in range(5):
                clients[1][db_name].c.insert_one({"_id": number})
            begin = time.monotonic()
            tail.wait_lines(5)
            assert time.monotonic() - begin < 4, "held longer than the hold"
            tail.wait_stderr("east lags behind")
        finally:
            sets[0].nodes[0].resume()
            sets[0].wait_healthy()
        clients[0][db_name].c.insert_one({"_id": "late"})
        tail.wait_stderr("east is back", timeout=30)
        tail.wait_lines(6)
    assert sorted(map(place, tail.json())) == stored(sets, db_name)
    assert tail.stderr.count("lags behind") == 1


def test_a_set_that_is_killed_and_restarted_loses_nothing(mongotail, sets, uris, db_name):
    with mongotail.tail(*uris, "--ns", f"{db_name}.*", "--op", "i") as tail:
        tail.wait_following(times=3)
        with Writers(sets[1].client(), db_name) as writers:
            writers.more(50)
            sets[0].nodes[0].kill()
            writers.more(50)
            sets[0].heal()
            writers.more(50)
        sets[0].client(w="majority")[db_name].c.insert_one({"_id": "after"})
        expected = stored(sets, db_name)
        tail.wait_lines(len(expected), timeout=30)
    assert sorted(map(place, tail.json())) == expected


def test_a_run_that_is_killed_at_random_moments_resumes_each_source(mongotail, sets, uris, db_name, tmp_path: Path):
    rng = random.Random(seed.seed())
    printed = Printed(tmp_path / "lines")
    kept = tmp_path / "cursors"
    args = (*uris, "--ns", f"{db_name}.*", "--op", "i", "--cursor-file", kept)
    all_writers = [Writers(one.client(), db_name, count=1) for one in sets]
    with printed.path.open("ab") as out:
        with mongotail.tail(*args, stdout=out) as tail:
            tail.wait_following(times=3)
        for writers in all_writers:
            writers.__enter__()
        for _ in range(6):
            with mongotail.tail(*args, stdout=out) as tail:
                tail.wait_following(times=3)
                all_writers[0].more(rng.randint(1, 150))
                tail.kill()
                # A line that was cut ends here.
                out.write(b"\n")
                out.flush()
        for writers in all_writers:
            writers.stop()
        expected = stored(sets, db_name)
        with mongotail.tail(*args, stdout=out) as tail:
            wait_until(lambda: set(expected) <= places_in(printed), "all that is stored", 30)
    assert places_in(printed) == set(expected)


def places_in(printed: Printed) -> set[tuple]:
    found = set()
    for line in printed.lines():
        try:
            found.add(place(json.loads(line)))
        except (ValueError, KeyError):
            assert len(line) < 400, "only what a kill has cut is no line"
    return found


def test_two_sets_of_one_name_need_labels(mongotail, sets, uris):
    mongotail.run(uris[0], uris[0], "--no-follow").ended(2, "two sources are called east", "--label")
    run = mongotail.run(uris[0], uris[0], "--label", "a", "--label", "b", "-n", "1", "--op", "n", "--no-follow")
    assert [op["source"] for op in run.ok().json()] == ["b"]


def test_a_summary_by_shard_counts_each_set_by_its_label(mongotail, sets, uris, db_name):
    for number in range(10):
        sets[number % 3].client(w="majority")[db_name].c.insert_one({"_id": number})
    args = (*uris, "--ns", db_name, "--op", "i", "--since", "oldest", "--no-follow", "--summary-by", "shard", "-o", "json")
    assert {group["shard"]: group["count"] for group in mongotail.run(*args).ok().json()} == {"east": 4, "west": 3, "north": 3}
    labels = ("--label", "a", "--label", "b", "--label", "c")
    assert {group["shard"]: group["count"] for group in mongotail.run(*args, *labels).ok().json()} == {"a": 4, "b": 3, "c": 3}


def test_a_queue_of_live_lines_resumes_from_its_last_one(mongotail, sets, uris, db_name):
    """Whoever reads the stream keeps lines, and nothing else: the last of them is where the next run goes on."""
    kept: list[dict] = []
    all_writers = [Writers(one.client(), db_name, count=1) for one in sets]
    for writers in all_writers:
        writers.__enter__()
    for _ in range(5):
        after = ("--after-cursor", kept[-1]["cursor"]) if kept else ("--since", "oldest")
        with mongotail.tail(*uris, "--ns", f"{db_name}.*", "--op", "i", "--with-cursor", *after) as tail:
            for writers in all_writers:
                writers.more(30)
            kept += tail.wait_json(20)
            tail.kill()
    for writers in all_writers:
        writers.stop()
    rest = mongotail.run(*uris, "--ns", f"{db_name}.*", "--op", "i", "--with-cursor", "--no-follow", "--after-cursor", kept[-1]["cursor"])
    kept += rest.ok().json()
    assert [place(op) for op in kept] == stored(sets, db_name)


def test_a_run_that_selects_nothing_names_what_all_sets_hold(mongotail, sets, uris, db_name):
    for number in range(4):
        sets[number % 2].client(w="majority")[db_name].orders.insert_one({"_id": number})
    with mongotail.terminal(*uris, "--since", "oldest", "--no-follow", "--ns", f"{db_name}.order") as term:
        assert term.wait_end() == 0
        assert "nothing was printed" in term.text and f"did you mean --ns '{db_name}.orders'?" in term.text, term
    with mongotail.terminal(*uris, "--since", "oldest", "--no-follow", "--ns", f"{db_name}.orders") as term:
        assert term.wait_end() == 0
        assert "nothing was printed" not in term.text


def test_verbose_names_each_server_and_what_it_filters_by(mongotail, sets, uris, db_name):
    for one in sets:
        one.client(w="majority")[db_name].c.insert_one({"_id": 1})
    run = mongotail.run(*uris, "-v", "--ns", f"{db_name}.c", "--op", "i", "--since", "oldest", "--no-follow").ok()
    for one in sets:
        assert f"{one.name}: {one.primary.address} is MongoDB " in run.stderr
        assert f"{one.name}: the server filters by {{" in run.stderr
    assert "3 operations were printed" in run.stderr and "entries came from the servers" in run.stderr
