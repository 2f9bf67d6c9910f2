"""--summary: what is counted of a saved oplog is what would have been printed."""

import json
from collections import Counter

from support.cli import Mongotail
from support.saved import SAMPLE


def named(operation: dict) -> str:
    """The namespace, of the sample's commands the collection that they name."""
    if operation["op"] != "c":
        return operation["ns"]
    return operation["ns"].removesuffix("$cmd") + next(iter(operation["o"].values()))


def counts(mongotail: Mongotail, *args: str) -> Counter:
    operations = mongotail.run("--file", SAMPLE, *args).ok().json()
    return Counter((named(op), op["op"]) for op in operations)


def rows(mongotail: Mongotail, *args: str) -> dict:
    lines = mongotail.run("--file", SAMPLE, "--summary", "-o", "json", *args).ok().lines
    return {(row["ns"], row["op"]): row for row in map(json.loads, lines)}


def test_each_namespace_and_op_has_a_line_with_its_count(mongotail):
    expected = counts(mongotail)
    assert len(expected) > 3
    assert {key: row["count"] for key, row in rows(mongotail).items()} == expected


def test_a_line_has_count_bytes_and_times(mongotail):
    for row in rows(mongotail).values():
        assert list(row) == ["ns", "op", "count", "bytes", "first", "last"]
        assert row["bytes"] > 50 * row["count"]
        assert row["first"]["$date"] <= row["last"]["$date"]


def test_filters_limits_and_lines_hold(mongotail):
    for args in (["--ns", "shop.orders"], ["--limit", "7"], ["-n", "5"], ["-n", "5", "--limit", "2"]):
        assert {key: row["count"] for key, row in rows(mongotail, *args).items()} == counts(mongotail, *args), args


def test_it_is_a_table_in_a_pipe_too(mongotail):
    lines = mongotail.run("--file", SAMPLE, "--summary", "--utc").ok().lines
    assert lines[0].split() == ["namespace", "op", "count", "bytes", "first,", "last"]
    assert lines[-2].startswith("total")
    assert lines[-1].endswith("bytes a second")


def test_it_cannot_be_binary_or_a_template(mongotail):
    for args in (["-o", "bson"], ["--format", "{id}"]):
        mongotail.run("--file", SAMPLE, "--summary", *args).ended(2, "--summary")
