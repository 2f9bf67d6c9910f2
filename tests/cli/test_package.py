"""What is installed, and the Debian package: made, installed into a folder, run, and removed."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support import program
from support.cli import Mongotail
from support.saved import SAMPLE

BUILD = Path(program()).resolve().parent
EXPECTED = {
    "usr/bin/mongotail",
    "usr/lib/systemd/system/mongotail@.service",
    "usr/lib/systemd/system/mongotail-serve.service",
    "usr/lib/systemd/system/mongotail-serve.socket",
    "usr/share/bash-completion/completions/mongotail",
    "usr/share/doc/mongotail/changelog.gz",
    "usr/share/doc/mongotail/copyright",
    "usr/share/fish/vendor_completions.d/mongotail.fish",
    "usr/share/man/man1/mongotail.1.gz",
    "usr/share/man/man1/mongotail-info.1.gz",
    "usr/share/man/man1/mongotail-serve.1.gz",
    "usr/share/zsh/vendor-completions/_mongotail",
}


def need(*tools: str) -> None:
    for tool in tools:
        if not shutil.which(tool):
            pytest.skip(f"there is no {tool} on this machine")
    if not (BUILD / "CPackConfig.cmake").exists():
        pytest.skip(f"the program under test was not built here: there is no {BUILD}/CPackConfig.cmake")


def command(*argv: object, cwd: Path | None = None) -> str:
    done = subprocess.run([str(arg) for arg in argv], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    return done.stdout + done.stderr


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    need("cpack", "dpkg", "dpkg-deb", "dpkg-shlibdeps")
    folder = tmp_path_factory.mktemp("package")
    command("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder)
    (made,) = folder.glob("*.deb")
    return made


class Root:
    """A folder that dpkg takes for a system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        admin = folder / "var/lib/dpkg"
        for place in ("info", "updates", "triggers"):
            (admin / place).mkdir(parents=True)
        (admin / "status").touch()

    def dpkg(self, *args: object) -> str:
        # What it depends on is in the system around.
        return command("dpkg", f"--root={self.folder}", "--force-not-root", "--force-depends",
                       f"--log={self.folder}/log", *args)

    def files(self) -> set[str]:
        return {file for file in files_in(self.folder) if not file.startswith(("var/", "log"))}


@pytest.fixture
def root(tmp_path) -> Root:
    return Root(tmp_path)


@pytest.fixture
def installed(tmp_path) -> Path:
    need("cmake")
    command("cmake", "--install", BUILD, "--prefix", tmp_path / "usr")
    return tmp_path


def test_everything_is_installed_where_debian_expects_it(installed):
    assert files_in(installed) == EXPECTED | {"usr/share/doc/mongotail/LICENSE"}


def test_the_man_page_that_is_installed_is_the_one(installed):
    packed = (installed / "usr/share/man/man1/mongotail.1.gz").read_bytes()
    assert b".Dt MONGOTAIL 1" in gzip.decompress(packed)


def test_the_package_names_what_it_depends_on(package):
    depends = command("dpkg-deb", "-f", package, "Depends")
    for library in ("libc6", "libmongoc", "libbson", "libfmt", "libpcre2-8", "libssl3", "libutf8proc", "zlib1g"):
        assert re.search(rf"\b{library}\S* \(>= \d", depends), depends


def test_the_package_installs_runs_and_leaves_nothing(package, root):
    root.dpkg("-i", package)
    assert root.files() == EXPECTED
    program = Mongotail([str(root.folder / "usr/bin/mongotail")])
    assert re.match(r"mongotail \d+\.\d+\.\d+\nlibmongoc \d+\.\d+\.\d+", program.run("--version").ok().stdout)
    assert len(program.run("--file", SAMPLE).ok().json()) > 50
    assert "ii  mongotail" in root.dpkg("-l", "mongotail")
    root.dpkg("-P", "mongotail")
    assert root.files() == set()
    assert not (root.folder / "usr/share").exists()


def test_the_packages_files_are_roots_and_nobody_elses_to_write(package):
    for line in command("dpkg-deb", "-c", package).splitlines():
        assert re.match(r"(drwxr-xr-x|-rw[x-]r-[x-]r-[x-]) root/root ", line), line


@pytest.fixture
def unit(installed) -> Path:
    """The unit as an instance named orders."""
    need("systemd-analyze")
    return (installed / "usr/lib/systemd/system/mongotail@.service").rename(installed / "mongotail@orders.service")


@pytest.fixture
def serve_unit(installed) -> Path:
    need("systemd-analyze")
    return installed / "usr/lib/systemd/system/mongotail-serve.service"


@pytest.fixture(params=["unit", "serve_unit"])
def each_unit(request) -> Path:
    return request.getfixturevalue(request.param)


def test_systemd_finds_nothing_wrong_with_the_units(each_unit, installed):
    assert f"ExecStart={installed}/usr/bin/mongotail " in each_unit.read_text()
    units = [each_unit, *each_unit.parent.glob("*.socket")]
    said = command("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units)
    assert "mongotail" not in said, said


def test_the_units_may_do_little_more_than_connect(each_unit):
    said = command("systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=20", each_unit)
    assert "exposure level" in said


def test_the_units_flags_are_ones_that_the_program_takes(unit, mongotail, tmp_path):
    (line,) = re.findall(r"^ExecStart=\S+ (.*)$", unit.read_text(), re.MULTILINE)
    (tmp_path / "config").write_text(f'file = "{SAMPLE}"\n')
    line = line.replace("${CREDENTIALS_DIRECTORY}", str(tmp_path)).replace("${STATE_DIRECTORY}", str(tmp_path))
    assert mongotail.run(*line.replace("%i", "orders").split()).ok().json()
    assert (tmp_path / "orders.cursor").exists()
