"""Each command that a real server logs is found by the collection it names, and by no other."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure
from support import ReplicaSet, wait_until
from support.oplog import Oplog, parse_all


@pytest.fixture
def other(client: MongoClient, db: Database) -> Iterator[Database]:
    """A second database."""
    name = f"{db.name}_other"
    yield client[name]
    client.drop_database(name)


class Log:
    """The commands that a run prints of what was written since the test began."""

    def __init__(self, mongotail: Any, rs: ReplicaSet, oplog: Oplog) -> None:
        since = oplog.here()
        self._oplog = oplog
        self._run = lambda *args: mongotail.run(rs.uri, "--since", since, "--no-follow", *args).ok()

    def operations(self, *args: str) -> list[dict[str, Any]]:
        self._oplog.settle()
        return parse_all(self._run(*args).lines)

    def commands(self, *patterns: str) -> list[str]:
        flags = [flag for pattern in patterns for flag in ("--ns", pattern)]
        return [next(iter(op["o"])) for op in self.operations("--op", "c", *flags)]


@pytest.fixture
def log(mongotail, rs: ReplicaSet, oplog: Oplog) -> Log:
    return Log(mongotail, rs, oplog)


def fill(db: Database, name: str = "target") -> None:
    db[name].insert_many([{"_id": 1, "a": 7}, {"_id": 2, "a": 7}])


def create_capped(db: Database) -> None:
    db.create_collection("target", capped=True, size=4096)
    fill(db)


def emptycapped(db: Database) -> None:
    create_capped(db)
    db.command("emptycapped", "target")


def index_filled(db: Database) -> None:
    fill(db)
    db.target.create_index("a")


def index_that_fails(db: Database) -> None:
    fill(db)
    with pytest.raises(OperationFailure):
        db.target.create_index("a", unique=True)


def index_empty(db: Database) -> None:
    db.create_collection("target")
    db.target.create_index("a")


def drop_every_index(db: Database) -> None:
    index_empty(db)
    db.target.create_index("b")
    db.target.drop_indexes()


def drop_one_index(db: Database) -> None:
    index_empty(db)
    db.target.drop_index("a_1")


def coll_mod(db: Database) -> None:
    db.create_collection("target")
    db.command("collMod", "target", validator={"a": 1})


def drop(db: Database) -> None:
    fill(db)
    db.target.drop()


def convert_to_capped(db: Database) -> None:
    fill(db)
    db.command("convertToCapped", "target", size=4096)


def out(db: Database) -> None:
    fill(db, "source")
    db.source.aggregate([{"$out": "target"}])


# What is written, the commands that name the collection `target`, and the same before 4.4.
CASES: list[tuple[Callable[[Database], Any], list[str], list[str] | None]] = [
    (lambda db: db.create_collection("target"), ["create"], None),
    (drop, ["create", "drop"], None),
    (coll_mod, ["create", "collMod"], None),
    (index_empty, ["create", "createIndexes"], None),
    (index_filled, ["create", "startIndexBuild", "commitIndexBuild"], ["create", "createIndexes"]),
    (index_that_fails, ["create", "startIndexBuild", "abortIndexBuild"], ["create"]),
    (drop_one_index, ["create", "createIndexes", "dropIndexes"], None),
    (drop_every_index, ["create"] + ["createIndexes"] * 2 + ["dropIndexes"] * 2, None),
    (emptycapped, ["create", "emptycapped"], None),
    (convert_to_capped, ["create", "renameCollection"], None),
    (out, ["renameCollection"], None),
]


@pytest.mark.parametrize("work, commands, before_44", CASES, ids=[case[0].__name__.replace("<lambda>", "create") for case in CASES])
def test_a_command_is_found_by_its_collection_alone(rs, db: Database, log: Log, work, commands, before_44):
    work(db)
    expected = before_44 if before_44 is not None and rs.primary.version < (4, 4) else commands
    assert log.commands(f"{db.name}.target") == expected
    assert log.commands(f"{db.name}.targe?") == expected
    assert log.commands(f"{db.name[:-1]}?.target", f"{db.name}.nothing") == expected
    for pattern in (f"{db.name}.targ", f"{db.name}.targets", f"{db.name}.$cmd", f"{db.name}.Target", f"{db.name}x.target", "admin.target"):
        assert log.commands(pattern) == [], pattern
    assert set(expected) <= set(log.commands(db.name))


def test_a_name_with_dots_is_one_collection(db: Database, log: Log):
    db.create_collection("a.b.c")
    db.create_collection("a.b")
    assert log.commands(f"{db.name}.a.b.c") == ["create"]
    assert log.commands(f"{db.name}.a") == []
    assert log.commands(f"{db.name}.a*") == ["create", "create"]


def test_a_rename_is_found_by_both_names_and_by_no_other(db: Database, log: Log):
    fill(db, "over")
    for number, target in enumerate(("new", "over", "dotted.name")):
        fill(db, f"old{number}")
        db[f"old{number}"].rename(target, dropTarget=True)
    assert log.commands(f"{db.name}.old0") == ["create", "renameCollection"]
    assert log.commands(f"{db.name}.new") == ["renameCollection"]
    assert log.commands(f"{db.name}.dotted.name") == ["renameCollection"]
    assert log.commands(f"{db.name}.over").count("renameCollection") == 1
    assert log.commands(f"{db.name}.dotted") == log.commands(f"{db.name}.ol") == []


def test_a_rename_to_another_database_is_found_there_and_its_source_is_dropped(client, db: Database, other: Database, log: Log):
    """The server writes a copy under another name, and renames that."""
    fill(db, "moved")
    client.admin.command("renameCollection", f"{db.name}.moved", to=f"{other.name}.arrived")
    assert log.commands(f"{other.name}.arrived") == ["renameCollection"]
    assert log.commands(f"{db.name}.moved") == ["create", "drop"]


def test_a_dropped_database_is_found_by_its_name_alone(client, db: Database, other: Database, log: Log):
    fill(db)
    fill(other)
    client.drop_database(db)
    for pattern in (db.name, f"{db.name}.*", f"{db.name}.target", f"{db.name}.never", f"{db.name[:-1]}*.x"):
        assert log.commands(pattern)[-1] == "dropDatabase", pattern
    for pattern in (other.name, f"{other.name}.target", f"{db.name[:-1]}.x", "admin", f"{db.name}_other.*"):
        assert "dropDatabase" not in log.commands(pattern), pattern
    assert log.commands(f"{db.name}.target") == ["create", "drop", "dropDatabase"]


def test_a_view_is_a_document_of_its_databases_views(db: Database, log: Log):
    fill(db)
    db.command("create", "view", viewOn="target", pipeline=[])
    printed = log.operations("--ns", f"{db.name}.system.views", "--op", "i")
    assert [op["o"]["_id"] for op in printed] == [f"{db.name}.view"]
    assert log.commands(f"{db.name}.view") == []


def test_time_series_are_found_by_the_name_of_their_buckets(rs, db: Database, log: Log):
    if rs.primary.version < (5, 0):
        pytest.skip("time-series collections came with 5.0")
    db.create_collection("points", timeseries={"timeField": "at"})
    db.create_collection("pointless", timeseries={"timeField": "at"})
    for pattern in ("system.buckets.points", "points", "*points", "po?nts", "p*s"):
        assert log.commands(f"{db.name}.{pattern}")[:1] == ["create"], pattern
    for pattern in ("system.buckets.point", "point", "buckets.points"):
        assert log.commands(f"{db.name}.{pattern}") == [], pattern


def test_a_check_of_a_collection_is_found_by_its_name(db: Database, log: Log):
    fill(db)
    fill(db, "unchecked")
    db.command("dbCheck", "target")

    def checks() -> list[dict[str, Any]]:
        return [op for op in log.operations("--ns", f"{db.name}.target", "--op", "c") if "dbCheck" in op["o"]]

    batches = wait_until(checks, "a check to be logged", interval=0.2)
    assert {op["o"]["dbCheck"] for op in batches} == {f"{db.name}.target"}
    assert "dbCheck" not in log.commands(f"{db.name}.unchecked")


def test_commands_in_a_transaction_are_found_by_their_collections(rs, client, db: Database, log: Log):
    if rs.primary.version < (4, 4):
        pytest.skip("transactions create collections since 4.4")
    db.create_collection("beside")
    with client.start_session() as session, session.start_transaction():
        db.made.create_index("a", session=session)
        db.made.insert_one({"_id": 1}, session=session)
        db.beside.insert_one({"_id": 1}, session=session)
        db.other.insert_one({"_id": 1}, session=session)
    assert log.commands(f"{db.name}.made") == ["create", "createIndexes"]
    assert log.commands(f"{db.name}.other") == ["create"]
    assert log.commands(f"{db.name}.beside") == ["create"]
    indexed = log.operations("--ns", f"{db.name}.made")
    assert [(op["op"], op["txnOpIndex"]) for op in indexed] == [("c", 0), ("c", 1), ("i", 2)]


@pytest.mark.parametrize("excluded, shown", [
    (["target"], ["create", "drop", "renameCollection"]), (["new"], ["create", "renameCollection"]), (["target", "new"], []),
])
def test_an_excluded_name_hides_what_names_nothing_else(db: Database, log: Log, excluded, shown):
    fill(db)
    fill(db, "new")
    db.new.drop()
    db.target.rename("new")
    args = [arg for name in excluded for arg in ("--ns-exclude", f"{db.name}.{name}")]
    assert [next(iter(op["o"])) for op in log.operations("--ns", db.name, "--op", "c", *args)] == shown
