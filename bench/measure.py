"""Runs programs side by side, and says what each took."""

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Command = Sequence[str]


@dataclass
class Run:
    seconds: float
    cpu: float
    peak_mib: float


# A program's peak counts from before its exec: so it is started by a process that is small itself.
STARTER = """
import os, sys, time
null = os.open(os.devnull, os.O_RDWR)
begin = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,
                      file_actions=[(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)])
_, status, usage = os.wait4(pid, 0)
print(status, time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""


def run(command: Command) -> Run:
    """To its end, with its output thrown away."""
    done = subprocess.run([sys.executable, "-ISc", STARTER, *command], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=True)
    status, seconds, cpu, peak_mib = done.stdout.split()
    status = os.waitstatus_to_exitcode(int(status))
    if status != 0:
        raise SystemExit(f"bench: {' '.join(command)} ended with {status}: {done.stderr[-500:]}")
    return Run(float(seconds), float(cpu), float(peak_mib))


def side_by_side(commands: Mapping[str, Command], runs: int) -> dict[str, list[Run]]:
    """In turn, A B C A B C …, after one turn that does not count."""
    results: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            done = run(command)
            if turn:
                results[name].append(done)
    return results


def median(runs: Sequence[Run], what: str = "seconds") -> float:
    return statistics.median(getattr(each, what) for each in runs)


def ratio(runs: Sequence[Run], base: Sequence[Run]) -> float:
    """Of the medians, as they are shown."""
    return round(median(runs), 2) / round(median(base), 2)


def table(results: Mapping[str, list[Run]], base: str) -> str:
    """A row a program, in Markdown."""
    rows = ["| program | seconds | × floor | CPU seconds | MiB |", "|---|---|---|---|---|"]
    for name, runs in results.items():
        rows.append(f"| {name} | {median(runs):.2f} | {ratio(runs, results[base]):.2f} | "
                    f"{median(runs, 'cpu'):.2f} | {max(each.peak_mib for each in runs):.0f} |")
    return "\n".join(rows)


def best(results: dict[str, list[Run]], base: str) -> str:
    """The fastest of each, for machines that do other work beside."""
    rows = ["| program | seconds, best | × floor | median | MiB |", "|---|---|---|---|---|"]
    least = {name: min(each.seconds for each in runs) for name, runs in results.items()}
    for name, runs in results.items():
        rows.append(f"| {name} | {least[name]:.3f} | {least[name] / least[base]:.2f} | {median(runs):.3f} | "
                    f"{max(each.peak_mib for each in runs):.0f} |")
    return "\n".join(rows)


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
