"""Fixtures that every Python test may ask for."""

import itertools
import os
import re
import signal
from collections.abc import Iterator

import pytest
from pymongo.database import Database
from support import Mongotail, ReplicaSet, seed
from support.cli import take_seen

_numbers = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    """Run in the background, or by nohup, the tests have signals ignored, which children would inherit."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)
    if config.getoption("--long"):
        seed.choose_at_random()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--server-version", default=None, metavar="VERSION",
                     help="the mongod of the live tests, as scripts/fetch-mongod knows it (default 6.0.5)")
    parser.addoption("--long", action="store_true", help="also the tests that repeat a fault many times")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_report_header(config: pytest.Config) -> list[str]:
    own = os.environ.get("MONGOTAIL_TEST_MONGOD")
    return [f"mongod: {own or config.getoption('--server-version') or 'default'}", f"seed: {seed.seed()}"]


@pytest.fixture(scope="session")
def server_version(request: pytest.FixtureRequest) -> str | None:
    return request.config.getoption("--server-version")


@pytest.fixture(scope="session")
def rs(server_version: str | None) -> Iterator[ReplicaSet]:
    """A set of one member, shared by all tests: leave it as it is, work in `db`."""
    # An oplog that all tests together don't fill: some begin with its first entry.
    with ReplicaSet(1, server_version, oplog_mb=500) as one:
        yield one


@pytest.fixture(scope="session")
def _three(server_version: str | None) -> Iterator[ReplicaSet]:
    with ReplicaSet(3, server_version) as three:
        yield three


@pytest.fixture
def rs3(_three: ReplicaSet) -> Iterator[ReplicaSet]:
    """A set of three, shared: a test may stop, pause and fail over its members; it heals afterwards."""
    yield _three
    _three.heal()


@pytest.fixture
def db_name(request: pytest.FixtureRequest) -> str:
    """A database name that no other test uses."""
    return f"{re.sub(r'[^a-z0-9]+', '_', request.node.name.lower())[:30]}_{os.getpid()}_{next(_numbers)}"


@pytest.fixture
def db(rs: ReplicaSet, db_name: str) -> Database:
    """An empty database of this test's own in `rs`."""
    return rs.client()[db_name]


@pytest.fixture
def mongotail(tmp_path_factory: pytest.TempPathFactory) -> Mongotail:
    """The program, with an empty home and a controlled environment."""
    return Mongotail(home=tmp_path_factory.mktemp("home"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    report = yield
    if call.when == "setup":
        take_seen()
    elif call.when == "call":
        runs = take_seen()
        if report.failed:
            report.sections += [(f"mongotail run {i}", str(run)) for i, run in enumerate(runs, 1)][-5:]
    return report
