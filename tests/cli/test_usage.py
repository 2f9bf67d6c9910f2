"""What is wrong on the command line is said in two lines, before anything is connected."""

import pytest
from support import Mongotail
from support.cli import Run, program


def refused(run: Run, *texts: str) -> None:
    """Status 2, what happened and what to try, nothing on stdout."""
    run.ended(2, *texts)
    assert run.raw == b"", run
    what, hint = run.stderr.splitlines()
    assert what.startswith("mongotail: ") and hint.startswith("  try: "), run


@pytest.mark.parametrize("args, says", [
    pytest.param(["--nosuch"], ["unknown flag --nosuch", "--help"], id="unknown long flag"),
    pytest.param(["-Z"], ["unknown flag -Z", "--help"], id="unknown short flag"),
    pytest.param(["--sicne", "5m"], ["unknown flag --sicne", "did you mean --since?"], id="misspelt flag"),
    pytest.param(["--no-follow=yes"], ["--no-follow takes no value"], id="value for a switch"),
    pytest.param(["--ns"], ["--ns needs a value"], id="flag without its value"),
    pytest.param(["a:1", "b:2"], ["the argument after the URI"], id="an argument after the URI"),
    pytest.param(["mongodb://a", "b"], ["the argument after the URI"], id="a word after the URI"),
    pytest.param(["mongodb://a", "mongodb://b", "--label", "x"], ["--label", "1 labels", "2 sources"], id="too few labels"),
    pytest.param(["mongodb://a", "mongodb://b", "--label", "x", "--label", "x"], ["--label", "'x'"], id="one label twice"),
    pytest.param(["mongodb://a", "mongodb://b", "--label", "x=1", "--label", "y"], ["--label", "'x=1'"], id="label with an equals sign"),
    pytest.param(["mongodb://a", "mongodb://b", "--order", "time"], ["--order", "ts, arrival"], id="unknown order"),
    pytest.param(["mongodb://a", "mongodb://b", "--after-cursor", "1:2"], ["--after-cursor", "several"], id="one cursor for several"),
    pytest.param(["mongodb://a", "--label", "x"], ["--label", "several"], id="label of one source"),
    pytest.param(["--sharded", "a:1", "--label", "x"], ["--label"], id="label of a shard"),
    pytest.param(["a:1", "--shard-map", "shard0"], ["--shard-map", "'shard0'"], id="shard map without hosts"),
    pytest.param(["a:1", "--shard-password", "x"], ["--shard-password", "no user"], id="a shard's password without a user"),
    pytest.param(["mongodb://a", "mongodb://b", "--from-migrate"], ["sharded cluster"], id="migrations of several sets"),
    pytest.param(["--merge"], ["--merge", "--file"], id="merge without files"),
    pytest.param(["--uri", "a:1", "b:2"], ["URI is given twice"], id="URI as flag and argument"),
    pytest.param(["serve", "mongodb://a", "mongodb://b"], ["serve reads one replica set", "start one serve for each"],
                 id="several URIs for serve"),
    pytest.param(["--op", "x"], ["--op", "'x'", "insert, update, delete, command, noop", "drop"], id="unknown op"),
    pytest.param(["--op", "insrt"], ["'insrt'", "did you mean insert?"], id="misspelt op"),
    pytest.param(["--op", "renamecollection"], ["did you mean renameCollection?"], id="misspelt command"),
    pytest.param(["--op", "i,,u"], ["--op", "''"], id="empty op"),
    pytest.param(["-o", "jsno"], ["--output", "did you mean json?"], id="misspelt output"),
    pytest.param(["--jsonFormat", "strict"], ["--jsonFormat", "relaxed, canonical"], id="unknown JSON format"),
    pytest.param(["--color", "red"], ["--color", "auto, always, never"], id="unknown color"),
    pytest.param(["--read-concern", "snapshot"], ["--read-concern", "majority"], id="unknown read concern"),
    pytest.param(["--jobs", "two"], ["--jobs", "'two'", "whole number"], id="jobs no number"),
    pytest.param(["--jobs", "0"], ["--jobs", "from 1 to 64"], id="no jobs"),
    pytest.param(["--jobs", "65"], ["--jobs", "from 1 to 64"], id="too many jobs"),
    pytest.param(["--file", "x.bson", "--jobs", "2"], ["--jobs", "files"], id="jobs of a file"),
    pytest.param(["--connect", "a:1", "--jobs", "2"], ["--jobs", "other mongotail"], id="jobs of another mongotail"),
    pytest.param(["-n", "ten"], ["--lines", "'ten'", "whole number"], id="lines no number"),
    pytest.param(["-n", "-1"], ["--lines", "'-1'"], id="lines negative"),
    pytest.param(["--limit", "1e3"], ["--limit", "'1e3'"], id="limit no number"),
    pytest.param(["--limit", "99999999999999999999"], ["--limit"], id="limit over 64 bits"),
    pytest.param(["--ns", ""], ["--ns", "empty"], id="empty pattern"),
    pytest.param(["--ns", "."], ["--ns"], id="pattern of a dot"),
    pytest.param(["--ns", "app.x\\"], ["--ns"], id="pattern ends in a backslash"),
    pytest.param(["-d", "a.b"], ["--db", "'a.b'"], id="dot in a database's name"),
    pytest.param(["--format", "{ts"], ["--format"], id="template brace never closed"),
    pytest.param(["--port", "99999"], ["--port", "65535"], id="port too large"),
    pytest.param(["--tlsCAFile", ""], ["--tlsCAFile", "empty"], id="empty path"),
])
def test_a_bad_flag_or_value_is_refused(mongotail, args, says):
    refused(mongotail.run(*args), *says)


@pytest.mark.parametrize("args, says", [
    (["-o", "json", "--format", "{ts}"], ["--output and --format"]),
    (["-v", "--quiet"], ["--verbose and --quiet"]),
    (["-c", "orders"], ["--collection", "-d"]),
    (["-p", "secret"], ["--password", "no user"]),
    (["--host", "h", "mongodb://other/"], ["--host", "URI"]),
    (["--port", "27017", "--uri", "other"], ["--port", "URI"]),
    (["-u", "ann", "mongodb://bob:x@h/"], ["--username"]),
    (["--tlsCertificateKeyFilePassword", "x"], ["--tlsCertificateKeyFile"]),
    (["--since", "1795395795:2", "--until", "1795395795:1"], ["--since", "--until"]),
    (["--since", "1m", "--until", "2m"], ["--since", "--until"]),
])
def test_flags_that_contradict_each_other_are_refused(mongotail, args, says):
    refused(mongotail.run(*args), *says)


@pytest.mark.parametrize("flag", ["--since", "--until", "-S", "-U"])
@pytest.mark.parametrize("time", ["", "tomorrowish", "5y", "2026-13-01", "2026-02-30", "2026-11-23 25:00", "2026-11-23 01",
                                  "2026-11-23T01:03:15+1", "5:", ":5", "5:99999999999", "2026", "20261126", "22:0", "5", "0", "24:00", "yesterday 25:00", "Timestamp(1)",
                                  '{"$timestamp":{"t":1}}', "1969-12-31T23:59:59Z", "2106-02-07T06:28:16Z", "99999999w"])
def test_what_is_not_a_time_is_refused(mongotail, flag, time):
    refused(mongotail.run(flag, time), "--since" if flag in ("--since", "-S") else "--until", f"'{time}'")


def test_a_64_bit_timestamp_is_refused_with_its_parts(mongotail):
    whole = (1_700_000_000 << 32) + 7
    refused(mongotail.run("--since", whole), str(whole), "1700000000:7")


def test_milliseconds_are_refused_with_the_seconds(mongotail):
    refused(mongotail.run("--since", "1700000000123"), "1700000000123", "1700000000")


@pytest.mark.parametrize("query, says", [
    ('{"o.status":', "--query"),
    ('["a"]', "--query"),
    ('{"o": {"$nosuch": 1}}', "$nosuch"),
    ('{"$where": "true"}', "$where"),
    ('{"o": {"$regex": "["}}', "--query"),
])
def test_a_query_that_cannot_be_judged_is_refused(mongotail, query, says):
    refused(mongotail.run("-q", query), says)


@pytest.mark.parametrize("value", ["{", '{"$oid":"12"}', '"open'])
def test_an_id_that_begins_as_json_and_is_none_is_refused(mongotail, value):
    refused(mongotail.run("--id", value), "--id")


@pytest.mark.parametrize("path", ["", "a..b", ".a", "a."])
def test_a_path_with_an_empty_step_is_refused(mongotail, path):
    refused(mongotail.run("--changed", path), "--changed", f"'{path}'")


@pytest.mark.parametrize("uri, says", [
    ("", "empty"),
    ("http://h/", "mongodb://"),
    ("mongodb://", "no host"),
    ("mongodb:///db", "no host"),
    ("h:0", "port"),
    ("h:99999", "port"),
    ("mongodb://h:99999/", "malformed"),
    ("mongodb://h/?readPreference=best", "malformed"),
    ("user@h", "mongodb://user@host:port/"),
    ("a b", "space"),
    ("mongodb://h:27018?replicaSet=rs0", "try: write 'mongodb://h:27018/?replicaSet=rs0'"),
    ("h:27018?replicaSet=rs0", "try: write 'mongodb://h:27018/?replicaSet=rs0'"),
    ("a,,b", "no host"),
    ("::1", "brackets"),
])
def test_a_bad_uri_is_refused(mongotail, uri, says):
    refused(mongotail.run(uri), says)


def test_control_characters_of_an_argument_never_reach_the_terminal(mongotail):
    for args in (["--op", "\x1b[2J"], ["--\x1b[2J"], ["\x1b]0;x\x07"], ["--since", "\x9b1m"], ["--ns", "a\x1b[31m\\"]):
        run = mongotail.run(*args)
        refused(run)
        assert not set(run.stderr) & {"\x1b", "\x07", "\x9b"}, run


# ---- Help and version


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["--help", "--nosuch"], ["-S", "nonsense", "-h"]])
def test_help_is_on_stdout_whatever_else_is_asked(mongotail, args):
    run = mongotail.run(*args).ok()
    assert run.stdout.startswith("Usage: mongotail") and run.stderr == ""


def test_help_fits_a_terminal_of_80_columns(mongotail):
    assert max(map(len, mongotail.run("--help").lines)) <= 80


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version_names_the_program_and_its_driver(mongotail, flag):
    run = mongotail.run(flag).ok()
    name, driver = run.lines
    assert name.startswith("mongotail ") and driver.startswith("libmongoc ") and run.stderr == ""


def redirected(home, how: str) -> Mongotail:
    return Mongotail(["sh", "-c", f'"$@" {how}', "sh", program()], home=home)


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_a_reader_that_went_away_is_not_an_error(tmp_path, flag):
    """The reader is gone before the program starts, for its end is what the program waits for."""
    shell = 'mkfifo "$0" && { exec 3<>"$0" 4>"$0" 3>&-; "$@" >&4; }'
    run = Mongotail(["sh", "-c", shell, str(tmp_path / "pipe"), program()], home=tmp_path).run(flag)
    assert (run.status, run.stderr) == (0, ""), run


@pytest.mark.parametrize("how, why", [("> /dev/full", "No space left on device"), (">&-", "stdout")])
def test_help_that_cannot_be_written_is_a_failure(tmp_path, how, why):
    run = redirected(tmp_path, how).run("--help").ended(1, why)
    assert len(run.stderr.splitlines()) == 2, run


@pytest.mark.parametrize("word, proposal", [
    ("help", "--help"), ("version", "--version"), ("27017", "--port"), ("oplog.bson", "--file"), ("-", "--file -"),
])
def test_a_word_that_is_not_a_uri_gets_the_proposal_that_is_meant(mongotail, tmp_path, word, proposal):
    (tmp_path / "oplog.bson").write_bytes(b"")
    refused(mongotail.run(word, cwd=tmp_path, timeout=5), proposal)


@pytest.mark.parametrize("word, proposal", [("help", "--help"), ("27017", "--listen"), ("oplog.bson", "--config")])
def test_a_word_that_is_not_a_uri_gets_a_proposal_that_serve_knows(mongotail, tmp_path, word, proposal):
    (tmp_path / "oplog.bson").write_bytes(b"")
    refused(mongotail.run("serve", word, cwd=tmp_path, timeout=5), proposal)


@pytest.mark.parametrize("flag", ["password", "uri", "ns", "file"])
def test_a_long_flag_with_one_dash_is_proposed_with_two(mongotail, flag):
    refused(mongotail.run(f"-{flag}", "x"), f"did you mean --{flag}?")


@pytest.mark.parametrize("typed, meant", [
    ("-pw", "--password"), ("-pass", "--password"), ("--p", "-p"), ("-P", "-p"), ("-s", "-S"), ("--q", "-q"),
])
def test_a_flag_in_the_habit_of_others_is_proposed_as_ours(mongotail, typed, meant):
    refused(mongotail.run("-u", "ann", typed, "x"), f"unknown flag {typed}", f"did you mean {meant}?")


def test_a_password_that_begins_with_a_dash_needs_an_equals_sign(mongotail):
    refused(mongotail.run("-u", "ann", "-p", "--s3cret", "h"), "the word after -p", "--password=PASSWORD")


def test_a_flag_is_not_taken_for_the_value_of_another(mongotail):
    refused(mongotail.run("--format", "--port", "27999"), "--port is a flag", "--format=--port")


@pytest.mark.parametrize("line", ["sinse = 1h", "since = 22:0", "output = xml", "nonsense"])
def test_a_wrong_name_or_value_in_the_config_file_is_a_usage_error(mongotail, tmp_path, line):
    (tmp_path / "config").write_text(line + "\n")
    refused(mongotail.run("--config", "config", cwd=tmp_path), "--config config")
