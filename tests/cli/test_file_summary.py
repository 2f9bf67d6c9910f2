"""--summary: what is counted of a saved oplog is what would have been printed."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import bson
import pytest
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
    assert lines[0].split() == ["namespace", "op", "count", "bytes", "share", "per", "s", "first", "last"]
    assert lines[-2].startswith("total")
    assert re.fullmatch(r"[\d.,]+ operations and [\d.]+ k?B a second", lines[-1])


def test_the_largest_come_first_or_the_order_is_chosen(mongotail):
    def listed(*args: str) -> list:
        return mongotail.run("--file", SAMPLE, "--summary", "-o", "json", *args).ok().json()

    for flags, key in ((), "bytes"), (("--sort", "count"), "count"):
        values = [row[key] for row in listed(*flags)]
        assert values == sorted(values, reverse=True) and len(set(values)) > 3
    keys = [(row["ns"], row["op"]) for row in listed("--sort", "key")]
    assert keys == sorted(keys)


def changed_paths(operation: dict) -> set:
    """What --summary-by field groups an operation by; the sample has updates of $v 2 and replacements."""
    def walk(diff: dict, path: str, found: set) -> None:
        array = next(iter(diff), None) == "a"
        for key, value in diff.items():
            if array and key != "a" and key != "l":
                below = path + ".$"
                found.add(below) if key[0] == "u" else walk(value, below, found)
            elif key in ("u", "i", "d"):
                found.update(f"{path}.{field}" for field in value)
            elif key[0] == "s":
                walk(value, f"{path}.{key[1:]}", found)
            elif key == "l":
                found.add(path)

    if operation["op"] != "u" or operation["o"].get("$v") != 2:
        return {None}
    found: set = set()
    walk(operation["o"]["diff"], "", found)
    return {path[1:] for path in found} or {None}


KEYS = {
    "db": lambda op: named(op).split(".")[0],
    "op": lambda op: op["op"],
    "id": lambda op: {"i": op["o"], "d": op["o"], "u": op.get("o2", {})}.get(op["op"], {}).get("_id"),
    "session": lambda op: op.get("lsid", {}).get("id"),
    "minute": lambda op: op["ts"]["$timestamp"]["t"] // 60 * 60,
}


@pytest.mark.parametrize("keys", ["db", "id", "op,id", "minute", "session,op", "minute,db,op"])
def test_every_key_groups_as_its_field_says(mongotail, keys):
    operations = mongotail.run("--file", SAMPLE).ok().json()
    rows = mongotail.run("--file", SAMPLE, "--summary-by", keys, "-o", "json", "--utc").ok().json()
    names = keys.split(",")
    assert all(list(row) == [*names, "count", "bytes", "first", "last"] for row in rows)

    def text(name: str, value: Any) -> str:
        if name == "minute" and isinstance(value, dict):
            value = int(datetime.fromisoformat(value["$date"].replace("Z", "+00:00")).timestamp())
        return json.dumps(value)

    expected = Counter(tuple(text(name, KEYS[name](op)) for name in names) for op in operations)
    assert {tuple(text(name, row[name]) for name in names): row["count"] for row in rows} == expected


def test_each_changed_path_counts_once_an_operation(mongotail):
    operations = mongotail.run("--file", SAMPLE).ok().json()
    rows = mongotail.run("--file", SAMPLE, "--summary-by", "field", "-o", "json").ok().json()
    expected = Counter(path for op in operations for path in changed_paths(op))
    assert {row["field"]: row["count"] for row in rows} == expected
    assert len(expected) > 3


def test_a_thousand_groups_are_exact_and_more_say_their_error(mongotail, tmp_path):
    def saved(name: str, ids: Iterable[int]) -> Path:
        path = tmp_path / name
        with path.open("wb") as file:
            for number, id in enumerate(ids, 1):
                file.write(bson.encode({"op": "i", "ns": "a.b", "o": {"_id": id}, "ts": bson.Timestamp(1_795_000_000 + number, 1),
                                        "t": 1, "v": 2}))
        return path

    few = saved("few.bson", [id for id in range(1000) for _ in range(3)])
    rows = mongotail.run("--file", few, "--summary-by", "id", "-o", "json").ok().json()
    assert {row["id"]: row["count"] for row in rows} == dict.fromkeys(range(1000), 3)
    assert not any("error" in row for row in rows)

    heavy = [7, 8, 8]
    many = saved("many.bson", [id for number in range(40_000) for id in (number + 100, *(heavy if number % 10 == 0 else ()))])
    rows = mongotail.run("--file", many, "--summary-by", "id", "--sort", "count", "-o", "json").ok().json()
    assert len(rows) == 1000
    assert [(row["id"], row["count"], row["error"]["count"]) for row in rows[:2]] == [(8, 8000, 0), (7, 4000, 0)]
    # All others came once, and may be said to have come a few times more.
    assert {row["count"] for row in rows[2:]} == {1}
    assert 0 < max(row["error"]["count"] for row in rows) < 10
    table = mongotail.run("--file", many, "--summary-by", "id", "--sort", "count").ok().lines
    assert re.fullmatch(r"and more; any of these lines may lack up to \d operations and \d+ B", table[-3])


def test_it_cannot_be_binary_or_a_template(mongotail):
    for args in (["-o", "bson"], ["--format", "{id}"]):
        mongotail.run("--file", SAMPLE, "--summary", *args).ended(2, "--summary")
