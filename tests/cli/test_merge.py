"""Several saved oplogs are read as one stream, merged by time, each under its name."""

import json
import random
from pathlib import Path

import bson
import pytest
from bson import Int64, Timestamp
from support import saved, seed

NULL = {"ts": Timestamp(0, 0), "t": Int64(-1)}


def transaction(seconds: int, *ids: int) -> bytes:
    inner = [{"op": "i", "ns": "shop.orders", "o": {"_id": number}} for number in ids]
    return bson.encode({"op": "c", "ns": "admin.$cmd", "o": {"applyOps": inner}, "ts": Timestamp(seconds, 1),
                        "t": Int64(1), "v": Int64(2), "lsid": {}, "txnNumber": Int64(1), "prevOpTime": NULL})


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """`a` has the entries 1, 3 and 5, `b` 2, 3 and a transaction at 4."""
    return [saved.write(tmp_path / "a", *(saved.entry(s, _id=s) for s in (1000000001, 1000000003, 1000000005))),
            saved.write(tmp_path / "b", saved.entry(1000000002, _id=2), saved.entry(1000000003, _id=30),
                        transaction(1000000004, 40, 41))]


def ids(run) -> list[str]:
    return [f"{op['source']}:{op['o']['_id']}" for op in run.ok().json()]


EVERY = ["a:1000000001", "b:2", "a:1000000003", "b:30", "b:40", "b:41", "a:1000000005"]


def test_operations_come_by_time_and_then_by_name_of_the_source(mongotail, two):
    assert ids(mongotail.run("--merge", "--file", *two)) == EVERY
    assert ids(mongotail.run("--merge", "--file", *reversed(two))) == EVERY


def test_without_merge_files_are_read_one_after_the_other(mongotail, two):
    ops = mongotail.run("--file", *two).ok().json()
    assert [op["o"]["_id"] for op in ops][:3] == [1000000001, 1000000003, 1000000005]
    assert not any("source" in op for op in ops)


def test_the_source_is_the_last_field_of_a_line(mongotail, two):
    assert list(mongotail.run("--merge", "--file", *two).ok().json()[0])[-1] == "source"
    first = next(saved.documents(mongotail.run("--merge", "--file", *two, "-o", "bson").ok().raw))
    assert list(bson.decode(first))[-1] == "source"


def test_labels_are_given_in_the_order_of_the_files(mongotail, two):
    run = mongotail.run("--merge", "--file", *two, "--label", "east", "--label", "west", "--format", "{source}:{id}")
    assert run.ok().lines[:2] == ["east:1000000001", "west:2"]


def test_pretty_and_short_show_the_source_as_a_colored_prefix(mongotail, two):
    for form in ("short", "pretty"):
        lines = mongotail.run("--merge", "--file", *two, "-o", form, "--utc", "--color", "always").ok().lines
        assert "  \x1b[94ma\x1b[0m  " in lines[0]
        assert any("  \x1b[95mb\x1b[0m  " in line for line in lines)


def test_the_last_lines_a_limit_and_filters_are_of_the_whole_stream(mongotail, two):
    assert ids(mongotail.run("--merge", "--file", *two, "-n", "3")) == EVERY[-3:]
    assert ids(mongotail.run("--merge", "--file", *two, "--limit", "2")) == EVERY[:2]
    assert ids(mongotail.run("--merge", "--file", *two, "--id", "30")) == ["b:30"]


def test_times_count_back_from_the_newest_entry_of_all(mongotail, two):
    assert ids(mongotail.run("--merge", "--file", *two, "--since", "2s")) == EVERY[2:]
    assert ids(mongotail.run("--merge", "--file", *two, "--since", "2s", "--until", "1s")) == EVERY[2:4]
    assert ids(mongotail.run("--merge", "--file", *two, "--since", "now")) == []


def test_a_summary_counts_all_sources(mongotail, two):
    summary = mongotail.run("--merge", "--file", *two, "--summary", "-o", "json").ok().json()
    assert [(group["ns"], group["count"]) for group in summary] == [("shop.orders", 7)]


def test_a_summary_by_shard_counts_each_source(mongotail, two):
    args = ("--merge", "--file", *two, "--summary-by", "shard,op", "--sort", "key")
    summary = mongotail.run(*args, "-o", "json").ok().json()
    assert [(group["shard"], group["op"], group["count"]) for group in summary] == [("a", "i", 3), ("b", "i", 4)]
    assert "west" in mongotail.run(*args, "--label", "east", "--label", "west").ok().stdout


def test_what_a_merged_stream_was_saved_as_keeps_its_sources(mongotail, two, tmp_path):
    kept = tmp_path / "lines"
    kept.write_bytes(mongotail.run("--merge", "--file", *two).ok().raw)
    summary = mongotail.run("--file", kept, "--summary-by", "shard", "--sort", "key", "-o", "json").ok().json()
    assert [(group["shard"], group["count"]) for group in summary] == [("a", 3), ("b", 4)]
    summary = mongotail.run("--file", *two, "--summary-by", "shard", "-o", "json").ok().json()
    assert [(group["shard"], group["count"]) for group in summary] == [(None, 7)]


@pytest.mark.parametrize("more", [[], ["-n", "5"], ["--since", "1000000002"], ["--since", "1000000002:1"], ["--ns-exclude", "other"]])
@pytest.mark.parametrize("form", [["--with-cursor"], ["-o", "event"], ["--format", "{cursor}"]])
def test_the_cursor_of_a_line_resumes_the_whole_stream(mongotail, two, form, more):
    """Whatever is kept of a stream, its last line is enough to go on."""
    lines = mongotail.run("--merge", "--file", *two, *more).ok().lines
    forms = mongotail.run("--merge", "--file", *two, *more, *form).ok().lines
    assert len(forms) == len(lines) >= 5
    for number, line in enumerate(forms):
        cursor = line if form[0] == "--format" else json.loads(line)["cursor"]
        rest = mongotail.run("--merge", "--file", *two, "--after-cursor", cursor).ok()
        assert rest.lines == lines[number + 1:], cursor
        assert not rest.stderr


def test_a_run_resumes_exactly_after_any_operation(mongotail, two):
    for count in range(len(EVERY) + 1):
        begin = mongotail.run("--merge", "--file", *two, "--limit", max(count, 1), "--show-cursor")
        cursor = begin.ok().stderr.split("-- cursor: ")[1].split()[0]
        rest = mongotail.run("--merge", "--file", *two, "--after-cursor", cursor)
        assert ids(begin) + ids(rest) == EVERY, cursor


def test_the_cursor_file_keeps_a_cursor_of_each_source(mongotail, two, tmp_path):
    kept = tmp_path / "cursors"
    assert ids(mongotail.run("--merge", "--file", *two, "--limit", 6, "--cursor-file", kept)) == EVERY[:6]
    assert kept.read_text().splitlines()[1] == "a=1000000003:1@1,b=1000000004:1@1"
    assert ids(mongotail.run("--merge", "--file", *two, "--cursor-file", kept)) == EVERY[6:]
    mongotail.run("--file", two[0], "--cursor-file", kept).ended(1, "the cursor is of several sources", "give all of them")


def test_a_source_that_the_cursor_does_not_know_is_said(mongotail, two):
    run = mongotail.run("--merge", "--file", *two, "--after-cursor", "a=1000000003:1@1,c=1:1")
    assert "no cursor of b" in run.stderr and "a cursor of c, which is not read" in run.stderr
    assert ids(run) == ["b:2", "b:30", "b:40", "b:41", "a:1000000005"]


def test_two_sources_of_one_name_need_labels(mongotail, two, tmp_path):
    (tmp_path / "x").mkdir()
    twin = saved.write(tmp_path / "x" / "a", saved.entry(1000000009, _id=9))
    mongotail.run("--merge", "--file", two[0], twin).ended(2, "two sources are called a", "--label")


def test_damage_in_one_file_is_told_with_its_name_and_the_others_are_read(mongotail, two):
    saved.append(two[0], b"\x07\0\0\0nonsense")
    run = mongotail.run("--merge", "--file", *two)
    run.ended(1, "a: ")
    assert [f"{op['source']}:{op['o']['_id']}" for op in run.json()] == EVERY


def test_random_files_come_in_order_whole_and_each_line_once(mongotail, tmp_path):
    rng = random.Random(seed.seed())
    for case in range(10):
        files, expected = [], []
        for index in range(rng.randint(2, 8)):
            name = f"s{(index * 5) % 8}"
            seconds = sorted(rng.randint(1000000000, 1000000300) for _ in range(rng.randint(0, 400)))
            entries = [saved.entry(second, ordinal, _id=f"{name}-{ordinal}", text="x" * rng.randint(0, 3000))
                       for ordinal, second in enumerate(seconds)]
            (tmp_path / str(case)).mkdir(exist_ok=True)
            files.append(saved.write(tmp_path / str(case) / name, *entries))
            expected += [(second, ordinal, name) for ordinal, second in enumerate(seconds)]
        ops = mongotail.run("--merge", "--file", *files).ok().json()
        printed = [(op["ts"]["$timestamp"]["t"], op["ts"]["$timestamp"]["i"], op["source"]) for op in ops]
        assert printed == sorted(expected), json.dumps(printed)[:2000]


def test_a_terminal_is_told_what_all_files_hold_where_nothing_was_selected(mongotail, two):
    with mongotail.terminal("--merge", "--file", *two, "--ns", "shop.order") as term:
        assert term.wait_end() == 0
        assert "shop.orders (6)" in term.text and "did you mean --ns 'shop.orders'?" in term.text, term
