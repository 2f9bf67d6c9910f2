"""Random schedules of stopped replication, elections, hangs and writes, against what the set keeps in the end."""

import random
import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from pymongo import WriteConcern
from pymongo.errors import PyMongoError
from support import Mongotail, ReplicaSet, Tail
from support.cli import program
from support.mongod import Mongod
from support.wait import WaitFailed, wait_until

SEEDS = [1, 3, 101]
LONG_SEEDS = range(200, 220)
ROUNDS = 3
LAST = 10**6
LINE = re.compile(r"(\d+):(\d+) (\d+)\n")
VOID = re.compile(r"(\d+) printed operations are void: .* from (\d+):(\d+) \(.*\) on")
QUICK = {"serverSelectionTimeoutMS": 1000, "socketTimeoutMS": 4000, "retryWrites": False}


@pytest.fixture(scope="module")
def own(server_version) -> Iterator[ReplicaSet]:
    with ReplicaSet(3, server_version, settings={"catchUpTimeoutMillis": 0}) as rs:
        yield rs


@pytest.fixture
def merged(tmp_path) -> Mongotail:
    """What is said on stderr stands among the lines, in the order in which both were written."""
    return Mongotail(["sh", "-c", 'exec "$0" "$@" 2>&1', program()], home=tmp_path)


class Faults:
    """What befalls a set, by a seed."""

    def __init__(self, rs: ReplicaSet, db_name: str, seed: int) -> None:
        self.random = random.Random(seed)
        self.rs = rs
        self.db_name = db_name
        self.number = 0
        self.log: list[str] = []

    def round(self) -> Iterator[None]:
        """Members stop copying, then whoever gets elected writes alone; sometimes one hangs. Yields after each step."""
        for node in self.rs.nodes:
            if self.random.random() < 0.8:
                self.try_to("part", node)
        for _ in range(4):
            self.try_to("write", self.rs.nodes[0])
            yield
            for kind in ("elect", self.random.choices(["join", "hang", "wake", "elect"], [1, 1, 3, 3])[0]):
                self.try_to(kind, self.random.choice(self.rs.nodes))
        if self.random.random() < 0.5:
            for node in self.rs.nodes:
                self.try_to("join", node)
            yield

    def try_to(self, kind: str, node: Mongod) -> None:
        self.log.append(f"{kind} {node.port}")
        try:
            getattr(self, kind)(node)
        except (PyMongoError, WaitFailed) as error:
            self.log[-1] += f" ({str(error)[:60]})"

    def write(self, _: Mongod) -> None:
        """By whoever is, or believes to be, primary."""
        for node in wait_until(self._primaries, "a primary", 4, interval=0.1):
            first, self.number = self.number, self.number + self.random.randint(1, 4)
            self.log.append(f"{node.port} writes {first} to {self.number - 1}")
            collection = node.client(**QUICK)[self.db_name].get_collection("c", write_concern=WriteConcern(1))
            collection.insert_many([{"_id": number} for number in range(first, self.number)])

    def _primaries(self) -> list[Mongod]:
        return [node for node in self.rs.nodes if not node.paused and node.hello().get("ismaster")]

    def elect(self, node: Mongod) -> None:
        if not node.paused:
            node.client(**QUICK).admin.command({"replSetStepUp": 1})

    def part(self, node: Mongod) -> None:
        self._copies(node, "alwaysOn")

    def join(self, node: Mongod) -> None:
        self._copies(node, "off")

    def _copies(self, node: Mongod, mode: str) -> None:
        if not node.paused:
            node.client(**QUICK).admin.command({"configureFailPoint": "stopReplProducer", "mode": mode})

    def hang(self, node: Mongod) -> None:
        if not any(each.paused for each in self.rs.nodes):
            node.pause()

    def wake(self, _: Mongod) -> None:
        for node in self.rs.nodes:
            if node.paused:
                node.resume()

    def end(self) -> None:
        self.wake(self.rs.nodes[0])
        for node in self.rs.nodes:
            self._copies(node, "off")
        self.rs.wait_healthy(60)


Line = tuple[int, int, int]  # a ts, and a number


def standing(tail: Tail) -> list[Line]:
    """The lines that were not declared void."""
    kept: list[Line] = []
    for line in tail.lines:
        if printed := LINE.fullmatch(line):
            kept.append((int(printed[1]), int(printed[2]), int(printed[3])))
        elif void := VOID.search(line):
            rest = [each for each in kept if each[:2] < (int(void[2]), int(void[3]))]
            assert len(kept) - len(rest) == int(void[1]), f"{line}\n{tail}"
            kept = rest
    return kept


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", [*SEEDS, *(pytest.param(seed, marks=pytest.mark.long) for seed in LONG_SEEDS)])
def test_what_is_printed_and_not_declared_void_is_what_the_set_keeps(merged, own, db_name, seed):
    client = own.client(w="majority")
    client[db_name].create_collection("c")
    own.wait_healthy()
    faults = Faults(own, db_name, seed)
    args = ("--ns", f"{db_name}.c", "--op", "i", "--read-concern", "local", "--format", "{ts} {id}")
    uris = [own.uri + "&socketTimeoutMS=3000",
            *(f"{node.uri}/?directConnection=true&socketTimeoutMS=3000" for node in own.nodes)]
    with ExitStack() as stack:
        tails = [stack.enter_context(merged.tail(uri, *args)) for uri in uris]
        for tail in tails:
            tail.wait_for(lambda tail: "following " in tail.stdout, "'following'")
        for _ in (step for _ in range(ROUNDS) for step in faults.round()):
            # So that some of what will be void is printed before it is.
            with suppress(WaitFailed):
                tails[0].wait_for(lambda tail: f" {faults.number - 1}\n" in tail.stdout, "the last write", 0.5)
        faults.end()
        client[db_name].c.insert_one({"_id": LAST})
        for tail in tails:
            tail.wait_for(lambda tail: f" {LAST}\n" in tail.stdout, f"the end of {faults.log}", 60)
    stored = [(entry["ts"].time, entry["ts"].inc, entry["o"]["_id"])
              for entry in own.primary.oplog_entries({"ns": f"{db_name}.c", "op": "i"})]
    rollbacks = [len(VOID.findall(tail.stdout)) for tail in tails]
    print(f"{rollbacks} rollbacks; {faults.number} written, {len(stored)} kept")
    for tail in tails:
        assert standing(tail) == stored, f"{faults.log}\n{tail}"
