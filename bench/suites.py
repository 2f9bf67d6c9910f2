"""The benchmarks: python bench/suites.py --help."""

import argparse
import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench")]

import growth
import latency
import oplog
import serve
from measure import best, median, ratio, run, side_by_side, table
from support import ReplicaSet
from support.oplog import Oplog

ENTRIES = 540_000
POLL_CALL = "getMore"


class Bench:
    def __init__(self, options: argparse.Namespace) -> None:
        self.build = Path(options.build)
        self.mongotail = str(self.build / "mongotail")
        self.drain = str(self.build / "bench" / "drain")
        self.runs = options.runs
        self.entries = options.entries
        self.version = options.server
        self.peers = options.peers
        self.largest = options.largest

    @contextlib.contextmanager
    def server(self, entries: int, **shape: int) -> Iterator[ReplicaSet]:
        # Large enough that neither the cache nor the oplog's end is part of what is measured.
        size = max(100, entries * 1300 // 1_000_000)
        with ReplicaSet(1, self.version, oplog_mb=size, cache_gb=4) as rs:
            begin = time.monotonic()
            oplog.fill(rs.client(), entries, **shape)
            stats = rs.client().local.command("collStats", "oplog.rs")
            say(f"{stats['count']:,} entries, {stats['size'] / 1e6:.0f} MB, {stats['size'] / stats['count']:.0f} bytes an "
                f"entry, written in {time.monotonic() - begin:.0f} s")
            # The rest of what was written must not run beside what is measured.
            rs.client().admin.command("fsync")
            yield rs

    def tail(self, rs: ReplicaSet, *flags: str) -> list[str]:
        return [self.mongotail, rs.uri, "--since", "oldest", "--no-follow", *flags]

    # -- the suites ------------------------------------------------------------------------------

    def whole(self) -> None:
        """The whole oplog, as JSON and as BSON."""
        with self.server(self.entries) as rs:
            commands = {
                "libmongoc cursor drained, nothing printed (the floor)": [self.drain, rs.uri],
                "mongotail -o json": self.tail(rs, "-o", "json"),
                "mongotail -o json --jsonFormat canonical": self.tail(rs, "-o", "json", "--jsonFormat", "canonical"),
                "mongotail -o bson": self.tail(rs, "-o", "bson"),
            }
            print(table(side_by_side(commands, self.runs), next(iter(commands))))
            peers = {
                "mongodump": ["mongodump", "--quiet", "--uri", rs.uri, "-d", "local", "-c", "oplog.rs", "-o", "-"],
                "mongoexport": ["mongoexport", "--quiet", "--uri", rs.uri, "-d", "local", "-c", "oplog.rs"],
            }
            self.once(peers | (self.libraries(rs) if self.peers else {}))

    def once(self, commands: dict[str, list[str]]) -> None:
        """Peers: they take long. What is not installed is said."""
        print("\n| peer | seconds | CPU seconds | MiB |\n|---|---|---|---|")
        for name, command in commands.items():
            if not shutil.which(command[0]):
                print(f"| {name} | not installed | | |")
                continue
            took = run(command)
            print(f"| {name} | {took.seconds:.1f} | {took.cpu:.1f} | {took.peak_mib:.0f} |", flush=True)

    def libraries(self, rs: ReplicaSet) -> dict[str, list[str]]:
        return {
            "libmongoc, default batches": [self.drain, rs.uri, "--batch", "0"],
            "libmongoc + bson_as_relaxed_extended_json": [self.drain, rs.uri, "--json"],
            "pymongo + json_util": [sys.executable, str(ROOT / "bench" / "pymongo_loop.py"), rs.uri],
        }

    def selected(self) -> None:
        """One entry in a thousand by --ns, against the bare filter that loses transactions and commands."""
        with self.server(self.entries, rare_share=1000) as rs:
            self.against_bare_filter(rs)

    def transactions(self) -> None:
        """The same where one entry in five is a transaction."""
        with self.server(self.entries, rare_share=1000, transaction_share=5) as rs:
            self.against_bare_filter(rs)

    def against_bare_filter(self, rs: ReplicaSet) -> None:
        bare = [self.drain, rs.uri, "--filter", '{"ns":"app.rare"}']
        selected = self.tail(rs, "-o", "json", "--ns", "app.rare")
        commands = {"bare {ns: …} filter drained (loses entries)": bare,
                    "one bare cursor with mongotail's filter": [self.drain, rs.uri, "--filter", sent_filter(selected)]}
        commands |= {f"mongotail --ns app.rare --jobs {jobs}": [*selected, "--jobs", str(jobs)] for jobs in (1, 2)}
        print(best(side_by_side(commands, self.runs), next(iter(commands))))

    def past(self) -> None:
        """One entry in a thousand over several cursors, against one bare cursor with the very same filter."""
        with self.server(self.entries, rare_share=1000) as rs:
            tail = lambda *flags: self.tail(rs, "-o", "json", *flags)
            bare = [self.drain, rs.uri, "--filter", sent_filter(tail("--ns", "app.rare"))]
            commands = {"one bare cursor with the same filter drained": bare}
            commands |= {f"mongotail --ns app.rare --jobs {jobs}": tail("--ns", "app.rare", "--jobs", str(jobs))
                         for jobs in (1, 2, 4)}
            print(best(side_by_side(commands, self.runs), next(iter(commands))))
            commands = {"libmongoc cursor drained": [self.drain, rs.uri]}
            commands |= {f"mongotail --jobs {jobs}": tail("--jobs", str(jobs)) for jobs in (1, 2)}
            commands |= {f"mongotail --ns 'shop.*' --jobs {jobs}": tail("--ns", "shop.*", "--jobs", str(jobs))
                         for jobs in (1, 2)}
            print("\nNearly all entries, with nothing to select and with a filter that selects little:\n")
            print(best(side_by_side(commands, self.runs), next(iter(commands))))

    def memory(self) -> None:
        """Ten million entries, then one of 16 MB."""
        with ReplicaSet(1, self.version, oplog_mb=4000, cache_gb=4) as rs:
            begin = time.monotonic()
            oplog.fill_small(rs.uri, 10_000_000)
            rs.client().admin.command("fsync")
            say(f"written in {time.monotonic() - begin:.0f} s")
            took = run(self.tail(rs, "-o", "json"))
            print(f"ten million entries: peak {took.peak_mib:.1f} MiB, {took.seconds:.1f} s", flush=True)
            rs.client().shop.large.insert_one({"_id": 1, "text": "x" * (16 * 2**20 - 100)})
            took = run(self.tail(rs, "-o", "json"))
            print(f"with one of 16 MB at the end: peak {took.peak_mib:.1f} MiB")

    def latency(self) -> None:
        """Insert acknowledged → line readable."""
        with ReplicaSet(1, self.version) as rs:
            for concern in ("local", "majority"):
                command = [self.mongotail, rs.uri, "--ns", "bench.latency", "--op", "i", "--read-concern", concern, "-v"]
                found = latency.measure(rs.client(), command, [self.drain, rs.uri, "--follow", concern], 1000,
                                        concern == "majority")
                print(f"read concern {concern}\n{latency.report(found)}")

    def idle(self) -> None:
        """A minute of silence, and how soon the first line comes."""
        with self.server(self.entries) as rs:
            counter = lambda: rs.client().admin.command("serverStatus")["metrics"]["commands"][POLL_CALL]["total"]
            process = subprocess.Popen([self.mongotail, rs.uri, "--ns", "shop.nothing"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(3)
            ticks, polls = cpu_seconds(process.pid), counter()
            time.sleep(60)
            used = cpu_seconds(process.pid) - ticks
            print(f"idle: {used / 60 * 100:.3f} % of a core, {(counter() - polls) / 60:.2f} getMores a second")
            process.kill()
            process.wait()
            self.first_lines(rs, "large oplog")
        with self.server(1500) as rs:
            self.first_lines(rs, "small oplog")

    def first_lines(self, rs: ReplicaSet, what: str) -> None:
        for name, flags in {"--since oldest": ["--since", "oldest"], "-n 1": ["-n", "1"],
                            "--since 5s": ["--since", "5s"]}.items():
            times = []
            for number in range(self.runs):
                # What a quiet server itself writes is not shown.
                rs.client().shop.orders.insert_one({"_id": f"{name} {number}"})
                times.append(first_line([self.mongotail, rs.uri, "-o", "json", *flags]))
            print(f"{what}, first line with {name}: {sorted(times)[len(times) // 2] * 1000:.0f} ms", flush=True)

    def serve(self) -> None:
        """Many subscribers of one mongotail serve."""
        subscribers = str(self.build / "bench" / "subscribers")
        with ReplicaSet(1, self.version, oplog_mb=2000) as rs:
            for count in (200, 1_000):
                with serve.Serve(self.mongotail, rs.uri, count) as one:
                    print(serve.whole_stream(one, subscribers, [self.drain, rs.uri, "--follow", "majority"], rs.client(),
                                             count=count, rate=1000, seconds=15), flush=True)
            for count in (10_000, serve.most_subscribers(100_000)):
                with serve.Serve(self.mongotail, rs.uri, count) as one:
                    print(serve.idle(one, subscribers, rs.client(), count=count, rate=20_000, seconds=15), flush=True)

    def file(self) -> None:
        """Saved files."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "oplog.bson"
            with self.server(self.entries, rare_share=1000) as rs, path.open("wb") as out:
                subprocess.run(self.tail(rs, "-o", "bson", "--raw"), stdout=out, check=True, stderr=subprocess.DEVNULL)
            size = path.stat().st_size / 1e6
            commands = {"cat": ["cat", str(path)],
                        "--file, one core": ["taskset", "-c", "0", self.mongotail, "--file", str(path), "-o", "json"],
                        "--file": [self.mongotail, "--file", str(path), "-o", "json"],
                        "--file --ns, one entry in a thousand, one core": [
                            "taskset", "-c", "0", self.mongotail, "--file", str(path), "-o", "json", "--ns", "app.rare"]}
            results = side_by_side(commands, self.runs)
            print(table(results, "cat"))
            for name, runs in results.items():
                print(f"{name}: {size / median(runs):.0f} MB/s")
            self.once({"bsondump": ["bsondump", "--quiet", "--bsonFile", str(path)]})

    def growth(self) -> None:
        """Time and memory as the work grows."""
        with tempfile.TemporaryDirectory() as folder:
            growth.table(self.mongotail, Path(folder), self.largest, self.version)

    def merged(self) -> None:
        """Four sets as one stream, against one after the other; then 32 sources on two cores."""
        entries = min(self.entries, 150_000)
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            sets = self.sets(stack, 4, entries)
            flags = ["--since", "oldest", "--no-follow", "-o", "json"]
            files = []
            for one in sets:
                files.append(str(folder / f"{one.name}.bson"))
                with open(files[-1], "wb") as out:
                    subprocess.run(self.tail(one, "-o", "bson", "--raw"), stdout=out, check=True, stderr=subprocess.DEVNULL)
            uris = [one.uri for one in sets]
            each = lambda argv: ["sh", "-c", " && ".join(shlex.join(words) for words in argv)]
            singly = [[self.mongotail, uri, *flags] for uri in uris]
            commands = {"four servers, one after the other": each(singly),
                        "four servers, merged": [self.mongotail, *uris, *flags],
                        "four servers, merged, --order arrival": [self.mongotail, *uris, *flags, "--order", "arrival"],
                        "the same, --with-cursor": [self.mongotail, *uris, *flags, "--with-cursor"]}
            print(table(side_by_side(commands, self.runs), next(iter(commands))), flush=True)
            commands = {"four files, one after the other": [self.mongotail, "--file", *files, "-o", "json"],
                        "four files, merged": [self.mongotail, "--merge", "--file", *files, "-o", "json"],
                        "the same, --with-cursor": [self.mongotail, "--merge", "--file", *files, "-o", "json", "--with-cursor"]}
            print("\n" + table(side_by_side(commands, self.runs), next(iter(commands))), flush=True)
            # Each server and file eight times: 32 servers on one machine would be what is measured.
            labels = [word for number in range(32) for word in ("--label", f"s{number:02}")]
            two = ["taskset", "-c", "0,1"]
            for name, argv in {"32 servers' oplogs merged on two cores": [self.mongotail, *uris * 8, *flags, *labels],
                               "32 files merged on two cores": [self.mongotail, "--merge", "--file", *files * 8, "-o", "json", *labels]}.items():
                took = run([*two, *argv])
                count = 32 * entries
                print(f"{name}: {count:,} entries in {took.seconds:.1f} s ({count / took.seconds:,.0f} a second), "
                      f"{took.cpu:.1f} CPU seconds, peak {took.peak_mib:.0f} MiB", flush=True)

    def sets(self, stack: contextlib.ExitStack, count: int, entries: int) -> list[ReplicaSet]:
        """Sets that were written to at the same time."""
        size = max(100, entries * 1300 // 1_000_000)
        sets = [stack.enter_context(ReplicaSet(1, self.version, name=f"set{number}", oplog_mb=size)) for number in range(count)]
        begin = time.monotonic()
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda one: oplog.fill(one.client(), entries), sets))
        for one in sets:
            one.client().admin.command("fsync")
        say(f"{count} sets of {entries:,} entries, written in {time.monotonic() - begin:.0f} s")
        return sets

    def writer(self) -> None:
        """The JSON writer alone (Google Benchmark)."""
        subprocess.run([str(self.build / "bench" / "json_writer_bench")], check=True)


def sent_filter(command: list[str]) -> str:
    """What that run has the server filter by."""
    said = subprocess.run([*command, "-v"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True).stderr
    return said.split("the server filters by ", 1)[1].splitlines()[0]


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_line(command: list[str]) -> float:
    begin = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout.readline()
        seconds = time.monotonic() - begin
        process.kill()
    return seconds


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


SUITES = ["writer", "whole", "selected", "transactions", "past", "latency", "idle", "file", "merged", "serve", "growth",
          "memory"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures mongotail on a throwaway mongod.")
    parser.add_argument("suites", nargs="*", default=[], metavar="SUITE",
                        help=f"of {', '.join(SUITES)} (default: all but memory, which writes 3 GB)")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--server", metavar="VERSION", help="the mongod, as scripts/fetch-mongod knows it")
    parser.add_argument("--peers", action="store_true", help="also loops of libmongoc and pymongo (slow)")
    parser.add_argument("--largest", type=int, default=10**6, metavar="ENTRIES",
                        help="where suite growth ends (default: %(default)s; 10000000 writes 4 GB)")
    parser.add_argument("--build", default=str(ROOT / "build" / "bench"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    bench = Bench(options)
    for suite in options.suites or SUITES[:-1]:
        if suite not in SUITES:
            parser.error(f"there is no suite {suite}: {', '.join(SUITES)}")
        method = getattr(bench, suite)
        print(f"\n## {suite}: {method.__doc__}\n", flush=True)
        method()


if __name__ == "__main__":
    main()
