"""Users, passwords and roles on a set that asks for a login."""

from collections.abc import Iterator

import pytest
from support import ReplicaSet


@pytest.fixture(scope="module")
def locked(server_version) -> Iterator[ReplicaSet]:
    with ReplicaSet(1, server_version, auth=True) as rs:
        yield rs


@pytest.fixture(scope="module")
def reader(locked: ReplicaSet) -> str:
    """The password of the user `reader`, who may read `local` and nothing else."""
    return locked.create_user("reader", [{"role": "read", "db": "local"}])


def failed(run, *texts: str) -> None:
    """Status 1, what happened and what to try, nothing on stdout."""
    run.ended(1, *texts)
    assert run.raw == b"" and len(run.stderr.splitlines()) == 2 and "\n  try: " in run.stderr, run


def two_from_oldest(*args: object) -> tuple:
    return (*args, "--since", "oldest", "--op", "n,c", "--limit", 2)


def test_read_on_local_is_enough(mongotail, locked, reader):
    run = mongotail.run(*two_from_oldest(locked.uri_with("reader", reader))).ok()
    assert len(run.lines) == 2 and run.stderr == "", run


@pytest.mark.parametrize("role", ["clusterMonitor", "backup", "root"])
def test_these_roles_are_enough_too(mongotail, locked, role):
    password = locked.create_user(f"user-{role}", [role])
    assert len(mongotail.run(*two_from_oldest(locked.uri_with(f"user-{role}", password))).ok().lines) == 2


def test_following_with_read_on_local(mongotail, locked, reader):
    with mongotail.tail(locked.uri_with("reader", reader), "--ns", "seen.c", "--op", "i", "--limit", 1) as tail:
        tail.wait_following()
        locked.client(w="majority").seen.c.insert_one({"_id": 1})
        assert tail.ended(0).json()[0]["o"] == {"_id": 1}


def test_user_and_password_may_be_flags(mongotail, locked, reader):
    flags = ["-u", "reader", "-p", reader, "--authenticationDatabase", "admin"]
    assert len(mongotail.run(*two_from_oldest(*flags, locked.uri)).ok().lines) == 2
    assert len(mongotail.run(*two_from_oldest(*flags, "--authenticationMechanism", "SCRAM-SHA-1", locked.uri)).ok().lines) == 2


def test_user_and_password_may_be_in_a_file(mongotail, locked, reader, tmp_path):
    file = tmp_path / "config"
    file.write_text(f'uri = "{locked.uri}"\nusername = "reader"\npassword = "{reader}"\n')
    assert len(mongotail.run(*two_from_oldest("--config", file)).ok().lines) == 2


def test_signs_in_a_password_may_be_flags_or_escaped(mongotail, locked):
    client = locked.client()
    password = "p@:/?#%[]ä x\"'"
    client.admin.command("createUser", "signs@x", pwd=password, roles=[{"role": "read", "db": "local"}])
    for args in ([locked.uri_with("signs@x", password)], ["-u", "signs@x", "-p", password, locked.uri]):
        run = mongotail.run(*two_from_oldest("-v", *args)).ok()
        assert len(run.lines) == 2 and password not in run.stderr, run


def test_a_wrong_password_is_said_so(mongotail, locked, reader):
    failed(mongotail.run(locked.uri_with("reader", "wrong-secret")), locked.primary.address, "reader", "password",
           "--authenticationDatabase")


def test_a_wrong_password_is_not_shown(mongotail, locked, reader):
    run = mongotail.run("-v", locked.uri_with("reader", "wrong-secret"))
    assert run.status == 1 and "wrong-secret" not in run.stderr, run


def test_an_unknown_user_is_said_so(mongotail, locked):
    failed(mongotail.run("-u", "nobody", "-p", "x", locked.uri), "nobody", "--authenticationDatabase")


def test_a_user_of_another_database_is_said_so(mongotail, locked, reader):
    run = mongotail.run(locked.uri_with("reader", reader, authSource="test"))
    failed(run, "reader", "--authenticationDatabase")


def test_a_missing_login_is_said_so(mongotail, locked):
    failed(mongotail.run(locked.uri), locked.primary.address, "requires authentication", "-u")


@pytest.mark.parametrize("roles", [[], ["readAnyDatabase"], ["clusterManager"], [{"role": "readWrite", "db": "app"}]],
                         ids=["none", "readAnyDatabase", "clusterManager", "readWrite on app"])
def test_a_role_that_is_not_enough_is_answered_with_the_one_that_is(mongotail, locked, roles, request):
    user = f"low-{request.node.callspec.id}"
    password = locked.create_user(user, roles)
    failed(mongotail.run(locked.uri_with(user, password)), user, "local.oplog.rs", "read", "local", "grantRolesToUser")


def test_a_password_is_prompted_for_on_the_terminal(mongotail, locked, reader):
    with mongotail.terminal(*two_from_oldest("-u", "reader", locked.uri), "-o", "json") as term:
        term.wait_for("[Pp]assword.*: ?$")
        assert not term.echoes
        term.send(reader + "\n")
        assert term.wait_end() == 0
        assert term.echoes
        assert reader not in term.text and term.text.count('"ts":{"$timestamp"') == 2, term


def test_a_wrong_password_that_was_typed_is_not_shown(mongotail, locked, reader):
    with mongotail.terminal("-v", "-u", "reader", "-p", locked.uri) as term:
        term.wait_for("[Pp]assword.*: ?$")
        term.send("wrong-secret\n")
        assert term.wait_end() == 1
        assert "reader" in term.text and "wrong-secret" not in term.text, term


def test_a_role_that_is_revoked_ends_it(mongotail, locked):
    password = locked.create_user("shortly", [{"role": "read", "db": "local"}])
    with mongotail.tail(locked.uri_with("shortly", password), verbose=True) as tail:
        tail.wait_following()
        locked.client().admin.command("revokeRolesFromUser", "shortly", roles=[{"role": "read", "db": "local"}])
        tail.ended(1, "shortly", "local.oplog.rs", "grantRolesToUser")
