"""What libmongoc would write by itself."""

import os
from pathlib import Path

import pytest
from support import Mongotail

SHARED_MEMORY = Path("/dev/shm")


@pytest.mark.skipif(not os.access(SHARED_MEMORY, os.W_OK), reason="no shared memory to make files in")
@pytest.mark.parametrize("args", [["--version"], ["--quiet", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"]],
                         ids=["version", "quiet"])
def test_counters_that_have_no_place_in_shared_memory_are_no_news(mongotail, args):
    """libmongoc names them after the process, and 1.x makes them before main()."""
    taken = 'touch "/dev/shm/mongoc-$$" && echo $$ && exec "$@"'
    run = Mongotail(["sh", "-c", taken, "sh", *mongotail.command]).run(*args)
    (SHARED_MEMORY / f"mongoc-{run.stdout.splitlines()[0]}").unlink(missing_ok=True)
    assert "WARNING" not in run.stderr and "counters" not in run.stderr, run
    assert run.status == (0 if "--version" in args else 1), run
