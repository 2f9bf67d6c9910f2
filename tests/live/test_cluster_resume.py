"""A run over a cluster that is killed resumes each shard where it was, also one that has been added since."""

import json
import random
from collections.abc import Iterator

import pytest
from bson import Timestamp
from support import seed
from support.cluster import Cluster
from support.oplog import Oplog
from support.roll_over import lose_entries, of_a_megabyte
from support.wait import wait_until
from support.writers import Printed, Writers


@pytest.fixture(scope="module")
def cluster(server_version: str | None) -> Iterator[Cluster]:
    with Cluster(server_version, 2) as two:
        yield two


def place(op: dict) -> tuple:
    ts = op["ts"]["$timestamp"]
    return ts["t"], ts["i"], op["shard"], op["o"]["_id"]


def places_in(printed: Printed) -> set[tuple]:
    """A kill may cut a line."""
    found = set()
    for line in printed.lines():
        try:
            found.add(place(json.loads(line)))
        except (ValueError, KeyError):
            assert not line.endswith("}"), line
    return found


def cursors_in(path) -> dict[str, str]:
    """By their shards; none in a file that was created and not yet written."""
    lines = path.read_text().splitlines()
    return dict(one.split("=") for one in lines[1].split(",")) if len(lines) > 1 else {}


@pytest.mark.parametrize("order, kills", [("ts", 5), ("arrival", 5), pytest.param("ts", 30, marks=pytest.mark.long),
                                          pytest.param("arrival", 30, marks=pytest.mark.long)])
def test_killed_at_random_moments_it_loses_nothing(mongotail, cluster, db_name, tmp_path, order, kills):
    rng = random.Random(f"{seed.seed()} {order}")
    printed, kept = Printed(tmp_path / "lines"), tmp_path / "kept"
    args = ("--sharded", cluster.uri, "--ns", f"{db_name}.*", "--op", "i", "--order", order, "--cursor-file", kept)
    all_writers = [Writers(cluster.client(shard), db_name, count=2) for shard in cluster.shards]
    with printed.path.open("ab") as out:
        for number in range(kills):
            with mongotail.tail(*args, "--since", "oldest", stdout=out) as tail:
                if number == 0:
                    for writers in all_writers:
                        writers.__enter__()
                if rng.random() < 0.7:
                    tail.wait_following(times=2)
                rng.choice(all_writers).more(rng.randint(1, 120))
                tail.kill()
                out.write(b"\n")
                out.flush()
            if kept.exists():
                assert set(cursors_in(kept)) in (set(), set(cluster.shards))
        for writers in all_writers:
            writers.stop()
        stored = set(cluster.stored(db_name))
        with mongotail.tail(*args, stdout=out):
            wait_until(lambda: stored <= places_in(printed), "all that is stored", 30)
    assert places_in(printed) == stored
    assert set(cursors_in(kept)) == set(cluster.shards)


def test_a_shard_that_was_added_since_is_read_from_its_beginning(mongotail, cluster, db_name, tmp_path):
    args = ("--sharded", cluster.uri, "--ns", db_name, "--op", "i", "--no-follow", "--cursor-file", tmp_path / "kept")
    name, _ = cluster.start_shard()
    try:
        cluster.insert(name, db_name, "before all others")
        cluster.insert("shard0", db_name, 1)
        assert [place(op)[2:] for op in mongotail.run(*args, "--since", "oldest").ok().json()] == [("shard0", 1)]
        assert set(cursors_in(tmp_path / "kept")) == {"shard0", "shard1"}
        cluster.register(name)
        assert [place(op)[2:] for op in mongotail.run(*args).ok().json()] == [(name, "before all others")]
        assert set(cursors_in(tmp_path / "kept")) == {"shard0", "shard1", name}
    finally:
        cluster.remove(name)
        cluster.shards.pop(name).close()


def test_a_shard_without_a_cursor_that_was_there_before_may_lack_history(mongotail, cluster, db_name, tmp_path):
    kept = tmp_path / "kept"
    args = ("--sharded", cluster.uri, "--ns", db_name, "--op", "i", "--no-follow", "--cursor-file", kept)
    cluster.insert("shard0", db_name, 1)
    mongotail.run(*args, "--since", "oldest").ok()
    head, cursors = kept.read_text().splitlines()[:2]
    kept.write_text(f"{head}\n{','.join(one for one in cursors.split(',') if not one.startswith('shard1='))}\n")
    cluster.insert("shard1", db_name, 2)
    shards = cluster.config.client(w="majority").config.shards
    before = shards.find_one_and_update({"_id": "shard1"}, {"$set": {"topologyTime": Timestamp(1_700_000_000, 1)}})
    try:
        for _ in range(2):
            run = mongotail.run(*args).ended(3, "no cursor of the shard shard1", "history may be missing", "--allow-gap")
            assert run.stdout == ""
        run = mongotail.run(*args, "--allow-gap").ok()
        assert [place(op)[2:] for op in run.json()] == [("shard1", 2)] and "history may be missing" in run.stderr
        assert mongotail.run(*args).ok().json() == []
    finally:
        shards.replace_one({"_id": "shard1"}, before)


def test_a_shard_without_a_cursor_whose_oplog_was_cut_off_may_lack_history(mongotail, cluster, server_version, db_name, tmp_path):
    args = ("--sharded", cluster.uri, "--ns", db_name, "--op", "i", "--no-follow", "--cursor-file", tmp_path / "kept")
    cluster.insert("shard0", db_name, 1)
    mongotail.run(*args, "--since", "oldest").ok()
    with of_a_megabyte(server_version, "--shardsvr") as small:
        cluster.shards["small"] = small
        cluster.register("small")
        try:
            client = small.client(w="majority")
            lose_entries(client, Oplog(client).oldest())
            cluster.insert("shard0", db_name, 2)
            # However often: what is lost stays lost until it is allowed.
            for _ in range(2):
                run = mongotail.run(*args).ended(3, "small", "the oplog no longer reaches back", "--allow-gap")
                assert run.stdout == ""
            run = mongotail.run(*args, "--allow-gap").ok()
            assert [place(op)[2:] for op in run.json()] == [("shard0", 2)] and "no longer reaches back" in run.stderr
        finally:
            cluster.remove("small")
            del cluster.shards["small"]
