"""Streams that would fall silent without an error."""

import pytest
from pymongo import WriteConcern
from support import ReplicaSet, wait_until


@pytest.mark.timeout(150)
def test_a_majority_that_stalls_and_a_set_without_a_primary_are_said(mongotail, server_version, record_property):
    """The first on a set whose secondaries copy nothing, the second where they died meanwhile."""
    with ReplicaSet(3, server_version) as stalled, ReplicaSet(3, server_version) as headless:
        for rs in (stalled, headless):
            rs.client(w="majority").shop.create_collection("c")
        primary = stalled.primary
        with mongotail.tail(stalled.uri, "--ns", "shop.c") as tail, \
                mongotail.tail(headless.uri, "--ns", "shop.c") as other:
            tail.wait_following()
            other.wait_following()
            points = [node.failpoint("stopReplProducer") for node in stalled.secondaries]
            for point in points:
                point.__enter__()
            for node in headless.secondaries:
                node.kill()
            local = WriteConcern(1)
            primary.client().shop.get_collection("c", write_concern=local).insert_many([{"_id": number} for number in range(500)])
            tail.wait_stderr("confirmed nothing since", timeout=62)
            assert len(tail.lines) < 500
            other.wait_stderr("the set has no primary", timeout=40)
            for point in points:
                point.__exit__(None, None, None)
            headless.heal()
            headless.client(w="majority").shop.c.insert_one({"_id": 1})
            assert [op["o"]["_id"] for op in tail.wait_json(500, 20)] == list(range(500))
            assert [op["o"]["_id"] for op in other.wait_json(1, 20)] == [1]
            assert tail.stderr.count("is silent") == 1 and "connection lost" not in tail.stderr, tail


def test_a_member_that_is_removed_is_left(mongotail, server_version):
    with ReplicaSet(3, server_version) as rs:
        db = rs.client(w="majority").shop
        db.create_collection("c")
        removed = rs.secondaries[0]
        # Inserts alone: a secondary may not know yet that a majority has the collection.
        with mongotail.tail(rs.uri + "&readPreference=secondary", "--ns", "shop.c", "--op", "i") as tail, \
                mongotail.tail(removed.uri, "--ns", "shop.c", "--op", "i") as direct:
            for each in (tail, direct):
                each.wait_following()
            db.c.insert_one({"_id": 1})
            for each in (tail, direct):
                each.wait_lines(1)
            admin = rs.primary.client().admin
            config = admin.command("replSetGetConfig")["config"]
            config["version"] += 1
            config["members"] = [member for member in config["members"] if member["host"] != removed.address]
            admin.command("replSetReconfig", config)
            direct.wait_stderr("connection lost", timeout=40)
            db.c.insert_one({"_id": 2})
            assert [op["o"]["_id"] for op in tail.wait_json(2, 30)] == [1, 2]


def test_a_member_in_initial_sync_is_waited_for(mongotail, rs3, db_name):
    """It begins anew, empty, while it is followed directly."""
    client = rs3.client(w="majority")
    client[db_name].create_collection("c")
    member = rs3.secondaries[0]
    with mongotail.tail(member.uri, "--ns", f"{db_name}.c", "--op", "i") as tail:
        tail.wait_following()
        client[db_name].c.insert_one({"_id": 1})
        tail.wait_lines(1)
        member.kill()
        for path in sorted(member.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        member.start()
        wait_until(lambda: member.hello().get("secondary"), "the end of the initial sync", 40)
        client[db_name].c.insert_one({"_id": 2})
        # It has only what was written since it copied: that the rest is gone from it must be said.
        status = tail.wait_end(30) if "back after" not in tail.stderr and not tail.alive else None
        if status is None:
            tail.wait_for(lambda tail: len(tail.lines) == 2 or not tail.alive, "the entry or the end", 30)
    assert [op["o"]["_id"] for op in tail.json()] == [1, 2] or "no longer reaches back" in tail.stderr, tail
