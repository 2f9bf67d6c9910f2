"""Everything that is written is printed once, in the oplog's order, whoever writes meanwhile."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateOne, WriteConcern
from pymongo.collection import Collection
from pymongo.database import Database
from support import ReplicaSet
from support.oplog import Oplog, parse_all, places

WRITERS = 4
WRITES = 20_000
FAIL_POINT = "hangAfterCollectionInserts"


def write(db: Database, writer: int, count: int) -> None:
    """`count` entries of changing kinds, in batches of changing sizes."""
    collection = db.get_collection(f"w{writer}", write_concern=WriteConcern(1))
    done = 0
    while done < count:
        size = min(1 + (done * 7 + writer) % 90, (count - done + 3) // 4)
        batch = []
        for number in range(done, done + 4 * size, 4):
            key = {"_id": number}
            batch += [InsertOne(key | {"text": "x" * (number % 50)}), UpdateOne(key, {"$set": {"n": number}}),
                      ReplaceOne(key, {"replaced": number}), DeleteOne(key)]
        collection.bulk_write(batch[:count - done])
        done += len(batch[:count - done])


class Writers:
    """Threads that write until the block ends or they are done; what they raise fails the test."""

    def __init__(self, work: Callable[[int], None], count: int = WRITERS) -> None:
        self.errors: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(work, number)) for number in range(count)]

    def _run(self, work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            self.errors.append(error)

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()
        assert not self.errors, self.errors


def create_collections(db: Database) -> None:
    for writer in range(WRITERS):
        db.create_collection(f"w{writer}")


def test_concurrent_writes_are_printed_once_each_in_the_oplogs_order(mongotail, rs, db: Database, oplog: Oplog,
                                                                     tmp_path: Path):
    create_collections(db)
    with (tmp_path / "lines").open("w+b") as lines:
        with mongotail.tail(rs.uri, "--ns", db.name, "--limit", WRITES, stdout=lines) as tail:
            tail.wait_following()
            with Writers(lambda number: write(db, number, WRITES // WRITERS)):
                pass
            tail.ended(0, timeout=45)
        printed = parse_all(lines_of(lines))
    stored = oplog.entries({"ns": {"$regex": f"^{db.name}\\.w"}, "op": {"$ne": "c"}})
    assert len(stored) == WRITES
    assert printed == stored


def lines_of(file) -> list[str]:
    file.seek(0)
    return [line.decode() for line in file]


def test_a_tail_that_starts_among_writes_misses_none_of_them(mongotail, rs, db: Database, oplog: Oplog):
    """From its first line on each tail has every entry, and all of them agree."""
    create_collections(db)
    stop = threading.Event()

    def write_on(writer: int) -> None:
        for round in range(10_000):
            if stop.is_set():
                return
            db.get_collection(f"w{writer}", write_concern=WriteConcern(1)).insert_one({"_id": round})

    runs = []
    with Writers(write_on):
        try:
            for _ in range(12):
                runs.append(mongotail.run(rs.uri, "--ns", db.name, "--limit", 30).ok())
        finally:
            stop.set()
    stored = places(oplog.of(db.name))
    for run in runs:
        printed = places(parse_all(run.lines))
        first = stored.index(printed[0])
        assert printed == stored[first:first + 30]


class OpenWrite:
    """An insert that has its place in the oplog, and is not committed before commit()."""

    def __init__(self, rs: ReplicaSet, collection: Collection) -> None:
        self._admin = rs.client().admin
        self._thread = threading.Thread(target=collection.insert_one, args=({"_id": "slow"},))
        self._fail_point = {"configureFailPoint": FAIL_POINT, "data": {"collectionNS": collection.full_name}}

    def __enter__(self) -> "OpenWrite":
        before = self._admin.command(self._fail_point | {"mode": "alwaysOn"})["count"]
        self._thread.start()
        self._admin.command("waitForFailPoint", FAIL_POINT, timesEntered=before + 1, maxTimeMS=15_000)
        return self

    def __exit__(self, *_: object) -> None:
        self.commit()

    def commit(self) -> None:
        self._admin.command(self._fail_point | {"mode": "off"})
        self._thread.join()


@pytest.mark.parametrize("read_concern", ["majority", "local"])
def test_a_write_that_is_open_at_the_start_is_not_missed(mongotail, rs, db: Database, oplog: Oplog, read_concern):
    if rs.primary.version < (4, 4):
        pytest.skip("4.2 can't tell when a fail point holds a write")
    db.create_collection("slow")
    db.create_collection("quick")
    with OpenWrite(rs, db.slow) as slow:
        db.get_collection("quick", write_concern=WriteConcern(1)).insert_one({"_id": "quick"})
        with mongotail.tail(rs.uri, "--ns", db.name, "--read-concern", read_concern, "--limit", 2) as tail:
            tail.wait_following()
            slow.commit()
            printed = parse_all(tail.ended(0).lines)
    assert [op["o"]["_id"] for op in printed] == ["slow", "quick"]
    assert printed == oplog.of(db.name)[-2:]
