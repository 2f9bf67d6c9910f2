"""The completions that the build makes, loaded and used in their real shells."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support import Tmux, program

MADE = Path(program()).resolve().parent / "completions"
FILES = {"bash": "mongotail.bash", "zsh": "_mongotail", "fish": "mongotail.fish"}


def shell(name: str) -> tuple[str, Path]:
    """The shell's program and the completions for it."""
    if not shutil.which(name):
        pytest.skip(f"there is no {name} on this machine")
    if not MADE.is_dir():
        pytest.skip(f"the program under test was not built here: there is no {MADE}")
    return shutil.which(name), MADE / FILES[name]


def output_of(argv: list[str], env: dict[str, str], cwd: Path) -> list[str]:
    done = subprocess.run(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and done.stderr == "", done
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


def known_flags(mongotail, *command: str) -> set[str]:
    text = mongotail.run(*command, "--help-all").ok().stdout
    return set(re.findall(r"(?:^|[\s(])(--[A-Za-z][A-Za-z-]*)", text[:text.index("\nExamples")]))


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "my oplog.bson").touch()
    (tmp_path / "other.bson").touch()
    return tmp_path


@pytest.fixture
def bash(mongotail, folder):
    """What bash proposes for the last of these words."""
    path, file = shell("bash")

    def complete(*words: str) -> list[str]:
        code = ('source "$0"; COMP_WORDS=(mongotail "$@"); COMP_CWORD=$#; _mongotail; '
                '((${#COMPREPLY[@]} == 0)) || printf "%s\\n" "${COMPREPLY[@]}"')
        return output_of([path, "--norc", "-uc", code, str(file), *words], mongotail.environment(), folder)

    return complete


@pytest.fixture
def fish(mongotail, folder):
    path, file = shell("fish")

    def complete(*words: str) -> list[str]:
        code = f"source {file}; complete -C '{' '.join(['mongotail', *words])}'"
        return output_of([path, "--no-config", "-c", code],
                         mongotail.environment({"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}), folder)

    return complete


@pytest.fixture
def zsh(mongotail, folder):
    """A zsh in a window, with the completions loaded."""
    path, file = shell("zsh")
    with Tmux(mongotail.environment({"HOME": str(folder)}), columns=150) as window:
        window.type(f"cd '{folder}'; exec {path} -f")
        window.type(f"PS1='ready '; fpath=({file.parent} $fpath); autoload -Uz compinit; compinit -D -u; clear")
        window.wait_for(r"^ready *\n*$")
        yield window


def test_each_flag_is_proposed(mongotail, bash):
    assert set(bash("--")) == known_flags(mongotail)


def test_each_flag_is_proposed_by_fish(mongotail, fish):
    assert set(fish("--")) - {"--help"} == known_flags(mongotail) - {"--help"}


def test_each_flag_of_serve_is_proposed_after_its_name(mongotail, bash, fish):
    flags = known_flags(mongotail, "serve")
    assert set(bash("serve", "--")) == flags
    assert set(fish("serve", "--")) - {"--help"} == flags - {"--help"}
    assert bash("ser") == ["serve"] and fish("ser") == ["serve"]
    assert bash("in") == ["info"] and fish("in") == ["info"]
    assert bash("--ns", "x", "ser") == []


def test_each_flag_of_info_is_proposed_after_its_name(mongotail, bash, fish):
    flags = known_flags(mongotail, "info")
    assert "--members" in flags and "--ns" not in flags
    assert set(bash("info", "--")) == flags
    assert set(fish("info", "--")) - {"--help"} == flags - {"--help"}
    for words in (("-o", "j"), ("--output", "j"), ("--output", "=", "j")):
        assert bash("info", *words) == ["json"], words
    assert bash("info", "-o", "p") == [] and fish("info", "-o", "p") == []
    assert fish("info", "-o", "t") == ["text"]


def test_bash_completes_flags_and_values(bash):
    assert bash("--outp") == ["--output"]
    for words in (("-o", "p"), ("--output", "p"), ("--output", "=", "p")):
        assert bash(*words) == ["pretty"], words
    assert bash("--output", "=") == ["json", "pretty", "short", "event", "bson"]
    assert bash("--op", "insert,up") == ["insert,update"]
    assert bash("--ns", "") == [] and bash("-v", "") == []


def test_bash_completes_files_also_after_the_first(bash):
    assert bash("--cursor-file", "oth") == ["other.bson"]
    assert bash("--file", "my") == ["my oplog.bson"]
    assert bash("--file", "a.bson", "oth") == ["other.bson"]
    assert bash("--file", "a.bson", "-v", "oth") == []


def test_fish_completes_flags_and_values(fish):
    assert fish("--outp") == ["--output"]
    assert fish("-o", "p") == ["pretty"] and fish("--output=p") == ["--output=pretty"]
    assert "insert,update" in fish("--op", "insert,up")
    assert fish("--ns", "") == []


def test_fish_completes_files(fish):
    assert fish("--cursor-file", "oth") == ["other.bson"]
    assert fish("--file", "a.bson", "oth") == ["other.bson"]
    assert fish("oth") == []


@pytest.mark.parametrize("typed, completed", [
    ("--outp", "--output="), ("--output=pr", "--output=pretty"), ("-o sh", "-o short"), ("--no-f", "--no-follow"),
    ("--op insert,up", "--op insert,update,"), ("--cursor-file oth", "--cursor-file other.bson"),
    ("--file a.bson oth", "--file a.bson other.bson"), ("--read-concern maj", "--read-concern majority"),
    ("ser", "serve"), ("inf", "info"), ("info --mem", "info --members"), ("info -o te", "info -o text"), ("serve --ring", "serve --ring-size="), ("serve --token-file oth", "serve --token-file other.bson"),
])
def test_zsh_completes(zsh, typed, completed):
    zsh.type(f"mongotail {typed}", enter=False)
    zsh.keys("Tab")
    zsh.wait_for(rf"(?m)^ready mongotail {re.escape(completed)} *$")


def test_zsh_proposes_flags_with_what_they_are_for(zsh):
    zsh.type("mongotail --sk", enter=False)
    zsh.keys("Tab")
    zsh.wait_for(r"mongotail --skip-damaged")
    zsh.keys("C-u")
    zsh.type("mongotail --show-cursor --s", enter=False)
    zsh.keys("Tab")
    screen = zsh.wait_for(r"--summary +-- count operations")
    assert "_arguments" not in screen and "error" not in screen
