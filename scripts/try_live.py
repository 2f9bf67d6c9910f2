"""Builds mongotail and runs it on a throwaway MongoDB to which a small web shop writes."""

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "mongotail"
SHOP = "shop.*"
SHOPS = ("shop_east", "shop_west")  # one on each shard
CHOOSES_NAMESPACES = ("--ns", "-d", "--db", "-c", "--collection")
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(Exception):
    """A signal asks for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 0 if number == signal.SIGINT else 128 + number


class Failed(Exception):
    """What happened, and what to try, a line each."""


def say(*lines: str) -> None:
    for line in lines:
        print(f"try: {line}", file=sys.stderr, flush=True)


def raise_ended(number: int, _frame: object) -> None:
    ignore_signals()
    raise Ended(number)


def ignore_signals() -> None:
    """From here on things are being put away; that is short, and is not to be cut short."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


class BuildLog:
    """What a build prints, kept for the case that it fails; a terminal gets a line of progress."""

    STEP = re.compile(rb"\[(\d+)/(\d+)\]")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.shows = sys.stderr.isatty()

    def add(self, line: bytes) -> None:
        self.lines.append(line)
        step = self.STEP.match(line)
        if self.shows and step:
            done, steps = map(int, step.groups())
            sys.stderr.write(f"\rtry: building, {done} of {steps}\033[K")
            sys.stderr.flush()

    def end(self) -> None:
        if self.shows:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def show(self) -> None:
        sys.stderr.write(b"".join(self.lines).decode(errors="replace"))


def run_step(argv: list[str], log: BuildLog) -> int:
    from support import processes

    process = processes.spawn(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, start_new_session=True)
    try:
        for line in process.stdout:
            log.add(line)
        return process.wait()
    except Ended:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise
    finally:
        log.end()


def build() -> None:
    from suites import PROGRAM as SETTINGS

    say("building build/release/mongotail")
    log = BuildLog()
    for argv in SETTINGS.commands("mongotail"):
        status = run_step(argv, log)
        if status != 0:
            log.show()
            raise Failed(f"{shlex.join(argv)} failed with status {status}",
                         "see its messages above, mend what they name and run scripts/try again")


def start_server(stack: ExitStack) -> str:
    from support import ReplicaSet

    try:
        rs = stack.enter_context(ReplicaSet(1))
    except (RuntimeError, AssertionError) as error:
        raise Failed("the throwaway MongoDB did not start", *str(error).splitlines()) from None
    version = ".".join(map(str, rs.nodes[0].version))
    say(f"a throwaway MongoDB {version} is at {rs.nodes[0].uri}; a small web shop writes to it")
    return rs.nodes[0].uri


def start_cluster(stack: ExitStack) -> tuple[str, list[str]]:
    """The URIs of its config servers and of its shards."""
    from support import ReplicaSet

    sets = [ReplicaSet(1, name="config", args=["--configsvr"])]
    sets += [ReplicaSet(1, name=name, args=["--shardsvr"]) for name in SHOPS]
    for one in sets:
        stack.callback(one.close)
    try:
        for one in sets:
            one.launch()
        with ThreadPoolExecutor() as threads:
            list(threads.map(ReplicaSet.begin, sets))
        # No package that brings mongod has a mongos: this is what sh.addShard() leaves.
        config, *shards = sets
        config.client(w="majority").config.shards.insert_many(
            [{"_id": one.name, "host": f"{one.name}/{one.nodes[0].address}", "state": 1} for one in shards])
    except (RuntimeError, AssertionError) as error:
        raise Failed("the throwaway cluster did not start", *str(error).splitlines()) from None
    version = ".".join(map(str, config.nodes[0].version))
    say(f"a throwaway cluster of MongoDB {version} has its config server at {config.nodes[0].uri} and two shards; "
        "a small web shop writes to each of them")
    return config.nodes[0].uri, [one.nodes[0].uri for one in shards]


def start_shop(stack: ExitStack, uri: str, **shop_of: object) -> None:
    import workload

    stop = threading.Event()
    shop = threading.Thread(target=workload.run, args=(uri, stop), kwargs=shop_of, daemon=True)
    shop.start()
    stack.callback(shop.join, 3)
    stack.callback(stop.set)


def command_line(uri: str, extra: list[str], sharded: bool) -> list[str]:
    chosen = any(arg.split("=")[0] in CHOOSES_NAMESPACES for arg in extra)
    names = [SHOP] if not sharded else [f"{name}.*" for name in SHOPS]
    patterns = [] if chosen else [word for name in names for word in ("--ns", name)]
    return [*(["--sharded"] if sharded else []), *patterns, *extra, uri]


def follow(args: list[str], seconds: float | None) -> int:
    """Runs mongotail in the foreground: its terminal, pipe and Ctrl-C are the user's."""
    from support import processes

    process = processes.spawn([str(PROGRAM), *args])
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return 0
    finally:
        ignore_signals()
        processes.end(process, grace=5)


def session(seconds: float | None, extra: list[str], sharded: bool) -> int:
    build()
    with ExitStack() as stack:
        uri, shards = start_cluster(stack) if sharded else (start_server(stack), [])
        args = command_line(uri, extra, sharded)
        say(f"running, as you can in a second terminal too: {shlex.join([str(PROGRAM), *args])}")
        if seconds is None:
            say("Ctrl-C ends it and leaves nothing behind")
        for seed, (shard, name) in enumerate(zip(shards, SHOPS), 1):
            start_shop(stack, shard, seed=seed, database=name)
        if not sharded:
            start_shop(stack, uri)
        status = follow(args, seconds)
    if status == -signal.SIGINT:
        return 0
    if status != 0:
        ended = f"with status {status}" if status > 0 else f"by signal {-status}"
        raise Failed(f"mongotail ended {ended}", "its own message is above")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/try", usage="scripts/try [-h] [--sharded] [--seconds N] [-- MONGOTAIL-ARGUMENTS]",
        description="Show mongotail at work: build it, start a throwaway MongoDB with a small web shop writing to it, "
                    "and follow that until Ctrl-C. On a terminal entries are pretty, in a pipe JSON lines.",
        epilog="For example: scripts/try -- -o short --op i,d")
    parser.add_argument("--seconds", type=float, metavar="N", help="end after N seconds")
    parser.add_argument("--sharded", action="store_true", help="a sharded cluster: a config server and two shards, a shop on each")
    own, extra = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, extra = own[:at], own[at + 1:]
    options = parser.parse_args(own)
    options.extra = extra
    return options


def main() -> int:
    options = parse()
    sys.path.insert(0, str(ROOT / "tests"))
    for number in ENDING:
        signal.signal(number, raise_ended)
    try:
        return session(options.seconds, options.extra, options.sharded)
    except Ended as ended:
        return ended.status
    except Failed as failed:
        say(*failed.args)
        return 1


if __name__ == "__main__":
    sys.exit(main())
