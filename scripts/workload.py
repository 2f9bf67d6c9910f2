"""A small web shop that writes to MongoDB: what scripts/try has mongotail show."""

import random
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from itertools import chain, cycle

from bson import Decimal128, ObjectId
from pymongo import MongoClient
from pymongo.errors import PyMongoError

CUSTOMERS = ["Ada", "Grace", "Edsger", "Barbara", "Donald", "Radia"]
GOODS = [("teapot", "24.90"), ("mug", "7.50"), ("kettle", "39.00"), ("green tea, 100 g", "5.20"), ("strainer", "3.95")]

Step = Callable[[], object]


class Shop:
    """Each method is one thing that happens in a shop."""

    def __init__(self, client: MongoClient, seed: int = 1, database: str = "shop") -> None:
        self._client = client
        self._random = random.Random(seed)
        self._db = client[database]
        self._open_orders: list[ObjectId] = []
        self._number = 1000

    def register(self, name: str) -> None:
        self._db.customers.insert_one({"_id": name.lower(), "name": name, "email": f"{name.lower()}@example.com",
                                       "since": _now(), "orders": 0})

    def index_orders(self) -> None:
        self._db.orders.create_index([("customer", 1), ("placed", -1)])

    def fill_cart(self) -> None:
        goods, price = self._random.choice(GOODS)
        line = {"goods": goods, "price": Decimal128(price), "quantity": self._random.randint(1, 3)}
        self._db.carts.update_one({"_id": self._anybody()}, {"$push": {"lines": line}, "$set": {"touched": _now()}},
                                  upsert=True)

    def place_order(self) -> None:
        """Order and customer change together: a transaction across two collections."""
        customer = self._anybody()
        cart = self._db.carts.find_one({"_id": customer})
        self._number += 1
        order = {"_id": ObjectId(), "number": self._number, "customer": customer, "status": "new", "placed": _now(),
                 "lines": cart["lines"] if cart else []}
        with self._client.start_session() as session, session.start_transaction():
            self._db.orders.insert_one(order, session=session)
            self._db.customers.update_one({"_id": customer}, {"$inc": {"orders": 1}, "$set": {"last_order": order["_id"]}},
                                          session=session)
        self._open_orders.append(order["_id"])
        self._db.carts.delete_one({"_id": customer})

    def pay(self) -> None:
        if self._open_orders:
            self._db.orders.update_one({"_id": self._random.choice(self._open_orders)},
                                       {"$set": {"status": "paid", "payment": {"card": True, "at": _now()}}})

    def ship(self) -> None:
        if self._open_orders:
            self._db.orders.update_one({"_id": self._open_orders.pop(0)},
                                       {"$set": {"status": "shipped"}, "$push": {"log": {"shipped": _now()}}})

    def cancel(self) -> None:
        if self._open_orders:
            self._db.orders.delete_one({"_id": self._open_orders.pop()})

    def _anybody(self) -> str:
        return self._random.choice(CUSTOMERS).lower()

    def opening(self) -> Iterator[Step]:
        for name in CUSTOMERS[:3]:
            yield lambda name=name: self.register(name)
        yield self.fill_cart
        yield self.index_orders
        for name in CUSTOMERS[3:]:
            yield lambda name=name: self.register(name)

    def day(self) -> Iterator[Step]:
        return cycle([self.fill_cart, self.place_order, self.fill_cart, self.pay, self.fill_cart, self.place_order,
                      self.ship, self.fill_cart, self.pay, self.place_order, self.cancel])


def run(uri: str, stop: threading.Event, pause: float = 0.25, seed: int = 1, database: str = "shop") -> None:
    """Writes until `stop` is set or the server goes away."""
    with MongoClient(uri, directConnection=True, serverSelectionTimeoutMS=2000) as client:
        shop = Shop(client, seed, database)
        try:
            # Made beforehand: the oldest servers can't create a collection in a transaction.
            for name in ("orders", "customers", "carts"):
                client[database].create_collection(name)
            for step in chain(shop.opening(), shop.day()):
                if stop.wait(pause):
                    return
                step()
        except PyMongoError:
            if not stop.is_set():
                raise


def _now() -> datetime:
    return datetime.now(timezone.utc)
