"""--state on saved oplogs: with a dumped collection beside them, and without."""

import gzip
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import Int64, Timestamp
from support import Mongotail
from support.saved import write

NS = ["--ns", "shop.orders", "--id", "7", "--state"]


def operation(seconds: int, op: str, o: dict[str, Any], **more: Any) -> bytes:
    return bson.encode({"op": op, "ns": "shop.orders", "o": o, "o2": {"_id": 7}, "ts": Timestamp(seconds, 1), "t": Int64(1), **more})


def update(seconds: int, **changes: Any) -> bytes:
    return operation(seconds, "u", {"$v": 1, "$set": changes})


@pytest.fixture
def oplog(tmp_path: Path) -> Path:
    return write(tmp_path / "oplog.bson", update(1, a=1), update(2, b=2), update(3, a=3))


def base(tmp_path: Path, *documents: dict[str, Any]) -> Path:
    return write(tmp_path / "orders.bson", *map(bson.encode, documents))


def states(run) -> list[Any]:
    return [(line["state"], line.get("stateUnknown")) for line in run.ok().json()]


def test_without_a_base_only_what_updates_set_is_known(mongotail: Mongotail, oplog: Path) -> None:
    assert states(mongotail.run("--file", oplog, *NS)) == [
        ({"_id": 7, "a": 1}, ["*"]), ({"_id": 7, "a": 1, "b": 2}, ["*"]), ({"_id": 7, "a": 3, "b": 2}, ["*"])]


@pytest.mark.parametrize("compressed", [False, True])
def test_a_base_is_the_document_after_the_last_entry(mongotail: Mongotail, tmp_path: Path, oplog: Path, compressed: bool) -> None:
    file = base(tmp_path, {"_id": 6, "a": 9}, {"_id": 7, "c": 5, "a": 3, "b": 2}, {"_id": 8})
    if compressed:
        file.write_bytes(gzip.compress(file.read_bytes()))
    run = mongotail.run("--file", oplog, "--base", file, *NS)
    assert states(run) == [({"_id": 7, "c": 5, "a": 1}, ["b"]), ({"_id": 7, "c": 5, "a": 1, "b": 2}, None),
                           ({"_id": 7, "c": 5, "a": 3, "b": 2}, None)]
    assert run.stderr == ""



def test_updates_past_the_end_of_the_run_count(mongotail: Mongotail, tmp_path: Path, oplog: Path) -> None:
    file = base(tmp_path, {"_id": 7, "c": 5, "a": 3, "b": 2})
    for end in (["--until", '{"$timestamp":{"t":2,"i":0}}'], ["--limit", 1]):
        assert states(mongotail.run("--file", oplog, "--base", file, *NS, *end)) == [({"_id": 7, "c": 5, "a": 1}, ["b"])]


def test_filters_hide_lines_and_no_states(mongotail: Mongotail, tmp_path: Path, oplog: Path) -> None:
    file = base(tmp_path, {"_id": 7, "a": 3, "b": 2})
    assert states(mongotail.run("--file", oplog, "--base", file, *NS, "--changed", "b")) == [({"_id": 7, "a": 1, "b": 2}, None)]
    assert states(mongotail.run("--file", oplog, "--base", file, *NS, "-n", 1)) == [({"_id": 7, "a": 3, "b": 2}, None)]


def test_a_base_that_does_not_fit_is_said_and_not_used(mongotail: Mongotail, tmp_path: Path, oplog: Path) -> None:
    for documents in ([{"_id": 7, "a": 1, "b": 2}], [{"_id": 6}]):
        run = mongotail.run("--file", oplog, "--base", base(tmp_path, *documents), *NS)
        assert states(run)[0] == ({"_id": 7, "a": 1}, ["*"])
        assert run.stderr.count("\n") == 1 and "doesn't follow from the updates" in run.stderr, run


def test_after_a_delete_there_is_no_document(mongotail: Mongotail, tmp_path: Path) -> None:
    saved = write(tmp_path / "oplog.bson", update(1, a=1), operation(2, "d", {"_id": 7}), operation(3, "i", {"_id": 7, "b": 1}),
                  update(4, c=2))
    run = mongotail.run("--file", saved, "--base", base(tmp_path, {"_id": 7, "b": 1, "c": 2}), *NS)
    assert states(run) == [({"_id": 7, "a": 1}, ["*"]), (None, None), ({"_id": 7, "b": 1}, None), ({"_id": 7, "b": 1, "c": 2}, None)]
    assert '"state":null}' in run.stdout and run.stderr == ""


def test_an_update_with_a_base_and_no_operations_shows_nothing(mongotail: Mongotail, tmp_path: Path) -> None:
    saved = write(tmp_path / "oplog.bson", operation(1, "i", {"_id": 8}, o2={"_id": 8}))
    run = mongotail.run("--file", saved, "--base", base(tmp_path, {"_id": 7}), *NS)
    assert run.ok().stdout == "" and run.stderr == ""


def test_a_base_that_cannot_be_read_ends_the_run(mongotail: Mongotail, tmp_path: Path, oplog: Path) -> None:
    mongotail.run("--file", oplog, "--base", tmp_path / "none.bson", *NS).ended(1, "none.bson")
    damaged = write(tmp_path / "damaged.bson", bson.encode({"_id": 6}), b"\x07\x00")
    mongotail.run("--file", oplog, "--base", damaged, *NS).ended(1, "damaged.bson: byte 14", "mongodump")


def test_a_template_reaches_into_the_state(mongotail: Mongotail, oplog: Path) -> None:
    assert mongotail.run("--file", oplog, *NS, "--format", "{ts} {state.a} {state.b}").ok().lines == ["1:1 1 ", "2:1 1 2", "3:1 3 2"]


def test_bson_documents_end_with_the_state(mongotail: Mongotail, oplog: Path) -> None:
    documents = bson.decode_all(mongotail.run("--file", oplog, *NS, "-o", "bson").ok().raw)
    assert [list(document)[-2:] for document in documents] == [["state", "stateUnknown"]] * 3


def test_large_documents_are_handed_on_one_by_one(mongotail: Mongotail, tmp_path: Path) -> None:
    saved = write(tmp_path / "oplog.bson", operation(1, "i", {"_id": 7, "text": "x" * 1_500_000, "n": 0}),
                  *(update(i, n=i) for i in range(2, 40)))
    lines = mongotail.run("--file", saved, *NS, "--format", "{state.n}").ok().lines
    assert lines == [str(i) for i in [0, *range(2, 40)]]
