"""-o event and --with-cursor say the same from every source, and where to resume from each line."""

import json
from typing import Any

import pytest
from pymongo.database import Database
from support import Mongotail, ReplicaSet
from support.oplog import Oplog, after, text_of
from support.serve import Server


def write(db: Database) -> None:
    c = db.c
    c.insert_one({"_id": 1, "a": 1, "items": [{"qty": 1}, {"qty": 2}, {"qty": 3}], "gone": True})
    c.update_one({"_id": 1}, {"$set": {"a": 2, "items.1.qty": 5}, "$unset": {"gone": 1}})
    with db.client.start_session() as session, session.start_transaction():
        for number in range(5):
            c.insert_one({"_id": f"txn {number}"}, session=session)
        c.update_one({"_id": 1}, {"$set": {"b": {"c": 1}}}, session=session)
        c.delete_one({"_id": "txn 0"}, session=session)
    c.replace_one({"_id": 1}, {"only": "this"})
    c.delete_one({"_id": 1})
    c.rename("d")
    db.d.drop()


@pytest.fixture
def flags(db: Database, oplog: Oplog) -> list[Any]:
    begin = text_of(after(oplog.newest()))
    write(db)
    oplog.settle()
    return ["--since", begin, "--no-follow", "--ns", f"{db.name}.*"]


def events_of(lines: list[str]) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in lines]
    first = ["cursor", "time", "op", "ns", "id", "set", "unset"]
    assert all(list(event)[:7] == first for event in events)
    return events


def test_events_have_one_shape_and_say_what_was_done(mongotail: Mongotail, rs: ReplicaSet, db: Database, flags):
    events = events_of(mongotail.run(*flags, "-o", "event", rs.uri).ok().lines)
    ns = f"{db.name}.c"
    said = [(event["op"], event["ns"], event["id"], event["set"], event["unset"], event.get("doc"), event.get("command"))
            for event in events]
    whole = {"_id": 1, "a": 1, "items": [{"qty": 1}, {"qty": 2}, {"qty": 3}], "gone": True}
    assert said == [
        ("c", ns, None, {}, [], None, "create"),
        ("i", ns, 1, {}, [], whole, None),
        ("u", ns, 1, {"a": 2, "items.1.qty": 5}, ["gone"], None, None),
        *[("i", ns, f"txn {number}", {}, [], {"_id": f"txn {number}"}, None) for number in range(5)],
        ("u", ns, 1, {"b": {"c": 1}}, [], None, None),
        ("d", ns, "txn 0", {}, [], None, None),
        ("u", ns, 1, {}, [], {"_id": 1, "only": "this"}, None),
        ("d", ns, 1, {}, [], None, None),
        ("c", ns, None, {}, [], None, "renameCollection"),
        ("c", f"{db.name}.d", None, {}, [], None, "drop"),
    ]
    transaction = [event["txn"] for event in events if "txn" in event]
    assert [(txn["index"], txn["last"]) for txn in transaction] == [(index, index == 6) for index in range(7)]
    assert len({(txn["session"], txn["number"]) for txn in transaction}) == 1


@pytest.mark.parametrize("shape", [["-o", "event"], ["--with-cursor"]], ids=" ".join)
def test_each_line_says_where_to_resume_also_in_a_transaction(mongotail: Mongotail, rs: ReplicaSet, flags, shape):
    lines = mongotail.run(*flags, *shape, rs.uri).ok().lines
    assert len(lines) == 14
    assert sum("#" in json.loads(line)["cursor"] for line in lines) == 6
    for at, line in enumerate(lines):
        rest = mongotail.run("--after-cursor", json.loads(line)["cursor"], *flags[2:], *shape, rs.uri).ok().lines
        assert rest == lines[at + 1:]


def test_with_cursor_adds_the_cursor_to_the_line_and_nothing_else(mongotail: Mongotail, rs: ReplicaSet, flags):
    plain = mongotail.run(*flags, "-o", "json", rs.uri).ok().lines
    lines = mongotail.run(*flags, "--with-cursor", rs.uri).ok().lines
    cursors = mongotail.run(*flags, "--format", "{cursor}", rs.uri).ok().lines
    assert lines == [f'{line[:-1]},"cursor":"{cursor}"}}' for line, cursor in zip(plain, cursors, strict=True)]


def with_ends(lines: list[str]) -> list[str]:
    return [line + "\n" for line in lines]


@pytest.mark.parametrize("shape, parameters", [(["-o", "event"], {"output": "event"}),
                                               (["--with-cursor"], {"with-cursor": "true"})], ids=["event", "with-cursor"])
def test_subscribers_and_remote_readers_get_the_same_lines(mongotail: Mongotail, rs: ReplicaSet, db: Database, oplog: Oplog,
                                                          flags, shape, parameters):
    lines = mongotail.run(*flags, *shape, rs.uri).ok().lines
    with Server(mongotail, rs.uri) as server:
        past = {"since": flags[1], "no-follow": "true", "ns": f"{db.name}.*"}
        assert mongotail.run("--connect", server.address, *flags, *shape).ok().lines == lines
        with server.subscribe(**past, **parameters) as subscriber:
            assert subscriber.wait_end() == with_ends(lines)
        # What is still in memory is encoded anew for those who want it so, and for several at once.
        begin = text_of(after(oplog.newest()))
        with server.subscribe(ns=f"{db.name}.*", **parameters) as one, server.subscribe(ns=f"{db.name}.c", **parameters) as two, \
                server.subscribe(ns=f"{db.name}.*") as plain, server.events(ns=f"{db.name}.*", **parameters) as events:
            write(db)
            count = len(one.wait_lines(14))
            live = mongotail.run("--since", begin, *flags[2:], *shape, rs.uri).ok().lines
            assert one.lines == with_ends(live) and count == 14
            assert two.wait_lines(13) == with_ends(live[:13])
            plain_lines = mongotail.run("--since", begin, *flags[2:], "-o", "json", rs.uri).ok().lines
            assert plain.wait_lines(14) == with_ends(plain_lines)
            assert [data for _, data in events.wait_events(14)][-14:] == live
        status, said = server.refusal("/tail?output=pretty")
        assert status == 400 and "output" in said["error"]


def test_a_saved_oplog_has_the_same_events(mongotail: Mongotail, rs: ReplicaSet, oplog: Oplog, flags, tmp_path):
    lines = mongotail.run(*flags, "-o", "event", rs.uri).ok().lines
    file = tmp_path / "oplog.bson"
    file.write_bytes(mongotail.run("--raw", "--since", "oldest", "--no-follow", "-o", "bson", rs.uri, "--internal").ok().raw)
    assert mongotail.run("--file", file, *flags, "-o", "event").ok().lines == lines


@pytest.mark.parametrize("args", [["-o", "pretty"], ["-o", "short"], ["-o", "bson"], ["--format", "{id}"]], ids=" ".join)
def test_with_cursor_is_for_json(mongotail: Mongotail, args):
    mongotail.run("--with-cursor", *args, "--file", "none.bson").ended(2, "--with-cursor", "-o json")
