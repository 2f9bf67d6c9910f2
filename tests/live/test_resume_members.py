"""A resume from members that do not all hold the same."""

import contextlib

import pytest
from support import ReplicaSet, wait_until
from support.oplog import Oplog, text_of


@pytest.mark.timeout(120)
def test_history_that_a_fresh_member_lacks_is_read_from_another(mongotail, server_version):
    """It was synced afresh, so its oplog begins later than those of the others."""
    with ReplicaSet(3, server_version) as rs:
        client = rs.client(w="majority")
        client.shop.c.insert_one({"_id": 0})
        cursor = text_of(Oplog(client).newest())
        client.shop.c.insert_many([{"_id": number} for number in range(1, 10)])
        other, fresh = rs.secondaries
        fresh.kill()
        for path in sorted(fresh.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        fresh.start()
        wait_until(lambda: fresh.hello().get("secondary"), "the end of the initial sync", 60)
        other.kill()
        uri = rs.uri + "&readPreference=secondary"
        selection = ("--ns", "shop.c", "--op", "i")
        with mongotail.tail(uri, *selection, "--after-cursor", cursor) as tail:
            assert [op["o"]["_id"] for op in tail.wait_json(9, 30)] == list(range(1, 10))
            tail.wait_stderr(f"reading that of {rs.primary.address}")
            client.shop.c.insert_one({"_id": 10})
            assert [op["o"]["_id"] for op in tail.wait_json(10)] == list(range(1, 11))
        # Asked for directly, there is no other.
        mongotail.run(fresh.uri, *selection, "--after-cursor", cursor).ended(3, "no longer reaches back")


@pytest.mark.timeout(120)
def test_what_one_member_has_and_another_lacks_is_not_lost(mongotail, rs3, db_name):
    """Each of many runs may ask either secondary, and one of them lags."""
    client = rs3.client(w="majority")
    client[db_name].create_collection("c")
    lagging = rs3.secondaries[0]
    uri = rs3.uri + "&readPreference=secondary"
    with contextlib.ExitStack() as stack:
        with lagging.failpoint("stopReplProducer"):
            client[db_name].c.insert_many([{"_id": number} for number in range(200)])
            tails = [stack.enter_context(mongotail.tail(uri, "--ns", f"{db_name}.c", "--op", "i", "--since", "1h"))
                     for _ in range(8)]
            wait_until(lambda: any(len(tail.lines) == 200 for tail in tails), "the other secondary's entries", 20)
            for tail in tails:
                tail.wait_following()
        client[db_name].c.insert_one({"_id": 200})
        for tail in tails:
            assert [op["o"]["_id"] for op in tail.wait_json(201, 30)] == list(range(201)), tail
