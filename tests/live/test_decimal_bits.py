"""The bit tests on decimals, whose judgement servers have changed: only whole numbers of 64 bits have bits now."""

import decimal
import itertools
from typing import Any

from bson import Decimal128, Int64
from pymongo.database import Database
from support.judges import ours, theirs

VALUES = ["NaN", "-NaN", "Infinity", "-Infinity", "1E+20", "-1E+20", "1.5", "2.5", "-1.5", "0.5", "-0.5", "1.4999", "5.00", "-5", "-0",
          "3E+2", "1E+18", "1E-6176", "9223372036854775807", "9223372036854775807.4", "9223372036854775807.5", "9223372036854775808",
          "-9223372036854775808", "-9223372036854775808.4", "-9223372036854775809", "123456789012345678901234567890"]
POSITIONS = [[], [0], [1], [2], [62], [63], [64], [200], [0, 1], [1, 200], [0, 63, 200], 0, 1, 5, Int64(2**62)]
OPERATORS = ["$bitsAllSet", "$bitsAllClear", "$bitsAnySet", "$bitsAnyClear"]


def rounded(text: str) -> Int64:
    """As servers took a decimal before 6.0.27: halves to the even number, the lowest number for what has none."""
    number = decimal.Decimal(text)
    if not number.is_finite():
        return Int64(-2**63)
    whole = int(number.to_integral_value(decimal.ROUND_HALF_EVEN, decimal.Context(prec=60)))
    return Int64(whole if -2**63 <= whole < 2**63 else -2**63)


def test_the_bits_of_decimals_are_those_of_current_servers(db: Database) -> None:
    version: tuple[int, ...] = tuple(db.client.server_info()["versionArray"][:3])
    documents: list[dict[str, Any]] = [{"_id": i, "v": Decimal128(text)} for i, text in enumerate(VALUES)]
    db.docs.insert_many(documents)
    judged = documents if version >= (6, 0, 27) else [{"_id": i, "v": rounded(text)} for i, text in enumerate(VALUES)]
    queries = [{"v": {operator: positions}} for operator, positions in itertools.product(OPERATORS, POSITIONS)]
    for query, verdict in zip(queries, ours(queries, judged), strict=True):
        selected = {i for i, one in enumerate(verdict) if one == "1"}
        assert selected == theirs(db, query), (version, query)


def test_only_whole_numbers_of_64_bits_have_bits() -> None:
    whole = {"5.00", "-5", "-0", "3E+2", "1E+18", "9223372036854775807", "-9223372036854775808"}
    [verdict] = ours([{"v": {"$bitsAllSet": []}}], [{"v": Decimal128(text)} for text in VALUES])
    assert {text for text, one in zip(VALUES, verdict, strict=True) if one == "1"} == whole
