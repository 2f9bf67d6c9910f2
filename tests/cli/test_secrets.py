"""A password is never shown: not in an error, not with -v, whichever way it was given."""

import pytest
from support.processes import free_port

SECRET = "hunter2secret"
FAST = "serverSelectionTimeoutMS=150"


def nothing_shown(run) -> None:
    for piece in (SECRET, SECRET[:7], SECRET[-6:], SECRET[::-1]):
        assert piece not in run.stderr + run.stdout, f"{piece} is shown\n{run}"


def refused_port() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.mark.parametrize("uri", [
    "mongodb://ann:{}@h:99999/",
    "mongodb://ann:{}@/",
    "mongodb://ann:{}@h/?readPreference=nonsense",
    "mongodb://ann:{}@h/?serverSelectionTimeoutMS=never",
    "mongodb://ann:{}@h,h:x/",
    "mongodb://ann:%ZZ{}@h/",
    "mongodb://ann:{}%@h/",
    "mongodb://ann:a/{}@h/",
    "mongodb://ann:a:{}@h/",
    "mongodb://ann:a:{}@h:x/",
    "mongodb://ann:a@{}@h:x/",
    "mongodb://ann:a@{}@h/",
    "mongodb://ann:a@{}:99999@h/",
    "mongodb://ann:a@b?{}@h/",
    "mongodb://ann:{} b@h/",
    "http://ann:{}@h/",
    "ann:{}@h",
    "mongodb+srv://ann:{}@h:27017/",
    "mongodb+srv://ann:{}@h1.example.invalid,h2.example.invalid/",
    "mongodb://h/?tlsCertificateKeyFilePassword={}&readPreference=nonsense",
    "mongodb://h:x/?authMechanismProperties=SECRET:{}",
])
@pytest.mark.parametrize("how", ["argument", "flag", "environment", "second argument"])
def test_a_bad_uri_is_named_without_its_password(mongotail, uri, how):
    uri = uri.format(SECRET)
    if how == "argument":
        run = mongotail.run("-v", uri)
    elif how == "flag":
        run = mongotail.run("-v", "--uri", uri)
    elif how == "environment":
        run = mongotail.run("-v", env={"MONGOTAIL_URI": uri})
    else:
        run = mongotail.run("-v", "h", uri)
    assert run.status == 2, run
    nothing_shown(run)


@pytest.mark.parametrize("login, options", [
    (f"ann:{SECRET}@", ""),
    (f"ann:a?{SECRET}@", ""),
    (f"ann:{SECRET}@", "&authMechanism=PLAIN"),
    (f"ann:{SECRET}@", "&authMechanism=NONSENSE"),
    (f"ann:{SECRET}@", "&nosuchoption=1"),
    ("", f"&tls=true&tlsCertificateKeyFile=/nonexistent&tlsCertificateKeyFilePassword={SECRET}"),
])
def test_a_server_that_is_not_there_is_named_without_the_password(mongotail, login, options):
    run = mongotail.run("-v", f"mongodb://{login}{refused_port()}/?{FAST}{options}")
    assert run.status in (1, 2), run
    nothing_shown(run)


@pytest.mark.parametrize("args", [
    ["-u", "ann", "-p", SECRET],
    ["-u", "ann", f"-p{SECRET}"],
    ["--username=ann", f"--password={SECRET}"],
    ["-u", "ann", "-p", SECRET, "--tls", "--tlsAllowInvalidCertificates"],
])
def test_a_password_of_the_command_line_is_not_shown(mongotail, args):
    run = mongotail.run("-v", *args, f"{refused_port()}/?{FAST}")
    assert run.status == 1, run
    nothing_shown(run)


@pytest.mark.parametrize("args", [
    ["-u", "ann", "-p", SECRET, "--nosuch"],
    [f"--pasword={SECRET}"],
    [f"--passwordd={SECRET}"],
    ["-p", SECRET],
    ["-u", "ann", "-p", SECRET, "--since", "nonsense"],
    ["--tlsCertificateKeyFilePassword", SECRET],
    ["-u", "ann", "-password", SECRET],
    ["-u", "ann", f"-password={SECRET}"],
    ["-u", "ann", "-pw", SECRET, "h1", "h2"],
    ["h1", SECRET],
    ["--uri", "h1", SECRET],
    ["h1", "-u", "ann", "--", SECRET],
    [f"-X{SECRET}"],
    [f"mongodb://ann:{SECRET}"],
    [f"mongodb://ann:{SECRET}/"],
    [f"ann:{SECRET}"],
    ["--uri", f"mongodb://ann:{SECRET}?tls=true"],
    ["--host", f"ann:{SECRET}@h"],
    ["--connect", f"http://ann:{SECRET}@h/"],
    ["--connect", f"ann:{SECRET}@h:1"],
    ["--connect", f"ann:{SECRET}"],
    ["serve", "--listen", f"ann:{SECRET}@127.0.0.1:1"],
    ["serve", "h1", SECRET],
    ["serve", f"mongodb://ann:{SECRET}"],
    ["serve", "-u", "ann", "-password", SECRET],
])
def test_a_mistake_beside_a_password_does_not_show_it(mongotail, args):
    run = mongotail.run("-v", *args)
    assert run.status == 2, run
    nothing_shown(run)


@pytest.mark.parametrize("text", [
    'username = "ann"\npassword = "{}"\n',
    'uri = "mongodb://ann:{}@h:99999/"\n',
    "password = {} = x\n",
    'password = "{}\n',
    'username = "ann"\npassword = "{}" junk\n',
    'pasword = "{}"\n',
    'verbose = "{}"\n',
    'username = "ann"\npassword = ["{}", "x"]\n',
    "{}\n",
    "{}=\n",
    "{} x\n",
    "[{}]\n",
    'username = "ann"\n{}\n',
    "connect = http://ann:{}@h/\n",
    "uri = mongodb://ann:{}\n",
])
def test_a_mistake_in_the_file_that_keeps_the_password_does_not_show_it(mongotail, tmp_path, text):
    file = tmp_path / "config"
    file.write_text(text.format(SECRET))
    run = mongotail.run("--config", file, "-v", env={"MONGOTAIL_URI": f"mongodb://{refused_port()}/?{FAST}"})
    assert run.status in (1, 2), run
    nothing_shown(run)


def test_a_password_that_is_typed_never_shows(mongotail):
    with mongotail.terminal("-v", "-u", "ann", f"mongodb://{refused_port()}/?{FAST}") as term:
        term.wait_for("[Pp]assword.*: ?$")
        assert not term.echoes
        term.send(SECRET + "\n")
        assert term.wait_end() == 1
        assert SECRET not in term.text
        assert "can't reach" in term.text


@pytest.mark.parametrize("args", [["-u", "ann"], ["-u", "ann", "-p"], ["-p", "mongodb://ann@h/"], ["mongodb://ann@h/"]])
def test_a_user_without_a_password_is_prompted_for_it(mongotail, args):
    with mongotail.terminal(*args) as term:
        term.wait_for("[Pp]assword.*: ?$")
        term.interrupt()
        assert term.wait_end() == -2


def test_where_nobody_can_be_asked_the_missing_password_is_a_usage_error(mongotail):
    run = mongotail.run("-u", "ann", "127.0.0.1:1")
    if run.status == 1:  # this test itself runs on a terminal
        pytest.skip("the tests have a controlling terminal")
    run.ended(2, "password", "--config")
