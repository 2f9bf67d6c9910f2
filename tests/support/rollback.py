"""What makes the members of a set part ways."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pymongo import WriteConcern

from .mongod import Mongod
from .wait import wait_until


def write(node: Mongod, numbers: range, collection: str = "c") -> None:
    node.client(retryWrites=False).shop.get_collection(collection, write_concern=WriteConcern(1)).insert_many(
        [{"_id": number} for number in numbers])


@contextmanager
def nobody_copies(nodes: list[Mongod]) -> Iterator[None]:
    with ExitStack() as stack:
        for node in nodes:
            stack.enter_context(node.failpoint("stopReplProducer"))
            # An entry that it has asked for already may still come.
            wait_until(lambda node=node: stopped(node), "the secondary to stop copying", 20)
        yield


def stopped(node: Mongod) -> bool:
    counted = node.client().admin.command({"waitForFailPoint": "stopReplProducer", "timesEntered": 1,
                                           "maxTimeMS": 20_000})
    return bool(counted["ok"])
