"""What makes an oplog forget its first entries."""

import os
from collections import deque

from bson import Timestamp
from pymongo import MongoClient

from .oplog import Oplog
from .replica_set import ReplicaSet
from .wait import wait_until

# --syncdelay: only a checkpoint lets go of entries. They go a tenth of the oplog at a time.
_OFTEN_CHECKPOINTS = ["--syncdelay", "1"]
_LOOKS = 10


def of_a_megabyte(version: str | None, *args: str) -> ReplicaSet:
    """A set of one member whose oplog soon rolls over."""
    return ReplicaSet(1, version, args=[*_OFTEN_CHECKPOINTS, *args], oplog_mb=1)


def lose_entries(client: MongoClient, until: Timestamp, interval: float = 0) -> None:
    """Writes, every so many seconds, until the oplog's oldest entry is newer than `until`, and stays the oldest."""
    oplog = Oplog(client)
    filler = client.filler.c
    text = os.urandom(50_000).hex()

    def write() -> bool:
        filler.insert_one({"text": text})
        return oplog.oldest() > until

    wait_until(write, "the oplog to roll over", timeout=30, interval=interval)
    # A piece goes after the other, which shows as several steps on 4.2.
    looks = deque([oplog.oldest()], maxlen=_LOOKS)

    def at_rest() -> bool:
        looks.append(oplog.oldest())
        return len(looks) == _LOOKS and len(set(looks)) == 1

    wait_until(at_rest, "the oplog to keep what is left", interval=0.05)
