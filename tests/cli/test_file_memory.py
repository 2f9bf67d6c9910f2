"""Memory stays bounded however large a saved oplog is, an entry in it, or a transaction."""

import subprocess

import pytest
from bson import Int64, Timestamp
from support.peak import MB, peak_memory
from support.raw_bson import encode
from support.saved import entry


def large_file(path, size):
    """Entries of 1 kB up to 64 kB, each of its own second."""
    shapes = [entry(1, _id=i, pad="x" * pad) for i, pad in enumerate((900, 900, 900, 20_000, 64_000))]
    # A block of entries again and again: writing takes no longer than copying.
    block = b"".join(shapes) * (MB // sum(map(len, shapes)) + 1)
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(block)
    return path


@pytest.mark.parametrize("size", [200 * MB, pytest.param(2048 * MB, marks=pytest.mark.long)],
                         ids=["200 MB", "2 GB"])
@pytest.mark.timeout(300)
def test_a_large_file_streams_within_64_mib(mongotail, tmp_path, size):
    file = large_file(tmp_path / "oplog.bson", size)
    try:
        assert peak_memory(mongotail, "--file", file) < 64 * MB
        assert peak_memory(mongotail, "--file", file, "-n", 5, "-o", "short") < 64 * MB
        assert peak_memory(mongotail, "--file", file, "--since", "-1s", "--op", "d") < 64 * MB
    finally:
        file.unlink()


def test_a_large_pipe_streams_within_64_mib(mongotail, tmp_path):
    file = large_file(tmp_path / "oplog.bson", 100 * MB)
    with subprocess.Popen(["cat", file], stdout=subprocess.PIPE) as cat:
        assert peak_memory(mongotail, "--file", "-", stdin=cat.stdout) < 64 * MB


def transaction(parts, pad):
    """A large transaction's entries, each with one insert."""
    for at in range(1, parts + 1):
        command = {"applyOps": [{"op": "i", "ns": "a.b", "o": {"_id": at, "pad": "x" * pad}}]}
        command |= {"partialTxn": True} if at < parts else {"count": Int64(parts)}
        before = {"ts": Timestamp(at - 1, 1 if at > 1 else 0), "t": Int64(1 if at > 1 else -1)}
        yield encode({"lsid": {"id": 1}, "txnNumber": Int64(1), "op": "c", "ns": "admin.$cmd", "o": command,
                      "ts": Timestamp(at, 1), "t": Int64(1), "v": Int64(2), "prevOpTime": before})


@pytest.fixture
def large_transaction(tmp_path):
    file = tmp_path / "oplog.bson"
    with file.open("wb") as out:
        out.writelines(transaction(200, MB))
    return file


def test_a_transaction_of_200_mb_is_unwrapped_within_64_mib(mongotail, large_transaction):
    assert peak_memory(mongotail, "--file", large_transaction) < 64 * MB
    run = mongotail.run("--file", large_transaction, "--format", "{txnOpIndex} {o._id}").ok()
    assert run.lines == [f"{index} {index + 1}" for index in range(200)]


def test_a_transaction_of_200_mb_from_a_pipe_is_unwrapped_within_64_mib(mongotail, large_transaction):
    with subprocess.Popen(["cat", large_transaction], stdout=subprocess.PIPE) as cat:
        assert peak_memory(mongotail, "--file", "-", "-o", "bson", stdin=cat.stdout) < 64 * MB


@pytest.mark.parametrize("parts", [2, 5], ids=["30 MB", "75 MB"])
def test_a_transaction_of_the_largest_entries_takes_the_same_memory_whatever_its_size(mongotail, tmp_path, parts):
    # The entry that commits it, the part that is read, the operation and its line: each has 15 MB.
    file = tmp_path / "oplog.bson"
    with file.open("wb") as out:
        out.writelines(transaction(parts, 15 * MB))
    assert peak_memory(mongotail, "--file", file) < 92 * MB
