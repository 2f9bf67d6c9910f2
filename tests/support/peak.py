"""How much memory a run of mongotail takes."""

import subprocess
import sys

MB = 1 << 20


# In a process of its own: a child begins with the memory of the one that starts it as its peak.
MEASURE = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def peak_memory(mongotail, *args, stdin=None):
    """The most memory that a run held, in bytes; its output is thrown away."""
    done = subprocess.run([sys.executable, "-c", MEASURE, *mongotail.argv(args)], stdin=stdin,
                          stdout=subprocess.PIPE, env=mongotail.environment(), check=True)
    return int(done.stdout) * 1024
