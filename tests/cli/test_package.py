"""The Debian package: made, installed into a root of its own, used and removed."""

import shutil
import subprocess
from pathlib import Path

import pytest
from support.cli import ROOT

BUILD = ROOT / "build" / "release"


def run(*argv: str | Path) -> str:
    done = subprocess.run([str(arg) for arg in argv], capture_output=True, text=True)
    assert done.returncode == 0, f"{argv}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("dpkg-shlibdeps") or not (BUILD / "CPackConfig.cmake").exists():
        pytest.skip("needs dpkg-dev and the release build")
    folder = tmp_path_factory.mktemp("package")
    run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder)
    (made,) = folder.glob("*.deb")
    return made


def test_the_package_needs_the_libraries_that_the_program_is_linked_with(package):
    needed = run("dpkg-deb", "-f", package, "Depends")
    for library in ("libmongoc", "libfmt", "libpcre2-8", "zlib1g", "libc6"):
        assert library in needed


def test_the_package_holds_all_that_belongs_to_the_program(package):
    files = {line.split()[5] for line in run("dpkg-deb", "-c", package).splitlines()}
    for file in ("usr/bin/mongotail", "usr/share/man/man1/mongotail.1.gz", "usr/share/doc/mongotail/copyright",
                 "usr/share/bash-completion/completions/mongotail", "usr/share/zsh/vendor-completions/_mongotail",
                 "usr/share/fish/vendor_completions.d/mongotail.fish", "usr/lib/systemd/system/mongotail@.service"):
        assert f"./{file}" in files


def test_the_package_is_installed_runs_and_leaves_nothing_behind(package, tmp_path):
    state = tmp_path / "var/lib/dpkg"
    for name in ("info", "updates", "triggers"):
        (state / name).mkdir(parents=True)
    (state / "status").touch()
    dpkg = ("dpkg", f"--root={tmp_path}", f"--log={tmp_path / 'log'}", "--force-not-root", "--force-depends",
            "--force-script-chrootless")
    run(*dpkg, "-i", package)
    program = tmp_path / "usr/bin/mongotail"
    assert "libmongoc" in run(program, "--version")
    assert run(program, "--file", ROOT / "tests/testdata/sample.bson", "--op", "i").count("\n") > 10
    run(*dpkg, "-P", "mongotail")
    assert not (tmp_path / "usr").exists()
