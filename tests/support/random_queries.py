"""Random documents and queries of all that mongotail understands."""

import datetime
import random
from typing import Any

from bson import Binary, Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp

from .raw_bson import UNDEFINED, db_pointer, symbol

_OIDS = [ObjectId(f"{i:024x}") for i in range(3)]
_NUMBERS: list[Any] = [
    0, 1, 2, -1, 3, 5, 7, -7, 255, 2**31 - 1, Int64(0), Int64(1), Int64(5), Int64(-5), Int64(2**53 + 1), Int64(2**63 - 1),
    Int64(-2**63), 0.0, -0.0, 1.0, 1.5, -1.5, 5.0, 0.1, 2.0**53, 2.0**63, -2.0**63, 1e300, 5e-324, float("inf"),
    float("-inf"), float("nan"), *map(Decimal128, ["0", "-0", "1", "1.00", "1.5", "5", "-5", "0.1", "NaN", "Infinity",
                                                   "-Infinity", "9007199254740993", "9223372036854775808", "1E+6000",
                                                   "1E-6176", "0.1000000000000000055511151231257827", "4.7"])]
_OTHERS: list[Any] = [
    "", "a", "ab", "A", "b\nc", "é", "ÉTÉ", "a\0b", "1", symbol("a"), symbol("ab"), None, UNDEFINED, True, False,
    datetime.datetime(2020, 1, 1), datetime.datetime(1960, 1, 1), Timestamp(1, 1), Timestamp(4_000_000_000, 2), *_OIDS,
    Binary(b""), Binary(b"\x05"), Binary(b"\x01\x00\x81"), Binary(b"\x05", 4), Binary(b"\x01\x00\x00\x00\x05", 2),
    Regex("a"), Regex("a", "i"), Regex("^b"), MinKey(), MaxKey(), Code("x"), Code("x", {"a": 1}), Code("x", {"a": 2}),
    db_pointer("a", bytes(12)), [], {}, {"a": 1}, {"a": 1.0}, {"a": 1, "b": 2}, {"b": 2, "a": 1}, [1], [1, 2], [[1]],
    [{"a": 1}], [None], [[]], [{}], ["a"], {"0": 1}]
_KEYS = ["a", "b", "c", "0", "1"]
_PATHS = ["a", "b", "c", "a.b", "a.a", "a.0", "a.1", "a.0.b", "b.0.0", "a.b.c", "a.0.1.b", "b.b.0", "c.1.a", "0.a", "a.b.0.c",
          "a.00", "a.a.a", "b.0", "_id"]
_PATTERNS = ["a", "^a", "b$", "^$", ".", "A", "a.b", "é", "^.$", "(a|b)+", r"\w", "[", "(", "a b", "^b", r"^\x41"]
_ALIASES = ["double", "string", "object", "array", "binData", "undefined", "objectId", "bool", "date", "null", "regex",
            "dbPointer", "javascript", "symbol", "javascriptWithScope", "int", "timestamp", "long", "decimal", "minKey",
            "maxKey", "number", "Number", "nonsense", 1, 2, 3, 4, 16, -1, 127, 255, 0, 18.0, 1.5, Decimal128("16"), [], True]

_OPERATORS = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$type", "$regex", "$mod", "$size", "$all",
              "$elemMatch", "$elemMatch", "$not"]
_UNCERTAIN = (Regex, MinKey, MaxKey, Code)


def _is_certain(value: Any) -> bool:
    """Of the types that every server compares alike; see src/match/query_pushdown.h."""
    if value is None or value is UNDEFINED or isinstance(value, (*_UNCERTAIN, type(UNDEFINED))) or str(value).lower() == "nan":
        return False
    if isinstance(value, dict):
        return all(map(_is_certain, value.values()))
    return not isinstance(value, list) or all(map(_is_certain, value))


class Maker:
    """Documents, and queries of all that mongotail understands."""

    def __init__(self, seed: float, bits: bool = True, decimals: bool = True) -> None:
        self.random = random.Random(seed)
        self.operators_used = [*_OPERATORS, "$bits"] if bits else _OPERATORS
        self.numbers = [n for n in _NUMBERS if decimals or not isinstance(n, Decimal128)]

    def scalar(self) -> Any:
        return self.random.choice(self.numbers if self.random.random() < 0.45 else _OTHERS)

    def value(self, depth: int = 3) -> Any:
        kind = self.random.random()
        if depth and kind < 0.2:
            return {self.random.choice(_KEYS): self.value(depth - 1) for _ in range(self.random.randrange(4))}
        if depth and kind < 0.45:
            return [self.value(depth - 1) for _ in range(self.random.randrange(4))]
        return self.scalar()

    def document(self, number: int) -> dict[str, Any]:
        keys = self.random.sample(_KEYS, self.random.randrange(1, 5))
        return {"_id": number} | {key: self.value() for key in keys}

    def bits(self) -> Any:
        if self.random.random() < 0.4:
            return [self.random.choice([0, 1, 2, 7, 8, 23, 62, 63, 64, 200, 1.0, Int64(2), -1, "a", 2.5, 2**31 - 1, Int64(2**31)])
                    for _ in range(self.random.randrange(4))]
        return self.random.choice([0, 1, 5, 255, 5.0, Int64(2**62), -1, 1.5, Decimal128("5"), Decimal128("1.5"), "a", Binary(b""),
                                   Binary(b"\x05"), Binary(b"\x01\x00\x01"), Binary(bytes(9) + b"\x01"), float("nan")])

    def operators(self, depth: int) -> dict[str, Any]:
        return dict(self.operator(depth) for _ in range(self.random.choice([1, 1, 1, 2])))

    def operator(self, depth: int) -> tuple[str, Any]:
        pick = self.random.choice
        name = pick(self.operators_used)
        if name in ("$in", "$nin", "$all"):
            values = [self.value(2) for _ in range(self.random.randrange(4))]
            if name == "$all" and depth and self.random.random() < 0.3:
                values = [{"$elemMatch": self.elem_match(depth - 1)} for _ in range(self.random.randrange(1, 3))]
            return name, values if self.random.random() < 0.97 else self.value(1)
        if name == "$exists":
            return name, pick([True, False, 1, 0, 0.0, None, "", UNDEFINED, Decimal128("0"), float("nan"), 0.5])
        if name == "$type":
            return name, pick(_ALIASES) if self.random.random() < 0.7 else [pick(_ALIASES[:26]) for _ in range(2)]
        if name == "$regex":
            return name, pick([pick(_PATTERNS), Regex(pick(_PATTERNS), pick(["", "i", "s", "m", "x", "im"])), 5])
        if name == "$mod":
            return name, pick([[pick(_NUMBERS), pick([0, 1, 2, -1, 1.5])], [2, 1], [4, 3], [-1, 0], [3, -1], [2], [2, 0, 1], ["a", 1],
                               [2, "a"], 3])
        if name == "$size":
            return name, pick([0, 1, 2, 3, 1.0, Int64(2), 1.5, -1, Decimal128("1"), "1", Int64(2**40)])
        if name == "$bits":
            return pick(["$bitsAllSet", "$bitsAllClear", "$bitsAnySet", "$bitsAnyClear"]), self.bits()
        if name == "$elemMatch":
            return name, self.elem_match(depth - 1) if depth > 0 else pick([{}, 5, {"a": 1}])
        if name == "$not":
            return name, self.operators(depth - 1) if depth > 0 else pick([{}, Regex("a"), 5, {"a": 1}])
        return name, self.value(2)

    def elem_match(self, depth: int) -> Any:
        return self.operators(depth) if self.random.random() < 0.5 else self.query(depth)

    def condition(self, depth: int) -> Any:
        if self.random.random() < 0.25:
            return self.value(2)
        condition = self.operators(depth)
        if "$regex" in condition and self.random.random() < 0.4:
            condition["$options"] = self.random.choice(["i", "s", "m", "x", "", "q", 5])
        return condition

    def query(self, depth: int = 3) -> dict[str, Any]:
        if depth > 0 and self.random.random() < 0.25:
            joined = [self.query(depth - 1) for _ in range(self.random.randrange(1, 4))]
            return {self.random.choice(["$and", "$or", "$nor"]): joined}
        return {self.random.choice(_PATHS): self.condition(depth) for _ in range(self.random.choice([1, 1, 2]))}


class CertainMaker(Maker):
    """Queries of what is pushed down to the server."""

    def value(self, depth: int = 3) -> Any:
        while not _is_certain(value := super().value(depth)):
            pass
        return value

    def document(self, number: int) -> dict[str, Any]:
        return Maker(self.random.random()).document(number)

    def operator(self, depth: int) -> tuple[str, Any]:
        name = self.random.choice(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$size"])
        if name in ("$in", "$nin"):
            return name, [self.value(2) for _ in range(self.random.randrange(4))]
        if name == "$exists":
            return name, self.random.choice([True, False])
        return name, self.random.randrange(4) if name == "$size" else self.value(2)
