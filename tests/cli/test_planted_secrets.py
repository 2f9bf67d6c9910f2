"""A secret that stands in the wrong place is not shown either: it is planted in every flag, in every line of the config
file, in the environment and in every file that is read, and all output is searched for it, with -v."""

import re

import pytest
from support import Mongotail
from support.processes import free_port

SECRET = "hunter2secret"
FAST = "serverSelectionTimeoutMS=150"
LOGINS = [f"mongodb://ann:{SECRET}@127.0.0.1:1/?{FAST}", f"mongodb://ann:{SECRET}", f"http://ann:{SECRET}@h:1/x",
          f"ann:{SECRET}@h", f"mongodb://h/?tls=true&tlsCertificateKeyFilePassword={SECRET}"]


def flags_with_a_value(*command: str) -> list[str]:
    text = Mongotail().run(*command, "--help-all").ok().stdout.split("\nExamples")[0]
    return sorted(set(re.findall(r"(--[A-Za-z-]+) \[?[A-Z]", text)))


TAIL = flags_with_a_value()
SERVE = flags_with_a_value("serve")
EVERY = [pytest.param((), flag, id=flag) for flag in TAIL] + [pytest.param(("serve",), flag, id=f"serve {flag}") for flag in SERVE]


def nothing_shown(run) -> None:
    assert SECRET not in run.stderr + run.stdout, f"the secret is shown\n{run}"


def nowhere() -> str:
    return f"127.0.0.1:{free_port()}/?{FAST}"


def test_all_flags_are_tried():
    assert len(TAIL) > 25 and len(SERVE) > 20
    assert {"--password", "--uri", "--since", "--file", "--token-file"} <= set(TAIL)


@pytest.mark.parametrize("command, flag", EVERY)
@pytest.mark.parametrize("text", LOGINS)
def test_a_connection_string_behind_any_flag_is_shown_without_its_login(mongotail, tmp_path, command, flag, text):
    for beside in ([], [nowhere()]):
        run = mongotail.run(*command, "-v", flag, text, *beside, cwd=tmp_path)
        assert run.status in (1, 2), run
        nothing_shown(run)


@pytest.mark.parametrize("command, flag", EVERY)
def test_a_line_of_the_config_file_is_not_shown_with_a_login(mongotail, tmp_path, command, flag):
    for text in LOGINS:
        (tmp_path / "config").write_text(f"{flag[2:]} = {text}\n")
        run = mongotail.run(*command, "--config", "config", "-v", cwd=tmp_path)
        assert run.status in (1, 2), run
        nothing_shown(run)


@pytest.mark.parametrize("command, flag", EVERY)
def test_a_word_that_a_mistyped_password_flag_left_over_is_not_shown(mongotail, tmp_path, command, flag):
    (tmp_path / "x").touch()
    for mistyped in ("-password", "-pw", "-pass", "--pasword", "--p", "-P", "password"):
        run = mongotail.run(*command, "-v", flag, "x", "-u", "ann", mistyped, SECRET, cwd=tmp_path)
        assert run.status == 2, run
        nothing_shown(run)


@pytest.mark.parametrize("command", [(), ("serve",)])
@pytest.mark.parametrize("flag", ["-p", "--password", "--shard-password", "--tlsCertificateKeyFilePassword"])
@pytest.mark.parametrize("secret", [f"--{SECRET}", f"-{SECRET}", f"--{SECRET}=x", f"--pass-{SECRET}", f"-{SECRET} x"])
def test_a_password_that_begins_with_a_dash_is_not_shown(mongotail, command, flag, secret):
    run = mongotail.run(*command, "-v", "-u", "ann", flag, secret, nowhere())
    assert run.status in (0, 1, 2), run  # 0: -h
    nothing_shown(run)


@pytest.mark.parametrize("flag", ["--token-file", "--cursor-file", "--tlsCAFile", "--tlsCertificateKeyFile", "--file", "--config"])
@pytest.mark.parametrize("text", [SECRET, f"{SECRET}\n{SECRET}\n", f"{SECRET} x y\n", f"{SECRET} = x\n", f"[{SECRET}\n", f"1:{SECRET}\n"])
def test_what_a_file_contains_is_not_shown(mongotail, tmp_path, flag, text):
    (tmp_path / "file").write_text(text)
    (tmp_path / "file").chmod(0o600)
    connect = ["--connect", f"127.0.0.1:{free_port()}"] if flag == "--token-file" else []
    server = [] if connect or flag == "--file" else [nowhere()]
    run = mongotail.run("-v", flag, "file", *connect, *server, "--no-follow", cwd=tmp_path)
    assert run.status in (1, 2), run
    nothing_shown(run)


@pytest.mark.parametrize("flag", ["--token-file", "--tlsCAFile", "--tlsCertificateKeyFile", "--listen-tlsCertificateKeyFile", "--config"])
def test_what_a_file_of_serve_contains_is_not_shown(mongotail, tmp_path, flag):
    for text in (SECRET, f"{SECRET} x\n", f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n"):
        (tmp_path / "file").write_text(text)
        (tmp_path / "file").chmod(0o600)
        run = mongotail.run("serve", "-v", "--listen", "127.0.0.1:0", flag, "file", nowhere(), cwd=tmp_path)
        assert run.status in (1, 2), run
        nothing_shown(run)


@pytest.mark.parametrize("command", [(), ("serve",)])
@pytest.mark.parametrize("text", LOGINS)
def test_the_environment_is_not_shown_with_a_login(mongotail, command, text):
    run = mongotail.run(*command, "-v", env={"MONGOTAIL_URI": text})
    assert run.status in (1, 2), run
    nothing_shown(run)
