"""Who wrote it: users of a real server, by the hash that their sessions carry."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from support import ReplicaSet
from support.oplog import Oplog, after, text_of
from support.serve import Server


@pytest.fixture(scope="module")
def locked(server_version) -> Iterator[ReplicaSet]:
    with ReplicaSet(1, server_version, auth=True) as rs:
        yield rs


class Writers:
    """What ada (of admin), bob (of shop) and a writer without sessions do."""

    def __init__(self, rs: ReplicaSet) -> None:
        self.rs = rs
        root = rs.client(w="majority")
        root.shop.create_collection("orders")
        self.begin = text_of(after(Oplog(root).newest()))
        self.reader = rs.create_user("reader", [{"role": "read", "db": "local"}])
        self.root_reader = rs.create_user("seer", [{"role": "read", "db": "local"}, "userAdminAnyDatabase"])
        for name, db in (("ada", "admin"), ("bob", "shop")):
            password = rs.create_user(name, [{"role": "readWrite", "db": "shop"}], db)
            with MongoClient(rs.uri_with(name, password, authSource=db), w="majority") as client:
                orders = client.shop.orders
                orders.insert_one({"_id": f"{name} 1"})
                orders.update_one({"_id": f"{name} 1"}, {"$set": {"n": 1}})
                with client.start_session() as session, session.start_transaction():
                    orders.insert_one({"_id": f"{name} 2"}, session=session)
                    orders.delete_one({"_id": f"{name} 1"}, session=session)
                orders.update_many({}, {"$set": {f"many_{name}": True}})
        rs.client(w="majority", retryWrites=False).shop.orders.insert_one({"_id": "without a session"})

    def flags(self) -> list[Any]:
        return ["--since", self.begin, "--no-follow", "--ns", "shop.orders"]


@pytest.fixture(scope="module")
def writers(locked: ReplicaSet) -> Writers:
    return Writers(locked)


def uri(writers: Writers, user: str = "reader") -> str:
    return writers.rs.uri_with(user, writers.reader if user == "reader" else writers.root_reader)


OF_ADA = ["i ada 1", "u ada 1", "i ada 2", "d ada 1"]
OF_BOB = [line.replace("ada", "bob") for line in OF_ADA]


@pytest.mark.parametrize("users, expected", [
    (["ada"], OF_ADA), (["ada@admin"], OF_ADA), (["bob@shop"], OF_BOB), (["bob"], []), (["ada", "bob@shop"], OF_ADA + OF_BOB),
    (["reader"], []),
])
def test_by_user_selects_what_the_user_wrote_in_sessions_also_in_transactions(mongotail, writers, users, expected):
    by = [flag for user in users for flag in ("--by-user", user)]
    run = mongotail.run(*writers.flags(), *by, "--format", "{op} {id}", uri(writers)).ok()
    assert run.lines == expected
    # The same operations, whatever else the server is asked to filter.
    assert mongotail.run(*writers.flags(), *by, "--op", "i", "--format", "{op} {id}", uri(writers)).ok().lines == [
        line for line in expected if line.startswith("i")]


def test_raw_entries_are_selected_by_the_user_of_what_they_hold(mongotail, writers):
    entries = mongotail.run(*writers.flags(), "--by-user", "ada", "--raw", "-o", "json", uri(writers)).ok().json()
    assert [entry["op"] for entry in entries] == ["i", "u", "c"]


def test_subscribers_and_remote_readers_select_by_user(mongotail, writers):
    with Server(mongotail, uri(writers)) as server:
        flags = [*writers.flags(), "--by-user", "ada", "--format", "{op} {id} {user}"]
        run = mongotail.run("--connect", server.address, *flags).ok()
        assert run.lines == [f"{line} ada@admin" for line in OF_ADA]


def named(mongotail, writers, *flags: Any, user: str = "reader") -> dict[str, str]:
    """From what was inserted to who is named for it."""
    run = mongotail.run(*writers.flags(), "--op", "i", "--format", "{id}|{user}", *flags, uri(writers, user)).ok()
    assert run.stderr == ""
    return dict(line.split("|") for line in run.lines)


def test_users_are_named_as_far_as_the_login_may_know_them(mongotail, writers, tmp_path):
    nobody = {"ada 1": "", "ada 2": "", "bob 1": "", "bob 2": "", "without a session": ""}
    ada = {"ada 1": "ada@admin", "ada 2": "ada@admin"}
    bob = {"bob 1": "bob@shop", "bob 2": "bob@shop"}
    assert named(mongotail, writers) == nobody
    assert named(mongotail, writers, user="seer") == nobody | ada | bob
    names = tmp_path / "users"
    names.write_text("# of the shop\nbob@shop\n\nada\n")
    assert named(mongotail, writers, "--known-users", names) == nobody | ada | bob
    names.write_text("bob@shop\n")
    assert named(mongotail, writers, "--known-users", names) == nobody | bob
    assert named(mongotail, writers, "--by-user", "ada") == ada


def test_every_format_for_people_and_programs_names_the_user(mongotail, writers):
    flags = [*writers.flags(), "--by-user", "ada", "--limit", 1]
    assert "  by ada@admin  shop.orders  'ada 1'" in mongotail.run(*flags, "-o", "short", uri(writers)).ok().stdout
    assert "[by ada@admin]" in mongotail.run(*flags, "-o", "pretty", uri(writers)).ok().stdout
    event, = mongotail.run(*flags, "-o", "event", uri(writers)).ok().json()
    assert event["user"] == "ada@admin"


def test_a_summary_by_user_names_those_who_are_known(mongotail, writers):
    flags = [*writers.flags(), "--summary-by", "user", "-o", "json"]
    counts = {row["user"]: row["count"] for row in mongotail.run(*flags, uri(writers, "seer")).ok().json()}
    assert counts == {"ada@admin": 4, "bob@shop": 4, None: counts[None]}
    counts = {row["user"]: row["count"] for row in mongotail.run(*flags, "--by-user", "ada", uri(writers)).ok().json()}
    assert counts == {"ada@admin": 4}


def test_who_is_not_known_is_the_beginning_of_a_hash_in_a_summary(mongotail, writers):
    rows = mongotail.run(*writers.flags(), "--summary-by", "user", "-o", "json", uri(writers)).ok().json()
    unnamed = {row["user"] for row in rows} - {None}
    assert len(unnamed) == 2
    assert all(len(user) >= 8 and set(user) <= set("0123456789abcdef") for user in unnamed)


def test_events_of_serve_name_those_whom_its_login_or_its_list_knows(mongotail, writers, tmp_path):
    names = tmp_path / "users"
    names.write_text("bob@shop\n")
    for user, flags, expected in (("reader", [], set()), ("reader", ["--known-users", names], {"bob@shop"}),
                                  ("seer", [], {"ada@admin", "bob@shop"})):
        with Server(mongotail, uri(writers, user), *flags) as server:
            _, _, body = server.request(f"/tail?ns=shop.orders&op=i&since={writers.begin}&no-follow=true&output=event")
            events = [json.loads(line) for line in body.splitlines()]
            assert len(events) == 5
            assert {event["user"] for event in events if "user" in event} == expected


def test_a_list_of_users_that_cant_be_read_is_a_failure(mongotail, writers, tmp_path):
    mongotail.run("--known-users", tmp_path / "none", uri(writers)).ended(1, "--known-users", "none")
