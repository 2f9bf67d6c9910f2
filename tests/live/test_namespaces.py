"""--ns, --ns-exclude, -d and -c against collections and commands of a real server."""

import pytest
from pymongo import IndexModel
from pymongo.database import Database
from support.oplog import Oplog, parse_all

STRANGE = "a.b^c(d)[e]{2}+|f*?\\é中 \"x'.ä"
NEAR = ["a.b^c(d)[e]{2}+|fXY\\é中 \"x'.ä", "a.b^c(d)[e]{2}+|f\\é中 \"x'.ä", "aXb^c(d)[e]{2}+|f*?\\é中 \"x'.ä", "b"]


def escaped(name: str) -> str:
    """The name as a pattern that matches nothing else."""
    return "".join("\\" + c if c in "*?\\" else c for c in name)


@pytest.fixture
def shown(mongotail, rs, oplog: Oplog):
    """What a run prints of all that was written since the test began."""
    since = oplog.here()

    def run(*args: object) -> list[dict]:
        return parse_all(mongotail.run(rs.uri, "--since", since, "--no-follow", *args).ok().lines)

    return run


def inserted(printed: list[dict]) -> list[str]:
    return [op["ns"] for op in printed if op["op"] == "i"]


def commands(printed: list[dict], database: str) -> list[str]:
    """`create orders` and the like, without the database's name."""
    told = []
    for op in printed:
        if op["op"] == "c":
            name, target = next(iter(op["o"].items()))
            told.append(f"{name} {target}".replace(f"{database}.", ""))
    return told


def test_a_name_of_dots_and_signs_matches_itself_alone(shown, db: Database):
    for name in [*NEAR, STRANGE]:
        db.command("insert", name, documents=[{"_id": 1}])
    for args in (["--ns", escaped(f"{db.name}.{STRANGE}")], ["-d", db.name, "-c", STRANGE]):
        printed = shown(*args)
        assert inserted(printed) == [f"{db.name}.{STRANGE}"]
        assert commands(printed, db.name) == [f"create {STRANGE}"]


def test_patterns_select_by_database_and_collection(shown, client, db: Database):
    other = client[db.name + "x"]
    try:
        for collection in (db.orders, db["orders.old"], db.users, other.orders):
            collection.insert_one({"_id": 1})
        a, b = db.name, other.name
        assert inserted(shown("--ns", a)) == [f"{a}.orders", f"{a}.orders.old", f"{a}.users"]
        assert inserted(shown("--ns", f"{a}.*")) == [f"{a}.orders", f"{a}.orders.old", f"{a}.users"]
        assert inserted(shown("--ns", f"{a[:-1]}*.orders")) == [f"{a}.orders", f"{b}.orders"]
        assert inserted(shown("--ns", f"{a}.order?")) == [f"{a}.orders"]
        assert inserted(shown("--ns", f"{a}?.*")) == [f"{b}.orders"]
        assert inserted(shown("--ns", f"{a}.users", "--ns", f"{b}.*")) == [f"{a}.users", f"{b}.orders"]
        assert inserted(shown("--ns", f"{a}*.*", "--ns-exclude", "*.orders")) == [f"{a}.orders.old", f"{a}.users"]
        assert inserted(shown("--ns", a, "--ns-exclude", f"{a}.orders*")) == [f"{a}.users"]
        assert inserted(shown("-d", a, "-c", "orders")) == [f"{a}.orders"]
        assert inserted(shown("-d", b)) == [f"{b}.orders"]
        assert inserted(shown("--ns", a.upper())) == []
        assert set(inserted(shown("--ns", "*.users"))) >= {f"{a}.users"}
    finally:
        client.drop_database(other)


def test_a_command_matches_by_the_collection_that_it_names(shown, db: Database):
    db.create_collection("orders")
    db.orders.create_index("total")
    db.create_collection("users")
    db.command("collMod", "orders", validationLevel="moderate")
    db.orders.insert_one({"_id": 1})
    db.orders.drop_index("total_1")
    db.orders.drop()
    db.users.create_indexes([IndexModel("mail")])
    printed = commands(shown("-d", db.name, "-c", "orders", "--op", "c"), db.name)
    assert printed == ["create orders", "createIndexes orders", "collMod orders", "dropIndexes orders", "drop orders"]
    printed = commands(shown("--ns", db.name, "--ns-exclude", f"{db.name}.orders"), db.name)
    assert printed == ["create users", "createIndexes users"]


def test_an_index_on_a_filled_collection_is_shown_with_its_collection(shown, db: Database):
    db.orders.insert_one({"total": 1})
    db.users.insert_one({"total": 1})
    db.orders.create_index("total")
    db.users.create_index("total")
    printed = commands(shown("--ns", f"{db.name}.orders"), db.name)
    assert printed in (["create orders", "startIndexBuild orders", "commitIndexBuild orders"],
                       ["create orders", "createIndexes orders"])


def test_a_rename_matches_by_either_name(shown, db: Database):
    db.old.insert_one({"_id": 1})
    db.old.rename("new")
    for name in ("old", "new"):
        printed = shown("-d", db.name, "-c", name)
        assert [op["o"].get("to") for op in printed if "renameCollection" in op["o"]] == [f"{db.name}.new"], name
    assert not [op for op in shown("-d", db.name, "-c", "other")]


def test_a_rename_is_hidden_only_where_both_its_names_are_excluded(shown, db: Database):
    db.old.insert_one({"_id": 1})
    db.old.rename("new")

    def renames(*excluded: str) -> int:
        args = [arg for name in excluded for arg in ("--ns-exclude", f"{db.name}.{name}")]
        return sum("renameCollection" in op["o"] for op in shown("--ns", db.name, *args))

    assert [renames("old"), renames("new"), renames("old", "new")] == [1, 1, 0]


def test_dropping_a_database_matches_every_pattern_of_that_database(shown, client, db: Database):
    db.orders.insert_one({"_id": 1})
    client.drop_database(db.name)
    for pattern in (db.name, f"{db.name}.*", f"{db.name}.orders", f"{db.name}.nothing", f"{db.name[:-1]}?.x"):
        assert "dropDatabase 1" in commands(shown("--ns", pattern), db.name), pattern
    for pattern in (f"{db.name}x.*", f"{db.name[:-1]}.*"):
        assert not shown("--ns", pattern)
    assert "dropDatabase 1" in commands(shown("--ns", db.name, "--ns-exclude", f"{db.name}.orders"), db.name)
    assert not shown("--ns", db.name, "--ns-exclude", db.name)


def test_ops_are_selected_by_letter_and_by_word(shown, db: Database):
    db.orders.insert_one({"_id": 1})
    db.orders.update_one({"_id": 1}, {"$set": {"a": 1}})
    db.orders.delete_one({"_id": 1})

    def ops(*args: str) -> str:
        return "".join(op["op"] for op in shown("--ns", db.name, *args))

    assert ops() == "ciud"
    assert [ops("--op", letter) for letter in "iudcn"] == ["i", "u", "d", "c", ""]
    assert ops("--op", "insert,delete") == "id"
    assert ops("--op", "i", "--op", "update,c") == "ciu"


def test_internal_databases_are_hidden_until_they_are_asked_for(shown, client, db: Database):
    config = client.config["mongotail_" + db.name]
    config.insert_one({"_id": 1})
    try:
        db.orders.insert_one({"_id": 1})
        assert config.full_name not in inserted(shown())
        assert f"{db.name}.orders" in inserted(shown())
        assert config.full_name in inserted(shown("--internal"))
        assert inserted(shown("--ns", config.full_name)) == [config.full_name]
    finally:
        config.drop()


def test_a_name_with_control_characters_matches_and_is_printed_harmless(mongotail, rs, shown, db: Database, oplog):
    since = oplog.here()
    name = "a\n\x1b[31mb"
    db.command("insert", name, documents=[{"_id": 1}])
    assert inserted(shown("-d", db.name, "-c", name)) == [f"{db.name}.{name}"]
    for form in ("json", "short", "pretty"):
        run = mongotail.run(rs.uri, "--since", since, "--no-follow", "-d", db.name, "-c", name, "-o", form).ok()
        assert "\x1b" not in run.stdout + run.stderr, run
