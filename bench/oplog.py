"""Makes the oplogs that the benchmarks read, on a throwaway server."""

import multiprocessing
import random
import threading
from collections.abc import Iterator

from pymongo import DeleteOne, InsertOne, MongoClient, UpdateOne, WriteConcern
from pymongo.client_session import ClientSession

WRITERS = 3
BATCH = 500
SMALL_BATCH = 20_000
WORDS = ("order customer street shipped pending teapot kettle invoice express "
         "warehouse comment discount refund parcel courier receipt").split()


def document(chance: random.Random, number: int) -> dict:
    """About 1,100 bytes of what applications store."""
    return {"_id": number, "customer": chance.randrange(10**6), "status": chance.choice(["paid", "open", "sent"]),
            "total": chance.random() * 500, "express": chance.random() < 0.2,
            "address": {"street": " ".join(chance.choices(WORDS, k=4)), "zip": str(chance.randrange(10**5)),
                        "position": [chance.uniform(-180, 180), chance.uniform(-90, 90)]},
            "lines": [{"goods": chance.choice(WORDS), "count": chance.randrange(9), "price": chance.random() * 99}
                      for _ in range(6)],
            "note": " ".join(chance.choices(WORDS, k=46))}


def operations(chance: random.Random, first: int, count: int) -> Iterator[InsertOne | UpdateOne | DeleteOne]:
    """Seven inserts, two updates and a delete in ten."""
    for number in range(first, first + count, 10):
        for place in range(7):
            yield InsertOne(document(chance, number + place))
        yield UpdateOne({"_id": number}, {"$set": {"note": " ".join(chance.choices(WORDS, k=60)), "status": "paid"}})
        yield UpdateOne({"_id": number + 1}, {"$set": {"lines.0.count": 7, "express": True}})
        yield DeleteOne({"_id": number + 2})


def fill(client: MongoClient, entries: int, rare_share: int = 0, transaction_share: int = 0) -> None:
    """`entries` of `shop.orders`; of so many one goes to `app.rare`, one is a transaction of two operations."""
    share = entries // WRITERS // BATCH * BATCH
    errors: list[BaseException] = []
    for name in ("orders", "payments", "ledger"):
        client.shop.create_collection(name)

    def work(writer: int) -> None:
        try:
            write(client, writer * 10**8, share, random.Random(writer), rare_share, transaction_share)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def fill_small(uri: str, entries: int, first: int = 0) -> None:
    """Inserts of tiny documents, as fast as they go; their ids begin with `first`."""
    share = entries // WRITERS
    processes = [multiprocessing.Process(target=insert_small, args=(uri, first + writer * share, share)) for writer in range(WRITERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode:
            raise RuntimeError("a writer failed")


def insert_small(uri: str, first: int, count: int) -> None:
    numbers = MongoClient(uri).shop.get_collection(f"numbers{first}", write_concern=WriteConcern(1))
    for begin in range(first, first + count, SMALL_BATCH):
        numbers.insert_many([{"_id": number} for number in range(begin, min(begin + SMALL_BATCH, first + count))],
                            ordered=False)


def write(client: MongoClient, first: int, count: int, chance: random.Random, rare_share: int,
          transaction_share: int) -> None:
    orders = client.shop.get_collection("orders", write_concern=WriteConcern(1))
    rare = client.app.get_collection("rare", write_concern=WriteConcern(1))
    done = 0
    with client.start_session() as session:
        while done < count:
            ops = list(operations(chance, first + done, BATCH))
            if transaction_share:
                for number in range(BATCH // transaction_share):
                    transact(client, session, document(chance, first + done + number))
                del ops[-(BATCH // transaction_share):]
            orders.bulk_write(ops)
            done += BATCH
            if rare_share and done % rare_share == 0:
                rare.insert_one(document(chance, first + done))


def transact(client: MongoClient, session: ClientSession, body: dict) -> None:
    def work(session: ClientSession) -> None:
        client.shop.payments.insert_one({"order": body["_id"], "total": body["total"]}, session=session)
        client.shop.ledger.insert_one({**body, "_id": f"l{body['_id']}"}, session=session)

    session.with_transaction(work)
