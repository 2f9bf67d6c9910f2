"""Random documents and what is done to them, each step with the server's own document after it."""

import itertools
import random
from dataclasses import dataclass, field
from typing import Any

from bson import CodecOptions, Int64
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient, ReturnDocument
from pymongo.errors import OperationFailure

_RAW = CodecOptions(document_class=RawBSONDocument)
_EXTRA = ["a", "b", "s1", "u0", "0", "1", "é", "long name"]
# Makes a delta smaller than a replacement, so that the server logs it.
_PADDING = "p" * 1500


@dataclass
class History:
    """`states[i]` is the document after the operation i that the oplog has; None: there is none."""

    id: Any
    states: list[bytes | None] = field(default_factory=list)

    @property
    def later(self) -> bytes | None:
        return self.states[-1]


class Writer:
    """Does random things to documents of one collection. A seed's things are always the same."""

    def __init__(self, client: MongoClient, ns: str, seed: int) -> None:
        self.client = client
        database, name = ns.split(".", 1)
        self.raw = client[database].get_collection(name, codec_options=_RAW)
        self.random = random.Random(seed)

    def history(self, number: Any, steps: int) -> History:
        history = History(number)
        self._insert(history)
        for _ in range(steps):
            self._step(history)
        return history

    # -- what is done --------------------------------------------------------------------------

    def _insert(self, history: History) -> None:
        self.raw.insert_one({"_id": history.id} | self._fields())
        history.states.append(self.raw.find_one({"_id": history.id}).raw)

    def _step(self, history: History) -> None:
        what = self.random.random()
        if history.later is None:
            self._insert(history)
        elif what < 0.04:
            self.raw.delete_one({"_id": history.id})
            history.states.append(None)
        elif what < 0.1:
            after = self.raw.find_one_and_replace({"_id": history.id}, self._fields(), return_document=ReturnDocument.AFTER)
            history.states.append(after.raw)
        elif what < 0.18:
            self._transaction(history)
        else:
            self._update(history)

    def _update(self, history: History) -> None:
        update = self._counted(self._random_update())
        try:
            after = self.raw.find_one_and_update({"_id": history.id}, update, return_document=ReturnDocument.AFTER)
        except OperationFailure:
            return  # it doesn't fit this document
        history.states.append(after.raw)

    def _transaction(self, history: History) -> None:
        before = list(history.states)
        try:
            with self.client.start_session() as session, session.start_transaction():
                for _ in range(self.random.randrange(1, 4)):
                    if self.random.random() < 0.1 and history.later is not None:
                        self.raw.delete_one({"_id": history.id}, session=session)
                        history.states.append(None)
                    elif history.later is None:
                        self.raw.insert_one({"_id": history.id} | self._fields(), session=session)
                        history.states.append(self.raw.find_one({"_id": history.id}, session=session).raw)
                    else:
                        after = self.raw.find_one_and_update({"_id": history.id}, self._counted(self._one_update()), session=session,
                                                             return_document=ReturnDocument.AFTER)
                        history.states.append(after.raw)
        except OperationFailure:
            history.states = before  # an update that doesn't fit ends it

    @staticmethod
    def _counted(update: Any) -> Any:
        """The update, and a change that it makes in any case: one that changes nothing is not always logged."""
        if isinstance(update, list):
            return [*update, {"$set": {"rev": {"$add": [{"$ifNull": ["$rev", 0]}, 1]}}}]
        return update | {"$inc": {**update.get("$inc", {}), "rev": 1}}

    # -- values and updates --------------------------------------------------------------------

    def _scalar(self) -> Any:
        return self.random.choice([0, 1, 2, -5, 1.5, Int64(7), "x", None, True])

    def _value(self, depth: int = 2) -> Any:
        kind = self.random.random()
        if depth and kind < 0.25:
            return {key: self._value(depth - 1) for key in self.random.sample(_EXTRA, self.random.randrange(4))}
        if depth and kind < 0.45:
            return [self._value(depth - 1) for _ in range(self.random.randrange(5))]
        return self._scalar()

    def _item(self) -> dict[str, Any]:
        return {"q": self.random.randrange(9), "t": [self.random.randrange(9) for _ in range(self.random.randrange(3))]}

    def _fields(self) -> dict[str, Any]:
        fields = {"n": self.random.randrange(9), "s": "text", "o": {"x": 1, "y": {"z": self._value(1)}},
                  "l": [self.random.randrange(9) for _ in range(self.random.randrange(6))],
                  "items": [self._item() for _ in range(self.random.randrange(4))], "padding": _PADDING, "rev": self.random.randrange(10**6)}
        fields |= {key: self._value() for key in self.random.sample(_EXTRA, self.random.randrange(4))}
        keys = list(fields)
        self.random.shuffle(keys)
        return {key: fields[key] for key in keys}

    def _path(self) -> str:
        at = self.random.randrange
        return self.random.choice([
            "n", "s", "o.x", "o.y.z", "o.y", "o.new", "o.deep.er", f"l.{at(8)}", f"items.{at(4)}.q", f"items.{at(5)}",
            f"items.{at(3)}.t.{at(4)}", f"items.{at(6)}.new.er", "fresh.made.path", "o.y.z.0", f"o.y.z.{at(3)}.a", "l", "items", "o",
            *_EXTRA, *(f"{key}.{other}" for key, other in [self.random.sample(_EXTRA, 2)])])

    def _random_update(self) -> Any:
        one = self._one_update()
        if isinstance(one, list) or self.random.random() < 0.6:
            return one
        other = self._one_update()
        if isinstance(other, list):
            return one
        together: dict[str, Any] = {}
        for operator, fields in itertools.chain(one.items(), other.items()):
            together.setdefault(operator, {}).update(fields)
        return together

    def _one_update(self) -> Any:
        at = self.random.randrange
        number = at(18)
        if number < 4:
            return {"$set": {self._path(): self._value()}}
        if number < 6:
            return {"$unset": {self._path(): 1}}
        if number == 6:
            return {"$push": {f"items.{at(3)}.t": {"$each": [at(9)], "$position": at(3)}}}
        if number == 7:
            return self._pipeline()
        return self.random.choice([
            {"$inc": {self.random.choice(["n", "o.x", f"items.{at(3)}.q", "l.0"]): at(1, 5)}},
            {"$mul": {"n": 2}},
            {"$push": {"l": at(9)}},
            {"$push": {"items": self._item()}},
            {"$push": {"l": {"$each": [at(9), at(9)], "$position": at(4)}}},
            {"$push": {"l": {"$each": [at(9), at(9)], "$slice": self.random.choice([-3, 2, 4, 0])}}},
            {"$push": {"items": {"$each": [self._item()], "$sort": {"q": self.random.choice([1, -1])}}}},
            {"$push": {"l": {"$each": [], "$sort": 1, "$slice": 3}}},
            {"$pull": {"l": {"$lt": at(9)}}},
            {"$pull": {"items": {"q": {"$gt": 5}}}},
            {"$pullAll": {"l": [at(9), at(9)]}},
            {"$addToSet": {"l": {"$each": [at(9), at(9)]}}},
            {"$pop": {"l": self.random.choice([1, -1])}},
            {"$pop": {"items": 1}},
            {"$rename": {"a": "b"}},
            {"$rename": {"o.x": "o.moved"}},
            {"$set": {"l.$[]": at(9)}},
            {"$inc": {"items.$[].q": 1}},
            {"$min": {"n": at(9)}},
            {"$currentDate": {"at": True}},
        ])

    def _pipeline(self) -> list[dict[str, Any]]:
        return self.random.choice([
            [{"$set": {"n": {"$literal": self.random.randrange(9)}, "o.p": {"$literal": self._scalar()}}}],
            [{"$unset": self.random.choice(["a", "o.x", "items.t", "s1"])}],
            [{"$set": {"l": {"$cond": [{"$isArray": "$l"}, {"$slice": ["$l", 2]}, 3]}}}],
            [{"$set": {"l": {"$cond": [{"$isArray": "$l"}, {"$concatArrays": [[1], "$l"]}, []]}}}],
            [{"$set": {"items.q": self.random.randrange(9), "a": {"$mergeObjects": [{"b": 1}, {"$ifNull": ["$o", {}]}]}}}],
            [{"$replaceWith": {"$mergeObjects": ["$$ROOT", {"b": self.random.randrange(9)}]}}],
        ])


def wrong(said: dict[str, Any] | list[Any], truth: dict[str, Any] | list[Any], unknown: set[str], prefix: str = "") -> str | None:
    """The first path of which something wrong is said, or nothing though it isn't named as unknown."""
    pairs = list(said.items()) if isinstance(said, dict) else [(str(i), value) for i, value in enumerate(said)]
    real = truth if isinstance(truth, dict) else {str(i): value for i, value in enumerate(truth)}
    for name, value in pairs:
        path = prefix + name
        if path in unknown:
            continue
        if name not in real or type(real[name]) is not type(value):
            return path
        if isinstance(value, (dict, list)):
            if found := wrong(value, real[name], unknown, path + "."):
                return found
        elif value != real[name]:
            return path
    shown = {name for name, _ in pairs}
    for name in real:
        if name not in shown and prefix + name not in unknown and prefix + "*" not in unknown:
            return prefix + name
    return None


def touched_fields(o: dict[str, Any]) -> set[str]:
    """The document's own fields in which an update of the oplog may change something."""
    if "diff" in o and o.get("$v") == 2:
        named = {key for section in "dui" for key in o["diff"].get(section, {})}
        return named | {key[1:] for key in o["diff"] if key.startswith("s")}
    return {path.split(".")[0] for operator in ("$set", "$unset") for path in o.get(operator, {})}
