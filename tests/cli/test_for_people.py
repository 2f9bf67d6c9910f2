"""pretty, short and --summary: what only a whole run shows."""

import re

import bson
import pytest
from bson import Binary, Int64, Timestamp
from support.cli import Mongotail
from support.saved import SAMPLE, entry, sample_entries, write

FRAME_END = re.compile(r"^└ end of transaction, (.*)$", re.MULTILINE)


def frames(mongotail: Mongotail, *args: str) -> list[str]:
    return FRAME_END.findall(mongotail.run("--file", SAMPLE, "-o", "pretty", *args).ok().stdout)


@pytest.fixture(scope="module")
def transactions() -> int:
    """How many the sample has, each of an order and a customer."""
    found = [each for each in sample_entries() if "applyOps" in each["o"]]
    assert len(found) > 5
    assert all([inner["ns"] for inner in each["o"]["applyOps"]] == ["shop.orders", "shop.customers"] for each in found)
    return len(found)


@pytest.mark.parametrize("ns", ["shop.orders", "shop.customers"])
def test_a_transaction_of_which_a_part_is_selected_says_how_much_of_it_is_shown(mongotail, transactions, ns):
    assert frames(mongotail, "--ns", ns) == ["1 of 2 operations"] * transactions


def test_a_transaction_that_is_shown_whole_says_how_many_operations_it_has(mongotail, transactions):
    assert frames(mongotail) == ["2 operations"] * transactions


def test_a_frame_ends_before_the_next_operation_comes(mongotail, tmp_path):
    inner = [{"op": "i", "ns": ns, "o": {"_id": 1}, "o2": {"_id": 1}} for ns in ("a.shown", "a.hidden")]
    transaction = {"lsid": {"id": Binary(bytes(16), 4)}, "txnNumber": Int64(1), "op": "c", "ns": "admin.$cmd",
                   "o": {"applyOps": inner}, "ts": Timestamp(1, 1), "t": Int64(1), "v": Int64(2),
                   "prevOpTime": {"ts": Timestamp(0, 0), "t": Int64(-1)}}
    file = write(tmp_path / "oplog.bson", bson.encode(transaction))
    with mongotail.tail("--file", file, "-f", "-o", "pretty", "--ns", "a.shown") as tail:
        assert tail.wait_lines(4)[-1] == "└ end of transaction, 1 of 2 operations\n"


def test_the_last_operations_of_a_transaction_are_framed_too(mongotail):
    lines = mongotail.run("--file", SAMPLE, "-o", "pretty", "--ns", "shop.customers", "-n", "1").ok().lines
    assert lines[0].startswith("┌ ")
    assert lines[-1] == "└ end of transaction, 1 of 2 operations"
    assert all(line.startswith("│ ") for line in lines[1:-1])


def test_each_command_counts_and_prints_under_what_it_names(mongotail, tmp_path):
    commands = [("app", {"create": "u"}), ("app", {"drop": "u"}), ("app", {"collMod": "u"}), ("app", {"emptycapped": "u"}),
                ("app", {"createIndexes": "u", "v": 2, "key": {"a": 1}, "name": "a_1"}),
                ("app", {"startIndexBuild": "u", "indexes": []}), ("app", {"commitIndexBuild": "u", "indexes": []}),
                ("app", {"abortIndexBuild": "u", "indexes": []}), ("app", {"dropIndexes": "u", "index": "a_1"}),
                ("app", {"renameCollection": "app.u", "to": "app.v"}), ("admin", {"renameCollection": "app.u", "to": "b.u"}),
                ("app", {"importCollection": "app.u"}), ("admin", {"dbCheck": "app.u", "type": "start"}),
                ("admin", {"truncateRange": "app.u"}), ("app", {"notYetInvented": "u"})]
    file = write(tmp_path / "oplog.bson", *[entry(1 + i, op="c", ns=f"{db}.$cmd", **o) for i, (db, o) in enumerate(commands)],
                 entry(90, op="c", ns="app.$cmd", dropDatabase=1))
    printed = mongotail.run("--file", file, "--format", "{ns}").ok().lines
    assert printed == ["app.u"] * len(commands) + ["app"]
    rows = mongotail.run("--file", file, "--summary", "-o", "json").ok().json()
    assert [(row["ns"], row["op"], row["count"]) for row in rows] == [("app.u", "c", len(commands)), ("app", "c", 1)]
    assert "$cmd" not in mongotail.run("--file", file, "--summary").ok().stdout


def test_a_large_command_is_named_by_its_verb_and_collection(mongotail, tmp_path):
    # As mongod 5.0 and 6.0 log the creation of a time-series collection.
    bounds = {"$_internalBucketValidator": {name: {"type": "object", "required": ["min", "max", "v"]} for name in "abcdefgh"}}
    file = write(tmp_path / "oplog.bson",
                 entry(1, op="c", ns="odd.$cmd", create="system.buckets.weather", validator=bounds, clusteredIndex=True))
    first, *body = mongotail.run("--file", file, "-o", "pretty", "--utc").ok().lines
    assert first.endswith("  command  create odd.system.buckets.weather")
    assert body[:2] == ["  {", "    validator: {"]
    assert "odd.$cmd" not in "\n".join(body)


@pytest.mark.parametrize("locale", [{"LANG": "C"}, {"LANG": None}, {"LC_ALL": "POSIX", "LANG": "C.UTF-8"},
                                    {"LC_CTYPE": "C", "LANG": "C.UTF-8"}, {"LANG": "de_DE.ISO-8859-1"}])
def test_what_is_drawn_is_ascii_where_the_locale_is_not_utf8(mongotail, tmp_path, locale):
    file = write(tmp_path / "oplog.bson", SAMPLE.read_bytes(),
                 entry(1895416851, op="c", ns="shop.$cmd", renameCollection="shop.a", to="shop.b"),
                 entry(1895416852, _id=1, text="x" * 500))
    for args in (["-o", "pretty"], ["-o", "short"], ["--summary"]):
        run = mongotail.run("--file", file, *args, env=locale).ok()
        assert run.raw.isascii(), args
    pretty = mongotail.run("--file", file, "-o", "pretty", env=locale).ok().stdout
    assert re.search(r"(?m)^\+ end of transaction, 2 operations$", pretty)
    assert "rename shop.a -> shop.b" in pretty
    with mongotail.terminal("--file", file, "-n", "1", "-o", "short", env=locale, columns=60) as terminal:
        assert "…" not in terminal.wait_for(r"\.\.\.\n")


@pytest.mark.parametrize("locale", [{"LANG": "C.UTF-8"}, {"LC_ALL": "C.UTF-8", "LANG": "C"}, {"LANG": "xx_XX.utf8"}])
def test_frames_are_drawn_with_lines_where_it_is(mongotail, locale):
    assert "\n│ " in mongotail.run("--file", SAMPLE, "-o", "pretty", env=locale).ok().stdout


def test_documents_are_utf8_in_any_locale(mongotail, tmp_path):
    file = write(tmp_path / "oplog.bson", entry(1, _id="Zürich 東京"))
    for output in ("json", "pretty", "short"):
        assert "Zürich 東京" in mongotail.run("--file", file, "-o", output, env={"LANG": "C"}).ok().stdout


@pytest.mark.parametrize("args", [["--help"], ["serve", "--help"], ["--host", "%"], ["--id", '{"$oid":1}'],
                                  ["--port", "x"], ["mongodb://"], ["--nonsense"]])
def test_messages_are_ascii(mongotail, args):
    run = mongotail.run(*args)
    assert run.raw.isascii() and run.stderr.isascii()


def test_what_has_no_shape_is_visible_in_text_for_people(mongotail, tmp_path):
    file = write(tmp_path / "oplog.bson", entry(1, _id="a\u200bb\u2060c\ufeff\u00add\U000e0041\u202e"))
    shown = r"a\u200bb\u2060c\ufeff\xadd\u{e0041}\u202e"
    for args in (["-o", "pretty"], ["-o", "short"], ["--format", "{id}"]):
        assert shown in mongotail.run("--file", file, *args).ok().stdout
