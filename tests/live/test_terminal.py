"""What a person sees on a terminal, and what a pipe gets instead."""

import json
import re

import pytest
from pymongo.database import Database
from support import Mongotail, Tmux
from support.oplog import Oplog, text_of

ESCAPE = "\x1b["


@pytest.fixture
def args(rs, db: Database) -> list[str]:
    """Three operations, and then the end."""
    db.create_collection("c")
    db.c.insert_one({"_id": 1, "name": "ann"})
    db.c.update_one({"_id": 1}, {"$set": {"name": "bob"}})
    db.c.delete_one({"_id": 1})
    return [rs.uri, "--ns", f"{db.name}.c", "--op", "i,u,d", "--since", "oldest", "--limit", "3"]


def on_terminal(mongotail, *args: object, env: dict | None = None, quiet: bool = True, columns: int = 120) -> str:
    """What is shown until the end; with `quiet` no status and no progress, which come and go as they need time."""
    with mongotail.terminal(*args, *["--quiet"] * quiet, env=env, columns=columns) as term:
        assert term.wait_end() == 0, term
        return term.text


def is_json(text: str) -> bool:
    return any(line.startswith('{"') for line in text.splitlines())


def test_on_a_terminal_it_is_pretty_and_in_color(mongotail, args):
    text = on_terminal(mongotail, *args)
    assert ESCAPE in text and not is_json(text)
    assert "ann" in text and "bob" in text


def test_in_a_pipe_it_is_json_without_color_or_status(mongotail, args):
    run = mongotail.run(*args).ok()
    assert [json.loads(line)["op"] for line in run.lines] == ["i", "u", "d"]
    assert ESCAPE not in run.stdout and run.stderr == ""


def test_an_output_that_is_requested_holds_on_a_terminal_too(mongotail, args):
    assert [json.loads(line)["op"] for line in on_terminal(mongotail, *args, "-o", "json").splitlines()
            if line.startswith("{")] == ["i", "u", "d"]
    assert not is_json(on_terminal(mongotail, *args, "-o", "short"))


@pytest.mark.parametrize("form", ["pretty", "short"])
def test_color_is_for_terminals_that_want_it(mongotail, args, form):
    args = [*args, "-o", form]
    assert ESCAPE in on_terminal(mongotail, *args)
    assert ESCAPE not in on_terminal(mongotail, *args, "--color", "never")
    assert ESCAPE not in on_terminal(mongotail, *args, env={"NO_COLOR": "1"})
    assert ESCAPE in on_terminal(mongotail, *args, env={"NO_COLOR": ""})
    assert ESCAPE not in on_terminal(mongotail, *args, env={"TERM": "dumb"})
    assert ESCAPE in on_terminal(mongotail, *args, "--color", "always", env={"NO_COLOR": "1"})
    assert ESCAPE not in mongotail.run(*args).ok().stdout
    assert ESCAPE in mongotail.run(*args, "--color", "always").ok().stdout


def test_the_status_line_names_what_is_followed_and_from_where(mongotail, rs, db: Database, oplog: Oplog):
    newest = text_of(oplog.newest())
    with mongotail.terminal(rs.uri, "--ns", f"{db.name}.*", "--ns", "x.y") as term:
        text = term.wait_for("Ctrl-C stops\n")
        (status,) = [line for line in text.splitlines() if line]
        match = re.fullmatch(rf"following {db.name}\.\*, x\.y on {rs.name} at {rs.primary.address} from (\d+):(\d+) \([-0-9: ]+Z\); Ctrl-C stops",
                             status)
        assert match and tuple(map(int, match.groups())) >= tuple(map(int, newest.split(":"))), status
        term.interrupt()
        assert term.wait_end() == -2


def test_the_status_line_is_on_stderr_and_goes_with_quiet(mongotail, args, tmp_path):
    shell = mongotail.command[0]
    with_status = ["sh", "-c", f'"$@" 2>"{tmp_path}/err"', "sh", shell]
    text = on_terminal(Mongotail(with_status), *args, quiet=False)
    assert "following" not in text and "Ctrl-C" not in text
    assert (tmp_path / "err").read_text() == ""
    assert "following" not in on_terminal(mongotail, *args)


def test_a_terminal_for_stderr_alone_has_json_on_stdout(mongotail, args, tmp_path):
    shell = ["sh", "-c", f'"$@" >"{tmp_path}/out"', "sh", mongotail.command[0]]
    on_terminal(Mongotail(shell), *args)
    assert is_json((tmp_path / "out").read_text())


def test_control_c_on_a_terminal_ends_it(mongotail, rs):
    with mongotail.terminal(rs.uri) as term:
        term.wait_for("Ctrl-C stops")
        term.interrupt()
        assert term.wait_end() == -2


def test_a_terminal_shows_entries_as_they_are_written(mongotail, rs, db: Database):
    db.create_collection("c")
    with mongotail.terminal(rs.uri, "--ns", f"{db.name}.c", "--color", "never") as term:
        term.wait_for("Ctrl-C stops")
        db.c.insert_one({"_id": 1, "name": "ann"})
        term.wait_for("ann")
        db.c.update_one({"_id": 1}, {"$set": {"name": "bob"}})
        term.wait_for("bob")
        assert term.process.poll() is None


def test_nothing_that_a_document_holds_controls_the_terminal(mongotail, rs, db: Database, oplog: Oplog):
    since = oplog.here()
    evil = "\x1b]0;pwned\x07\x1b[2J\x9b31m\x7f\b\r\u202e"
    db.command("insert", "a\x1b[2Jb", documents=[{"_id": evil, "k" + evil.replace("\0", ""): [evil, {"x": evil}]}])
    for form in ("pretty", "short", "json"):
        text = on_terminal(mongotail, rs.uri, "--ns", db.name, "--since", since, "--limit", 2, "-o", form, "--color", "never",
                           columns=300)
        assert not set(text) & {"\x1b", "\x07", "\x9b", "\x7f", "\b"}, form
        assert "pwned" in text
    template = on_terminal(mongotail, rs.uri, "--ns", db.name, "--since", since, "--op", "i", "--limit", 1,
                           "--format", "{ns} {id} {o}")
    assert not set(template) & {"\x1b", "\x07", "\x9b", "\x7f", "\b"} and "pwned" in template


def test_a_person_sees_the_change_in_a_window(mongotail, rs, db: Database):
    db.create_collection("c")
    with Tmux(mongotail.environment(), columns=200) as window:
        window.type(f"{mongotail.command[0]} --ns {db.name}.c '{rs.uri}'")
        window.wait_for("Ctrl-C\\s+stops")
        db.c.insert_one({"_id": 1, "name": "ann"})
        window.wait_for("ann")
        window.keys("C-c")
        window.type("echo status $?")
        window.wait_for("status 130")
