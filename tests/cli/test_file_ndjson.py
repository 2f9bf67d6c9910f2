"""What the program printed as JSON is read back: the same bytes come out again, and all filters work."""

import gzip
import json
import signal
from pathlib import Path

import pytest
from support.cli import Mongotail
from support.saved import SAMPLE, entry, write

OPLOGS = [SAMPLE, *sorted((SAMPLE.parent / "oplog").glob("*.bson"))]
EVERYTHING = ["--op", "i,u,d,c,n", "--internal"]


def saved(mongotail: Mongotail, path: Path, *args: object, source: Path = SAMPLE) -> Path:
    path.write_bytes(mongotail.run("--file", source, *args).ok().raw)
    return path


@pytest.mark.parametrize("raw", [[], ["--raw"]], ids=["unwound", "raw"])
@pytest.mark.parametrize("mode", ["canonical", "relaxed"])
@pytest.mark.parametrize("oplog", OPLOGS, ids=lambda path: path.stem)
def test_what_is_read_back_prints_the_same_bytes(mongotail, tmp_path, oplog, mode, raw):
    flags = [*EVERYTHING, *raw, "-o", "json", "--jsonFormat", mode]
    first = saved(mongotail, tmp_path / "first.ndjson", *flags, source=oplog)
    again = mongotail.run("--file", first, *flags).ok()
    assert again.raw == first.read_bytes() and len(again.lines) > 20
    if not raw:
        assert any("txnOpIndex" in line for line in again.lines)


@pytest.mark.parametrize("oplog", OPLOGS, ids=lambda path: path.stem)
def test_stored_entries_are_unwound_as_those_of_bson(mongotail, tmp_path, oplog):
    stored = saved(mongotail, tmp_path / "raw.ndjson", *EVERYTHING, "--raw", "--jsonFormat", "canonical", source=oplog)
    direct = mongotail.run("--file", oplog, *EVERYTHING, "-o", "bson").ok()
    assert mongotail.run("--file", stored, *EVERYTHING, "-o", "bson").ok().raw == direct.raw


@pytest.mark.parametrize("flags", [
    ["--ns", "shop.orders"], ["--op", "u,d"], ["--changed", "status=paid"], ["-q", '{"o.status": "new"}'], ["-n", "7"],
    ["--limit", "5"], ["--since", "1795417992:1"], ["--until", "1795417992:1"], ["-o", "short", "--utc"],
    ["--format", "{ts} {op} {ns} {id}"], ["--summary", "--utc"], ["--summary-by", "op,field", "-o", "json"], ["-o", "bson"],
], ids=" ".join)
@pytest.mark.parametrize("content", ["ndjson", "bson"])
def test_filters_and_formats_are_as_for_the_oplog_itself(mongotail, tmp_path, flags, content):
    form = ["-o", "bson"] if content == "bson" else ["--jsonFormat", "canonical"]
    own = saved(mongotail, tmp_path / "own", *form)
    direct = mongotail.run("--file", SAMPLE, *flags).ok()
    again = mongotail.run("--file", own, *flags).ok()
    assert again.raw == direct.raw and direct.raw


def test_gzip_standard_input_and_several_files(mongotail, tmp_path):
    own = saved(mongotail, tmp_path / "own.ndjson")
    lines = own.read_bytes().splitlines(keepends=True)
    packed = tmp_path / "first.gz"
    packed.write_bytes(gzip.compress(b"".join(lines[:40])))
    rest = b"".join(lines[40:])
    assert mongotail.run("--file", packed, "-", input=rest).ok().raw == own.read_bytes()
    assert mongotail.run("--file", "-", input=gzip.compress(own.read_bytes())).ok().raw == own.read_bytes()
    older = write(tmp_path / "oplog.bson", entry(1, _id=1))
    assert mongotail.run("--file", older, own).ok().raw.endswith(own.read_bytes())


def test_a_damaged_line_is_named_and_may_be_skipped(mongotail, tmp_path):
    own = saved(mongotail, tmp_path / "own.ndjson")
    lines = own.read_bytes().splitlines(keepends=True)
    damaged = tmp_path / "damaged.ndjson"
    damaged.write_bytes(b"".join([*lines[:30], lines[30][:50] + b"\n", *lines[31:60], b'{"op":"i"}\n', *lines[60:]]))
    run = mongotail.run("--file", damaged).ended(1, f"{damaged}: line 31 is damaged", "--skip-damaged")
    assert run.raw == b"".join(lines[:30])
    run = mongotail.run("--file", damaged, "--skip-damaged").ok()
    assert run.raw == b"".join(lines[:30] + lines[31:])
    assert [text in run.stderr for text in ("line 31 is damaged", "line 61 is damaged")] == [True, True]


def test_a_file_that_is_followed_shows_whole_lines(mongotail, tmp_path):
    own = saved(mongotail, tmp_path / "own.ndjson")
    lines = own.read_bytes().splitlines(keepends=True)
    growing = tmp_path / "growing.ndjson"
    growing.write_bytes(b"".join(lines[:10]) + lines[10][:30])
    with mongotail.tail("-f", "--file", growing) as tail:
        tail.wait_lines(10)
        with growing.open("ab") as file:
            file.write(lines[10][30:] + b"".join(lines[11:20]) + lines[20][:5])
        tail.wait_lines(20)
        assert tail.end_by(signal.SIGINT) < 0.5
        run = tail.ended(-signal.SIGINT)
    assert "damaged" not in run.stderr and run.raw == b"".join(lines[:20])


def test_a_run_resumes_inside_of_a_transaction(mongotail, tmp_path):
    own = saved(mongotail, tmp_path / "own.ndjson")
    lines = own.read_bytes().splitlines(keepends=True)
    cursor = tmp_path / "cursor"
    first = next(number for number, line in enumerate(lines) if json.loads(line).get("txnOpIndex") == 0)
    head = mongotail.run("--file", own, "--cursor-file", cursor, "--limit", first + 1).ok().raw
    tail = mongotail.run("--file", own, "--cursor-file", cursor).ok().raw
    assert head + tail == own.read_bytes()
    assert mongotail.run("--file", own, "--cursor-file", cursor).ok().raw == b""


def test_relaxed_lines_lose_what_the_man_page_says(mongotail, tmp_path):
    relaxed = saved(mongotail, tmp_path / "own.ndjson")
    canonical = mongotail.run("--file", relaxed, "--jsonFormat", "canonical").ok().json()
    assert {tuple(operation["t"]) for operation in canonical} == {("$numberInt",)}
    canonical = mongotail.run("--file", SAMPLE, "--jsonFormat", "canonical").ok().json()
    assert {tuple(operation["t"]) for operation in canonical} == {("$numberLong",)}
