"""Servers that have no oplog to follow, or none yet."""

import time
from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from support import Mongod, ReplicaSet, processes, wait_until
from support.stand_in import StandIn

FAST = "serverSelectionTimeoutMS=500"


def failed(run, *texts: str) -> None:
    """Status 1, what happened and what to try, nothing on stdout."""
    run.ended(1, *texts)
    assert run.raw == b"" and len(run.stderr.splitlines()) == 2 and "\n  try: " in run.stderr, run


def test_a_standalone_server_is_told_to_become_a_set(mongotail, server_version):
    with Mongod(server_version, repl_set=None) as node:
        for args in ([], ["--since", "oldest"], ["-n", "5"], ["--no-follow"]):
            failed(mongotail.run(node.uri, *args), node.address, "standalone", "--replSet")
        for options in ("", "&directConnection=true"):
            failed(mongotail.run(f"{node.uri}/?replicaSet=rs0{options}"), node.address, "standalone", "rs0", "replicaSet")


def test_a_set_that_was_never_initiated_is_told_so(mongotail, server_version):
    with Mongod(server_version) as node:
        failed(mongotail.run(f"{node.uri}/?{FAST}"), node.address, "initiate")
        failed(mongotail.run(f"{node.uri}/?directConnection=true&{FAST}"), node.address, "initiate")


@pytest.mark.parametrize("form", ["{0.primary.uri}/?replicaSet=other", "{0.primary.uri}/?replicaSet=other&directConnection=true",
                                  "mongodb://{0.primary.address},127.0.0.1:1/?replicaSet=other", "--host=other/{0.primary.address}"])
@pytest.mark.parametrize("command", [[], ["serve", "--listen", "127.0.0.1:0"]], ids=["follow", "serve"])
def test_another_sets_name_is_told_so_at_once_with_both_names(mongotail, rs, form, command):
    begin = time.monotonic()
    run = mongotail.run(*command, form.format(rs))
    assert time.monotonic() - begin < 5, "the usual patience with a server is 10 s"
    failed(run, f"{rs.primary.address} belongs to the replica set rs0, not to other", "replicaSet=rs0")


def test_a_set_without_a_member_that_may_be_read_is_told_so(mongotail, rs):
    run = mongotail.run(f"{rs.uri}&readPreference=secondary&{FAST}")
    failed(run, rs.primary.address, "rs0", "readPreference=secondary", "rs.status()")


def test_an_arbiter_is_recognised(mongotail, server_version):
    with Mongod(server_version) as data, Mongod(server_version) as arbiter:
        members = [{"_id": 0, "host": data.address}, {"_id": 1, "host": arbiter.address, "arbiterOnly": True}]
        settings = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500}
        data.client().admin.command("replSetInitiate", {"_id": "rs0", "members": members, "settings": settings})
        wait_until(lambda: arbiter.hello().get("arbiterOnly"), "the arbiter", timeout=30)
        for uri in (arbiter.uri, f"{arbiter.uri}/?directConnection=true"):
            failed(mongotail.run(uri), arbiter.address, "arbiter")
        wait_until(lambda: data.hello().get("ismaster"), "a primary", timeout=30)
        run = mongotail.run(f"mongodb://{arbiter.address},{data.address}/?replicaSet=rs0", "--since", "oldest", "--op", "n",
                            "--limit", 1)
        assert len(run.ok().lines) == 1


LIMITS = {"maxBsonObjectSize": 16 << 20, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000,
          "minWireVersion": 0, "maxWireVersion": 17, "logicalSessionTimeoutMinutes": 30, "ok": 1}


@pytest.mark.parametrize("args", [[], ["--since", "oldest"], ["-n", 5], ["--no-follow"]])
def test_a_mongos_without_shards_is_recognised(mongotail, args):
    """A stand-in: there is no mongos among the servers of the tests."""
    with StandIn(lambda command: {"msg": "isdbgrid", "ismaster": True, "isWritablePrimary": True} | LIMITS) as mongos:
        failed(mongotail.run(f"mongodb://{mongos.address}/", *args), "the cluster has no shards yet", "sh.addShard()")


def test_a_server_that_refuses_with_an_unknown_code_is_quoted(mongotail):
    def answer(command: dict) -> dict:
        if "hello" in command or "isMaster" in command or "ismaster" in command:
            return {"ismaster": True, "isWritablePrimary": True, "setName": "rs0", "setVersion": 1, "me": server.address,
                    "hosts": [server.address], "primary": server.address} | LIMITS
        return {"ok": 0, "code": 7777, "codeName": "Unheard", "errmsg": "never \x1b[31mheard of"}

    with StandIn(answer) as server:
        run = mongotail.run(f"mongodb://{server.address}/")
        failed(run, server.address, "7777", "heard of")
        assert "\x1b" not in run.stderr


def test_a_server_that_is_too_old_is_said_so(mongotail):
    with StandIn(lambda command: {"ismaster": True, "setName": "rs0"} | LIMITS | {"maxWireVersion": 2}) as server:
        failed(mongotail.run(f"mongodb://{server.address}/?{FAST}"), server.address)


@pytest.mark.parametrize("form", ["{0.uri}", "{0.primary.address}", "localhost:{0.primary.port}", "{0.primary.uri}",
                                  "{0.primary.uri}/?directConnection=true", "{0.primary.uri}/anything?appName=x"])
def test_a_set_is_reached_by_every_form_of_its_address(mongotail, rs: ReplicaSet, form):
    run = mongotail.run(form.format(rs), "--since", "oldest", "--op", "n,c", "--limit", 1)
    assert len(run.ok().lines) == 1 and run.stderr == "", run


@pytest.fixture(scope="module")
def by_socket(server_version) -> Iterator[Mongod]:
    folder = processes.temp_folder("socket")
    with Mongod(server_version, socket_folder=folder) as node:
        member = {"_id": 0, "host": node.address}
        node.client().admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        wait_until(lambda: node.hello().get("ismaster"), "a primary", timeout=30)
        yield node
    processes.remove_folder(folder)


@pytest.mark.parametrize("form", [("mongodb-{port}.sock",), ("./mongodb-{port}.sock",), ("../{folder}/mongodb-{port}.sock",),
                                  ("{path}/mongodb-{port}.sock",), ("--host", "./mongodb-{port}.sock")])
def test_a_socket_is_reached_by_its_absolute_or_relative_path(mongotail, by_socket, form):
    folder = by_socket.socket_folder
    args = [arg.format(port=by_socket.port, folder=folder.name, path=folder) for arg in form]
    run = mongotail.run(*args, "--since", "oldest", "--op", "n,c", "--limit", 1, cwd=folder)
    assert len(run.ok().lines) == 1 and run.stderr == "", run


def test_an_unknown_option_of_the_uri_does_not_matter(mongotail, rs: ReplicaSet):
    run = mongotail.run(f"{rs.uri}&nosuchoption=1&readConcernLevel=nonsense&w=2", "--since", "oldest", "--op", "n,c", "--limit", 1)
    assert len(run.ok().lines) == 1


def test_a_secondary_is_followed_if_that_is_requested(mongotail, rs3: ReplicaSet):
    members = rs3.secondaries
    client: MongoClient = rs3.client(w=3)
    for uri in (f"{rs3.uri}&readPreference=secondary", f"{members[0].uri}/?directConnection=true", members[0].uri):
        with mongotail.tail(uri, "--ns", "seen.c", "--op", "i", "--limit", 1) as tail:
            tail.wait_following()
            client.seen.c.insert_one({"uri": uri})
            (op,) = tail.ended(0).json()
        assert op["o"]["uri"] == uri
        (status,) = [line for line in tail.stderr.splitlines() if line.startswith("following ")]
        assert any(f" at {member.address} " in status for member in members), tail
