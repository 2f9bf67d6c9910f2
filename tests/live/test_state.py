"""--state: each operation on a document with the document after it, compared with the server's own."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import CodecOptions, Timestamp
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from support import Mongotail, ReplicaSet
from support.cli import probe
from support.histories import History, Writer, touched_fields, wrong
from support.oplog import Oplog, after, operations, text_of
from support.seed import seed

# 2000 take 30 s on two idle cores, 600 ten.
DOCUMENTS = int(os.environ.get("MONGOTAIL_TEST_DOCUMENTS", 600))
THROUGH_THE_PROGRAM = 24
STEPS = 9
NS = "histories.c"
_DICT = CodecOptions(document_class=dict)


@dataclass
class Written:
    rs: ReplicaSet
    client: MongoClient
    histories: list[History]
    operations: dict[Any, list[dict[str, Any]]]  # by _id: those on the document
    entries: dict[Any, list[dict[str, Any]]]     # by _id: the entries that hold them


def id_of(operation: dict[str, Any]) -> Any:
    return operation["o2" if operation["op"] == "u" else "o"]["_id"]


@pytest.fixture(scope="module")
def written(server_version: str | None) -> Iterator[Written]:
    with ReplicaSet(1, server_version, oplog_mb=500) as rs:
        # Retryable writes may log a document's images, which are not operations on it.
        client = rs.client(retryWrites=False)
        client.histories.create_collection("c")
        writer = Writer(client, NS, seed())
        histories = [writer.history(number, STEPS) for number in range(DOCUMENTS)]
        oplog = Oplog(client)
        oplog.settle()
        found: dict[Any, list] = {history.id: [] for history in histories}
        entries: dict[Any, list] = {history.id: [] for history in histories}
        for entry in oplog.entries({"$or": [{"ns": NS}, {"o.applyOps.ns": NS}]}):
            for operation in operations([entry]):
                if operation["ns"] != NS or operation["op"] == "c":
                    continue
                number = id_of(operation)
                found[number].append(operation)
                if not entries[number] or entries[number][-1]["ts"] != entry["ts"]:
                    entries[number].append(entry)
        for history in histories:
            assert len(found[history.id]) == len(history.states), history.id
        yield Written(rs, client, histories, found, entries)


@dataclass
class Totals:
    """What a comparison has seen, so that it can be seen to have seen something."""

    states: int = 0
    exact: int = 0
    partly: int = 0
    known: int = 0
    fields: int = 0


def is_whole(operation: dict[str, Any]) -> bool:
    return operation["op"] == "i" or (operation["op"] == "u" and "_id" in operation["o"])


def check(history: History, operations: list[dict[str, Any]], first: int, states: list[tuple[bytes | None, list[str]]], used: bool,
          totals: Totals) -> None:
    """Compares what is said from the operation `first` on; `used`: the document as it is now was known."""
    assert len(states) == len(operations) - first
    window = operations[first:]
    exact = False
    settled = any(operation["op"] != "u" or is_whole(operation) for operation in window)
    touched = set().union(*(touched_fields(operation["o"]) for operation in window if operation["op"] == "u"))
    for i, (operation, (said, unknown)) in enumerate(zip(window, states)):
        truth = history.states[first + i]
        where = (history.id, first, i, operation["o"], unknown)
        totals.states += 1
        exact = exact or operation["op"] != "u" or is_whole(operation)
        if exact or (used and not settled and i + 1 == len(window)):
            assert said == truth and not unknown, where
            totals.exact += 1
            continue
        assert said is not None and truth is not None, where
        real = bson.decode(truth, codec_options=_DICT)
        assert wrong(bson.decode(said, codec_options=_DICT), real, set(unknown)) is None, where
        totals.partly += 1
        assert {name for name in operation["o"].get("$set", {}) if "." not in name} <= bson.decode(said).keys(), where
        if used and not settled:
            totals.fields += len(real)
            totals.known += sum(name not in unknown for name in real)
            assert "*" not in unknown, where
            assert {path.split(".")[0] for path in unknown} <= touched, where


def starts(history: History, operations: list[dict[str, Any]]) -> list[int]:
    """At the insert, right after it, and somewhere in the middle: where the place inside a transaction is its beginning."""
    wanted = [0, 1, len(operations) // 2]
    return sorted({first for first in wanted if first < len(operations) and not operations[first].get("txnOpIndex")})


def probed(cases: list[tuple[History, dict[str, Any]]]) -> list[list[tuple[bytes | None, list[str]]]]:
    done = subprocess.run([probe("state_probe")], input=b"".join(bson.encode(case) for _, case in cases), capture_output=True,
                          check=True, timeout=120)
    results = bson.decode_all(done.stdout, codec_options=CodecOptions(document_class=RawBSONDocument))
    assert len(results) == len(cases)
    return [[(state["state"].raw if state["state"] is not None else None, list(state.get("unknown", []))) for state in result["states"]]
            for result in results]


@pytest.mark.parametrize("used", [True, False], ids=["with today's document", "without"])
def test_every_state_is_the_servers_own_or_says_what_is_unknown(written: Written, used: bool) -> None:
    cases, places = [], []
    for history in written.histories:
        found = written.operations[history.id]
        for first in starts(history, found):
            case = {"ns": NS, "id": history.id,
                    "entries": [entry for entry in written.entries[history.id] if entry["ts"] >= found[first]["ts"]]}
            if used:
                case["later"] = RawBSONDocument(history.later) if history.later else None
            cases.append((history, case))
            places.append(first)
    totals = Totals()
    for (history, _), first, states in zip(cases, places, probed(cases)):
        check(history, written.operations[history.id], first, states, used, totals)
    print(f"{DOCUMENTS} documents, {len(cases)} windows: {totals}")
    assert totals.states > 10 * DOCUMENTS and totals.exact > 5 * DOCUMENTS and totals.partly > 2 * DOCUMENTS
    if used:
        # Several updates touch a few of some ten fields.
        assert totals.known > totals.fields / 2, totals


def lines_of(run) -> list[tuple[bytes | None, list[str]]]:
    """The last fields of what was printed."""
    states = []
    for operation in bson.decode_all(run.ok().raw, codec_options=CodecOptions(document_class=RawBSONDocument)):
        keys = list(operation)
        assert keys[-1] == "state" or keys[-2:] == ["state", "stateUnknown"], keys
        states.append((operation["state"].raw if operation["state"] is not None else None, list(operation.get("stateUnknown", []))))
    return states


def some(written: Written) -> list[History]:
    return written.histories[::max(1, DOCUMENTS // THROUGH_THE_PROGRAM)]


def test_the_program_says_the_same_of_a_live_set(mongotail: Mongotail, written: Written) -> None:
    totals = Totals()
    for history in some(written):
        found = written.operations[history.id]
        for first in starts(history, found):
            run = mongotail.run(written.rs.uri, "--ns", NS, "--id", history.id, "--state", "-o", "bson", "--no-follow", "--since",
                                text_of(found[first]["ts"]))
            assert run.stderr == "", run
            check(history, found, first, lines_of(run), True, totals)
    assert totals.exact > THROUGH_THE_PROGRAM and totals.partly > THROUGH_THE_PROGRAM, totals


def test_and_of_saved_files(mongotail: Mongotail, written: Written, tmp_path: Path) -> None:
    entries = Oplog(written.client).raw({"$or": [{"ns": NS}, {"op": "c"}]})
    saved = tmp_path / "oplog.bson"
    saved.write_bytes(b"".join(entries))
    base = tmp_path / "c.bson"
    base.write_bytes(b"".join(history.later for history in written.histories if history.later))
    totals, without = Totals(), Totals()
    for history in some(written)[:12]:
        found = written.operations[history.id]
        for first in starts(history, found):
            args = ["--file", saved, "--ns", NS, "--id", history.id, "--state", "-o", "bson", "--since", text_of(found[first]["ts"])]
            check(history, found, first, lines_of(mongotail.run(*args, "--base", base)), True, totals)
            check(history, found, first, lines_of(mongotail.run(*args)), False, without)
    assert totals.exact > without.exact and totals.known > without.known, (totals, without)
