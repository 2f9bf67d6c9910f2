"""Documents that move between shards, and transactions over several shards, as real servers write them into their oplogs.

What a mongos would send them is sent by the tests (support/cluster.py).
"""

import re
from collections.abc import Iterator

import pytest
from support.cluster import Cluster, ShardedTransaction
from support.wire import advanced

ALL = ("--since", "oldest", "--no-follow")


@pytest.fixture(scope="module")
def cluster(server_version: str | None) -> Iterator[Cluster]:
    made = Cluster(server_version, 2, joined=True)
    if made.config.nodes[0].version < (6, 0):
        pytest.skip("the commands between the servers of a cluster are those of 6.0")
    with made as two:
        yield two


def changes(ops: list[dict]) -> list[tuple]:
    """Of each operation on documents: what, where, which."""
    return [(op["op"], op["shard"], (op["o2"] if op["op"] == "u" else op["o"])["_id"]) for op in ops if op["op"] in "iud"]


# -- migrations ------------------------------------------------------------------------------------


@pytest.fixture
def moved(cluster: Cluster, db_name: str) -> tuple[Cluster, str, list[tuple]]:
    """Of ten documents five have moved to the other shard, where one was changed and one deleted, and back. With what was really done."""
    namespace = f"{db_name}.c"
    first, second = (cluster.client(shard)[db_name].c for shard in ("shard0", "shard1"))
    cluster.shard_collection(namespace, "shard0")
    for key in range(10):
        first.insert_one({"_id": key})
    first.create_index("n")
    cluster.move(namespace, "shard1", 5)
    second.update_one({"_id": 6}, {"$set": {"n": 1}})
    second.delete_one({"_id": 7})
    cluster.move(namespace, "shard0", 5)
    first.insert_one({"_id": 7})
    return cluster, namespace, [*(("i", "shard0", key) for key in range(10)), ("u", "shard1", 6), ("d", "shard1", 7), ("i", "shard0", 7)]


def test_documents_that_move_show_neither_an_insert_nor_a_delete(mongotail, moved):
    cluster, namespace, done = moved
    run = mongotail.run("--sharded", cluster.uri, "--ns", namespace, *ALL).ok()
    assert changes(run.json()) == done
    assert {op["shard"] for op in run.json() if op["op"] == "c"} == {"shard0"}
    assert not any("fromMigrate" in op for op in run.json())
    arrived = mongotail.run("--sharded", cluster.uri, "--ns", namespace, "--order", "arrival", *ALL).ok()
    assert sorted(changes(arrived.json())) == sorted(done)


def test_with_from_migrate_the_copies_are_shown_too(mongotail, moved):
    cluster, namespace, done = moved
    run = mongotail.run("--sharded", cluster.uri, "--ns", namespace, "--from-migrate", *ALL).ok()
    copies = [op for op in run.json() if op.get("fromMigrate")]
    assert changes([op for op in run.json() if not op.get("fromMigrate")]) == done
    there = [5, 6, 7, 8, 9]
    back = [5, 6, 8, 9]
    assert sorted(changes(copies)) == sorted([*(("i", "shard1", key) for key in there), *(("d", "shard0", key) for key in there),
                                              *(("i", "shard0", key) for key in back), *(("d", "shard1", key) for key in back)])
    assert {next(iter(op["o"])) for op in copies if op["op"] == "c"} == {"create", "createIndexes"}


def test_notes_of_a_migration_are_shown_as_noops_only_with_from_migrate(mongotail, moved):
    cluster, namespace, _ = moved
    for flags, shown in (((), False), (("--from-migrate",), True)):
        run = mongotail.run("--sharded", cluster.uri, "--ns", namespace, "--op", "n", *flags, *ALL).ok()
        assert any("$sessionMigrateInfo" in op["o"] for op in run.json()) == shown


def test_followed_as_one_set_a_shard_shows_what_was_moved_to_it(mongotail, moved):
    cluster, namespace, _ = moved
    run = mongotail.run(cluster.shards["shard1"].uri, "--ns", namespace, "--op", "i,d", *ALL).ok()
    inserted = [(op["o"]["_id"], op.get("fromMigrate")) for op in run.json() if op["op"] == "i"]
    assert inserted == [(key, True) for key in (5, 6, 7, 8, 9)]
    deleted = {(op["o"]["_id"], op.get("fromMigrate", False)) for op in run.json() if op["op"] == "d"}
    assert deleted == {(7, False), *((key, True) for key in (5, 6, 8, 9))}


def test_a_live_stream_and_its_count_backwards_show_no_move(mongotail, moved):
    cluster, namespace, done = moved
    args = ("--sharded", cluster.uri, "--ns", namespace, "--op", "i,u,d")
    with mongotail.tail(*args, "-n", "4") as tail:
        assert changes(tail.wait_json(4)) == done[-4:]
        tail.wait_following(times=2)
        cluster.move(namespace, "shard1", 5)
        cluster.insert("shard1", namespace.split(".")[0], 10)
        cluster.move(namespace, "shard0", 5)
        cluster.insert("shard0", namespace.split(".")[0], 11)
        tail.wait_lines(6)
    assert changes(tail.json()) == [*done[-4:], ("i", "shard1", 10), ("i", "shard0", 11)]


def test_what_the_servers_keep_for_themselves_is_not_shown(mongotail, moved):
    cluster, namespace, _ = moved
    namespaces = {op["ns"] for op in mongotail.run("--sharded", cluster.uri, *ALL).ok().json()}
    assert namespace in namespaces
    assert not [ns for ns in namespaces if ns.startswith(("config.", "admin.", "local.")) or "system." in ns]


# -- transactions ----------------------------------------------------------------------------------


@pytest.fixture
def ready(cluster: Cluster, db_name: str) -> str:
    """A database with a collection on each shard."""
    for shard in cluster.shards:
        cluster.client(shard)[db_name].create_collection("c")
    return db_name


def commits(cluster: Cluster, one: ShardedTransaction) -> dict[str, tuple[int, int]]:
    """When each shard committed it."""
    found = {}
    for shard in cluster.shards:
        (entry,) = cluster.shards[shard].primary.oplog_entries({"o.commitTransaction": 1, "lsid.id": one.lsid["id"]})
        found[shard] = (entry["ts"].time, entry["ts"].inc)
    return found


def commit_by_hand(one: ShardedTransaction) -> None:
    one.prepare()
    one.commit("shard1")
    one.commit("shard0")


@pytest.mark.parametrize("commit", [ShardedTransaction.coordinate, commit_by_hand], ids=["by its coordinator", "by hand"])
def test_a_transaction_over_two_shards_comes_whole_with_its_shards(mongotail, cluster, ready, commit):
    one = ShardedTransaction(cluster, ["shard0", "shard1"])
    with mongotail.tail("--sharded", cluster.uri, "--ns", ready) as tail:
        tail.wait_following(times=2)
        one.insert("shard0", ready, 1, 2).insert("shard1", ready, 3).insert("shard0", ready, 4)
        cluster.insert("shard0", ready, "before it")
        commit(one)
        ops = tail.wait_json(5)
    when = commits(cluster, one)
    parts = [("shard0", 0, 1), ("shard0", 1, 2), ("shard0", 2, 4), ("shard1", 0, 3)]
    parts.sort(key=lambda part: (when[part[0]], part[0], part[1]))
    assert [(op["shard"], op.get("txnOpIndex"), op["o"]["_id"]) for op in ops] == [("shard0", None, "before it"), *parts]
    for op in ops[1:]:
        assert op["txnNumber"] == one.number and op["lsid"] == ops[1]["lsid"]
        assert (op["ts"]["$timestamp"]["t"], op["ts"]["$timestamp"]["i"]) == when[op["shard"]]
    past = mongotail.run("--sharded", cluster.uri, "--ns", ready, "--op", "i", *ALL).ok()
    assert past.json() == ops


def test_each_part_comes_at_its_own_shards_commit(mongotail, cluster, ready):
    one = ShardedTransaction(cluster, ["shard0", "shard1"])
    with mongotail.tail("--sharded", cluster.uri, "--ns", ready) as tail:
        tail.wait_following(times=2)
        one.insert("shard0", ready, "a").insert("shard1", ready, "b").prepare()
        one.commit("shard1")
        insert_after(one, cluster, "shard0", ready, "between")
        one.commit("shard0")
        ops = tail.wait_json(3)
    assert [(op["shard"], op["o"]["_id"]) for op in ops] == [("shard1", "b"), ("shard0", "between"), ("shard0", "a")]


def insert_after(one: ShardedTransaction, cluster: Cluster, shard: str, database: str, key: object) -> None:
    """Later than the last command of the transaction on all clocks."""
    client = cluster.client(shard)
    with advanced(client, one.cluster_time) as session:
        client[database].c.insert_one({"_id": key}, session=session)


def test_an_aborted_transaction_over_two_shards_shows_nothing(mongotail, cluster, ready):
    one = ShardedTransaction(cluster, ["shard0", "shard1"])
    one.insert("shard0", ready, "a").insert("shard1", ready, "b").prepare().abort()
    cluster.insert("shard0", ready, "after")
    run = mongotail.run("--sharded", cluster.uri, "--ns", ready, "--op", "i", *ALL).ok()
    assert [op["o"]["_id"] for op in run.json()] == ["after"]


FRAME = re.compile(r"^([┌│└]) (\S.*)$", re.MULTILINE)


def frames(text: str) -> list[tuple[int, str]]:
    """Of each frame: how many operations it has, and its last line."""
    found, shown = [], 0
    for edge, rest in FRAME.findall(text):
        shown = 0 if edge == "┌" else shown + (edge == "│")
        if edge == "└":
            found.append((shown, rest))
    return found


def test_pretty_frames_the_parts_that_follow_each_other_as_one(mongotail, cluster, ready):
    args = ("--sharded", cluster.uri, "--ns", ready, "--op", "i", "-o", "pretty")
    whole = (4, "end of transaction, 4 operations on 2 shards")
    with mongotail.tail(*args) as tail:
        tail.wait_following(times=2)
        one = ShardedTransaction(cluster, ["shard0", "shard1"]).insert("shard0", ready, 1, 2).insert("shard1", ready, 3, 4)
        one.coordinate()
        # The frame ends though nothing follows.
        tail.wait_for(lambda tail: frames(tail.stdout), "the end of the frame")
        assert frames(tail.stdout) == [whole]
    assert frames(mongotail.run(*args, *ALL).ok().stdout) == [whole]
    other = ShardedTransaction(cluster, ["shard0", "shard1"]).insert("shard0", ready, 5, 6).insert("shard1", ready, 7, 8).prepare()
    other.commit("shard1")
    insert_after(other, cluster, "shard0", ready, 9)
    other.commit("shard0")
    half = (2, "end of transaction, 2 operations")
    assert frames(mongotail.run(*args, *ALL).ok().stdout) == [whole, half, half]
