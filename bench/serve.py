"""Many subscribers of one `mongotail serve`: how far they are behind, and what that takes."""

import os
import re
import resource
import subprocess
import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import percentile
from pymongo import MongoClient, WriteConcern

PADDING = "x" * 200
# Of one process that connects: an address has about 28,000 ports, and a process often 20,000 descriptors.
A_PROCESS = 10_000
# What serve keeps for connections without a stream, and for all else.
OTHER_DESCRIPTORS = 1024 + 128


def most_subscribers(wanted: int) -> int:
    """As many of them as one process may hold sockets here; it says if that is fewer."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit == resource.RLIM_INFINITY or limit >= wanted + OTHER_DESCRIPTORS:
        return wanted
    most = (limit - OTHER_DESCRIPTORS) // 100 * 100
    print(f"{wanted:,} subscribers do not fit: a process may open {limit:,} files here (ulimit -Hn), so there are "
          f"{most:,}", flush=True)
    return most


class Serve:
    """`mongotail serve` on a free port; what it has used so far."""

    def __init__(self, mongotail: str, uri: str, most: int) -> None:
        self._process = subprocess.Popen([mongotail, "serve", "--listen", "127.0.0.1:0", "--max-subscribers", str(most),
                                          uri], stderr=subprocess.PIPE, text=True)
        said = self._process.stderr.readline()
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)", said)[1])

    def __enter__(self) -> "Serve":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self) -> float:
        return self._memory("VmHWM") / 1024

    def bytes_now(self) -> int:
        return 1024 * self._memory("VmRSS")

    def _memory(self, field: str) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+)", status)[1])

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
            return float(re.search(rf"^mongotail_{name} (\S+)$", answer.read().decode(), re.MULTILINE)[1])


class Subscribers:
    """Many of them, in as few processes as can hold them."""

    def __init__(self, program: str, serve: Serve, count: int, target: str, first: int = 0) -> None:
        self._processes = []
        for number, begin in enumerate(range(0, count, A_PROCESS)):
            command = [program, f"127.0.0.{number + 2}", str(serve.port), str(min(A_PROCESS, count - begin)), target,
                       str(first + begin)]
            self._processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            assert self._processes[-1].stdout.readline() == "ready\n"

    def __enter__(self) -> "Subscribers":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()

    def arrivals(self) -> dict[int, tuple[float, int]]:
        """When each number had reached the last subscriber, and how many it reached; then they are gone."""
        found: dict[int, tuple[float, int]] = {}
        for process in self._processes:
            for number, _, last, count in map(str.split, process.communicate()[0].splitlines()):
                before = found.get(int(number), (0.0, 0))
                found[int(number)] = (max(before[0], int(last) / 1e9), before[1] + int(count))
        return found


class Loop:
    """The plainest reader: a bare loop over the oplog in a process of its own."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert "following" in self._process.stderr.readline()
        self.seen: dict[int, float] = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout:
            if line.strip().isdigit():
                self.seen[int(line)] = time.monotonic()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def insert(client: MongoClient, rate: int, seconds: float) -> dict[int, float]:
    """Inserts evenly; when each was acknowledged."""
    stream = client.bench.get_collection("latency", write_concern=WriteConcern(1))
    step = 4
    acknowledged = {}
    begin = time.monotonic()
    for number in range(0, int(rate * seconds), step):
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        stream.insert_many([{"_id": number + k, "pad": PADDING} for k in range(step)])
        acknowledged |= dict.fromkeys(range(number, number + step), time.monotonic())
    return acknowledged


def whole_stream(serve: Serve, program: str, loop: Sequence[str], client: MongoClient, count: int, rate: int,
                 seconds: float) -> str:
    client.bench.drop_collection("latency")
    client.bench.create_collection("latency")
    bare = Loop(loop)
    with Subscribers(program, serve, count, "/tail?ns=bench.latency&op=i") as subscribers:
        time.sleep(1)
        cpu, begin = serve.cpu_seconds(), time.monotonic()
        acknowledged = insert(client, rate, seconds)
        took = time.monotonic() - begin
        used = serve.cpu_seconds() - cpu
        time.sleep(1)
        got = subscribers.arrivals()
    bare.end()
    assert len(got) == len(acknowledged) and all(reached == count for _, reached in got.values()), "something was lost"
    behind = [1000 * (got[number][0] - at) for number, at in bare.seen.items() if number in got]
    late = [1000 * (got[number][0] - at) for number, at in acknowledged.items()]
    return (f"{count:,} subscribers of {len(got) / took:,.0f} entries/s: the last of them has an entry "
            f"{percentile(late, .5):.1f} ms after its acknowledgement (p99 {percentile(late, .99):.1f}, "
            f"worst {max(late):.1f}), {percentile(behind, .5):.1f} ms after a bare loop "
            f"(p99 {percentile(behind, .99):.1f}, worst {max(behind):.1f}); serve takes {used / took:.2f} cores, "
            f"{1e9 * used / len(got) / count:,.0f} ns an entry and subscriber, {serve.peak_mib():.0f} MiB at most")


def update(client: MongoClient, rate: int, seconds: float) -> int:
    """Updates evenly, many at a time, so that the writer takes little of the machine; how many."""
    things = client.bench.get_collection("things", write_concern=WriteConcern(1))
    step, of = 500, 20_000
    begin, done = time.monotonic(), 0
    while done < rate * seconds:
        time.sleep(max(0.0, begin + done / rate - time.monotonic()))
        first = done % of
        things.update_many({"_id": {"$gte": first, "$lt": first + step}}, {"$inc": {"n": 1}})
        done += step
    return done


def idle(serve: Serve, program: str, client: MongoClient, count: int, rate: int, seconds: float) -> str:
    things = client.bench.things
    things.drop()
    things.insert_many([{"_id": i, "n": 0} for i in range(20_000)])
    alone = update_beside(serve, client, rate, seconds)
    before, begin = serve.bytes_now(), time.monotonic()
    with Subscribers(program, serve, count, "/tail?id=@", 1_000_000) as subscribers:
        connected = time.monotonic() - begin
        each = (serve.bytes_now() - before) / count
        beside = update_beside(serve, client, rate, seconds)
        peak = serve.peak_mib()
        assert not subscribers.arrivals(), "somebody got what is not theirs"
    return (f"{count:,} subscribers of one --id each, of {beside.rate:,.0f} entries/s: all entries have been tested "
            f"{beside.behind_ms:.0f} ms after the last write's acknowledgement; serve takes {beside.cores:.2f} cores "
            f"({alone.cores:.2f} without subscribers), {peak:.0f} MiB at most; a subscriber takes {each:,.0f} bytes and "
            f"{1e9 * (beside.cores / beside.rate - alone.cores / alone.rate) / count:.3f} ns an entry; "
            f"they connected in {connected:.1f} s")


@dataclass
class Load:
    rate: float
    cores: float
    behind_ms: float


def update_beside(serve: Serve, client: MongoClient, rate: int, seconds: float) -> Load:
    """What serve takes while the server is written to."""
    time.sleep(1)
    before, cpu, begin = serve.metric("entries_total"), serve.cpu_seconds(), time.monotonic()
    written = update(client, rate, seconds)
    took = time.monotonic() - begin
    used = serve.cpu_seconds() - cpu
    while serve.metric("entries_total") - before < written:
        time.sleep(0.005)
    behind = time.monotonic() - begin - took
    return Load(written / took, used / took, 1000 * behind)
