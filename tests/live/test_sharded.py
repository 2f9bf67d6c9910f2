"""The shards of a cluster are found by its config servers and followed as one stream.

There is no mongos binary: config.shards is written by hand, as sh.addShard() leaves it, and a stand-in says that it is a mongos.
"""

from collections.abc import Iterator

import pytest
from support.cluster import Cluster, mongos

LONG = 40


@pytest.fixture(scope="module")
def cluster(server_version: str | None) -> Iterator[Cluster]:
    with Cluster(server_version, 2) as two:
        yield two


def seen(ops: list[dict]) -> list[tuple]:
    return [(op["shard"], op["o"]["_id"]) for op in ops]


def test_all_shards_are_one_stream_by_time(mongotail, cluster, db_name):
    for key in range(20):
        cluster.insert(f"shard{key % 2}", db_name, key)
    run = mongotail.run("--sharded", cluster.uri, "--ns", db_name, "--op", "i", "--since", "oldest", "--no-follow").ok()
    places = [(op["ts"]["$timestamp"]["t"], op["ts"]["$timestamp"]["i"], op["shard"]) for op in run.json()]
    assert places == sorted(places)
    assert sorted(seen(run.json()), key=lambda one: one[1]) == [(f"shard{key % 2}", key) for key in range(20)]
    assert list(run.json()[0])[-1] == "shard"


def test_without_the_flag_the_config_servers_are_a_plain_set(mongotail, cluster):
    run = mongotail.run(cluster.uri, "--internal", "--ns", "config.shards", "--since", "oldest", "--no-follow").ok()
    assert {op["ns"] for op in run.json()} >= {"config.shards"}
    assert not any("shard" in op for op in run.json())


def test_a_terminal_that_follows_config_servers_is_told_of_the_flag(mongotail, cluster):
    with mongotail.terminal(cluster.uri) as terminal:
        terminal.wait_for("--sharded follows its shards")


def test_a_shard_that_is_added_is_followed_from_its_first_entry(mongotail, cluster, db_name):
    with mongotail.tail("--sharded", cluster.uri, "--ns", db_name, "--op", "i") as tail:
        tail.wait_following(times=2)
        name, _ = cluster.start_shard()
        cluster.insert(name, db_name, "before it was added")
        cluster.register(name)
        cluster.insert("shard0", db_name, "old")
        tail.wait_stderr(f"shard {name} was added", timeout=LONG)
        cluster.insert(name, db_name, "new")
        tail.wait_lines(3)
    assert sorted(seen(tail.json())) == [("shard0", "old"), (name, "before it was added"), (name, "new")]


def test_a_cursor_that_lacks_a_shard_misses_nothing_of_it(mongotail, cluster, db_name, tmp_path):
    args = ("--sharded", cluster.uri, "--ns", db_name, "--op", "i", "--no-follow", "--cursor-file", tmp_path / "kept")
    cluster.insert("shard0", db_name, 1)
    assert ("shard0", 1) in seen(mongotail.run(*args, "--since", "oldest").ok().json())
    name = cluster.add()
    cluster.insert(name, db_name, 2)
    cluster.insert("shard1", db_name, 3)
    assert sorted(seen(mongotail.run(*args).ok().json())) == [("shard1", 3), (name, 2)]


def test_a_shard_that_cannot_be_reached_is_named_and_may_be_mapped(mongotail, cluster, db_name):
    address = cluster.shards["shard0"].nodes[0].address
    cluster.register("shard0", "shard0.invalid:27018")
    try:
        args = ("--sharded", cluster.uri, "--since", "oldest", "--no-follow", "--ns", db_name)
        mongotail.run(*args).ended(1, "shard shard0 (shard0.invalid:27018)", "--shard-map shard0=")
        mongotail.run(*args, "--shard-map", f"shard0={address}").ok()
        mongotail.run(*args, "--shard-map", f"shard0={address}", "--shard-map", "nosuch=h:1").ended(2, "no shard nosuch")
    finally:
        cluster.register("shard0")


def test_a_summary_can_be_by_shard(mongotail, cluster, db_name):
    for key in range(9):
        cluster.insert(f"shard{int(key > 5)}", db_name, key)
    args = ("--sharded", cluster.uri, "--ns", db_name, "--op", "i", "--since", "oldest", "--no-follow", "--summary-by", "shard,op")
    groups = [(group["shard"], group["count"]) for group in mongotail.run(*args, "-o", "json").ok().json()]
    assert groups == [("shard0", 6), ("shard1", 3)]
    assert "shard1" in mongotail.run(*args).ok().stdout


@pytest.mark.parametrize("order", ["ts", "arrival"])
@pytest.mark.parametrize("form", [["--with-cursor"], ["-o", "event"]])
def test_any_one_line_is_enough_to_resume_the_whole_cluster(mongotail, cluster, db_name, form, order):
    for key in range(12):
        cluster.insert(f"shard{key * 5 % 7 % 2}", db_name, key)
    args = ("--sharded", cluster.uri, "--ns", db_name, "--op", "i", "--no-follow", "--order", order, *form)

    def keys(lines: list[dict]) -> list[tuple]:
        return [(line["shard"], line.get("id", line.get("o", {}).get("_id"))) for line in lines]

    lines = mongotail.run(*args, "--since", "oldest").ok().json()
    every = {("shard" + str(key * 5 % 7 % 2), key) for key in range(12)}
    assert set(keys(lines)) == every and len(lines) == 12
    for number in range(0, 12, 3):
        rest = mongotail.run(*args, "--after-cursor", lines[number]["cursor"]).ok().json()
        assert set(keys(rest)) == every - set(keys(lines[:number + 1])) and len(rest) == 11 - number


def test_info_tells_of_each_shard_and_of_all(mongotail, cluster):
    rows = mongotail.run("info", "--sharded", "-o", "json", cluster.uri).ok().json()
    assert [(row["shard"], row["set"]) for row in rows] == [(name, one.name) for name, one in sorted(cluster.shards.items())]
    text = mongotail.run("info", "--sharded", cluster.uri).ok().stdout
    assert text.count("\noplog ") == len(rows) and "all of them" in text
    with mongos(cluster) as uri:
        assert [row["shard"] for row in mongotail.run("info", "-o", "json", uri).ok().json()] == [row["shard"] for row in rows]
    plain = cluster.shards["shard0"].uri
    assert mongotail.run("info", "-o", "json", cluster.uri).ok().json()[0]["set"] == "cfg"
    mongotail.run("info", "--sharded", plain).ended(2, "is a plain replica set")


def test_flags_of_clusters_are_refused_for_a_plain_set(mongotail, cluster):
    plain = cluster.shards["shard0"].uri
    mongotail.run("--summary-by", "shard", plain).ended(2, "a flag or key of sharded clusters")
    mongotail.run("--sharded", plain).ended(2, "is a plain replica set")
    mongotail.run("--from-migrate", plain).ended(2, "a flag or key of sharded clusters")


def test_a_mongos_is_not_mixed_with_other_uris(mongotail, cluster):
    other = cluster.shards["shard0"].uri
    with mongos(cluster) as uri:
        for uris in ((uri, other), (other, uri)):
            mongotail.run(*uris, "--no-follow").ended(2, "is a mongos, which can't be mixed with other URIs", "give it alone")


def test_a_mongos_leads_to_all_shards(mongotail, cluster, db_name):
    for key in range(6):
        cluster.insert(f"shard{key % 2}", db_name, key)
    with mongos(cluster) as uri:
        run = mongotail.run(uri, "--ns", db_name, "--op", "i", "--since", "oldest", "--no-follow").ok()
        assert sorted(seen(run.json()), key=lambda one: one[1]) == [(f"shard{key % 2}", key) for key in range(6)]
        with mongotail.tail(uri, "--ns", db_name, "--op", "i") as tail:
            tail.wait_following()
            for key in range(6, 10):
                cluster.insert(f"shard{key % 2}", db_name, key)
            assert sorted(seen(tail.wait_json(4, LONG)), key=lambda one: one[1]) == [(f"shard{key % 2}", key) for key in range(6, 10)]
