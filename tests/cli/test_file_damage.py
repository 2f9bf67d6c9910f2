"""Saved oplogs that are cut, damaged, or not there: what is intact is printed, and the rest is said."""

import gzip
import os

import bson
import pytest
from bson import Int64, Timestamp
from support.raw_bson import encode
from support.saved import SAMPLE, documents, entry, write

ENTRIES = [entry(second, _id=second) for second in range(1, 6)]
SIZE = len(ENTRIES[0])


def ids(run):
    return [op["o"]["_id"] for op in run.json()]


@pytest.mark.parametrize("left", [1, 3, 4, 5, 30, SIZE - 1])
def test_a_cut_last_document_is_named_after_all_before_it(mongotail, tmp_path, left):
    file = write(tmp_path / "oplog.bson", *ENTRIES[:4], ENTRIES[4][:left])
    run = mongotail.run("--file", file).ended(1, str(file), f"byte {4 * SIZE}", f"{left} of its ", "try: ")
    assert ids(run) == [1, 2, 3, 4]
    assert len(run.stderr.splitlines()) == 2, run


def test_a_cut_pipe_is_named_too(mongotail):
    content = b"".join(ENTRIES)[:-9]
    run = mongotail.run("--file", "-", input=content).ended(1, "standard input", f"byte {4 * SIZE}")
    assert ids(run) == [1, 2, 3, 4]


def test_damage_in_the_middle_ends_the_run_with_its_place_and_reason(mongotail, tmp_path):
    damaged = bytearray(b"".join(ENTRIES))
    damaged[2 * SIZE + 4] = 0x55  # no type of BSON
    file = write(tmp_path / "oplog.bson", damaged)
    run = mongotail.run("--file", file).ended(1, str(file), f"byte {2 * SIZE} ", "damaged", "try: ")
    assert ids(run) == [1, 2]


@pytest.mark.parametrize("at, value", [(0, 0xFF), (3, 0x7F), (4, 0x55), (SIZE - 1, 7)])
def test_skipping_continues_behind_the_damage_and_says_what_was_skipped(mongotail, tmp_path, at, value):
    damaged = bytearray(b"".join(ENTRIES))
    damaged[2 * SIZE + at] = value
    file = write(tmp_path / "oplog.bson", damaged)
    run = mongotail.run("--file", file, "--skip-damaged").ended(0, str(file), f"byte {2 * SIZE}",
                                                                f"{SIZE} bytes were skipped")
    assert ids(run) == [1, 2, 4, 5]


def test_a_cut_last_document_is_skipped_too(mongotail, tmp_path):
    file = write(tmp_path / "oplog.bson", *ENTRIES[:4], ENTRIES[4][:-9])
    assert ids(mongotail.run("--file", file, "--skip-damaged").ended(0, f"{SIZE - 9} bytes were skipped")) == [1, 2, 3, 4]


def test_skipping_changes_nothing_in_an_intact_file(mongotail):
    run = mongotail.run("--file", SAMPLE, "--skip-damaged").ok()
    assert run.stdout == mongotail.run("--file", SAMPLE).ok().stdout and run.stderr == ""


def test_damage_in_what_is_not_selected_by_its_namespace_is_not_met(mongotail, tmp_path):
    before, inside, after = (encode({"op": "i", "ns": ns, "o": {"_id": second}, "ts": Timestamp(second, 1), "t": Int64(1),
                                     "v": Int64(2)}) for second, ns in ((1, "shop.orders"), (2, "shop.carts"), (3, "shop.orders")))
    inside = inside.replace(b"\x10_id", b"\x55_id")
    file = write(tmp_path / "oplog.bson", before, inside, after)
    assert ids(mongotail.run("--file", file, "--ns", "shop.orders").ok()) == [1, 3]
    assert ids(mongotail.run("--file", file).ended(1, f"byte {len(before)}")) == [1]
    assert ids(mongotail.run("--file", file, "--ns", "shop.*").ended(1, f"byte {len(before)}")) == [1]


def test_every_cut_of_an_oplog_prints_what_is_whole(mongotail, tmp_path):
    every = list(documents(SAMPLE.read_bytes()))[:12]
    content = b"".join(every)
    flags = ["--raw", "--internal", "--op", "i,u,d,c,n", "-o", "bson"]
    ends = [sum(map(len, every[:count])) for count in range(len(every) + 1)]
    for cut in range(1, len(content), 97):
        whole = max(end for end in ends if end <= cut)
        run = mongotail.run("--file", write(tmp_path / "oplog.bson", content[:cut]), *flags)
        assert run.status == (0 if whole == cut else 1), run
        assert run.raw == content[:whole], cut


def test_cut_gzip_is_named_after_what_could_be_read(mongotail, tmp_path):
    packed = gzip.compress(SAMPLE.read_bytes())
    run = mongotail.run("--file", write(tmp_path / "oplog.bson.gz", packed[:-100])).ended(1, "gzip", "ends early")
    assert len(run.lines) > 20


@pytest.mark.parametrize("content, said", [
    (b'{"op":"i"}\n' * 9, "does not look like a saved oplog"),
    (encode({"_id": 1, "name": "x"}), "not an oplog entry"),
    (b"\x6d\xe2\x99\x81" + encode({"concurrent_collections": 4}), "--archive"),
], ids=["text", "a collection", "an archive"])
def test_what_is_not_an_oplog_is_reported(mongotail, tmp_path, content, said):
    run = mongotail.run("--file", write(tmp_path / "some.bson", content)).ended(1, said, "oplog.bson")
    assert run.raw == b""


def test_an_empty_file_has_no_entries(mongotail, tmp_path):
    assert mongotail.run("--file", write(tmp_path / "oplog.bson")).ok().raw == b""


def test_a_file_that_is_not_there_is_named_before_anything_is_printed(mongotail, tmp_path):
    missing = tmp_path / "missing.bson"
    run = mongotail.run("--file", SAMPLE, missing).ended(1, str(missing), "No such file", "try: ")
    assert run.raw == b"" and len(run.stderr.splitlines()) == 2, run


def test_a_folder_is_told_from_the_file_in_it(mongotail, tmp_path):
    mongotail.run("--file", tmp_path).ended(1, "is a directory", "oplog.bson")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(mongotail, tmp_path):
    file = write(tmp_path / "oplog.bson", *ENTRIES)
    file.chmod(0)
    mongotail.run("--file", file).ended(1, "Permission denied", "permissions")


def test_a_name_cannot_make_the_terminal_obey(mongotail, tmp_path):
    run = mongotail.run("--file", tmp_path / "a\x1b[2Jb").ended(1)
    assert "\x1b" not in run.stderr


def test_a_transaction_whose_begin_is_not_in_the_file_is_said(mongotail, tmp_path):
    # The parts of a large transaction, without the first.
    def part(second, before, **command):
            return encode({"lsid": {"id": 1}, "txnNumber": Int64(1), "op": "c", "ns": "admin.$cmd", "o": command,
                       "ts": Timestamp(second, 1), "t": Int64(1), "v": Int64(2),
                       "prevOpTime": {"ts": Timestamp(before, 1), "t": Int64(1)}})

    inner = [{"op": "i", "ns": "a.b", "o": {"_id": 1}}]
    file = write(tmp_path / "oplog.bson", part(2, 1, applyOps=inner, partialTxn=True),
                 part(3, 2, applyOps=inner, count=3), entry(4, _id=4))
    run = mongotail.run("--file", file).ok()
    assert run.json()[-1]["o"] == {"_id": 4}
    assert "transaction" in run.stderr, run


def command(second, o, **more):
    return encode({"op": "c", "ns": "admin.$cmd", "o": o, "ts": Timestamp(second, 1), "t": Int64(1), "v": Int64(2)} | more)


def insert(_id):
    return {"op": "i", "ns": "shop.orders", "o": {"_id": _id}}


def of_session(before):
    """What makes an applyOps a part of a transaction whose part before it is the entry of that second; 0: it has none."""
    optime = {"ts": Timestamp(before, 1), "t": Int64(1)} if before else {"ts": Timestamp(0, 0), "t": Int64(-1)}
    return {"lsid": {"id": 1}, "txnNumber": Int64(1), "prevOpTime": optime}


# What stands at second 3, the ids that are printed of it, and what is said.
BROKEN_INSIDE = {
    "an operation that is a string": (command(3, {"applyOps": [insert(31), "x", insert(33)]}), [31, 33], "one operation"),
    "all that are no documents": (command(3, {"applyOps": [1, None, [], True]}), [], "4 operations"),
    "no array": (command(3, {"applyOps": "x"}), [], "not an array"),
    "a document for an array": (command(3, {"applyOps": {"0": insert(31)}}), [], "not an array"),
    "a nested one without an array": (command(3, {"applyOps": [
        {"op": "c", "ns": "admin.$cmd", "o": {"applyOps": 1}}, insert(32)]}), [32], "not an array"),
    "a nested operation that is a number": (command(3, {"applyOps": [
        {"op": "c", "ns": "admin.$cmd", "o": {"applyOps": [7, insert(31)]}}, insert(32)]}), [31, 32], "one operation"),
    "an end before its begin": (command(3, {"applyOps": [insert(31)]}, **of_session(4)), [], "coming before it"),
    "an end that names itself": (command(3, {"applyOps": [insert(31)]}, **of_session(3)), [], "coming before it"),
    "a commit that names a later entry": (command(3, {"commitTransaction": 1}, **of_session(9)), [], "coming before it"),
    "a part without an array": (command(2, {"applyOps": 5, "partialTxn": True}, **of_session(0))
                                + command(3, {"applyOps": [insert(31)]}, **of_session(2)), [31], "not an array"),
}
broken_inside = pytest.mark.parametrize("broken, printed, said", BROKEN_INSIDE.values(), ids=list(BROKEN_INSIDE))


@broken_inside
@pytest.mark.parametrize("form", ["json", "pretty", "short", "bson"])
def test_damage_inside_a_transaction_is_skipped_like_any_other(mongotail, tmp_path, broken, printed, said, form):
    first = entry(1, _id=1)
    file = write(tmp_path / "oplog.bson", first, broken, entry(5, _id=5))
    place = f"{file}, byte {len(first) + len(broken) - len(list(documents(broken))[-1])}: "
    run = mongotail.run("--file", file, "--skip-damaged", "-o", form).ended(0, place, said, "left out")
    if form == "json":
        assert ids(run) == [1, *printed, 5], run
    assert ids(mongotail.run("--file", file, "--skip-damaged").ok()) == [1, *printed, 5]


@broken_inside
def test_damage_inside_a_transaction_ends_the_run_with_its_place(mongotail, tmp_path, broken, printed, said):
    first = entry(1, _id=1)
    file = write(tmp_path / "oplog.bson", first, broken, entry(5, _id=5))
    place = f"{file}, byte {len(first) + len(broken) - len(list(documents(broken))[-1])}: "
    run = mongotail.run("--file", file).ended(1, place, "damaged", "try: ", "--skip-damaged")
    assert 5 not in ids(run) and ids(run)[0] == 1, run


def test_an_operation_keeps_its_index_where_one_before_it_is_left_out(mongotail, tmp_path):
    file = write(tmp_path / "oplog.bson", command(3, {"applyOps": ["x", insert(1), 2, insert(3)]}))
    run = mongotail.run("--file", file, "--skip-damaged").ended(0, "2 operations were left out")
    assert [op["txnOpIndex"] for op in run.json()] == [1, 3]


def test_raw_shows_an_entry_that_is_damaged_inside(mongotail, tmp_path):
    broken = command(3, {"applyOps": ["x", insert(1)]})
    file = write(tmp_path / "oplog.bson", broken)
    assert mongotail.run("--file", file, "--raw", "--ns", "shop.orders", "-o", "bson").ok().raw == broken


def mutations(document):
    """The same document with one value in it, at any depth, replaced, doubled or gone."""
    for key in list(document):
        for value in (None, "x", 7, [], {}, [1], {"x": 1}):
            yield document | {key: value}
        yield {name: value for name, value in document.items() if name != key}
        inner = document[key]
        if isinstance(inner, dict):
            for changed in mutations(inner):
                yield document | {key: changed}
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            for changed in mutations(inner[0]):
                yield document | {key: [changed, *inner[1:]]}


@pytest.mark.parametrize("flags", [["-o", "json"], ["-o", "pretty"], ["-o", "short"], ["--summary"],
                                   ["--format", "{ts} {op} {ns} {id} {change}"], ["--raw", "-o", "bson"]],
                         ids=lambda flags: flags[-1][:6])
def test_no_mutation_of_a_transaction_entry_hides_what_comes_after_it(mongotail, tmp_path, flags):
    commands = [bson.decode(raw) for raw in documents(SAMPLE.read_bytes())]
    commands = [one for one in commands if one["op"] == "c" and {"applyOps", "commitTransaction", "abortTransaction"} & set(one["o"])]
    assert len(commands) > 3
    mutated = [encode(changed) for one in commands for changed in mutations(one)]
    last = entry(2_000_000_000, _id="the last")
    file = write(tmp_path / "oplog.bson", *mutated, last)
    run = mongotail.run("--file", file, "--skip-damaged", "--internal", *flags, timeout=60).ok()
    assert b"the last" in run.raw or flags == ["--summary"] and "shop.orders" in run.stdout, run
