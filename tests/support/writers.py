"""Clients that write without a pause, and what became of their writes."""

import json
import threading
import time
from pathlib import Path

from pymongo import MongoClient, WriteConcern
from pymongo.errors import PyMongoError

from .wait import wait_until

Place = tuple[int, int, int]


class Writers:
    """Threads that insert documents of ever new `_id`s into `database`, each into a collection of its own.

        with Writers(client, "load") as writers: … writers.more(100)
        writers.acknowledged

    A write whose fate is unknown is not repeated: its `_id` may or may not be there later.
    """

    def __init__(self, client: MongoClient, database: str, count: int = 4, w: int | str = "majority",
                 pause: float = 0.002) -> None:
        self.acknowledged: list[str] = []
        self.failed = 0
        self._database = client.get_database(database, write_concern=WriteConcern(w))
        self._pause = pause
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,), daemon=True)
                         for number in range(count)]

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(40)
            assert not thread.is_alive(), "a write neither succeeds nor fails"

    def more(self, count: int, timeout: float = 30) -> None:
        """Waits until so many more writes were acknowledged."""
        wanted = len(self.acknowledged) + count
        wait_until(lambda: len(self.acknowledged) >= wanted, f"{count} more writes", timeout)

    def _write(self, number: int) -> None:
        collection = self._database[f"c{number}"]
        count = 0
        while not self._stop.wait(self._pause):
            one = f"{number}-{count}"
            count += 1
            try:
                collection.insert_one({"_id": one, "text": "x" * 100})
                self.acknowledged.append(one)
            except PyMongoError:
                self.failed += 1
                time.sleep(0.05)


class Printed:
    """The JSON lines in a file that a run writes to, and a compact view of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def lines(self) -> list[str]:
        """Whole lines."""
        return self.path.read_text().split("\n")[:-1]

    def inserts(self) -> list[tuple[Place, str]]:
        """Each insert's ts and term, and its `_id`."""
        return [(place_of(op), op["o"]["_id"]) for op in map(json.loads, self.lines()) if op["op"] == "i"]

    def wait_for(self, last: str, timeout: float = 40) -> None:
        """Waits until the document of this `_id` is among the last that were printed."""
        def there() -> bool:
            with self.path.open("rb") as file:
                file.seek(max(0, self.path.stat().st_size - 20_000))
                return f'"_id":"{last}"'.encode() in file.read()

        wait_until(there, f"the document {last} in {self.path}", timeout, interval=0.05)


def place_of(op: dict) -> Place:
    """ts and term of a printed operation."""
    ts = op["ts"]["$timestamp"]
    return ts["t"], ts["i"], op["t"]


def stored_inserts(client: MongoClient, database: str) -> list[tuple[Place, str]]:
    """What Printed.inserts() gives, from the primary's oplog."""
    condition = {"op": "i", "ns": {"$regex": rf"^{database}\."}}
    found = client.local["oplog.rs"].find(condition, {"ts": 1, "t": 1, "o._id": 1}).sort("$natural", 1)
    return [((entry["ts"].time, entry["ts"].inc, entry["t"]), entry["o"]["_id"]) for entry in found]
