"""Every state that a member of a set can have: its oplog is read, or the state is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support import Mongod, ReplicaSet, wait_until
from support.serve import Server

DIRECT = "/?directConnection=true"
FORMS = pytest.mark.parametrize("options", ["", DIRECT], ids=["plain", "direct"])


@pytest.fixture(scope="module")
def rs(server_version) -> Iterator[ReplicaSet]:
    """Its members' states are changed, so that no other module may use it."""
    with ReplicaSet(3, server_version) as rs:
        yield rs


@pytest.fixture
def member(rs: ReplicaSet) -> Mongod:
    rs.wait_healthy()
    return rs.secondaries[0]


@contextmanager
def configured(rs: ReplicaSet, member: Mongod, **fields: Any) -> Iterator[None]:
    """The member with these fields in the set's configuration; `removed=True`: without the member."""
    before = change(rs, lambda config: edit(config, member, fields))
    try:
        yield
    finally:
        change(rs, lambda config: config.update(members=before))
        rs.wait_healthy()


def change(rs: ReplicaSet, edit_config) -> list[dict[str, Any]]:
    """The members as they were configured before."""
    admin = rs.primary.client().admin
    config = admin.command("replSetGetConfig")["config"]
    before = [dict(member) for member in config["members"]]
    edit_config(config)
    config["version"] += 1
    admin.command({"replSetReconfig": config})
    return before


def edit(config: dict[str, Any], member: Mongod, fields: dict[str, Any]) -> None:
    if fields.get("removed"):
        config["members"] = [entry for entry in config["members"] if entry["host"] != member.address]
    else:
        next(entry for entry in config["members"] if entry["host"] == member.address).update(fields)


@contextmanager
def hidden(rs: ReplicaSet, member: Mongod, **fields: Any) -> Iterator[None]:
    with configured(rs, member, hidden=True, priority=0, **fields):
        wait_until(lambda: member.hello().get("hidden"), "the member to be hidden")
        yield


def delay(member: Mongod, seconds: int) -> dict[str, int]:
    return {"secondaryDelaySecs" if member.version >= (5,) else "slaveDelay": seconds}


def reads_live(mongotail, rs: ReplicaSet, uri: str, db_name: str, timeout: float = 15) -> None:
    """What is written after the start comes, and so does what was written before."""
    client = rs.client(w="majority")
    client[db_name].c.insert_one({"_id": 0})
    with mongotail.tail(uri, "--ns", db_name, "--op", "i", "--since", "1h") as tail:
        tail.wait_json(1, timeout)
        client[db_name].c.insert_one({"_id": 1})
        assert [op["o"]["_id"] for op in tail.wait_json(2, timeout)] == [0, 1]
        assert "lost" not in tail.stderr and "silent" not in tail.stderr, tail


def named(mongotail, uri: str, *texts: str) -> None:
    run = mongotail.run(uri).ended(1, *texts, "try: ")
    assert run.raw == b"" and len(run.stderr.splitlines()) == 2, run


@FORMS
def test_a_hidden_member_is_read(mongotail, rs, member, db_name, options):
    with hidden(rs, member):
        reads_live(mongotail, rs, member.uri + options, db_name)


def test_a_delayed_member_is_read_when_its_time_has_come(mongotail, rs, member, db_name):
    with hidden(rs, member, **delay(member, 2)):
        reads_live(mongotail, rs, member.uri, db_name, timeout=30)


@FORMS
def test_a_member_of_priority_0_is_read(mongotail, rs, member, db_name, options):
    with configured(rs, member, priority=0):
        wait_until(lambda: member.hello().get("passive"), "the member to be passive")
        reads_live(mongotail, rs, member.uri + options, db_name)


def test_the_last_operations_of_a_hidden_member_are_read_and_resumed(mongotail, rs, member, db_name, tmp_path):
    """Its reads are several batches, backwards and forwards, and pick up at a cursor."""
    rs.client(w="majority")[db_name].c.insert_many([{"_id": number} for number in range(1000)])
    with hidden(rs, member):
        last = mongotail.run(member.uri, "--ns", db_name, "--op", "i", "-n", 700, "--no-follow",
                             "--limit", 300, "--cursor-file", tmp_path / "cursor").ok()
        assert [op["o"]["_id"] for op in last.json()] == list(range(300, 600))
        rest = mongotail.run(member.uri, "--ns", db_name, "--op", "i", "--no-follow", "--cursor-file", tmp_path / "cursor").ok()
        assert [op["o"]["_id"] for op in rest.json()] == list(range(600, 1000))


def test_serve_reads_a_hidden_member(mongotail, rs, member, db_name):
    with hidden(rs, member):
        client = rs.client(w="majority")
        client[db_name].c.insert_one({"_id": 0})
        with Server(mongotail, member.uri) as server:
            with mongotail.tail("--connect", server.address, "--ns", db_name, "--op", "i", "--since", "oldest") as tail:
                tail.wait_json(1)
                client[db_name].c.insert_one({"_id": 1})
                assert [op["o"]["_id"] for op in tail.wait_json(2)] == [0, 1]


@FORMS
def test_a_member_that_becomes_hidden_and_visible_again_is_still_read(mongotail, rs, member, db_name, options):
    client = rs.client(w="majority")
    with mongotail.tail(member.uri + options, "--ns", db_name, "--op", "i") as tail:
        tail.wait_following()

        def comes(number: int) -> None:
            client[db_name].c.insert_one({"_id": number})
            assert [op["o"]["_id"] for op in tail.wait_json(number + 1)] == list(range(number + 1)), tail

        comes(0)
        with hidden(rs, member):
            comes(1)
            with member.failpoint("failCommand", {"times": 1}, failCommands=["getMore"], closeConnection=True):
                tail.wait_back()
            comes(2)
        begin = get_mores(member)
        # By then the driver knows, and the read goes on with it.
        wait_until(lambda: not tail.alive or get_mores(member) > begin + 4, "more reads")
        comes(3)


def get_mores(member: Mongod) -> int:
    return member.client().admin.command("serverStatus")["metrics"]["commands"]["getMore"]["total"]


@pytest.mark.parametrize("fields", [{"hidden": True, "priority": 0}, {"removed": True}], ids=["hidden", "removed"])
def test_a_set_is_followed_on_when_the_member_that_is_read_is_hidden_or_removed(mongotail, rs, db_name, fields):
    rs.wait_healthy()
    client = rs.client(w="majority")
    with mongotail.tail(rs.uri + "&readPreference=secondary", "--ns", db_name, "--op", "i") as tail:
        tail.wait_following()
        address = next(line for line in tail.stderr.splitlines() if line.startswith("following ")).split(" at ")[1].split()[0]
        member = next(node for node in rs.nodes if node.address == address)
        with configured(rs, member, **fields):
            for number in range(3):
                client[db_name].c.insert_one({"_id": number})
                assert [op["o"]["_id"] for op in tail.wait_json(number + 1, 40)] == list(range(number + 1)), tail


@FORMS
def test_a_member_in_maintenance_mode_is_named_and_waited_for(mongotail, rs, member, db_name, options):
    admin = member.client().admin
    with mongotail.tail(member.uri + options, "--ns", db_name, "--op", "i") as tail:
        tail.wait_following()
        admin.command({"replSetMaintenance": True})
        try:
            named(mongotail, member.uri + options, member.address, "RECOVERING", "maintenance")
        finally:
            admin.command({"replSetMaintenance": False})
        rs.client(w="majority")[db_name].c.insert_one({"_id": 0})
        assert [op["o"]["_id"] for op in tail.wait_json(1, 30)] == [0]


@pytest.mark.timeout(120)
@FORMS
def test_a_removed_member_is_named_and_waited_for(mongotail, rs, member, db_name, options):
    with mongotail.tail(member.uri + options, "--ns", db_name, "--op", "i") as tail:
        tail.wait_following()
        with configured(rs, member, removed=True):
            wait_until(lambda: member.hello().get("isreplicaset"), "the member to be removed")
            named(mongotail, member.uri + options, member.address, "REMOVED", "rs.add()")
            named(mongotail, f"{member.uri}/?replicaSet=rs0&serverSelectionTimeoutMS=500", member.address, "has removed it")
            rs.client(w="majority")[db_name].c.insert_one({"_id": 0})
        assert [op["o"]["_id"] for op in tail.wait_json(1, 60)] == [0], tail


@pytest.mark.timeout(120)
@FORMS
def test_a_member_in_its_initial_sync_is_named(mongotail, rs, server_version, options):
    rs.wait_healthy()
    hang = 'failpoint.initialSyncHangBeforeCopyingDatabases={"mode": "alwaysOn"}'
    with Mongod(server_version, args=("--setParameter", hang)) as fresh:
        number = len(rs.nodes)
        entry = {"_id": number, "host": fresh.address, "priority": 0, "votes": 0}
        before = change(rs, lambda config: config["members"].append(entry))
        try:
            wait_until(lambda: state(fresh) == 5, "the initial sync", 30)
            named(mongotail, fresh.uri + options, fresh.address, "initial sync", "STARTUP2")
        finally:
            change(rs, lambda config: config.update(members=before))


def state(member: Mongod) -> int:
    return member.client().admin.command({"replSetGetStatus": 1}).get("myState", -1) if member.hello().get("setName") else -1


@pytest.mark.timeout(120)
def test_a_primary_whose_priority_becomes_0_is_followed_through_its_step_down(mongotail, rs, db_name):
    rs.wait_healthy()
    old = rs.primary
    client = rs.client(w="majority", serverSelectionTimeoutMS=30_000)
    with mongotail.tail(rs.uri, "--ns", db_name, "--op", "i") as one, mongotail.tail(old.uri, "--ns", db_name, "--op", "i") as two:
        one.wait_following()
        two.wait_following()
        client[db_name].c.insert_one({"_id": 0})
        new = rs.step_down(5)
        before = change(rs, lambda config: edit(config, old, {"priority": 0}))
        wait_until(lambda: old.hello().get("passive"), "the old primary to be passive")
        client[db_name].c.insert_one({"_id": 1})
        for tail in (one, two):
            assert [op["o"]["_id"] for op in tail.wait_json(2, 30)] == [0, 1], tail
        assert rs.primary is new
        change(rs, lambda config: config.update(members=before))
