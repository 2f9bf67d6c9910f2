"""Logins and TLS of a cluster: its users are not its shards' own, which a run without them says, with what to do."""

from collections.abc import Iterator

import pytest
from support import Certificates
from support.cluster import Cluster, mongos

PAST = ("--since", "oldest", "--no-follow")


@pytest.fixture(scope="module")
def cluster(server_version: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(server_version, 2, auth=True, tls=Certificates(tmp_path_factory.mktemp("tls"))) as guarded:
        yield guarded


@pytest.fixture(scope="module")
def watcher(cluster: Cluster) -> str:
    """The password of the cluster's user of that name, who may read which shards there are."""
    return cluster.config.create_user("watcher", ["clusterMonitor"])


@pytest.fixture(scope="module")
def reader(cluster: Cluster) -> str:
    """The password of that user of each shard, as the hint has it made."""
    password = ""
    for shard in cluster.shards.values():
        made = shard.create_user("reader", [{"role": "read", "db": "local"}])
        if password:
            shard.client().admin.command("updateUser", "reader", pwd=password)
        password = password or made
    return password


@pytest.fixture
def by_watcher(cluster: Cluster, watcher: str) -> list[str]:
    return ["--sharded", cluster.config.uri_with("watcher", watcher), "--tls", "--tlsCAFile", str(cluster.config.tls.ca_pem)]


def test_a_shard_that_refuses_the_clusters_user_names_what_mends_it(mongotail, by_watcher, watcher):
    run = mongotail.run(*by_watcher, *PAST, "-v").ended(1, "shard shard0", "watcher", "createUser", "role: 'read', db: 'local'", "--shard-username", "--shard-password")
    assert watcher not in run.stderr


def test_with_a_user_of_the_shards_all_of_them_are_read(mongotail, cluster, by_watcher, reader, db_name):
    for key in range(4):
        cluster.insert(f"shard{key % 2}", db_name, key)
    login = ("--shard-username", "reader", "--shard-password", reader)
    run = mongotail.run(*by_watcher, *login, "--ns", db_name, "--op", "i", *PAST, "-v").ok()
    assert {(op["shard"], op["o"]["_id"]) for op in run.json()} == {(f"shard{key % 2}", key) for key in range(4)}
    assert reader not in run.stderr
    with mongotail.tail(*by_watcher, *login, "--ns", db_name, "--op", "i") as tail:
        tail.wait_following(times=2)
        cluster.insert("shard1", db_name, "live")
        assert tail.wait_json(1)[0]["shard"] == "shard1"


def test_a_wrong_password_of_the_shards_is_said_and_not_shown(mongotail, by_watcher, reader):
    run = mongotail.run(*by_watcher, "--shard-username", "reader", "--shard-password", "hunter2secret", *PAST, "-v")
    run.ended(1, "shard shard0", "reader")
    assert "hunter2secret" not in run.stderr + run.stdout


def test_a_user_of_the_shards_without_the_role_is_told_of_it(mongotail, cluster, by_watcher):
    for shard in cluster.shards.values():
        shard.client().admin.command("createUser", "bare", pwd="of no use", roles=[])
    mongotail.run(*by_watcher, "--shard-username", "bare", "--shard-password", "of no use", *PAST).ended(
        1, "shard shard0", "bare", "role: ", "read", "local")


def test_without_rights_on_the_list_of_shards_it_says_which_role_gives_them(mongotail, cluster):
    password = cluster.config.create_user("blind", [{"role": "read", "db": "local"}])
    tls = ("--tls", "--tlsCAFile", str(cluster.config.tls.ca_pem))
    said = ("not authorized to list the cluster's shards", "clusterMonitor")
    mongotail.run("--sharded", cluster.config.uri_with("blind", password), *tls, *PAST).ended(1, *said)
    with mongos(cluster, username="blind", password=password) as uri:
        mongotail.run(uri, *PAST).ended(1, *said)


def test_shards_with_tls_are_reached_as_the_config_servers_are(mongotail, cluster, watcher, reader):
    plain = cluster.config.uri_with("watcher", watcher, serverSelectionTimeoutMS="500")
    mongotail.run("--sharded", plain, "--shard-username", "reader", "--shard-password", reader, *PAST).ended(1)
    in_uri = cluster.config.uri_with("watcher", watcher, tls="true", tlsCAFile=str(cluster.config.tls.ca_pem))
    mongotail.run("--sharded", in_uri, "--shard-username", "reader", "--shard-password", reader, *PAST).ok()
