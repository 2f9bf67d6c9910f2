"""What the program reads with at the moment, as the server sees it."""

from typing import Any

from .mongod import Mongod
from .wait import wait_until


def waiting_reads(node: Mongod) -> list[dict[str, Any]]:
    """The getMores on the oplog that run there for mongotail."""
    stages = [{"$currentOp": {"allUsers": True}},
              {"$match": {"appName": "mongotail", "ns": "local.oplog.rs", "op": "getmore"}}]
    return list(node.client().admin.aggregate(stages))


def wait_for_read(node: Mongod) -> list[dict[str, Any]]:
    """Waits until there is one."""
    return wait_until(lambda: waiting_reads(node), "mongotail to wait for entries")
