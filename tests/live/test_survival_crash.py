"""A set of one member that crashes and comes back with the same data."""

import pytest
from support import ReplicaSet, wait_until
from support.writers import Printed, Writers, stored_inserts

SHORT, LONG = 4, 10


def test_a_restart_is_outlived(mongotail, server_version):
    with ReplicaSet(1, server_version) as rs:
        db = rs.client(w="majority").shop
        db.create_collection("c")
        with mongotail.tail(rs.uri, "--ns", "shop.c") as tail:
            tail.wait_following()
            for number in range(3):
                db.c.insert_one({"_id": number})
                tail.wait_lines(number + 1)
                rs.nodes[0].stop()
                tail.wait_for(lambda tail: tail.stderr.count("connection lost") == number + 1, "the loss")
                rs.nodes[0].start()
                rs.wait_for_primary()
            db.c.insert_one({"_id": 3})
            assert [op["o"]["_id"] for op in tail.wait_json(4)] == [0, 1, 2, 3]
            tail.wait_back(3)


@pytest.mark.timeout(200)
@pytest.mark.parametrize("count", [SHORT, pytest.param(LONG, marks=pytest.mark.long)])
def test_crashes_take_nothing_back_that_was_printed(mongotail, server_version, tmp_path, count, record_property):
    """Writes with w:1 and the usual journal, so that each crash does lose some of them."""
    lost = 0
    with ReplicaSet(1, server_version, real_journal=True) as rs:
        node = rs.nodes[0]
        client = rs.client(serverSelectionTimeoutMS=15000)
        printed = Printed(tmp_path / "printed")
        with printed.path.open("wb") as out, mongotail.tail(rs.uri, "--ns", "load*", "--op", "i", stdout=out) as tail:
            tail.wait_following()
            for number in range(count):
                size = printed.path.stat().st_size
                with Writers(client, f"load{number}", w=1, pause=0) as writers:
                    writers.more(200)
                    node.kill()
                    node.start()
                    rs.wait_for_primary()
                wait_until(lambda: printed.path.stat().st_size > size, "something to be printed")
                there = {id for _, id in stored_inserts(client, f"load{number}")}
                lost += len(set(writers.acknowledged) - there)
            rs.client(w="majority").load_end.c.insert_one({"_id": "last"})
            printed.wait_for("last")
        stored = stored_inserts(client, "load[^.]*")
    print(f"{len(stored)} entries, {lost} acknowledged writes lost in {count} crashes")
    record_property("lost", lost)
    assert printed.inserts() == stored, tail
