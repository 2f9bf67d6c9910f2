"""The servers and the harness that the other live tests stand on."""

import pytest
from pymongo.errors import AutoReconnect, OperationFailure
from support import Certificates, Mongod, ReplicaSet, wait_until


def test_an_insert_shows_in_the_oplog(rs, db):
    db.orders.insert_one({"_id": 1, "total": 12.5})
    entries = rs.primary.oplog_entries({"ns": f"{db.name}.orders"})
    assert [entry["o"] for entry in entries] == [{"_id": 1, "total": 12.5}]


def test_the_server_is_the_one_asked_for(rs, server_version):
    if server_version is None:
        pytest.skip("no --server-version was given")
    assert ".".join(map(str, rs.primary.version)) == server_version


def test_a_failpoint_ends_with_its_block(rs):
    node = rs.primary
    with node.failpoint("failCommand", {"times": 1}, failCommands=["ping"], errorCode=91):
        with pytest.raises((OperationFailure, AutoReconnect)):
            node.client().admin.command("ping")
    assert node.client().admin.command("ping")["ok"] == 1


def test_three_members_fail_over_and_heal(rs3):
    old = rs3.primary
    old.kill()
    new = rs3.wait_for_primary(other_than=old)
    assert new is not old
    rs3.heal()
    assert len(rs3.secondaries) == 2


def test_a_paused_member_wakes(rs3):
    member = rs3.secondaries[0]
    member.pause()
    assert member.alive and member not in rs3.secondaries
    rs3.heal()
    assert member in rs3.secondaries


def test_a_set_with_logins(server_version):
    with ReplicaSet(1, server_version, auth=True) as rs:
        password = rs.create_user("reader", [{"role": "read", "db": "local"}])
        reader = rs.client(username="reader", password=password)
        assert reader.local["oplog.rs"].find_one()
        nobody = rs.client(username=None, password=None)
        with pytest.raises(OperationFailure):
            nobody.local["oplog.rs"].find_one()


def test_a_set_with_tls(server_version, tmp_path):
    with ReplicaSet(1, server_version, tls=Certificates(tmp_path)) as rs:
        assert rs.client().admin.command("ping")["ok"] == 1


def test_a_server_that_cannot_start_says_why(server_version):
    with pytest.raises(AssertionError, match="mongod ended with status"):
        with Mongod(server_version, args=["--noSuchFlag"]):
            pass


def test_nothing_is_left_of_a_server(server_version):
    with Mongod(server_version, repl_set=None) as node:
        folder, process = node.folder, node.process
        assert folder.is_dir()
    wait_until(lambda: process.poll() is not None, "the process to be gone")
    assert not folder.exists()


def test_stepping_down_makes_another_member_primary(rs3):
    old = rs3.primary
    assert rs3.step_down(seconds=5) is not old
