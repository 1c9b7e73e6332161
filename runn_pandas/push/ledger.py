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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from runn_pandas.errors import ConfigError
from runn_pandas.push.calls import Call, Decision, Step

if TYPE_CHECKING:
    from runn_pandas.account import Account

KEPT = 200  # pushes that are over
PATIENCE = 5.0
SCHEMA = """
create table if not exists push (
    id integer primary key, key text not null, plan text not null, resource text not null,
    began real not null, ended real, requests integer not null default 0, mark integer,
    labels text not null, decisions text not null, steps text not null
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


@dataclass(frozen=True)
class Entry:
    """One sending of one call.

    Attributes
    ----------
    state : str
        ``sent``: no answer is known; ``done``; ``refused``: an answer that says no;
        ``unsent``: it did not reach the account.
    """

    id: int
    step: int
    call: int
    positions: list[int]
    state: str
    answer: Any = None
    error: str = ""


@dataclass(frozen=True)
class Unfinished:
    """A push that did not come to its end."""

    id: int
    began: float
    mark: int | None
    decisions: dict[int, Decision]
    steps: dict[int, Step]
    entries: list[Entry] = field(default_factory=list)

    @property
    def begun(self) -> dict[int, Step]:
        """The steps of which something was sent, by number."""
        numbers = {entry.step for entry in self.entries if entry.state != "unsent"}
        return {number: step for number, step in self.steps.items() if number in numbers}


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

    def unfinished(self, key: str) -> Unfinished | None:
        """Give the push of this content that did not end, or None."""
        if not self.path.exists():
            return None
        row = self._run(
            "select id, began, mark, decisions, steps from push where key = ? and ended is null"
            " order by id desc limit 1",
            (key,),
        ).fetchone()
        if row is None:
            return None
        decisions = [Decision.from_json(raw) for raw in json.loads(row[3])]
        steps = {int(n): Step.from_json(raw) for n, raw in json.loads(row[4]).items()}
        return Unfinished(
            row[0],
            row[1],
            row[2],
            {decision.position: decision for decision in decisions},
            steps,
            self.entries(row[0]),
        )

    def entries(self, push: int) -> list[Entry]:
        """Give what was sent in a push, in order."""
        found = self._run(
            "select id, step, call, positions, state, answer, error from entry where push = ?"
            " order by id",
            (push,),
        )
        return [
            Entry(
                row[0],
                row[1],
                row[2],
                json.loads(row[3]),
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
        decisions: Sequence[Decision],
        steps: dict[int, Step],
        continued: int | None = None,
    ) -> int:
        """Write down a push before its first request; give its number."""
        content = (
            plan,
            json.dumps(
                [label if isinstance(label, (int, str)) else str(label) for label in labels]
            ),
            json.dumps([decision.to_json() for decision in decisions]),
            json.dumps({number: step.to_json() for number, step in steps.items()}),
        )
        if continued is not None:
            self._run(
                "update push set plan = ?, labels = ?, decisions = ?, steps = ? where id = ?",
                (*content, continued),
            )
            return continued
        made = self._run(
            "insert into push (key, plan, resource, began, labels, decisions, steps)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (key, content[0], resource, time.time(), *content[1:]),
        ).lastrowid
        self._run(
            "delete from push where ended is not null and id not in"
            " (select id from push order by id desc limit ?)",
            (KEPT,),
        )
        if made is None:
            raise AssertionError("no row was made")
        return made

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

    def sent(self, push: int, step: int, call: int, positions: Sequence[int], sent: Call) -> int:
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

    def outcome(
        self, push: int, position: int, status: str, own: Any, error: str, attempts: int
    ) -> None:
        """Write down what became of a row."""
        self._run(
            "insert or replace into outcome values (?, ?, ?, ?, ?, ?)",
            (push, position, status, json.dumps(own), error, attempts),
        )

    def outcomes(self, plan: str) -> dict[int, tuple[str, Any]]:
        """Give status and id, or ids if it became several, of each row of a plan carried out."""
        if not self.path.exists():
            return {}
        found = self._run(
            "select position, status, own from outcome join push on push.id = outcome.push"
            " where plan = ?",
            (plan,),
        )
        return {row[0]: (row[1], json.loads(row[2])) for row in found}

    def made(self, plan: str) -> tuple[int | None, list[Any]]:
        """Give the highest id before a plan was carried out, if noted, and every answer to it."""
        if not self.path.exists():
            return None, []
        marks = self._run("select mark from push where plan = ?", (plan,)).fetchall()
        found = self._run(
            "select answer from entry join push on push.id = entry.push"
            " where plan = ? and answer is not null order by entry.id",
            (plan,),
        )
        return (marks[-1][0] if marks else None), [json.loads(row[0]) for row in found]

    def history(self) -> list[dict[str, Any]]:
        """Give the last pushes, a row for each field that each was to change, newest first."""
        if not self.path.exists():
            return []
        rows: list[dict[str, Any]] = []
        pushes = self._run(
            "select id, resource, began, ended, requests, labels, decisions from push"
            " order by id desc"
        ).fetchall()
        for push, resource, began, ended, requests, labels, decisions in pushes:
            found = {
                row[0]: row[1:]
                for row in self._run(
                    "select position, status, own, error from outcome where push = ?", (push,)
                )
            }
            names = json.loads(labels)
            for raw in json.loads(decisions):
                status, own, error = found.get(raw["position"], ("not tried", "null", ""))
                key = raw["key"][-1] if raw["key"] else None
                new = json.loads(own)
                new = new[0] if isinstance(new, list) else new
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
