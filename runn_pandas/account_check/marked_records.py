"""Records that a check makes under a mark, and takes away again whatever happens."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from runn_pandas.account_check.answers import Answer, Answers, Written
from runn_pandas.account_check.asking import Asker
from runn_pandas.account_check.contract import Row
from runn_pandas.account_check.marks import (
    MARK,
    STANDING,
    has_other_work,
    look_through,
    marked_ids,
    may_be_at_work,
)

log = logging.getLogger("runn_pandas")


@dataclass(frozen=True)
class Record:
    """A record that was made: the path to delete it, and the kind if it stands alone."""

    path: str
    kind: str = ""


class MarkedRecords:
    """Makes records under a mark of its own, remembers each, and deletes them.

    Attributes
    ----------
    mark : str
        What stands in the name of each record that has one.
    """

    def __init__(self, asker: Asker, written: Written) -> None:
        self._asker, self._written = asker, written
        self.mark = f"{MARK} {secrets.token_hex(4)}"
        self._records: list[Record] = []
        self._kept: list[Record] = []  # of an earlier check, with work of others
        self._in_doubt = False  # something may have been made whose id is not known

    def make(self, step: str, path: str, json: Any, *, kind: str = "", delete: str = "") -> Answer:
        """Send a POST, and remember what it made.

        Parameters
        ----------
        step : str
            The name under which the answer is kept.
        path, json
            The request.
        kind : str
            The kind, if the record stands alone.
        delete : str
            Otherwise the path under which it is deleted, its id as ``{}``.
        """
        delete = STANDING[kind].delete if kind else delete
        in_doubt, self._in_doubt = self._in_doubt, True
        answer = self._written.steps[step] = self._asker.ask("POST", path, json=json)
        ids = ids_in(answer.body) if answer.is_good else []
        self._records += [Record(delete.format(one), kind) for one in ids]
        if ids or 400 <= answer.status < 500 or not answer.is_asked:
            self._in_doubt = in_doubt
        return answer

    def ask(self, step: str, method: str, path: str, json: Any = None, **params: Any) -> Answer:
        """Send another request, and keep its answer."""
        answer = self._written.steps[step] = self._asker.ask(method, path, params, json)
        return answer

    def delete(self, step: str, path: str) -> Answer:
        """Delete a record before the end, as a step of its own."""
        answer = self.ask(step, "DELETE", path)
        if answer.is_good:
            self._records = [one for one in self._records if one.path != path]
        return answer

    # -- taking away

    def remove_earlier(self, answers: Answers) -> None:
        """Delete what an earlier check left that was killed, but no person with other work.

        What was made just now is left: it may be of a check that is running elsewhere.
        """
        found = {kind: self._earlier(kind, answers) for kind in STANDING}
        busy = [
            one for one in found["people"] if has_other_work(self._asker, one, found["projects"])
        ]
        found["people"] = [one for one in found["people"] if one not in busy]
        self._kept = [_record("people", one) for one in busy]
        before = [_record(kind, one) for kind, ids in found.items() for one in ids]
        self._records += before
        if before:
            self._remove()
            self._written.removed = len(before) - len(self._records)

    def _earlier(self, kind: str, answers: Answers) -> list[int]:
        listed = answers.listed(kind)
        rows = listed.rows if listed.is_whole else self._looked_through(kind, MARK)
        left = marked_ids(kind, [row for row in rows if not may_be_at_work(row)])
        self._written.at_work += len(marked_ids(kind, rows)) - len(left)
        return left

    def _looked_through(self, kind: str, mark: str) -> list[Row]:
        rows, is_whole = look_through(self._asker, kind, mark)
        if not is_whole and kind not in self._written.unseen:
            self._written.unseen.append(kind)
        return rows

    @contextmanager
    def taken_away(self) -> Iterator[None]:
        """Delete all records when the block ends, however it ends; say which could not be."""
        try:
            yield
        finally:
            try:
                self._remove()
            finally:
                self._written.left = _paths(self._records + self._kept)
                self._warn()

    def _warn(self) -> None:
        if self._records:
            log.warning(
                "rp.check made records that could not be deleted again: %s. Delete them"
                " in Runn, or run rp.check(writes=True) once more.",
                ", ".join(_paths(self._records)),
            )
        if self._kept:
            log.warning(
                "An earlier rp.check made %s. It was not deleted, as work or leave that no check"
                " made may hang on it: look at it in Runn.",
                ", ".join(_paths(self._kept)),
            )

    def _remove(self) -> None:
        if self._in_doubt:
            self._look_for_lost()
        if not self._removed(self._standing()):
            # They hold each other: first what hangs on them.
            self._removed([one for one in self._records[::-1] if not one.kind])
            self._removed(self._standing())
        if not self._standing():
            self._records = []  # what hung on them is gone with them

    def _standing(self) -> list[Record]:
        order = list(STANDING)
        standing = (one for one in self._records if one.kind)
        return sorted(standing, key=lambda one: order.index(one.kind))

    def _removed(self, records: list[Record]) -> bool:
        """Delete records, and return whether all of them are gone."""
        for record in records:
            params = STANDING[record.kind].params if record.kind else {}
            answer = self._asker.remove(record.path, params)
            self._written.steps.setdefault(f"{record.kind} gone", answer)
            if answer.is_good or answer.status in (404, 410):
                self._records.remove(record)
        return not any(one in self._records for one in records)

    def _look_for_lost(self) -> None:
        known = set(self._records)
        for kind in STANDING:
            ids = marked_ids(kind, self._looked_through(kind, self.mark), self.mark)
            found = [_record(kind, one) for one in ids]
            self._records += [one for one in found if one not in known]


def _record(kind: str, own: int) -> Record:
    return Record(STANDING[kind].delete.format(own), kind)


def _paths(records: list[Record]) -> list[str]:
    return [one.path.strip("/") for one in records]


def ids_in(body: Any) -> list[int]:
    """Return the ids of the records in an answer: one, or a list of them.

    Examples
    --------
    >>> ids_in({"id": 7}), ids_in([{"id": 7}, {"id": 8}]), ids_in({"message": "no"})
    ([7], [7, 8], [])
    """
    rows = body if isinstance(body, list) else [body]
    ids = [row.get("id") for row in rows if isinstance(row, dict)]
    return [one for one in ids if isinstance(one, int) and not isinstance(one, bool)]
