"""What befalls one shard while four clients write to all: the others go on, and at the end everything is there, once and in order.

The stream by time and that in order of arrival are watched together.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from support.cluster import Cluster
from support.tail import Tail
from support.writers import Writers

LONG = 40
# How many clients write to which shard.
CLIENTS = {"shard0": 2, "shard1": 1, "shard2": 1}


@pytest.fixture(scope="module")
def cluster(server_version: str | None) -> Iterator[Cluster]:
    """Three shards, of which the last has three members; a test that breaks one mends it."""
    with Cluster(server_version, 3, members={"shard2": 3}) as three:
        yield three


@pytest.fixture
def tails(mongotail, cluster: Cluster, db_name: str) -> Iterator[tuple[Tail, Tail]]:
    """By time, and in order of arrival."""
    args = ("--sharded", cluster.uri, "--ns", f"{db_name}.*", "--op", "i")
    with mongotail.tail(*args) as by_time, mongotail.tail(*args, "--order", "arrival") as by_arrival:
        for tail in (by_time, by_arrival):
            tail.wait_following(times=len(cluster.shards))
        yield by_time, by_arrival


class Load:
    """All clients."""

    def __init__(self, cluster: Cluster, database: str, clients: dict[str, int]) -> None:
        self.by_shard = {shard: Writers(cluster.client(shard), database, count=count, pause=0.004) for shard, count in clients.items()}

    def more(self, count: int, but: str = "") -> None:
        for shard, writers in self.by_shard.items():
            if shard != but:
                writers.more(count)


@contextmanager
def four_writers(cluster: Cluster, database: str, clients: dict[str, int] = CLIENTS) -> Iterator[Load]:
    with ExitStack() as stack:
        load = Load(cluster, database, clients)
        for writers in load.by_shard.values():
            stack.enter_context(writers)
        yield load


def place(op: dict) -> tuple:
    ts = op["ts"]["$timestamp"]
    return ts["t"], ts["i"], op["shard"], op["o"]["_id"]


def all_came_once(tails: tuple[Tail, Tail], stored: list[tuple], late: str = "") -> None:
    """The union of the oplogs came, nothing twice; of each shard in its order, and by time that of all: but of a shard that lagged."""
    for tail, by_time in zip(tails, (True, False), strict=True):
        places = [place(op) for op in tail.wait_json(len(stored), LONG)]
        assert sorted(places) == stored
        for shard in {place[2] for place in stored}:
            one = [place for place in places if place[2] == shard]
            assert one == sorted(one)
        if by_time:
            others = [place for place in places if place[2] != late]
            assert others == sorted(others)


def in_order_again(tail: Tail, cluster: Cluster, database: str, shards: tuple[str, ...]) -> None:
    """What is written once a shard is back comes by time."""
    seen = len(tail.lines)
    for number in range(12):
        cluster.insert(shards[number % len(shards)], database, f"again {number}")
    places = [place(op) for op in tail.wait_json(seen + 12)[seen:]]
    assert places == sorted(places)


def test_four_clients_on_three_shards_are_one_ordered_stream(cluster, tails, db_name):
    with four_writers(cluster, db_name) as load:
        load.more(60)
    all_came_once(tails, cluster.stored(db_name))
    assert "lags" not in tails[0].stderr


def test_a_shard_that_is_killed_and_restarted_misses_nothing(cluster, tails, db_name):
    with four_writers(cluster, db_name) as load:
        load.more(20)
        cluster.shards["shard0"].nodes[0].kill()
        load.more(40, but="shard0")
        cluster.heal()
        load.more(20)
    all_came_once(tails, cluster.stored(db_name), late="shard0")
    for tail in tails:
        assert tail.stderr.count("back after") == tail.stderr.count("connection lost") == 1
    in_order_again(tails[0], cluster, db_name, tuple(CLIENTS))


def test_a_shard_that_is_paused_holds_the_others_for_the_hold_alone(cluster, tails, db_name):
    by_time, by_arrival = tails
    with four_writers(cluster, db_name) as load:
        load.more(10)
        cluster.shards["shard1"].nodes[0].pause()
        try:
            load.more(20, but="shard1")
            by_time.wait_stderr("shard1 lags behind: its operations come late, and the others no longer wait for it")
            begin, seen = time.monotonic(), len(by_time.lines)
            load.more(20, but="shard1")
            by_time.wait_lines(seen + 20)
            assert time.monotonic() - begin < 1.5, "a shard that lags is waited for again"
            assert "lags" not in by_arrival.stderr
        finally:
            cluster.heal()
        by_time.wait_stderr("shard1 is back: operations are in order again", LONG)
        load.more(20)
    all_came_once(tails, cluster.stored(db_name), late="shard1")
    assert by_time.stderr.count("lags behind") == by_time.stderr.count("is back") == 1
    in_order_again(by_time, cluster, db_name, tuple(CLIENTS))


def test_a_shard_whose_primary_steps_down_misses_nothing(cluster, tails, db_name):
    with four_writers(cluster, db_name) as load:
        load.more(20)
        cluster.shards["shard2"].step_down()
        load.more(40)
    all_came_once(tails, cluster.stored(db_name), late="shard2")


def test_a_shard_comes_and_goes(mongotail, cluster, tails, db_name, tmp_path):
    """From its first entry to its last; then nobody waits for it, also once its servers are gone."""
    kept = tmp_path / "kept"
    again = ("--sharded", cluster.uri, "--ns", f"{db_name}.*", "--op", "i", "--cursor-file", kept)
    mongotail.run(*again, "--since", "oldest", "--no-follow").ok()
    name, fresh = cluster.start_shard()
    clients = CLIENTS | {name: 1}
    with four_writers(cluster, db_name, clients) as load:
        load.more(10)
        cluster.register(name)
        for tail in tails:
            tail.wait_stderr(f"shard {name} was added to the cluster", LONG)
        load.more(10)
        cluster.drain(name)
        load.more(10)
    stored = cluster.stored(db_name)
    mongotail.run(*again, "--no-follow").ok()
    assert f"{name}=" in kept.read_text()
    cluster.remove(name)
    for tail in tails:
        tail.wait_stderr(f"shard {name} was removed from the cluster", LONG)
        tail.wait_stderr(f"shard {name} has been followed to its end", LONG)
    all_came_once(tails, stored, late=name)
    fresh.close()
    seen = len(tails[0].lines)
    begin = time.monotonic()
    cluster.insert("shard0", db_name, "after its end")
    tails[0].wait_lines(seen + 1)
    assert time.monotonic() - begin < 2.5, "a removed shard is waited for"
    assert "connection lost" not in tails[0].stderr
    run = mongotail.run(*again, "--no-follow").ok()
    assert f"shard {name} is no longer in the cluster" in run.stderr
    assert [op["o"]["_id"] for op in run.json()] == ["after its end"]
    del cluster.shards[name]
    assert f"{name}=" not in kept.read_text()


@pytest.mark.long
def test_a_shard_that_is_gone_before_it_can_be_asked_is_not_waited_for(mongotail, cluster, db_name):
    name = cluster.add()
    try:
        with mongotail.tail("--sharded", cluster.uri + "&serverSelectionTimeoutMS=500", "--ns", db_name, "--op", "i") as tail:
            tail.wait_following(times=4)
            cluster.insert(name, db_name, "last")
            tail.wait_lines(1)
            cluster.remove(name)
            cluster.shards[name].nodes[0].kill()
            tail.wait_stderr(f"shard {name} does not answer: what it wrote last may be missing", LONG)
            tail.wait_stderr(f"shard {name} has been followed to its end", LONG)
            begin = time.monotonic()
            cluster.insert("shard0", db_name, "others")
            assert [op["o"]["_id"] for op in tail.wait_json(2)] == ["last", "others"]
            assert time.monotonic() - begin < 2, "a removed shard is waited for"
    finally:
        cluster.shards.pop(name).close()
