"""Where the tests' random cases begin: the same in every run, so that a failure can be repeated.

$MONGOTAIL_TEST_SEED names another; with --long it is set at random, before the tests are read.
"""

import os
import random

VARIABLE = "MONGOTAIL_TEST_SEED"


def choose_at_random() -> None:
    os.environ.setdefault(VARIABLE, str(random.SystemRandom().randrange(2**32)))


def seed() -> int:
    return int(os.environ.get(VARIABLE, 1))
