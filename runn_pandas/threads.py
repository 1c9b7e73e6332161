"""Whether threads can start here: where they cannot, as in a browser, one does all in turn."""

from __future__ import annotations

import logging
import threading
from functools import cache

log = logging.getLogger("runn_pandas")


@cache
def can_start() -> bool:
    """Whether a thread can start in this process.

    It is tried once. Python in a browser (Pyodide) has no threads, and a container may have
    reached its limit of them.
    """
    thread = threading.Thread(target=threading.get_ident, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        log.info("threads cannot start here (%s): requests are sent one at a time", error)
        return False
    thread.join()
    return True
