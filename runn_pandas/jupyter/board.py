from typing import Any


def is_reconciliation(what: Any) -> bool:
    return False


class Board: ...
