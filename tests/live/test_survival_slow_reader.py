"""A reader of stdout that does not keep up."""

import os
from pathlib import Path

from support import ReplicaSet
from support.oplog import Oplog
from support.roll_over import lose_entries, of_a_megabyte

MIB = 1 << 20


def resident(pid: int) -> int:
    """Bytes of memory in use, and the most that ever were."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) * 1024


def grow(rs: ReplicaSet, megabytes: int) -> None:
    collection = rs.client().big.c
    text = os.urandom(5000).hex()
    for _ in range(megabytes):
        collection.insert_many([{"text": text} for _ in range(100)])


def test_memory_stays_bounded_while_nobody_reads(mongotail, server_version, record_property):
    with ReplicaSet(1, server_version, oplog_mb=400) as rs:
        rs.client().big.create_collection("c")
        read, write = os.pipe()
        with os.fdopen(read, "rb", 0) as pipe, mongotail.tail(rs.uri, "--op", "i", stdout=write) as tail:
            os.close(write)
            tail.wait_following()
            grow(rs, 200)
            most = resident(tail.pid)
            print(f"at most {most / MIB:.0f} MiB")
            record_property("most_mib", round(most / MIB))
            assert most < 64 * MIB
            lines = 0
            while lines < 20_000:
                lines += pipe.read(MIB).count(b"\n")
            assert resident(tail.pid) < 64 * MIB
            assert "connection lost" not in tail.stderr, tail


def test_a_reader_whose_place_rolls_off_ends_it_with_3(mongotail, server_version):
    with of_a_megabyte(server_version) as rs:
        rs.client().big.create_collection("c")
        oplog = Oplog(rs.client())
        read, write = os.pipe()
        with os.fdopen(read, "rb", 0) as pipe, mongotail.tail(rs.uri, "--op", "i", stdout=write) as tail:
            os.close(write)
            tail.wait_following()
            # More than it reads ahead, so that its place in the oplog falls behind.
            grow(rs, 150)
            lose_entries(rs.client(), oplog.newest())
            data = b"".join(iter(lambda: pipe.read(MIB), b""))
            tail.ended(3, "no longer reaches back", "--allow-gap")
        assert data.endswith(b"}\n")
