"""The cursor file: kept by one process, replaced as a whole, and left as its owner made it."""

import contextlib
import os
import signal
import stat
import subprocess

import pytest
from support.saved import append, entry, write
from support.wait import wait_until

HEADER = "mongotail cursor file, version 1\n"


@pytest.fixture
def oplog(tmp_path):
    return write(tmp_path / "oplog.bson", *(entry(second, _id=second) for second in range(1, 4)))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def cursor_in(path):
    return path.read_text().removeprefix(HEADER).strip()


def save(mongotail, oplog, cursor, **options):
    """A run that reads all of the oplog."""
    return mongotail.run("--file", oplog, "--cursor-file", cursor, **options).ok()


def test_the_next_run_starts_after_the_one_before_it(mongotail, oplog, folder):
    cursor = folder / "cursor"
    assert len(save(mongotail, oplog, cursor).lines) == 3
    append(oplog, entry(4, _id=4))
    assert [op["o"]["_id"] for op in save(mongotail, oplog, cursor).json()] == [4]
    assert [file.name for file in folder.iterdir()] == ["cursor"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666, 0o400])
def test_its_mode_stays(mongotail, oplog, folder, mode):
    cursor = folder / "cursor"
    cursor.write_text(HEADER + "1:1\n")
    cursor.chmod(mode)
    save(mongotail, oplog, cursor)
    assert cursor_in(cursor).startswith("3:1") and stat.S_IMODE(cursor.stat().st_mode) == mode


def test_a_new_one_has_the_mode_that_the_umask_leaves(mongotail, oplog, folder):
    subprocess.run(["sh", "-c", 'umask 027; exec "$0" "$@"', *mongotail.argv(("--file", oplog, "--cursor-file", folder / "cursor"))],
                   env=mongotail.environment(), check=True, stdout=subprocess.DEVNULL)
    assert stat.S_IMODE((folder / "cursor").stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_its_owner_stays(mongotail, oplog, folder):
    cursor = folder / "cursor"
    cursor.write_text(HEADER + "1:1\n")
    os.chown(cursor, 1234, 4321)
    cursor.chmod(0o640)
    save(mongotail, oplog, cursor)
    about = cursor.stat()
    assert (about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)) == (1234, 4321, 0o640)


@pytest.mark.parametrize("exists", [True, False])
def test_a_symlink_stays_and_its_target_is_written(mongotail, oplog, folder, tmp_path, exists):
    target = tmp_path / "elsewhere" / "target"
    target.parent.mkdir()
    if exists:
        target.write_text(HEADER + "1:1\n")
    (folder / "second").symlink_to("../elsewhere/target")
    link = folder / "cursor"
    link.symlink_to(folder / "second")
    assert len(save(mongotail, oplog, link).lines) == (2 if exists else 3)
    assert link.is_symlink() and (folder / "second").is_symlink()
    assert cursor_in(target).startswith("3:1")
    assert os.listdir(target.parent) == ["target"] and len(os.listdir(folder)) == 2


def test_no_guessable_name_is_followed(mongotail, oplog, folder, tmp_path):
    """A pipe holds the program back until links stand at every name that its process id makes."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    cursor = folder / "cursor"
    process = subprocess.Popen(mongotail.argv(("--file", "-", "--cursor-file", cursor)), stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, env=mongotail.environment())
    for name in (f"cursor.{process.pid}.tmp", f"cursor.{process.pid}", "cursor.tmp", ".cursor.tmp"):
        (folder / name).symlink_to(victim)
    process.communicate(oplog.read_bytes(), timeout=20)
    assert process.returncode == 0 and victim.read_text() == "precious"
    assert cursor_in(cursor).startswith("3:1") and not cursor.is_symlink()


@pytest.mark.parametrize("place", ["/dev/null", "/dev/zero", "/dev/stderr", "folder", "pipe"])
def test_what_is_not_a_file_is_refused_and_stays(mongotail, oplog, folder, place):
    path = {"folder": folder, "pipe": folder / "pipe"}.get(place, place)
    if place == "pipe":
        os.mkfifo(path)
    before = os.stat(path) if place != "/dev/stderr" else None
    run = mongotail.run("--file", oplog, "--cursor-file", path).ended(1, "not a regular file", "try: ")
    assert run.raw == b"" and (before is None or os.stat(path).st_ino == before.st_ino)


def test_a_folder_that_is_missing_is_said_before_anything_is_printed(mongotail, oplog, folder):
    run = mongotail.run("--file", oplog, "--cursor-file", folder / "none" / "cursor").ended(1, "No such file", "try: ")
    assert run.raw == b""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_that_is_read_only_is_said_before_anything_is_printed(mongotail, oplog, folder, exists):
    if exists:
        (folder / "cursor").write_text(HEADER + "1:1\n")
    folder.chmod(0o500)
    run = mongotail.run("--file", oplog, "--cursor-file", folder / "cursor").ended(1, "Permission denied", "writable")
    assert run.raw == b""


@pytest.mark.parametrize("args", [("--file", "missing.bson"), ("--no-such-flag",), ("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50",)],
                         ids=["a file that is missing", "a usage error", "no server"])
def test_a_run_that_fails_leaves_no_file_where_there_was_none(mongotail, folder, args):
    run = mongotail.run(*args, "--cursor-file", folder / "cursor")
    assert run.status in (1, 2) and os.listdir(folder) == []


@contextlib.contextmanager
def following(mongotail, oplog, cursor):
    with mongotail.tail("-f", "--file", oplog, "--cursor-file", cursor) as tail:
        wait_until(lambda: cursor.exists() and cursor_in(cursor), "the first cursor")
        yield tail


@pytest.mark.parametrize("by", ["the same name", "a symlink", "a hard link"])
def test_a_second_mongotail_on_it_is_refused(mongotail, oplog, folder, tmp_path, by):
    cursor = folder / "cursor"
    with following(mongotail, oplog, cursor) as first:
        name = cursor if by == "the same name" else tmp_path / "other"
        if by == "a symlink":
            name.symlink_to(cursor)
        if by == "a hard link":
            name.hardlink_to(cursor)
        for _ in range(2):
            second = mongotail.run("--file", oplog, "--cursor-file", name).ended(1, str(name), "in use by another mongotail",
                                                                                "try: ")
            assert second.raw == b""
        append(oplog, entry(4, _id=4))
        first.wait_lines(4)
        wait_until(lambda: cursor_in(cursor).startswith("4:1"), "the first one's cursor")


def test_of_many_that_start_at_once_one_runs(mongotail, oplog, folder):
    for _ in range(5):
        cursor = folder / "cursor"
        tails = [subprocess.Popen(mongotail.argv(("-f", "--file", oplog, "--cursor-file", cursor)), stderr=subprocess.PIPE,
                                  stdout=subprocess.PIPE, env=mongotail.environment()) for _ in range(6)]
        try:
            wait_until(lambda: sum(tail.poll() is None for tail in tails) == 1, "all but one to end")
            wait_until(lambda: cursor.exists() and cursor_in(cursor), "the first cursor")
            refused = [tail for tail in tails if tail.poll() is not None]
            assert len(refused) == 5 and all(tail.returncode == 1 and b"in use" in tail.stderr.read() for tail in refused)
            assert all(tail.stdout.read() == b"" for tail in refused)
        finally:
            for tail in tails:
                tail.kill()
                tail.communicate()
        cursor.unlink()
        assert os.listdir(folder) == []


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_ends_with_its_process(mongotail, oplog, folder, sent):
    """Also where the next one is started while the first one is still ending."""
    cursor = folder / "cursor"
    for count in range(4, 9):
        with following(mongotail, oplog, cursor) as tail:
            tail.process.send_signal(sent)
            append(oplog, entry(count, _id=count))
            save(mongotail, oplog, cursor)
        assert cursor_in(cursor).startswith(f"{count}:1")


def test_a_new_file_in_its_place_is_not_taken_from_who_claimed_it(mongotail, oplog, folder):
    cursor = folder / "cursor"
    with following(mongotail, oplog, cursor) as first:
        cursor.unlink()
        with following(mongotail, oplog, cursor):
            append(oplog, entry(4, _id=4))
            wait_until(lambda: cursor_in(cursor).startswith("4:1"), "the second one's cursor")
            assert first.process.wait(10) == 1
            assert "in use by another mongotail" in first.stderr


def test_one_that_was_taken_away_is_written_again(mongotail, oplog, folder):
    cursor = folder / "cursor"
    with following(mongotail, oplog, cursor):
        cursor.unlink()
        append(oplog, entry(4, _id=4))
        wait_until(lambda: cursor.exists() and cursor_in(cursor).startswith("4:1"), "the cursor")


def test_one_without_a_cursor_starts_as_none_does(mongotail, oplog, folder):
    (folder / "cursor").write_text(HEADER)
    assert len(save(mongotail, oplog, folder / "cursor").lines) == 3


@pytest.mark.parametrize("content", ["", "17:5\n", "x" * 5000])
def test_what_is_not_a_cursor_file_is_refused_and_stays(mongotail, oplog, folder, content):
    (folder / "cursor").write_text(content)
    assert mongotail.run("--file", oplog, "--cursor-file", folder / "cursor").ended(1, "not a cursor file", "try: ").raw == b""
    assert (folder / "cursor").read_text() == content
