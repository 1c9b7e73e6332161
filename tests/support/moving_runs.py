"""Reads of lists that others change meanwhile, at random and often.

    python -m tests.support.moving_runs --runs 2000 --seed 0

Each run draws a list, what happens to it before each request, and what its server does wrong: it
knows no filters or no order, gives short and empty pages, or says once of a page that is not the
last one that it is. Every row that was there throughout must be read, once, and of a row that was
replaced the old or the new one; after a false end the read may be an error. The number of a run
that fails is printed, and ``--seed N --runs 1`` runs it again.
"""

from __future__ import annotations

import argparse
import random
import warnings
from collections import Counter
from typing import Any

import runn_pandas as rp
from runn_pandas.errors import ProtocolError, SchemaDriftWarning
from tests.support.moving import (
    LIMIT,
    Moving,
    MovingDays,
    NoChanges,
    NoFilter,
    NoOrder,
    false_end,
    opened,
)

DAYS = [MovingDays, MovingDays, MovingDays, NoFilter, NoChanges, NoOrder]
NO_LIMIT = 10**6
KINDS = ["insert", "delete", "update", "replace", "redate"]


def drawn(chance: random.Random) -> tuple[str, Moving]:
    """Return a resource and a server of it."""
    often = chance.choice([0, 1, 3])
    is_by_day = chance.random() < 0.7
    kinds = KINDS if is_by_day else KINDS[:-1]
    changes = [
        [(chance.choice(kinds), chance.randrange(10**6)) for _ in range(chance.randint(0, often))]
        for _ in range(60)
    ]
    options: dict[str, Any] = {"changes": changes, "gaps": chance.random() < 0.3}
    kind = chance.choice(DAYS) if is_by_day else Moving
    if is_by_day:
        options |= {"seed": chance.randrange(10**6), "days": chance.choice([1, 30, 300])}
        options["short"] = chance.random() < 0.2
    # Where no order is kept, and of the first two pages of most lists, no other request tells
    # anything of the end.
    if chance.random() < 0.3 and kind is not NoOrder:
        at = chance.randint(0 if is_by_day else 2, 40)
        options["lie"] = false_end(at, chance.randint(0, LIMIT))
    return "actuals" if is_by_day else "teams", kind(chance.randint(12, 120), **options)


def run(seed: int) -> str:
    """Read once, and return how it ended; an assertion fails if a row is lost or doubled."""
    resource, server = drawn(random.Random(seed))
    is_lied_to = any(server.lie({}, number) is not None for number in range(60))
    with opened(server) as account, warnings.catch_warnings():
        warnings.simplefilter("ignore", SchemaDriftWarning)
        window = account.session._throttle._window
        window.limit = NO_LIMIT
        window._budget = window._fresh_budget()
        try:
            frame = rp.read_runn(resource, account=account)
        except ProtocolError:
            assert is_lied_to, "an error without a false end"
            return "an error"
    got = set(frame["id"])
    assert frame["id"].is_unique
    assert server.always <= got, "a row that was there throughout is missing"
    found = {server.entity[id_] for id_ in got}
    assert server.alive <= found or is_lied_to, "neither a row nor what has replaced it was found"
    if any("modifiedAfter" in query for query in server.asked) and not server.read_through:
        return "read by spans"
    if any("order" in query for query in server.asked) and not server.read_through:
        return "read from both ends"
    return "read from its beginning"


def main() -> None:
    """Run so many, and count how they ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    ended: Counter[str] = Counter()
    for seed in range(chosen.seed, chosen.seed + chosen.runs):
        try:
            ended[run(seed)] += 1
        except BaseException:
            print(f"run {seed} failed", flush=True)
            raise
    print(f"{chosen.runs} runs, none lost or doubled a row: {dict(ended)}")


if __name__ == "__main__":
    main()
