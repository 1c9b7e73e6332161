"""The journal on disk: what a push is about to send, before it is sent, and what came back.

A push that was killed is continued from here: what has an answer is not sent again, and
what was in flight is first asked about.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from runn_pandas.errors import ConfigError
from runn_pandas.push.model import Attempt, Batch, Outcome, Request, RowPlan
from runn_pandas.push.unfinished import Unfinished

if TYPE_CHECKING:
    from runn_pandas.account import Account

KEPT = 200  # pushes that are over
PATIENCE = 5.0
SCHEMA = """
create table if not exists push (
    id integer primary key, key text not null, plan text not null, resource text not null,
    began real not null, ended real, requests integer not null default 0, mark integer,
    labels text not null, decisions text not null, steps text not null, content text
);
create index if not exists push_key on push (key, ended);
create table if not exists entry (
    id integer primary key, push integer not null references push (id) on delete cascade,
    step integer not null, call integer not null, positions text not null,
    request text not null, state text not null, answer text, error text, at real not null
);
create index if not exists entry_push on entry (push);
create table if not exists outcome (
    push integer not null references push (id) on delete cascade, position integer not null,
    status text not null, own text, error text not null, attempts integer not null,
    primary key (push, position)
);
"""


def journal_path(account: Account) -> Path:
    """Where an account's journal is: beside its cache, never in it."""
    host = re.sub(r"[^A-Za-z0-9.-]", "_", urlsplit(account.base_url).hostname or "") or "account"
    # The embedded demo ends with its process, and what was pushed to it with it.
    own = f"-{os.getpid()}" if account.is_demo else ""
    return account.cache.folder / "journal" / f"{host}-{account.fingerprint}{own}.sqlite"


class Ledger:
    """One account's journal.

    Parameters
    ----------
    path
        The file; made, for its owner only, at the first write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: sqlite3.Connection | None = None

    # -- the file

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            try:
                db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
                db.execute("pragma journal_mode = wal")
                # A request may only go out once its entry is on the disk.
                db.execute("pragma synchronous = full")
                db.execute("pragma foreign_keys = on")
                db.executescript(SCHEMA)
                if "content" not in [row[1] for row in db.execute("pragma table_info(push)")]:
                    db.execute("alter table push add column content text")
            except sqlite3.Error as error:
                raise self._broken(error) from error
            self._db = db
        return self._db

    def _broken(self, error: sqlite3.Error) -> ConfigError:
        return ConfigError(
            f"The journal {self.path} cannot be used ({error}). Without it an interrupted push"
            " could not be continued, so nothing is sent: move the file away, or free space."
        )

    def _run(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._open().execute(statement, values)
        except sqlite3.Error as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the account for one push: another, in any program, is refused meanwhile."""
        self._open()
        lock = self.path.with_suffix(".lock")
        os.close(os.open(lock, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(lock, timeout=1.0, isolation_level=None)) as held:
            try:
                # Given back by the system when the process ends, however it ends.
                held.execute("begin exclusive")
            except sqlite3.OperationalError as error:
                raise ConfigError(
                    "Another push to this account is running, here or in another program; two at"
                    " once would write over each other. Wait until it has ended."
                ) from error
            yield

    # -- pushes

    def unfinished(self, resource: str, key: str) -> list[Unfinished]:
        """Give the pushes to a resource that did not end: that of the same content first.

        Of others, those of which something was sent.
        """
        found = self._open_pushes(resource, -1)
        same = [push for push in found if push.key == key]
        return [*same, *(push for push in found if push.begun and push.key != key)]

    def numbered(self, push: int) -> Unfinished | None:
        """Give the push of a number if it did not end, or None."""
        found = self._open_pushes("", push)
        return found[0] if found else None

    def _open_pushes(self, resource: str, number: int) -> list[Unfinished]:
        if not self.path.exists():
            return []
        found = []
        for own, key, name, mark, labels, decisions, steps, content in self._run(
            "select id, key, resource, mark, labels, decisions, steps, content from push"
            " where ended is null and (resource = ? or id = ?) order by id desc",
            (resource, number),
        ).fetchall():
            made = [RowPlan.from_json(raw) for raw in json.loads(decisions)]
            entries = self.entries(own)
            found.append(
                Unfinished(
                    own,
                    key,
                    name,
                    mark,
                    json.loads(labels),
                    {decision.position: decision for decision in made},
                    {int(n): Batch.from_json(raw) for n, raw in json.loads(steps).items()},
                    {int(n): one for n, one in json.loads(content or "{}").items()},
                    entries,
                    tuple((entry.id, entry.state) for entry in entries),
                )
            )
        return found

    def entries(self, push: int) -> list[Attempt]:
        """Give what was sent in a push, in order."""
        found = self._run(
            "select id, step, call, positions, state, answer, error from entry where push = ?"
            " order by id",
            (push,),
        )
        return [
            Attempt(
                row[0],
                row[1],
                row[2],
                tuple(json.loads(row[3])),
                row[4],
                None if row[5] is None else json.loads(row[5]),
                row[6] or "",
            )
            for row in found
        ]

    def begin(
        self,
        key: str,
        plan: str,
        resource: str,
        labels: Sequence[Any],
        decisions: Sequence[RowPlan],
        steps: dict[int, Batch],
        content: dict[int, str],
        past: Unfinished | None = None,
    ) -> int:
        """Write down a push before its first request; give its number.

        One that continues another has its number, or ends it if the frame is another.
        """
        values = (
            key,
            plan,
            json.dumps(
                [label if isinstance(label, (int, str)) else str(label) for label in labels]
            ),
            json.dumps([decision.to_json() for decision in decisions]),
            json.dumps({number: step.to_json() for number, step in steps.items()}),
            json.dumps(content),
        )
        if past is not None and not past.moved:
            self._run(
                "update push set key = ?, plan = ?, labels = ?, decisions = ?, steps = ?,"
                " content = ? where id = ?",
                (*values, past.id),
            )
            return past.id
        self._run("begin immediate")
        made = self._run(
            "insert into push (key, plan, labels, decisions, steps, content, resource, began,"
            " mark) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, resource, time.time(), past.mark if past is not None else None),
        ).lastrowid
        if made is None:
            raise AssertionError("no row was made")
        if past is not None:
            self._take_over(past, made)
        self._run("commit")
        self._run(
            "delete from push where ended is not null and id not in"
            " (select id from push order by id desc limit ?)",
            (KEPT,),
        )
        return made

    def _take_over(self, past: Unfinished, push: int) -> None:
        """End a push whose rows another one continues, with all that was sent."""
        for entry in past.entries:
            self._run(
                "insert into entry (push, step, call, positions, request, state, answer, error, at)"
                " values (?, ?, ?, ?, coalesce((select request from entry where id = ?), 'null'),"
                " ?, ?, ?, ?)",
                (
                    push,
                    entry.batch,
                    entry.request,
                    json.dumps(entry.positions),
                    entry.id,
                    entry.state,
                    None if entry.answer is None else json.dumps(entry.answer),
                    entry.error,
                    time.time(),
                ),
            )
        self.over(past)
        for position in past.kept:
            self._run(
                "insert or ignore into outcome values (?, ?, 'unknown', '[]', ?, 0)",
                (past.id, position, f"Continued in push {push}."),
            )

    def over(self, past: Unfinished) -> None:
        """End a push, with what became of the rows that nothing was noted of."""
        for position, (status, ids) in past.over.items():
            self._run(
                "insert into outcome values (?, ?, ?, ?, '', 0) on conflict (push, position) do"
                " update set status = excluded.status, own = excluded.own, error = ''"
                " where status in ('unknown', 'not tried', 'failed')",
                (past.id, position, status, json.dumps(ids)),
            )
        self.end(past.id)

    def mark(self, push: int, mark: int) -> None:
        """Write down the highest id before the first new record."""
        self._run("update push set mark = ? where id = ?", (mark, push))

    def wrote_since(self, moment: float) -> bool:
        """Tell whether any push to this account, in any program here, was under way since."""
        if not self.path.exists():
            return False
        row = self._run(
            "select 1 from push where began > ? or ended > ? or id in"
            " (select push from entry where at > ?) limit 1",
            (moment, moment, moment),
        ).fetchone()
        return row is not None

    def was_applied(self, plan: str) -> bool:
        """Tell whether a plan was carried out to its end."""
        if not self.path.exists():
            return False
        found = self._run(
            "select 1 from push where plan = ? and ended is not null limit 1", (plan,)
        )
        return found.fetchone() is not None

    def end(self, push: int) -> None:
        """The push is over: the same content again is a new one."""
        self._run("update push set ended = ? where id = ?", (time.time(), push))

    # -- requests

    def sent(self, push: int, step: int, call: int, positions: Sequence[int], sent: Request) -> int:
        """Write down a request that is about to go out."""
        request = {"method": sent.method, "path": sent.path, "query": sent.query, "body": sent.body}
        made = self._run(
            "insert into entry (push, step, call, positions, request, state, at)"
            " values (?, ?, ?, ?, ?, 'sent', ?)",
            (push, step, call, json.dumps(list(positions)), json.dumps(request), time.time()),
        ).lastrowid
        self._run("update push set requests = requests + 1 where id = ?", (push,))
        if made is None:
            raise AssertionError("no row was made")
        return made

    def answered(self, entry: int, state: str, answer: Any = None, error: str = "") -> None:
        """Write down what came of it."""
        self._run(
            "update entry set state = ?, answer = ?, error = ? where id = ?",
            (state, None if answer is None else json.dumps(answer), error, entry),
        )

    def outcome(self, push: int, position: int, outcome: Outcome) -> None:
        """Write down what became of a row."""
        self._run(
            "insert or replace into outcome values (?, ?, ?, ?, ?, ?)",
            (
                push,
                position,
                outcome.status,
                json.dumps(outcome.ids),
                outcome.error,
                outcome.attempts,
            ),
        )

    def outcomes(self, plan: str) -> dict[int, Outcome]:
        """Give status and ids of each row of a plan carried out."""
        if not self.path.exists():
            return {}
        found = self._run(
            "select position, status, own from outcome join push on push.id = outcome.push"
            " where plan = ? or plan like ? || '/%' order by push.id",
            (plan, plan),
        )
        return {row[0]: Outcome(row[1], _ids(row[2])) for row in found}

    def positions(self, plan: str) -> set[int] | None:
        """Give the rows that a plan or a part of it set out to send; None if it never began."""
        if not self.path.exists():
            return None
        found = self._run(
            "select decisions from push where plan = ? or plan like ? || '/%'", (plan, plan)
        ).fetchall()
        if not found:
            return None
        return {raw["position"] for row in found for raw in json.loads(row[0])}

    def made(self, plan: str) -> tuple[int | None, list[Any]]:
        """Give the highest id before a plan was carried out, if noted, and every answer to it."""
        if not self.path.exists():
            return None, []
        marks = self._run(
            "select min(mark) from push where plan = ? or plan like ? || '/%'", (plan, plan)
        ).fetchone()
        found = self._run(
            "select answer from entry join push on push.id = entry.push"
            " where (plan = ? or plan like ? || '/%') and answer is not null order by entry.id",
            (plan, plan),
        )
        return marks[0], [json.loads(row[0]) for row in found]

    def history(self) -> list[dict[str, Any]]:
        """Give the last pushes, a row for each field that each was to change, newest first."""
        if not self.path.exists():
            return []
        rows: list[dict[str, Any]] = []
        pushes = self._run(
            "select id, resource, began, ended, requests, labels, decisions, steps"
            " from push order by id desc"
        ).fetchall()
        for push, resource, began, ended, requests, labels, decisions, steps in pushes:
            found = {
                row[0]: row[1:]
                for row in self._run(
                    "select position, status, own, error from outcome where push = ?", (push,)
                )
            }
            names = json.loads(labels)
            sent = {p for step in json.loads(steps).values() for p in step["positions"]}
            for raw in json.loads(decisions):
                idle = ("not tried", "null", "")
                if raw.get("conflict") and raw["position"] not in sent:
                    idle = ("conflict", "null", raw["conflict"])
                status, own, error = found.get(raw["position"], idle)
                key = raw["key"][-1] if raw["key"] else None
                new = next(iter(_ids(own)), None)
                common = {
                    "push": push,
                    "when": began,
                    "resource": resource,
                    "row": names[raw["position"]],
                    "action": raw["action"],
                    "id": new if new is not None else key,
                }
                rest = {
                    "status": status,
                    "error": error,
                    "requests": requests,
                    "ended": ended is not None,
                }
                if raw["action"] == "unchanged":
                    continue
                for name, old, value in raw["changes"] or [[None, None, None]]:
                    rows.append({**common, "field": name, "old": old, "new": value, **rest})
        return rows


def _ids(stored: str | None) -> tuple[Any, ...]:
    """The ids of an outcome as it is stored; a journal of before has one that is no list."""
    ids = json.loads(stored or "[]")
    return tuple(ids) if isinstance(ids, list) else () if ids is None else (ids,)
