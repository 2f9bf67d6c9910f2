"""How time and memory grow with the work: saved oplogs that are made here, and a server's."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import oplog
from bson import Int64, Timestamp, encode
from measure import run
from support import ReplicaSet

MB = 1 << 20
# Between two neighbouring sizes the cost of a unit may grow by so much, for what is measured is short.
TOLERATED = 1.5
HEAD = "| work | size | seconds | CPU seconds | MiB | µs of CPU a unit |\n|---|---|---|---|---|---|"


def entry(second: int, ns: str, pad: int = 40) -> bytes:
    return encode({"op": "i", "ns": ns, "o": {"_id": second, "pad": "x" * pad}, "ts": Timestamp(second, 1), "t": Int64(1),
                   "v": Int64(2)})


def entries_file(path: Path, count: int, namespaces: int = 1, first: int = 1, step: int = 1) -> Path:
    """Small inserts, each of its own ts."""
    shapes = [bytearray(entry(1, f"app.c{number}")) for number in range(namespaces)]
    places = [shape.index(b"\x11ts\0") + 4 for shape in shapes]
    with path.open("wb") as out:
        for number in range(count):
            shape = shapes[number % namespaces]
            ordinal = first + number * step
            struct.pack_into("<II", shape, places[number % namespaces], 1 + ordinal % 10**6, 1 + ordinal // 10**6)
            out.write(shape)
    return path


def part(second: int, session: int, before: int, last: bool, operations: list[dict]) -> bytes:
    command = {"applyOps": operations} | ({"count": Int64(len(operations))} if last else {"partialTxn": True})
    return encode({"lsid": {"id": session}, "txnNumber": Int64(1), "op": "c", "ns": "admin.$cmd", "o": command,
                   "ts": Timestamp(second, 1), "t": Int64(1), "v": Int64(2),
                   "prevOpTime": {"ts": Timestamp(before, 1 if before else 0), "t": Int64(1 if before else -1)}})


def insert(number: int, pad: int) -> dict:
    return {"op": "i", "ns": "app.c0", "o": {"_id": number, "pad": "x" * pad}}


def open_transactions_file(path: Path, count: int) -> Path:
    """All begin before the first one commits."""
    with path.open("wb") as out:
        for number in range(count):
            out.write(part(number + 1, number, 0, False, [insert(number, 100)]))
        for number in range(count):
            out.write(part(count + number + 1, number, number + 1, True, [insert(-number, 100)]))
    return path


def transaction_file(path: Path, megabytes: int) -> Path:
    """One transaction, whose entries have 16 MB at most."""
    size = min(megabytes, 15) * MB
    parts = -(-megabytes * MB // size)
    with path.open("wb") as out:
        for number in range(1, parts + 1):
            out.write(part(number, 1, number - 1, number == parts, [insert(number, size)]))
    return path


class Growth:
    def __init__(self, mongotail: str, folder: Path, largest: int) -> None:
        self.mongotail = mongotail
        self.folder = folder
        self.largest = largest
        self.faster: list[str] = []

    def saved(self, *files: Path, flags: tuple[str, ...] = ()) -> list[str]:
        return [self.mongotail, "--file", *map(str, files), "-o", "json", *flags]

    def rows(self, work: str, sizes: Sequence[int], prepare: Callable[[int], list[str]],
             unit: Callable[[int], float] = float) -> None:
        """The best of three runs of what is prepared for each size; `unit` says how much work that is."""
        before = None
        for size in sizes:
            command = prepare(size)
            best = min((run(command) for _ in range(3)), key=lambda each: each.cpu)
            each = best.cpu / unit(size) * 1e6
            print(f"| {work} | {size:,} | {best.seconds:.2f} | {best.cpu:.2f} | {best.peak_mib:.0f} | {each:.3f} |", flush=True)
            # What takes less is mostly the program's start.
            if before is not None and best.cpu > 0.2 and each > TOLERATED * before:
                self.faster.append(f"{work}, {size:,}")
            before = each

    def powers(self) -> list[int]:
        return [count for count in (10**4, 10**5, 10**6, 10**7) if count <= self.largest]

    def files(self) -> None:
        path = self.folder / "oplog.bson"
        self.rows("entries of a file", self.powers(), lambda count: self.saved(entries_file(path, count)))
        self.patterns(entries_file(path, min(self.largest, 10**6), namespaces=100), min(self.largest, 10**6))
        self.rows("transactions open at once", (1, 10, 100, 1000, 10_000),
                  lambda count: self.saved(open_transactions_file(path, count)))
        self.rows("MB of a transaction", (1, 4, 16, 64), lambda megabytes: self.saved(transaction_file(path, megabytes)))
        path.unlink()
        self.rows("sources of as many entries together", (1, 2, 8, 32), self.sources, lambda _: float(self.merged()))

    def patterns(self, path: Path, entries: int) -> None:
        for kind, text in {"names in --ns": "app.c{}7", "patterns in --ns": "app.*x{}"}.items():
            self.rows(kind, (1, 10, 100, 1000), lambda count, text=text: self.saved(
                path, flags=tuple(word for number in range(count) for word in ("--ns", text.format(number)))),
                lambda _: float(entries))

    def merged(self) -> int:
        return min(self.largest, 10**6)

    def sources(self, count: int) -> list[str]:
        files = [entries_file(self.folder / f"source{number}.bson", self.merged() // count, first=number, step=count)
                 for number in range(count)]
        return self.saved(*files, flags=("--merge",) if count > 1 else ())

    def live(self, version: str | None) -> None:
        with ReplicaSet(1, version, oplog_mb=max(100, sum(self.powers()) * 300 // MB), cache_gb=4) as rs:
            there = 0

            def prepare(count: int) -> list[str]:
                nonlocal there
                oplog.fill_small(rs.uri, count - there, there)
                there = count
                rs.client().admin.command("fsync")
                return [self.mongotail, rs.uri, "--since", "oldest", "--no-follow", "-o", "json"]

            self.rows("entries of a server", self.powers(), prepare)


def table(mongotail: str, folder: Path, largest: int, version: str | None) -> None:
    growth = Growth(mongotail, folder, largest)
    print(HEAD)
    growth.files()
    growth.live(version)
    print("\nfaster than its work grows: " + ("; ".join(growth.faster) or "nothing"))
