"""Where the server and the options come from: the command line, a file, the environment, in this order."""

import socket
from collections.abc import Iterator

import pytest
from support.processes import free_port

FAST = "serverSelectionTimeoutMS=150"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def address(listener: socket.socket) -> str:
    return "{}:{}".format(*listener.getsockname())


@pytest.fixture
def config(tmp_path):
    def write(text: str):
        file = tmp_path / "mongotail.conf"
        file.write_text(text)
        return file

    return write


def test_the_environment_names_the_server(mongotail, server):
    with mongotail.tail(env={"MONGOTAIL_URI": f"mongodb://{address(server)}/"}):
        server.accept()


def test_a_file_names_the_server(mongotail, server, config):
    with mongotail.tail("--config", config(f'uri = "{address(server)}"\n')):
        server.accept()


def test_the_file_goes_before_the_environment(mongotail, server, config):
    with mongotail.tail("--config", config(f'uri = "{address(server)}"\n'),
                        env={"MONGOTAIL_URI": "mongodb://nosuch.invalid/"}):
        server.accept()


def test_the_command_line_goes_before_the_file(mongotail, server, config):
    with mongotail.tail("--config", config('uri = "nosuch.invalid"\n'), address(server)):
        server.accept()


def test_a_file_may_hold_flags_lists_and_comments(mongotail, config):
    """All of it is read: only the last line is wrong."""
    file = config('# where\nhost = "127.0.0.1"\nport = 27017\n\n; what\nns = ["shop.*", "app"]\nutc = true\nop = "nonsense"\n')
    mongotail.run("--config", file).ended(2, str(file), "--op", "'nonsense'")


@pytest.mark.parametrize("text, says", [
    ('nosuch = "1"\n', ["line 1", "unknown option"]),
    ("\n\nutc = perhaps\n", ["line 3", "utc", "true or false"]),
    ('ns = "shop\n', ["line 1"]),
    ('ns = ["shop"\n', ["line 1"]),
    ("since = nonsense\n", ["--since", "'nonsense'"]),
    ("help = true\n", ["line 1", "help"]),
    ('config = "other"\n', ["line 1", "config"]),
    ("\0" * 100, ["line 1", "not a text file"]),
])
def test_a_mistake_in_the_file_is_named_with_the_file(mongotail, config, text, says):
    file = config(text)
    run = mongotail.run("--config", file).ended(2, str(file), *says)
    assert len(run.stderr.splitlines()) == 2 and run.raw == b"", run


@pytest.mark.parametrize("name", ["ns", "ns-exclude", "op", "changed", "by-user"])
def test_a_filter_without_a_value_is_a_mistake_in_the_file(mongotail, config, name):
    """It would select everything, or what is called true."""
    mongotail.run("--config", config(f"{name} =\n"), "--file", "/dev/null").ended(2, "--config", f"--{name}")
    mongotail.run("--config", config(f"{name}\n"), "--file", "/dev/null").ended(2, f"line 1: {name} has no value")



@pytest.mark.parametrize("make, why", [
    (lambda path: None, "No such file"),
    (lambda path: path.mkdir(), "directory"),
])
def test_a_file_that_cannot_be_read_is_a_failure(mongotail, tmp_path, make, why):
    path = tmp_path / "config"
    make(path)
    run = mongotail.run("--config", path).ended(1, str(path), why)
    assert len(run.stderr.splitlines()) == 2, run




def test_a_bad_uri_of_the_environment_is_named_as_that(mongotail):
    mongotail.run(env={"MONGOTAIL_URI": "http://h/"}).ended(2, "MONGOTAIL_URI", "http://h/")


def test_an_empty_variable_counts_as_none(mongotail, server):
    mongotail.run(f"mongodb://127.0.0.1:{free_port()}/?{FAST}", env={"MONGOTAIL_URI": ""}).ended(1, "can't reach")
