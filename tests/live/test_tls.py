"""TLS: with an authority it works; each way to get it wrong is explained."""

from collections.abc import Iterator

import pytest
from support import Certificates, ReplicaSet

FAST = {"serverSelectionTimeoutMS": "500", "connectTimeoutMS": "400"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(server_version, certificates) -> Iterator[ReplicaSet]:
    with ReplicaSet(1, server_version, tls=certificates) as rs:
        yield rs


@pytest.fixture
def first_two() -> list[object]:
    return ["--since", "oldest", "--op", "n,c", "--limit", 2]


def failed(run, *texts: str) -> None:
    run.ended(1, *texts)
    assert run.raw == b"" and len(run.stderr.splitlines()) == 2 and "\n  try: " in run.stderr, run


def test_with_the_authoritys_certificate_it_connects(mongotail, secure, certificates, first_two):
    for args in (["--tls", "--tlsCAFile", certificates.ca_pem, secure.uri], ["--tlsCAFile", certificates.ca_pem, secure.uri],
                 [secure.uri_with(tls="true", tlsCAFile=str(certificates.ca_pem))]):
        assert len(mongotail.run(*first_two, *args).ok().lines) == 2


def test_a_client_certificate_is_sent(mongotail, secure, certificates, first_two):
    run = mongotail.run(*first_two, "--tlsCAFile", certificates.ca_pem, "--tlsCertificateKeyFile", certificates.client_pem,
                        secure.uri)
    assert len(run.ok().lines) == 2


def test_it_follows_over_tls(mongotail, secure, certificates):
    with mongotail.tail("--tlsCAFile", certificates.ca_pem, "--ns", "seen.c", "--op", "i", "--limit", 1, secure.uri) as tail:
        tail.wait_following()
        secure.client(w="majority").seen.c.insert_one({"_id": 1})
        assert tail.ended(0).json()[0]["o"] == {"_id": 1}


def test_any_certificate_will_do_if_that_is_requested(mongotail, secure, first_two):
    run = mongotail.run(*first_two, "--tls", "--tlsAllowInvalidCertificates", secure.uri)
    assert len(run.ok().lines) == 2


def test_a_plain_client_is_told_to_use_tls(mongotail, secure):
    failed(mongotail.run(secure.uri_with(**FAST)), secure.primary.address, "--tls")


def test_a_server_without_tls_is_recognised(mongotail, rs):
    failed(mongotail.run("--tls", rs.uri_with(**FAST)), rs.primary.address, "without --tls")


def test_an_unknown_authority_is_explained(mongotail, secure):
    failed(mongotail.run("--tls", secure.uri_with(**FAST)), "certificate", "--tlsCAFile")


def test_a_certificate_for_another_host_is_explained(mongotail, server_version, tmp_path):
    other = Certificates(tmp_path, names="DNS:elsewhere.example,IP:127.0.0.1")
    with ReplicaSet(1, server_version, tls=other) as rs:
        node = rs.primary
        options = "&".join(f"{name}={value}" for name, value in FAST.items())
        uri = f"mongodb://localhost:{node.port}/?directConnection=true&{options}"
        failed(mongotail.run("--tlsCAFile", other.ca_pem, uri), "host")
        run = mongotail.run("--tlsCAFile", other.ca_pem, "--tlsAllowInvalidHostnames", "--since", "oldest", "--op", "n",
                            "--limit", 1, uri)
        assert len(run.ok().lines) == 1


@pytest.mark.parametrize("flag", ["--tlsCAFile", "--tlsCertificateKeyFile"])
def test_a_file_that_is_missing_is_named(mongotail, secure, certificates, tmp_path, flag):
    missing = tmp_path / "missing.pem"
    args = ["--tlsCAFile", certificates.ca_pem] if flag != "--tlsCAFile" else []
    failed(mongotail.run(*args, flag, missing, secure.uri_with(**FAST)), flag.removeprefix("--"), str(missing), "No such file")
