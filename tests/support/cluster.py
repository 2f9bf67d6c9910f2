"""A sharded cluster without a mongos: real config servers and shards.

None of the packages that the tests take servers from has a mongos binary. So what a mongos would do is done here by the
commands that it would send: the sets are joined, chunks are moved and transactions are committed by the servers' own code.
mongos() is a stand-in for what mongotail itself asks a mongos.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from bson import Binary, Int64, MaxKey, Timestamp
from pymongo.errors import OperationFailure

from .mongod import Mongod
from .replica_set import ReplicaSet
from .stand_in import StandIn
from .wait import wait_until
from .wire import send

MAJORITY = {"w": "majority"}


class Cluster:
    """Config servers and shards, each a set; `members` says how many members those have that have not one.

    `joined`: by the config servers' own commands, so that shards know each other and documents can be moved. Needs 6.0 and no
    logins. Else config.shards is written by hand, as sh.addShard() leaves it. `options` are those of each ReplicaSet.
    """

    def __init__(self, version: str | None, shards: int, *, joined: bool = False, members: Mapping[str, int] | None = None,
                 **options: Any) -> None:
        self.version = version
        self.joined = joined
        self.options = options
        self.members = members or {}
        self.config = ReplicaSet(1, version, name="cfg", args=["--configsvr"], **options)
        self.shards: dict[str, ReplicaSet] = {}
        for _ in range(shards):
            self._new()

    def __enter__(self) -> Self:
        try:
            for one in self.sets:
                one.launch()
            for one in self.sets:
                one.begin()
            if self.joined:
                # Without this the config servers do as 4.4 did.
                self._configure({"setFeatureCompatibilityVersion": "6.0"})
            for name in self.shards:
                self.register(name)
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        for one in self.sets:
            one.close()

    @property
    def sets(self) -> list[ReplicaSet]:
        return [self.config, *self.shards.values()]

    @property
    def uri(self) -> str:
        return self.config.uri

    def client(self, shard: str, **options: Any) -> Any:
        return self.shards[shard].client(**{"w": "majority"} | options)

    # -- its shards ----------------------------------------------------------------------------

    def start_shard(self) -> tuple[str, ReplicaSet]:
        """A set that is not yet one of the cluster."""
        name = self._new()
        return name, self.shards[name].start()

    def register(self, name: str, hosts: str | None = None) -> None:
        one = self.shards[name]
        host = f"{one.name}/{hosts or one.nodes[0].address}"
        if self.joined:
            self._configure({"_configsvrAddShard": host, "name": name})
        else:
            shards = self.config.client(w="majority").config.shards
            shards.replace_one({"_id": name}, {"host": host, "state": 1}, upsert=True)

    def add(self) -> str:
        name, _ = self.start_shard()
        self.register(name)
        return name

    def drain(self, name: str) -> None:
        """Begins to remove a shard."""
        if self.joined:
            assert self._configure({"_configsvrRemoveShard": name})["state"] == "started"
        else:
            self.config.client(w="majority").config.shards.update_one({"_id": name}, {"$set": {"draining": True}})

    def remove(self, name: str) -> None:
        """Of a shard that is drained."""
        if self.joined:
            wait_until(lambda: self._configure({"_configsvrRemoveShard": name})["state"] == "completed", f"{name} to be removed")
        else:
            self.config.client(w="majority").config.shards.delete_one({"_id": name})

    def heal(self) -> None:
        for one in self.sets:
            one.heal()

    # -- what it holds -------------------------------------------------------------------------

    def insert(self, shard: str, database: str, key: object) -> None:
        self.client(shard)[database].c.insert_one({"_id": key})

    def stored(self, database: str, **more: Any) -> list[tuple]:
        """All inserts of the shards' oplogs into the database, but those of migrations, in the order in which they are to come."""
        condition = {"op": "i", "ns": {"$regex": rf"^{database}\."}, "fromMigrate": {"$exists": False}} | more
        return sorted((entry["ts"].time, entry["ts"].inc, name, entry["o"]["_id"])
                      for name, one in self.shards.items() for entry in one.primary.oplog_entries(condition))

    def shard_collection(self, namespace: str, primary: str) -> None:
        """All of it on `primary`, to be split by `_id`."""
        database, collection = namespace.split(".")
        self._configure({"_configsvrCreateDatabase": database, "primaryShardId": primary})
        version = self.config.client().config.databases.find_one({"_id": database})["version"]
        self.shards[primary].client()[database].command(
            {"_shardsvrCreateCollection": collection, "shardKey": {"_id": 1}, "unique": False, "databaseVersion": version,
             "writeConcern": MAJORITY})

    def move(self, namespace: str, to: str, begin: object, end: object = MaxKey()) -> None:
        """Moves documents with `_id`s from `begin` up to before `end`, and waits until they are deleted where they were."""
        self._configure({"_configsvrMoveRange": namespace, "toShard": to, "min": {"_id": begin}, "max": {"_id": end},
                         "waitForDelete": True, "forceJumbo": 0})

    def _configure(self, command: dict[str, Any]) -> dict[str, Any]:
        return self.config.client().admin.command(command | {"writeConcern": MAJORITY})

    def _new(self) -> str:
        name = f"shard{len(self.shards)}"
        self.shards[name] = ReplicaSet(self.members.get(name, 1), self.version, name=f"{name}set", args=["--shardsvr"], **self.options)
        return name


class ShardedTransaction:
    """One transaction over several shards, by the commands that a mongos sends to each.

        one = ShardedTransaction(cluster, ["shard0", "shard1"]); one.insert("shard0", "db", 1); …; one.coordinate()
    """

    def __init__(self, cluster: Cluster, shards: list[str]) -> None:
        self.lsid = {"id": Binary.from_uuid(uuid.uuid4())}
        self.number = 7
        self._primaries: dict[str, Mongod] = {shard: cluster.shards[shard].primary for shard in shards}
        self._coordinator = shards[0]
        self._prepared: Timestamp | None = None
        self._begun: set[str] = set()
        self.cluster_time: dict[str, Any] = {}  # as the last reply told it

    def insert(self, shard: str, database: str, *keys: object, collection: str = "c") -> "ShardedTransaction":
        """The collection must be there."""
        command: dict[str, Any] = {"insert": collection, "documents": [{"_id": key} for key in keys]}
        if shard not in self._begun:
            command |= {"startTransaction": True}
            if shard == self._coordinator:
                command |= {"coordinator": True}
        self._begun.add(shard)
        reply = self._send(shard, command, database)
        assert "writeErrors" not in reply, reply
        return self

    def prepare(self) -> "ShardedTransaction":
        stamps = [self._send(shard, {"prepareTransaction": 1, "writeConcern": MAJORITY})["prepareTimestamp"] for shard in self._primaries]
        self._prepared = max(stamps)
        return self

    def commit(self, shard: str) -> None:
        """On that shard, once all are prepared."""
        self._send(shard, {"commitTransaction": 1, "commitTimestamp": self._prepared, "writeConcern": MAJORITY})

    def abort(self) -> None:
        for shard in self._primaries:
            self._send(shard, {"abortTransaction": 1, "writeConcern": MAJORITY})

    def coordinate(self) -> None:
        """The coordinating shard prepares and commits it everywhere."""
        participants = [{"shardId": shard} for shard in self._primaries]
        self._send(self._coordinator, {"coordinateCommitTransaction": 1, "participants": participants, "writeConcern": MAJORITY})

    def _send(self, shard: str, command: dict[str, Any], database: str = "admin") -> dict[str, Any]:
        session = {"lsid": self.lsid, "txnNumber": Int64(self.number), "autocommit": False}
        if self.cluster_time:
            session |= {"$clusterTime": self.cluster_time}
        reply = send(self._primaries[shard].address, command | session, database)
        self.cluster_time = reply["$clusterTime"]
        return reply


@contextmanager
def mongos(cluster: Cluster, **as_user: Any) -> Iterator[str]:
    """The URI of what answers mongotail as a mongos does: `hello` by itself, reads from the config servers, as `as_user`."""
    config = cluster.config.client(**as_user)

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        name = next(iter(command))
        if name.lower() in ("hello", "ismaster"):
            return {"ismaster": True, "isWritablePrimary": True, "msg": "isdbgrid", "maxWireVersion": 17, "minWireVersion": 0,
                    "maxBsonObjectSize": 1 << 24, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000,
                    "logicalSessionTimeoutMinutes": 30, "ok": 1.0}
        if name in ("ping", "endSessions", "killCursors"):
            return {"ok": 1.0}
        plain = {key: value for key, value in command.items() if key not in ("$db", "$clusterTime", "lsid", "$readPreference")}
        try:
            return config[command["$db"]].command(plain)
        except OperationFailure as failure:
            return dict(failure.details)

    with StandIn(answer) as server:
        yield f"mongodb://{server.address}/"
