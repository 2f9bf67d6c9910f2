"""The questions that people ask of an oplog, each answered by one command."""

import re
from datetime import datetime, timezone

from bson import Timestamp
from pymongo import MongoClient
from pymongo.database import Database
from support import ReplicaSet
from support.cli import Mongotail
from support.oplog import Oplog, after, text_of
from support.wait import wait_until


def next_second(db: Database, oplog: Oplog) -> int:
    """The oplog's clock, once it has moved on."""
    begin = oplog.newest().time

    def has_moved() -> bool:
        db.other.insert_one({})
        return oplog.newest().time > begin

    wait_until(has_moved, "another second")
    return oplog.newest().time


def test_what_fills_my_oplog(mongotail: Mongotail, rs, db: Database, oplog: Oplog):
    begin = text_of(after(oplog.newest()))
    db.large.insert_many([{"_id": number, "text": "x" * 10_000} for number in range(50)])
    for number in range(200):
        db.often.update_one({"_id": number % 20}, {"$set": {"n": number}}, upsert=True)
    flags = ["--since", begin, "--no-follow", "--ns", f"{db.name}.*"]
    first = mongotail.run(*flags, "--summary", rs.uri).ok().lines[1].split()
    assert first[:3] == [f"{db.name}.large", "insert", "50"] and first[4] == "kB"
    assert 500 < float(first[3]) < 520 and 85 < float(first[5].rstrip("%")) < 100
    by_count = mongotail.run(*flags, "--summary-by", "ns", "--sort", "count", "-o", "json", rs.uri).ok().json()
    # With the creations of the collections.
    assert [(row["ns"].removeprefix(db.name + "."), row["count"]) for row in by_count] == [("often", 201), ("large", 51)]
    fields = mongotail.run(*flags, "--summary-by", "op,field", "-o", "json", rs.uri).ok().json()
    assert {(row["op"], row["field"]): row["count"] for row in fields} == {
        ("i", None): 70, ("u", "n"): 180, ("c", None): 2}


def test_what_did_the_migration_do_to_users_between_22_00_and_23_00(mongotail: Mongotail, rs, db: Database, oplog: Oplog):
    """Here between two seconds: no test waits for an hour."""
    db.users.insert_many([{"_id": number, "name": {"first": "A", "last": "B"}, "tags": ["a", "b"]} for number in range(30)])
    begin = next_second(db, oplog)
    for number in range(20):
        db.users.update_one({"_id": number}, {"$set": {"schemaVersion": 2, "tags.1": "c"}, "$unset": {"name.last": 1}})
    db.users.delete_many({"_id": {"$gte": 25}})
    end = next_second(db, oplog)
    db.users.update_one({"_id": 1}, {"$set": {"later": 1}})
    flags = ["--since", str(begin), "--until", str(end), "--ns", f"{db.name}.users", "--summary-by", "op,field"]
    rows = mongotail.run(*flags, "--sort", "count", "-o", "json", rs.uri).ok().json()
    assert {(row["op"], row["field"]): row["count"] for row in rows} == {
        ("u", "schemaVersion"): 20, ("u", "tags.$"): 20, ("u", "name.last"): 20, ("d", None): 5}
    table = mongotail.run(*flags, rs.uri).ok().stdout
    assert re.search(r"(?m)^update +schemaVersion +20 ", table) and re.search(r"(?m)^total +25 ", table)


def test_how_many_hours_does_it_hold(mongotail: Mongotail, rs, oplog: Oplog):
    said = mongotail.run("info", "--utc", rs.uri).ok().stdout
    oldest = oplog.oldest()
    first = datetime.fromtimestamp(oldest.time, timezone.utc)
    assert re.search(rf"(?m)^first entry +{first:%Y-%m-%d %H:%M}:\S+Z  {text_of(oldest)}$", said)
    assert re.search(r"(?m)^covers +[\d.]+ (second|minute|hour|day)s?\n +[\d.]+ \w+ at the rate of the last hour", said)
    said = mongotail.run("info", "-o", "json", rs.uri).ok().json()[0]
    newest = Timestamp(said["last"]["ts"]["$timestamp"]["t"], said["last"]["ts"]["$timestamp"]["i"])
    assert abs(said["hours"] * 3600 - (newest.time - oldest.time)) < 1 and newest <= oplog.newest()


def test_which_member_lags(mongotail: Mongotail, server_version: str | None):
    # Else the other secondary may read from the one that lags.
    settings = {"chainingAllowed": False}
    with ReplicaSet(3, server_version, settings=settings) as three, three.client(w=1) as client:
        late = three.secondaries[0]
        with late.failpoint("stopReplProducer"):
            def has_moved() -> bool:
                client.lag.c.insert_one({})
                members = mongotail.run("info", "--members", "-o", "json", three.uri).ok().json()[0]["members"]
                lag = {member["name"]: member["lagSeconds"] for member in members}
                if None in lag.values():  # of a member that the primary has not heard yet
                    return False
                return lag[late.address] >= 3 and all(lag[node.address] < 3 for node in three.nodes if node is not late)

            def is_in_the_table() -> bool:
                return has_moved() and bool(re.search(rf"(?m)^{late.address} +SECONDARY +\d+:\d+ +\d+ seconds ",
                                                      mongotail.run("info", "--members", three.uri).ok().stdout))

            # The first lag that is told may be of a set that was idle: what the member had got just
            # before it was stopped is not yet known to the primary.
            wait_until(is_in_the_table, "one member to lag", timeout=30, interval=0.2)


def test_tell_me_when_a_collection_is_dropped(mongotail: Mongotail, rs, db: Database):
    for name in ("orders", "carts", "users"):
        db[name].insert_one({"_id": 1, "drop": name})
    flags = ["--op", "drop,dropDatabase", "--ns", f"{db.name}.*", "--format", "{time} {change}"]
    with mongotail.tail(*flags, rs.uri) as tail:
        tail.wait_following()
        db.orders.rename("sales")
        db.sales.drop()
        db.users.delete_many({})
        db.client.drop_database(db.name)
        lines = tail.wait_lines(4)
    said = [re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (.*)\n", line)[1] for line in lines]
    assert said[0] == f"drop {db.name}.sales"
    assert sorted(said[1:3]) == [f"drop {db.name}.carts", f"drop {db.name}.users"]
    assert said[3] == f"dropDatabase {db.name}"


def test_which_code_deletes_my_documents(mongotail: Mongotail, server_version: str | None):
    """Code that has a user of its own."""
    with ReplicaSet(1, server_version, auth=True) as locked, locked.client(w="majority") as client:
        client.shop.orders.insert_many([{"_id": number} for number in range(6)])
        begin = text_of(after(Oplog(client).newest()))
        seer = locked.create_user("seer", [{"role": "read", "db": "local"}, "userAdminAnyDatabase"])
        for user, orders in (("api", [0]), ("cleanup", [1, 2, 3])):
            login = locked.uri_with(user, locked.create_user(user, [{"role": "readWrite", "db": "shop"}]))
            with MongoClient(login, w="majority") as of_user:
                for order in orders:
                    of_user.shop.orders.delete_one({"_id": order})
        flags = ["--since", begin, "--no-follow", "--ns", "shop.orders", "--op", "d", "--format", "{id} {user}"]
        said = mongotail.run(*flags, locked.uri_with("seer", seer)).ok().lines
        assert said == ["0 api@admin", "1 cleanup@admin", "2 cleanup@admin", "3 cleanup@admin"]
        assert mongotail.run(*flags, "--by-user", "api", locked.uri_with("seer", seer)).ok().lines == ["0 api@admin"]


def test_how_did_this_document_come_to_be(mongotail: Mongotail, rs, db: Database, oplog: Oplog):
    begin = text_of(after(oplog.newest()))
    was = []
    db.orders.insert_one({"_id": "x", "status": "new", "lines": [{"sku": "tea", "q": 1}]})
    for change in ({"$set": {"status": "paid"}}, {"$push": {"lines": {"sku": "pot", "q": 1}}}, {"$inc": {"lines.0.q": 2}}):
        was.append(db.orders.find_one())
        db.orders.update_one({"_id": "x"}, change)
    was.append(db.orders.find_one())
    db.orders.delete_one({"_id": "x"})
    rows = mongotail.run("--ns", f"{db.name}.orders", "--id", "x", "--state", "--since", begin, "--no-follow", rs.uri).ok().json()
    assert [row["state"] for row in rows] == [*was, None]


def test_what_do_two_deployments_write(mongotail: Mongotail, rs, db: Database, server_version: str | None):
    with ReplicaSet(1, server_version, name="rs1") as other:
        theirs = other.client(w="majority")[db.name]
        for database in (db, theirs):
            database.create_collection("c")
        with mongotail.tail(rs.uri, other.uri, "--ns", f"{db.name}.c", "--op", "i", "-o", "json") as tail:
            tail.wait_following()
            for number in range(4):
                (db, theirs)[number % 2].c.insert_one({"_id": number})
            seen = [(op["source"], op["o"]["_id"]) for op in tail.wait_json(4, 40)]
    assert sorted(seen, key=lambda one: one[1]) == [("rs0", 0), ("rs1", 1), ("rs0", 2), ("rs1", 3)]


def test_why_does_nothing_come(mongotail: Mongotail, rs, db: Database):
    db.orders.insert_one({"_id": 1})
    mistyped = f"{db.name}.order"
    with mongotail.terminal("--since", "oldest", "--no-follow", "--ns", mistyped, rs.uri) as term:
        assert term.wait_end() == 0
        assert f"did you mean --ns '{mistyped}s'?" in term.text, term


def test_what_must_leave_my_cache(mongotail: Mongotail, rs, db: Database, oplog: Oplog):
    """The same keys, whether it was updated, replaced, deleted, or changed in a transaction."""
    db.products.insert_many([{"_id": number, "price": 1} for number in range(4)])
    begin = text_of(after(oplog.newest()))
    db.products.update_one({"_id": 0}, {"$set": {"price": 2}, "$unset": {"old": 1}})
    db.products.replace_one({"_id": 1}, {"price": 3})
    with db.client.start_session() as session, session.start_transaction():
        db.products.update_one({"_id": 2}, {"$inc": {"price": 1}}, session=session)
        db.products.delete_one({"_id": 3}, session=session)
    flags = ["--since", begin, "--no-follow", "--ns", f"{db.name}.products", "--op", "u,d", "-o", "event"]
    events = mongotail.run(*flags, rs.uri).ok().json()
    assert [(event["op"], event["id"]) for event in events] == [("u", 0), ("u", 1), ("u", 2), ("d", 3)]
    assert [event.get("set") or event.get("doc") for event in events] == [
        {"price": 2}, {"_id": 1, "price": 3}, {"price": 2}, None]
    assert all("txn" in event for event in events[2:])
