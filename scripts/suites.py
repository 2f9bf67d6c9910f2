"""Builds mongotail and runs every suite, a line each; counts come from JUnit files."""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "test-logs"
DEFAULT_SERVER = "6.0.5"
ALL_SERVERS = ["4.2.6", "4.4.2", "5.0.4", "6.0.5", "6.0.27"]
NEXT_DEBIAN = "trixie"
# scripts/debian-root's own: a root can't be made on this machine.
NO_ROOT = 77
# A suite that hangs as a whole is ended, whatever its tests' own limits.
LONGEST_SUITE = 1800
NO_TESTS_COLLECTED = 5
# Files of tests at a time: those with servers mostly wait for them.
CLI_WORKERS = 2
LIVE_WORKERS = 3


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)
    skips: Counter[str] = field(default_factory=Counter)  # what and why: how often

    def add(self, other: "Counts") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def fail(self, why: str) -> None:
        self.failed += 1
        self.failures.append(why)

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


def read_junit(file: Path) -> Counts:
    """The counts of a JUnit file; a test whose set-up or clean-up fails has failed."""
    counts = Counts()
    for case in ET.parse(file).iter("testcase"):
        bad = [child for child in case if child.tag in ("failure", "error")]
        skip = case.find("skipped")
        name, group = case.get("name", ""), case.get("classname", "")
        name = name if name == group else f"{group}.{name}"
        if bad:
            counts.failed += 1
            output = case.findtext("system-out") or ""
            counts.failures.append("\n".join([name, *(child.text or child.get("message", "") for child in bad), output]))
        elif skip is not None or case.get("status") in ("notrun", "disabled"):
            counts.skipped += 1
            reason = (skip.get("message") if skip is not None else None) or "not run"
            counts.skips[f"{name.split('[')[0]}: {reason}"] += 1
        else:
            counts.passed += 1
    return counts


def run_logged(argv: list[str], log: Path, env: dict[str, str] | None = None) -> int:
    """The command's status, its output in `log`; it gets no stdin and a process group of its own."""
    with log.open("ab") as out:
        process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                   env=os.environ | (env or {}), start_new_session=True)
        try:
            return process.wait(LONGEST_SUITE)
        except BaseException as reason:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if isinstance(reason, subprocess.TimeoutExpired):
                out.write(f"\nended: it ran longer than {LONGEST_SUITE} s\n".encode())
                return -signal.SIGTERM
            raise


def fresh(name: str) -> Path:
    file = LOGS / name
    file.unlink(missing_ok=True)
    return file


def how_it_ended(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


@dataclass
class Build:
    """A preset of CMakePresets.json, its folder below build/, what the tests change about it, and where it is built."""

    preset: str
    folder: str
    settings: tuple[str, ...] = ()
    name: str = ""
    inside: tuple[str, ...] = ()  # runs a command where it is built

    def __post_init__(self) -> None:
        self.name = self.name or self.preset

    def commands(self, *targets: str) -> list[list[str]]:
        build = ["cmake", "--build", f"build/{self.folder}", "-j2"]
        return [[*self.inside, "cmake", "--preset", self.preset, "-B", f"build/{self.folder}", *self.settings],
                [*self.inside, *build, "--target", *targets]]


def clang() -> tuple[str, ...]:
    """So that two compilers judge the source; where there is no clang, the sanitizers are the default compiler's."""
    found = shutil.which("clang++-14") or shutil.which("clang++")
    return (f"-DCMAKE_CXX_COMPILER={found}",) if found else ()


# scripts/try and the tests share a folder: what one has compiled the other need not.
PROGRAM = Build("release", "release", ("-DMONGOTAIL_WERROR=ON",))
RELEASE = Build("release", "release", (*PROGRAM.settings, "-DMONGOTAIL_TESTS=ON"))
DEBIAN = Build("release", "release", RELEASE.settings, NEXT_DEBIAN, ("scripts/debian-root", NEXT_DEBIAN))
ASAN = Build("asan", "asan-clang", clang())
# Compiles each header alone.
EVERYTHING = ("all", "all_verify_interface_header_sets")


def build(which: Build, *targets: str) -> Counts:
    """No counts where it is well: a build is not a test, but a broken one is a failure."""
    counts = Counts()
    log = fresh(f"build-{which.name}.log")
    for argv in which.commands(*targets):
        status = run_logged(argv, log)
        if status != 0:
            counts.fail(f"{' '.join(argv)} {how_it_ended(status)}:\n{log.read_text(errors='replace')}")
            break
    return counts


def judge(name: str, status: int, junit: Path, log: Path) -> Counts:
    """Counts, and one failure more where the suite broke down without naming a failed test."""
    text = log.read_text(errors="replace")
    try:
        counts = read_junit(junit)
    except (OSError, ET.ParseError):
        counts = Counts()
        counts.fail(f"{name} {how_it_ended(status)} and left no results:\n{text}")
        return counts
    if status != 0 and not counts.failed:
        counts.fail(f"{name} {how_it_ended(status)} though no test failed:\n{text}")
    return counts


def unit(which: Build) -> Counts:
    name = f"unit-{which.name}"
    junit, log = fresh(f"{name}.xml"), fresh(f"{name}.log")
    status = run_logged([*which.inside, "ctest", "--test-dir", f"build/{which.folder}", "--output-junit", str(junit), "--output-on-failure",
                         "--no-tests=error", "--timeout", "120", "-j2"], log)
    return judge(name, status, junit, log)


def what_failed(pytest_output: str) -> str:
    """Without the line that pytest -v prints for each test."""
    heading = re.search(r"^=+ (ERRORS|FAILURES) =+$", pytest_output, re.MULTILINE)
    return pytest_output[heading.start():] if heading else pytest_output


def pytest(name: str, folder: str, workers: int, options: argparse.Namespace, *args: str,
           python: tuple[str, ...] = (sys.executable,)) -> Counts:
    """The tests of a file stay together, in order and in one process: they share its servers."""
    junit, log = fresh(f"{name}.xml"), fresh(f"{name}.log")
    argv = [*python, "-m", "pytest", folder, "-v", "-n", str(workers), "--dist", "loadfile", "--durations", "40",
            "--junitxml", str(junit), *args]
    if options.k:
        argv += ["-k", options.k]
    if options.long:
        argv.append("--long")
    status = run_logged(argv, log, {"PYTHONDONTWRITEBYTECODE": "1"})
    if status == NO_TESTS_COLLECTED and options.k:
        return Counts()
    counts = judge(name, status, junit, log)
    if counts.failed and junit.exists():
        counts.failures = [what_failed(log.read_text(errors="replace"))]
    return counts


def live(server: str | None, options: argparse.Namespace) -> Counts:
    name = f"live-{server or 'own'}"
    version = ["--server-version", server] if server else []
    return pytest(name, "tests/live", LIVE_WORKERS, options, *version)


def report(label: str, suite: Callable[[], Counts]) -> Counts:
    """Runs one suite; prints its line, and all there is to read where it failed."""
    print(f"{label:<16}", end="", flush=True)
    begin = time.monotonic()
    counts = suite()
    if label.startswith(("build", "root")) and not counts.skipped:
        result = "failed" if counts.failed else "ok"
    else:
        result = str(counts) if counts.passed + counts.failed + counts.skipped else "no tests"
    print(f"{result:<36}{time.monotonic() - begin:6.1f} s", flush=True)
    for failure in counts.failures:
        print(f"\n{failure.rstrip()}\n", flush=True)
    for skip, times in counts.skips.items():
        print(f"    skipped {skip}{f' ({times} times)' if times > 1 else ''}", flush=True)
    return counts


def fetch(server: str | None) -> Counts:
    """Only so that a download has a line, and a failed one a message, of its own."""
    counts = Counts()
    log = fresh(f"fetch-{server or 'own'}.log")
    if run_logged([sys.executable, "scripts/fetch-mongod", *([server] if server else [])], log) != 0:
        counts.fail(log.read_text(errors="replace"))
    return counts


def run_build(which: Build, total: Counts, *targets: str) -> bool:
    counts = report(f"build {which.name}", lambda: build(which, *targets))
    total.add(counts)
    return not counts.failed


def run_unit(which: Build, total: Counts) -> None:
    total.add(report(f"unit {which.name}", lambda: unit(which)))


def run_python(options: argparse.Namespace, total: Counts) -> None:
    if options.cli:
        total.add(report("cli", lambda: pytest("cli", "tests/cli", CLI_WORKERS, options)))
    for server in options.servers if options.live else []:
        fetched = fetch(server)
        if fetched.failed:
            fetched = report(f"live {server or 'own'}", lambda: fetched)
            total.add(fetched)
        else:
            total.add(report(f"live {server or 'own'}", lambda: live(server, options)))


def make_root() -> Counts:
    """A skip, with the reason, where this machine can't make one."""
    counts = Counts()
    log = fresh(f"root-{NEXT_DEBIAN}.log")
    status = run_logged(["scripts/debian-root", "--make", NEXT_DEBIAN], log)
    if status == NO_ROOT:
        counts.skipped = 1
        counts.skips[f"Debian {NEXT_DEBIAN}: {log.read_text(errors='replace').strip().splitlines()[-1]}"] = 1
    elif status != 0:
        counts.fail(log.read_text(errors="replace"))
    return counts


def run_next_debian(options: argparse.Namespace, total: Counts) -> None:
    """The newer compiler and libraries: warnings are errors there too, and the program is tried without a server."""
    made = report(f"root {NEXT_DEBIAN}", make_root)
    total.add(made)
    if made.skipped or made.failed or not run_build(DEBIAN, total, "all"):
        return
    if options.unit:
        run_unit(DEBIAN, total)
    if options.cli:
        total.add(report(f"cli {NEXT_DEBIAN}", lambda: pytest(f"cli-{NEXT_DEBIAN}", "tests/cli", CLI_WORKERS, options,
                                                             python=(*DEBIAN.inside, "python3"))))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/test", description="Build mongotail and run its tests: all suites, or those that are named.",
        epilog="MONGOTAIL_TEST_MONGOD=/path/to/mongod makes the live tests use that server. "
               "Logs are in build/test-logs.")
    parser.add_argument("--unit", action="store_true", help="unit tests, as released by g++, and by clang under ASan and UBSan")
    parser.add_argument("--cli", action="store_true", help="the command line, without a server")
    parser.add_argument("--live", action="store_true", help="against a real mongod")
    parser.add_argument("--no-debian", dest="debian", action="store_false",
                        help=f"leave out unit and cli on Debian {NEXT_DEBIAN}, in a root made for it")
    parser.add_argument("--server", action="append", metavar="VERSION", 
                        help=f"live tests on this mongod (default {DEFAULT_SERVER}); repeatable")
    parser.add_argument("--all-servers", action="store_true", help=f"live tests on {', '.join(ALL_SERVERS)}")
    parser.add_argument("--long", action="store_true",
                        help="also the live tests that repeat a fault many times (20 failovers, 50 crashes, …), "
                             "and random cases that differ from run to run")
    parser.add_argument("-k", metavar="EXPR", help="only the cli and live tests that match, as pytest's -k")
    options = parser.parse_args()
    own = os.environ.get("MONGOTAIL_TEST_MONGOD")
    if own and (options.server or options.all_servers):
        parser.error("a server is named here and by MONGOTAIL_TEST_MONGOD: unset it, or leave the flag out")
    options.servers = [None] if own else ALL_SERVERS if options.all_servers else options.server or [DEFAULT_SERVER]
    if not (options.unit or options.cli or options.live):
        options.unit, options.cli, options.live = not options.k, True, True
    options.debian = options.debian and (options.unit or options.cli) and not options.k
    return options


def main() -> int:
    options = parse()
    LOGS.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if options.long:
        os.environ.setdefault("MONGOTAIL_TEST_SEED", str(random.SystemRandom().randrange(2**32)))
        print(f"random cases begin at MONGOTAIL_TEST_SEED={os.environ['MONGOTAIL_TEST_SEED']}")
    total = Counts()
    released = run_build(RELEASE, total, "all")
    if options.unit:
        if released:
            run_unit(RELEASE, total)
        if run_build(ASAN, total, *EVERYTHING):
            run_unit(ASAN, total)
    if released:
        run_python(options, total)
    if options.debian:
        run_next_debian(options, total)
    if not total.passed and not total.failed:
        print("no test ran: see the suites' lines above, and the flags given")
    print(total)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
