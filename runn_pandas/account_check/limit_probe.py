"""How the limit is met on purpose: requests without the throttle, until one is refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from requests.adapters import BaseAdapter

from runn_pandas import threads
from runn_pandas.account import Account
from runn_pandas.account_check.answers import Answer
from runn_pandas.account_check.asking import answer_of
from runn_pandas.catalog import load
from runn_pandas.transport.throttle import ThrottledAdapter

MOST = 128  # requests: a window has 120, and some were sent before
AT_ONCE = 8  # so that a slow answer does not outlast the window


def meet_limit(account: Account, on_answer: Callable[[], object] = lambda: None) -> list[Answer]:
    """Read who the token belongs to until the limit is met; return all answers.

    The throttle of the account is passed by: it would wait, so that the limit is never met.
    """
    session = account.beside(_unthrottled)
    path = load().resources["me"].operation.path
    answers: list[Answer] = []

    def ask(_: int) -> Answer:
        response, error = session.exchange("GET", path)
        on_answer()
        return answer_of(response, error, time.monotonic(), time.time())

    with session, ExitStack() as stack:
        at_once: Any = map
        if threads.can_start():
            at_once = stack.enter_context(ThreadPoolExecutor(AT_ONCE)).map
        while len(answers) < MOST and not any(one.status == 429 for one in answers):
            answers += at_once(ask, range(AT_ONCE))
    return answers


def _unthrottled(adapter: BaseAdapter, _: str) -> BaseAdapter:
    return adapter.inner if isinstance(adapter, ThrottledAdapter) else adapter
