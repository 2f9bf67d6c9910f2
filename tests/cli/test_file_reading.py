"""Saved oplogs: what is selected from them and printed is what a live oplog would give."""

import gzip
import shlex

import bson
import pytest
from support.cli import ROOT, Mongotail
from support.oplog import operations, parse_all, places
from support.raw_bson import encode
from support.saved import SAMPLE, entry, sample_entries, split, write

OPERATIONS = list(operations(sample_entries()))
SHOWN = [op for op in OPERATIONS if op["op"] != "n"]


def test_a_file_is_read_from_its_beginning_to_its_end(mongotail):
    run = mongotail.run("--file", SAMPLE).ok()
    assert run.stderr == ""
    assert places(parse_all(run.lines)) == places(SHOWN)


@pytest.mark.parametrize("name", ["4.2.6", "5.0.4"])
def test_transactions_of_every_version_are_unwrapped(mongotail, name):
    file = ROOT / "tests" / "testdata" / "oplog" / f"{name}.bson"
    expected = [op for op in operations(sample_entries(file)) if op["op"] != "n"]
    run = mongotail.run("--file", file, "--internal").ok()
    assert places(parse_all(run.lines)) == places(expected)
    assert any("txnOpIndex" in op for op in expected)


def test_several_files_are_read_in_order_as_one(mongotail, tmp_path):
    pieces = [write(tmp_path / str(i), *part) for i, part in enumerate(split(SAMPLE.read_bytes(), 3))]
    whole = mongotail.run("--file", SAMPLE).ok().stdout
    assert mongotail.run("--file", *pieces).ok().stdout == whole
    assert mongotail.run("--file", pieces[0], "--file", *pieces[1:]).ok().stdout == whole


def test_a_transaction_may_begin_in_the_file_before(mongotail, tmp_path):
    file = ROOT / "tests" / "testdata" / "oplog" / "5.0.4.bson"
    pieces = [write(tmp_path / str(i), *part) for i, part in enumerate(split(file.read_bytes(), 40))]
    whole = mongotail.run("--file", file, "--internal").ok()
    assert mongotail.run("--file", *pieces, "--internal").ok().stdout == whole.stdout


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("by", ["name", "stdin"])
def test_gzip_is_detected_whatever_the_name_and_on_stdin(mongotail, tmp_path, packed, by):
    content = gzip.compress(SAMPLE.read_bytes()) if packed else SAMPLE.read_bytes()
    file = write(tmp_path / "any.name", content)
    args, stdin = (["-"], content) if by == "stdin" else ([file], None)
    assert mongotail.run("--file", *args, input=stdin).ok().stdout == mongotail.run("--file", SAMPLE).ok().stdout


@pytest.mark.parametrize("flags", [[], ["--raw"], ["--op", "i,u"], ["--ns", "shop.orders"]], ids=" ".join)
def test_bson_read_back_from_a_pipe_prints_as_the_file_does(mongotail, flags):
    saved = mongotail.run("--file", SAMPLE, *flags, "-o", "bson").ok().raw
    back = mongotail.run("--file", "-", "-o", "json", *flags, input=saved).ok()
    assert back.stdout == mongotail.run("--file", SAMPLE, *flags, "-o", "json").ok().stdout
    assert back.lines


def test_raw_bson_of_everything_is_the_file_itself(mongotail):
    flags = ["--raw", "--internal", "--op", "i,u,d,c,n", "-o", "bson"]
    assert mongotail.run("--file", SAMPLE, *flags).ok().raw == SAMPLE.read_bytes()


@pytest.mark.parametrize("flags, selected", [
    (["--ns", "shop.carts"], lambda op: op["ns"] == "shop.carts" or op["o"].get("create") == "carts"),
    (["--ns", "shop.*", "--ns-exclude", "shop.orders", "--op", "i"],
     lambda op: op["op"] == "i" and op["ns"] != "shop.orders"),
    (["--op", "d"], lambda op: op["op"] == "d"),
    (["--op", "n"], lambda op: op["op"] == "n"),
    (["--id", '"ada"'], lambda op: "ada" in (op["o"].get("_id"), op.get("o2", {}).get("_id"))),
    (["-q", '{"o.number":{"$gte":1005}}'], lambda op: op["o"].get("number", 0) >= 1005),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_filters_hold_for_files(mongotail, flags, selected):
    expected = [op for op in OPERATIONS if selected(op)]
    assert expected
    assert places(parse_all(mongotail.run("--file", SAMPLE, *flags).ok().lines)) == places(expected)


def test_changed_finds_updates_of_a_path_and_inserts_that_have_it(mongotail):
    run = mongotail.run("--file", SAMPLE, "--changed", "status", "--op", "u").ok()
    assert run.lines and all('"status":' in line for line in run.lines)


@pytest.mark.parametrize("count", [0, 1, 7, 10_000])
def test_the_last_n_are_the_last_n(mongotail, count):
    whole = mongotail.run("--file", SAMPLE).ok().lines
    last = whole[-count:] if count else []
    assert mongotail.run("--file", SAMPLE, "-n", count).ok().lines == last
    assert mongotail.run("--file", "-", "-n", count, input=SAMPLE.read_bytes()).ok().lines == last


def test_a_limit_counts_from_the_first_of_the_last_n(mongotail):
    whole = mongotail.run("--file", SAMPLE).ok().lines
    assert mongotail.run("--file", SAMPLE, "--limit", 3).ok().lines == whole[:3]
    assert mongotail.run("--file", SAMPLE, "-n", 9, "--limit", 2).ok().lines == whole[-9:-7]


def test_windows_chain(mongotail):
    whole = mongotail.run("--file", SAMPLE).ok().lines
    for at in range(0, len(SHOWN), 7):
        ts = f"{SHOWN[at]['ts'].time}:{SHOWN[at]['ts'].inc}"
        before = mongotail.run("--file", SAMPLE, "--until", ts).ok().lines
        after = mongotail.run("--file", SAMPLE, "--since", ts).ok().lines
        assert before + after == whole, ts
        assert places(parse_all(after))[0][0] == ts


def test_relative_times_count_back_from_the_files_newest_entry(mongotail, tmp_path):
    file = write(tmp_path / "oplog", *(entry(1000 + 10 * i, 1, _id=i) for i in range(5)))

    def ids(*flags):
        return [op["o"]["_id"] for op in mongotail.run("--file", file, *flags).ok().json()]

    assert ids("--since", "-20s") == [2, 3, 4]
    assert ids("--since", "now") == []
    assert ids("--since", "oldest") == [0, 1, 2, 3, 4]
    assert ids("--until", "10s") == [0, 1, 2]
    assert ids("--since", "-35s", "--until", "5s") == [1, 2, 3]


def test_a_relative_time_on_stdin_is_a_usage_error(mongotail):
    run = mongotail.run("--file", "-", "--since", "-5m", input=SAMPLE.read_bytes()).ended(2, "standard input", "try: ")
    assert run.raw == b""


def test_a_window_may_begin_inside_a_transaction(mongotail):
    ends = [op for op in SHOWN if op.get("txnOpIndex") == 1]
    ts = f"{ends[3]['ts'].time}:{ends[3]['ts'].inc}"
    run = mongotail.run("--file", SAMPLE, "--since", ts, "--limit", 2).ok()
    assert places(parse_all(run.lines)) == [(ts, 0), (ts, 1)]


@pytest.mark.parametrize("form", ["short", "pretty"])
def test_a_damaged_value_never_reaches_the_terminal_raw(mongotail, tmp_path, form):
    file = write(tmp_path / "oplog", encode({"op": "i", "ns": "a.b", "o": {"_id": 1, "x": "\x1b[2J\x9b"},
                                             "ts": bson.Timestamp(1, 1), "v": 2}))
    assert b"\x1b" not in mongotail.run("--file", file, "-o", form).ok().raw


def test_show_cursor_and_after_cursor_part_a_file(mongotail):
    whole = mongotail.run("--file", SAMPLE).ok().lines
    for limit in (1, 2, len(whole) // 2, len(whole)):
        first = mongotail.run("--file", SAMPLE, "--limit", limit, "--show-cursor").ok()
        cursor = first.stderr.split("-- cursor: ")[1].strip()
        rest = mongotail.run("--file", SAMPLE, "--after-cursor", cursor).ok()
        assert first.lines + rest.lines == whole, cursor


def test_a_cursor_file_is_written_and_gone_on_from(mongotail, tmp_path):
    whole = mongotail.run("--file", SAMPLE).ok().lines
    seen = []
    for _ in range(20):
        lines = mongotail.run("--file", SAMPLE, "--cursor-file", tmp_path / "cursor", "--limit", 7).ok().lines
        seen += lines
        if not lines:
            break
    assert seen == whole


def test_the_reader_going_away_is_not_a_failure(mongotail, tmp_path):
    file = write(tmp_path / "oplog", *(entry(1, i, _id=i, pad="x" * 1000) for i in range(1, 3000)))
    program = shlex.join(mongotail.argv(["--file", file]))
    shell = Mongotail(["bash", "-c", f"{program} | head -1; exit ${{PIPESTATUS[0]}}"])
    assert len(shell.run().ok().lines) == 1
