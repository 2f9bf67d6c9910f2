"""Transactions of every shape that a server writes, from every place where a stream may begin."""

import random
from typing import Any

import bson
import pytest
from bson import CodecOptions, DatetimeConversion, Timestamp
from pymongo import MongoClient
from pymongo.database import Database
from support import ReplicaSet, wait_until
from support.oplog import Oplog, after, operations, parse_all, places, text_of
from support.seed import seed
from support.transactions import Transaction

SEED = seed()
KINDS = ["commit", "prepare and commit", "abort", "prepare and abort"]
DATES: CodecOptions = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_MS)


@pytest.fixture(scope="module")
def rs(splitting: ReplicaSet) -> ReplicaSet:
    return splitting


@pytest.fixture
def db(db: Database) -> Database:
    """With a collection c and a collection d."""
    db.create_collection("c")
    db.create_collection("d")
    return db


@pytest.fixture
def shown(mongotail, rs: ReplicaSet, db: Database, oplog: Oplog):
    """The `_id` of each operation printed of what was written since the test began."""
    since = oplog.here()

    def run(*args: object) -> list[Any]:
        printed = parse_all(mongotail.run(rs.uri, "--since", since, "--no-follow", "--ns", db.name, *args).ok().lines)
        return [op["o"]["_id"] for op in printed]

    return run


def of_transactions(entries: list[dict]) -> list[dict]:
    return [entry for entry in entries if entry["op"] == "c"]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("kind", KINDS)
def test_a_transaction_is_printed_once_and_whole_if_it_is_committed(mongotail, rs, db, oplog, shown, kind: str, count: int):
    begin = oplog.newest()
    one = Transaction(db.client).insert(db.c, *range(count))
    if "prepare" in kind:
        one.prepare()
    one.commit() if "commit" in kind else one.abort()
    entries = of_transactions(oplog.entries({"ts": {"$gt": begin}}))
    parts = (count + 1) // 2
    assert len(entries) == {"commit": parts, "prepare and commit": parts + 1, "abort": 0, "prepare and abort": parts + 1}[kind]
    assert shown() == (list(range(count)) if "commit" in kind else [])


@pytest.mark.parametrize("count", [1, 5])
def test_an_operation_has_the_fields_of_the_entry_that_commits_it(mongotail, rs, db, oplog, count: int):
    """Not those of the prepare entry, nor the commit's own commitTimestamp."""
    begin = oplog.newest()
    one = Transaction(db.client).insert(db.c, *range(count)).prepare()
    db.d.insert_one({"_id": "between"})
    one.commit()
    entries = of_transactions(oplog.entries({"ts": {"$gt": begin}}))
    commit = entries[-1]
    assert list(commit["o"]) == ["commitTransaction", "commitTimestamp"] and commit["o"]["commitTimestamp"] < commit["ts"]
    inner = [operation for entry in entries[:-1] for operation in entry["o"]["applyOps"]]
    expected = [operation | {name: commit[name] for name in ("ts", "t", "v", "wall", "lsid", "txnNumber")} | {"txnOpIndex": index}
                for index, operation in enumerate(inner)]
    run = mongotail.run(rs.uri, "--since", text_of(after(begin)), "--no-follow", "--ns", f"{db.name}.c", "-o", "bson").ok()
    printed = bson.decode_all(run.raw, DATES)
    assert printed == expected and len(printed) == count
    assert [list(op) for op in printed] == [list(op) for op in expected]
    assert run.raw == b"".join(bson.encode(op, codec_options=DATES) for op in expected), "values of other types"


def test_an_empty_prepared_transaction_prints_nothing(db, oplog, shown):
    begin = oplog.newest()
    one = Transaction(db.client)
    db.c.find_one({"_id": 1}, session=one.session)
    one.prepare().commit()
    assert [entry["o"].get("applyOps") for entry in of_transactions(oplog.entries({"ts": {"$gt": begin}}))] == [[], None]
    assert shown() == []


def test_a_prepared_transaction_is_printed_as_soon_as_it_is_committed_and_not_before(mongotail, rs, db):
    with mongotail.tail(rs.uri, "--ns", db.name, "--limit", 5) as tail:
        tail.wait_following()
        one = Transaction(db.client).insert(db.c, 1, 2, 3).prepare()
        db.d.insert_one({"_id": "between"})
        assert [op["o"]["_id"] for op in tail.wait_json(1)] == ["between"]
        one.commit()
        assert [op["o"]["_id"] for op in tail.wait_json(4)] == ["between", 1, 2, 3]
        db.d.insert_one({"_id": "behind"})
        tail.ended(0)
        assert [op["o"]["_id"] for op in tail.json()] == ["between", 1, 2, 3, "behind"]


def test_open_transactions_are_distinguished_and_printed_in_the_order_of_their_commits(db, shown):
    a, b, c, d = (Transaction(db.client) for _ in range(4))
    for number in range(3):
        for letter, one in zip("abcd", (a, b, c, d), strict=True):
            one.insert(db.c, f"{letter}{number}")
    c.prepare()
    a.prepare()
    db.d.insert_one({"_id": "between"})
    b.commit()
    d.prepare()
    a.commit()
    d.abort()
    c.commit()
    assert shown() == ["between", "b0", "b1", "b2", "a0", "a1", "a2", "c0", "c1", "c2"]


def write_randomly(db: Database, chance: random.Random) -> None:
    """Transactions of all kinds, up to four open at once, and plain writes among them."""
    open_ones: list[tuple[str, Transaction, list[bool]]] = []
    for number in range(100):
        step = chance.random()
        if step < 0.15:
            db.c.insert_one({"_id": f"plain {number}"})
        elif step < 0.4 and len(open_ones) < 4:
            kind = chance.choice(KINDS)
            open_ones.append((kind, Transaction(db.client).insert(db.c, f"first {number}"), [False]))
        elif open_ones:
            kind, one, prepared = chance.choice(open_ones)
            if not prepared[0] and step < 0.75:
                one.insert(chance.choice([db.c, db.d]), *(f"{number}.{each}" for each in range(chance.randrange(1, 4))))
            elif "prepare" in kind and not prepared[0]:
                one.prepare()
                prepared[0] = True
            else:
                one.commit() if "commit" in kind else one.abort()
                open_ones = [each for each in open_ones if each[1] is not one]
    for kind, one, prepared in open_ones:
        if "prepare" in kind and not prepared[0]:
            one.prepare()
        one.commit() if "commit" in kind else one.abort()


@pytest.mark.timeout(120)
def test_from_every_entry_on_exactly_what_is_committed_behind_it_is_printed(mongotail, rs, db, oplog):
    """Parts before the start are fetched: by --since, which includes its entry, and by --after-cursor, which does not."""
    begin = oplog.newest()
    write_randomly(db, random.Random(SEED))
    entries = oplog.entries({"ts": {"$gt": begin}})
    everything = [op for op in operations(entries) if op["ns"].startswith(f"{db.name}.")]
    print(f"seed {SEED}: {len(entries)} entries, {len(everything)} operations")
    assert len(entries) >= 20 and len(everything) >= 10
    for number, entry in enumerate(entries):
        since = text_of(entry["ts"])
        run = mongotail.run(rs.uri, "--ns", db.name, "--since", since, "--no-follow").ok()
        expected = [op for op in everything if op["ts"] >= entry["ts"]]
        printed = parse_all(run.lines)
        assert printed == expected, f"seed {SEED}, since entry {number}"
        run = mongotail.run(rs.uri, "--ns", db.name, "--after-cursor", f"{since}@{entry['t']}", "--no-follow").ok()
        expected = [op for op in everything if op["ts"] > entry["ts"]]
        assert parse_all(run.lines) == expected, f"seed {SEED}, after entry {number}"


def test_a_cursor_inside_of_a_transaction_resumes_with_its_next_operation(mongotail, rs, db, oplog):
    for prepared in (False, True):
        begin = oplog.newest()
        one = Transaction(db.client).insert(db.c, *(f"{prepared} {index}" for index in range(7)))
        if prepared:
            one.prepare()
        one.commit()
        last = of_transactions(oplog.entries({"ts": {"$gt": begin}}))[-1]
        for index in range(7):
            cursor = f"{text_of(last['ts'])}@{last['t']}#{index}"
            run = mongotail.run(rs.uri, "--ns", db.name, "--after-cursor", cursor, "--no-follow").ok()
            assert places(parse_all(run.lines)) == [(text_of(last["ts"]), later) for later in range(index + 1, 7)]


def test_raw_prints_every_entry_of_a_transaction_as_it_is_stored(mongotail, rs, db, oplog):
    """With --ns those that hold something selected; without, prepare, commit and abort entries too."""
    begin = oplog.newest()
    one = Transaction(db.client).insert(db.c, 1, 2, 3).prepare()
    two = Transaction(db.client).insert(db.d, 1).prepare()
    two.abort()
    one.commit()
    entries = of_transactions(oplog.entries({"ts": {"$gt": begin}}))
    assert [next(iter(entry["o"])) for entry in entries] == ["applyOps"] * 3 + ["abortTransaction", "commitTransaction"]
    window = ["--raw", "--since", text_of(after(begin)), "--no-follow"]
    assert parse_all(mongotail.run(rs.uri, *window, "--op", "c").ok().lines) == entries
    selected = parse_all(mongotail.run(rs.uri, *window, "--ns", f"{db.name}.c").ok().lines)
    assert selected == [entry for entry in entries
                        if any(inner["ns"] == f"{db.name}.c" for inner in entry["o"].get("applyOps", []))]
    assert len(selected) == 2


def test_an_apply_ops_by_hand_is_numbered_through(mongotail, rs, db, oplog):
    since = oplog.here()
    db.d.insert_one({"_id": 1})
    db.client.admin.command("applyOps", [
        {"op": "i", "ns": f"{db.name}.c", "o": {"_id": 0}}, {"op": "u", "ns": f"{db.name}.d", "o2": {"_id": 1}, "o": {"$set": {"a": 1}}},
        {"op": "i", "ns": f"{db.name}.c", "o": {"_id": 2}}, {"op": "d", "ns": f"{db.name}.d", "o": {"_id": 1}}])
    oplog.settle()
    run = mongotail.run(rs.uri, "--since", since, "--no-follow", "--ns", db.name, "-q", '{"txnOpIndex":{"$exists":true}}')
    printed = parse_all(run.ok().lines)
    assert [(op["op"], op["txnOpIndex"]) for op in printed] == list(zip("iuid", range(4), strict=True))
    assert len({op["ts"] for op in printed}) == 1
    # Its session stands inside of its `o`, and is not that of a transaction.
    assert not any("txnNumber" in op or "lsid" in op for op in printed)


def test_what_is_nested_in_an_apply_ops_is_printed_once_and_in_order(mongotail, rs, db, oplog):
    since = oplog.here()

    def insert(key: int) -> dict[str, Any]:
        return {"op": "i", "ns": f"{db.name}.c", "o": {"_id": key}}

    def nested(*inner: dict[str, Any]) -> dict[str, Any]:
        return {"op": "c", "ns": "admin.$cmd", "o": {"applyOps": list(inner)}}

    work = [insert(0), nested(insert(1), nested(nested(insert(2), insert(3)), insert(4))), nested(insert(5), insert(6)), insert(7)]
    db.client.admin.command("applyOps", work)
    oplog.settle()
    printed = parse_all(mongotail.run(rs.uri, "--since", since, "--no-follow", "--ns", db.name).ok().lines)
    assert [op["o"]["_id"] for op in printed] == list(range(8))
    assert sum(op.get("txnOpIndex") == 1 for op in printed) >= 2


def test_an_apply_ops_by_hand_with_a_command_in_it_is_unwrapped(mongotail, rs, db, oplog):
    since = oplog.here()
    inner = [{"op": "c", "ns": f"{db.name}.$cmd", "o": {"create": "made"}}, {"op": "c", "ns": f"{db.name}.$cmd", "o": {"drop": "d"}}]
    db.client.admin.command("applyOps", inner)
    oplog.settle()
    for name, command in (("made", "create"), ("d", "drop")):
        run = mongotail.run(rs.uri, "--since", since, "--no-follow", "--ns", f"{db.name}.{name}").ok()
        assert [next(iter(op["o"])) for op in parse_all(run.lines)] == [command]


def test_a_batched_delete_is_printed_document_by_document(mongotail, rs, db, oplog):
    if rs.primary.version < (6, 0):
        pytest.skip("deletes are batched since 6.0")
    db.c.insert_many([{"_id": number} for number in range(5)])
    begin = oplog.newest()
    with rs.primary.failpoint("batchDeletesByDefault"):
        db.c.delete_many({})
    (entry,) = oplog.entries({"ts": {"$gt": begin}, "o.applyOps": {"$exists": True}})
    assert "txnNumber" not in entry and "prevOpTime" not in entry and len(entry["o"]["applyOps"]) == 5
    run = mongotail.run(rs.uri, "--since", text_of(after(begin)), "--no-follow", "--ns", db.name).ok()
    printed = parse_all(run.lines)
    assert [(op["op"], op["o"]["_id"], op["txnOpIndex"]) for op in printed] == [("d", number, number) for number in range(5)]
    assert all(op["ts"] == entry["ts"] and op["wall"] == entry["wall"] and op.get("lsid") == entry.get("lsid") for op in printed)


def test_a_transaction_prepared_on_one_primary_and_committed_on_the_next_is_printed_once(mongotail, rs3: ReplicaSet, db_name):
    client: MongoClient = rs3.client(w="majority")
    db = client[db_name]
    db.create_collection("c")
    with mongotail.tail(rs3.uri, "--ns", f"{db_name}.c", "--limit", 4) as tail:
        tail.wait_following()
        kept, given_up = (Transaction(client).insert(db.c, *keys).prepare() for keys in ((1, 2, 3), (4, 5)))
        rs3.step_down()
        kept.commit()
        given_up.abort()
        db.c.insert_one({"_id": "behind"})
        tail.ended(0, timeout=30)
        assert [op["o"]["_id"] for op in tail.json()] == [1, 2, 3, "behind"]
    commit, behind = (Timestamp(op["ts"]["$timestamp"]["t"], op["ts"]["$timestamp"]["i"]) for op in tail.json()[2:])
    # Whoever begins with the commit has the whole transaction, from any member that has heard of its majority.
    for node in rs3.nodes:
        wait_until(lambda node=node: node.hello()["lastWrite"]["majorityOpTime"]["ts"] >= behind, "the member to follow")
        run = mongotail.run(f"{node.uri}/?directConnection=true", "--ns", f"{db_name}.c", "--since", text_of(commit), "--no-follow")
        assert [op["o"]["_id"] for op in run.ok().json()] == [1, 2, 3, "behind"]
        run = mongotail.run(f"{node.uri}/?directConnection=true", "--ns", f"{db_name}.c", "--since", text_of(behind), "--no-follow")
        assert [op["o"]["_id"] for op in run.ok().json()] == ["behind"]
