"""Waiting for a condition, with a deadline: the only way in which the tests wait."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class WaitFailed(AssertionError):
    """A condition did not come true in time."""


def wait_until(condition: Callable[[], T], what: str | Callable[[], str], timeout: float = 15,
               interval: float = 0.02) -> T:
    """The first true value of condition(); `what` finishes the sentence "waited 15 s for …"."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise WaitFailed(f"waited {timeout:g} s for {what() if callable(what) else what}")
        time.sleep(interval)
