"""scripts/try, as a person runs it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support import Mongotail
from support.cli import ROOT

# The first test may wait for a compiler.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def built() -> None:
    """The limits of the tests are not meant for a build."""
    subprocess.run([ROOT / "scripts" / "try", "--", "--version"], check=True, stdin=subprocess.DEVNULL)


@pytest.fixture
def try_it(built, tmp_path):
    """scripts/try with a folder of its own for temporary files."""
    env = {name: os.environ[name] for name in ("HOME", "XDG_CACHE_HOME", "MONGOTAIL_TEST_MONGOD", "MONGOTAIL_NO_APT")
           if name in os.environ}
    (tmp_path / "tmp").mkdir()
    return Mongotail([str(ROOT / "scripts" / "try")], env=env | {"TMPDIR": str(tmp_path / "tmp")})


def assert_nothing_is_left(tmp_path: Path) -> None:
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not [command for command in running_commands() if str(tmp_path / "tmp").encode() in command]


def running_commands() -> Iterator[bytes]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            yield file.read_bytes()


def test_it_shows_live_entries_and_ends_by_itself(try_it, tmp_path):
    run = try_it.run("--seconds", "5", timeout=40, cwd=tmp_path).ok()
    assert {entry["ns"] for entry in run.json()} >= {"shop.customers", "shop.carts"}
    assert "mongotail --ns 'shop.*' mongodb://127.0.0.1:" in run.stderr
    assert_nothing_is_left(tmp_path)


def test_a_sharded_cluster_is_followed_as_one_stream(try_it, tmp_path):
    run = try_it.run("--sharded", "--seconds", "5", timeout=60, cwd=tmp_path).ok()
    assert {(entry["shard"], entry["ns"].split(".")[0]) for entry in run.json()} == {("shop_east", "shop_east"), ("shop_west", "shop_west")}
    places = [(entry["ts"]["$timestamp"]["t"], entry["ts"]["$timestamp"]["i"], entry["shard"]) for entry in run.json()]
    assert places == sorted(places)
    assert "mongotail --sharded --ns 'shop_east.*' --ns 'shop_west.*' mongodb://127.0.0.1:" in run.stderr
    assert_nothing_is_left(tmp_path)


def test_a_signal_ends_a_cluster_and_leaves_nothing(try_it, tmp_path):
    with try_it.tail("--sharded", verbose=False) as tail:
        tail.wait_lines(1, timeout=60)
        tail.send_signal(signal.SIGINT)
        assert tail.wait_end() == 0, tail
    assert_nothing_is_left(tmp_path)


def test_further_arguments_are_mongotails(try_it, tmp_path):
    run = try_it.run("--", "--ns", "shop.customers", "--op", "i", "--limit", "2", timeout=40).ok()
    assert [(entry["ns"], entry["op"]) for entry in run.json()] == [("shop.customers", "i")] * 2
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_and_leaves_nothing(try_it, tmp_path, number, status):
    with try_it.tail(verbose=False) as tail:
        tail.wait_lines(1, timeout=40)
        tail.send_signal(number)
        assert tail.wait_end() == status, tail
    assert_nothing_is_left(tmp_path)


def test_a_mongotail_that_fails_is_reported(try_it, tmp_path):
    run = try_it.run("--", "--no-such-flag", timeout=40)
    assert "mongotail ended with status 2" in run.ended(1).stderr
    assert_nothing_is_left(tmp_path)


def test_on_a_terminal_control_c_ends_it(try_it, tmp_path):
    with try_it.terminal() as terminal:
        terminal.wait_for(r"shop\.customers", timeout=40)
        terminal.interrupt()
        assert terminal.wait_end() == 0, terminal
    assert_nothing_is_left(tmp_path)
