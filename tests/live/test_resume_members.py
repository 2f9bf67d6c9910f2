"""A resume from members that do not all hold the same."""

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
