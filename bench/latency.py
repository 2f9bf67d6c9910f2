"""From an insert's acknowledgement to its line on the pipe: mongotail and a bare libmongoc loop in one run."""

import multiprocessing
import re
import subprocess
import time
from collections.abc import Sequence

from measure import percentile
from pymongo import MongoClient, WriteConcern

PAUSE = 0.004


def watch(command: Sequence[str], pattern: str, ready: str, count: int, results) -> None:
    """Notes when each number's line can be read."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for line in process.stderr:
            if ready in line.decode():
                break
        results.put("ready")
        number = re.compile(pattern.encode())
        seen = {}
        while len(seen) < count:
            line = process.stdout.readline()
            now = time.monotonic()
            match = number.search(line)
            if match:
                seen[int(match[1])] = now
        process.kill()
    results.put(seen)


def insert(client: MongoClient, count: int, majority: bool) -> dict[int, float]:
    concern = WriteConcern("majority" if majority else 1)
    numbers = client.bench.get_collection("latency", write_concern=concern)
    acknowledged = {}
    for number in range(count):
        numbers.insert_one({"_id": number})
        acknowledged[number] = time.monotonic()
        time.sleep(PAUSE)
    return acknowledged


def measure(client: MongoClient, mongotail: Sequence[str], bare: Sequence[str], count: int, majority: bool) -> dict[str, list[float]]:
    """Milliseconds for each, sorted."""
    client.bench.latency.drop()
    client.bench.create_collection("latency")
    watchers = {}
    for name, command, pattern, ready in (("mongotail", mongotail, r'"o":\{"_id":(\d+)', "following"),
                                          ("bare loop", bare, r"^(\d+)$", "following")):
        results = multiprocessing.Queue()
        process = multiprocessing.Process(target=watch, args=(command, pattern, ready, count, results), daemon=True)
        process.start()
        assert results.get(timeout=20) == "ready"
        watchers[name] = (process, results)
    time.sleep(0.5)
    acknowledged = insert(client, count, majority)
    found = {}
    for name, (process, results) in watchers.items():
        seen = results.get(timeout=30)
        process.join()
        found[name] = sorted(1000 * (seen[number] - acknowledged[number]) for number in acknowledged)
    return found


def report(found: dict[str, list[float]]) -> str:
    lines = []
    for share, name in ((0.5, "p50"), (0.99, "p99")):
        ours, bare = (percentile(found[each], share) for each in ("mongotail", "bare loop"))
        lines.append(f"{name}: mongotail {ours:.2f} ms, bare loop {bare:.2f} ms, difference {ours - bare:+.2f} ms")
    return "\n".join(lines)
